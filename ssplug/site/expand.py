"""From what the author wrote to what it stands for: shorthands spelled out, defaults merged.

Nodes only; a node that moves keeps the place and path it was written at.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ssplug.site.document import Node, Problem, at_value, mapping

OWN = ("number", "name")
"""What a camera cannot have from `camera_defaults`."""

_DRIVER_OF_SCHEME = {"rtsp": "rtsp", "rtsps": "rtsp", "http": "mjpeg", "https": "mjpeg"}


def expanded(root: Node, found: list[Problem]) -> Node:
    """`root` with every camera spelled out, and without `camera_defaults`."""
    cameras = root.get("cameras")
    if cameras is None or not isinstance(cameras.value, dict):
        return root
    shared = _shared(root.get("camera_defaults"))
    defaults = _with_capture_times(shared) if shared else None
    full = {id_: _camera(node, defaults, found) for id_, node in cameras.items()}
    rest = {key: node for key, node in root.items() if key != "camera_defaults"}
    return mapping(rest | {"cameras": mapping(full, cameras)}, root)


def _shared(defaults: Node | None) -> Node | None:
    """Without what is each camera's own; `checks` complains of it."""
    if defaults is None:
        return None
    return mapping({key: node for key, node in defaults.items() if key not in OWN}, defaults)


def _camera(written: Node, defaults: Node | None, found: list[Problem]) -> Node:
    if isinstance(written.value, str):
        written = _from_shorthand(written, found)
    if written.broken:
        return written
    return merged(defaults, _with_capture_times(written))


def merged(under: Node | None, over: Node) -> Node:
    """`over` on top of `under`: mappings are merged, everything else (lists too) is replaced.

    The settings of one driver mean nothing to another: a slot that names a different driver
    replaces the whole slot.
    """
    if under is None or not isinstance(under.value, dict) or not isinstance(over.value, dict):
        return over
    if _driver(under) and _driver(over) and _driver(under) != _driver(over):
        return over
    both = {key: merged(under.get(key), node) for key, node in over.items()}
    return mapping({**under.value, **both}, over)


def _driver(slot: Node) -> str | None:
    driver = slot.get("driver")
    return driver.text() if driver else None


def _from_shorthand(written: Node, found: list[Problem]) -> Node:
    """`drive: rtsp://...` as `drive: {source: {driver: rtsp, url: rtsp://...}}`."""
    settings = source_settings(written.value)
    if settings is None:
        text = f"{written.value!r} is neither an rtsp:// or http:// address nor the path of a file"
        found.append(at_value(written, text))
        return replace(written, value=None, broken=True)
    source = {key: replace(written, value=value) for key, value in settings.items()}
    return mapping({"source": mapping(source, written)}, written)


def source_settings(text: str) -> Mapping[str, Any] | None:
    """The slot that a shorthand stands for, or None where it is none."""
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme in _DRIVER_OF_SCHEME:
        return {"driver": _DRIVER_OF_SCHEME[scheme], "url": text}
    if not scheme and "/" in text:
        return {"driver": "file", "path": text}
    return None


def _with_capture_times(camera: Node) -> Node:
    """`motion_capture: {pre_capture: 5s}` as `motion_capture: {movie: {pre_capture: 5s}}`.

    Before merging, so that a camera's own times win over those of the defaults in either spelling.
    """
    capture = camera.get("motion_capture")
    if capture is None or not isinstance(capture.value, dict):
        return camera
    times = {key: node for key, node in capture.items() if key in ("pre_capture", "post_capture")}
    if not times:
        return camera
    movie = merged(mapping(times, capture), capture.get("movie") or mapping({}, capture))
    rest = {key: node for key, node in capture.items() if key not in times}
    return mapping({**camera.value, "motion_capture": mapping(rest | {"movie": movie}, capture)}, camera)
