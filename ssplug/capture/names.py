"""Names of footage files and of the folders they are in.

`<camera name>/<YYYY-MM-DD>/<DD-MM-YYYY hh-mm-ss> C|M <camera name>.m4v`, in local time.  A camera's
name is the user's, so it may hold anything; what a file system or a path would take amiss is
replaced here, once, for every storage backend.
"""

import datetime as dt
import itertools
import unicodedata
from collections.abc import Iterator
from typing import Final

from ssplug.model.camera import CameraIdentity, CaptureMode

MOVIE_SUFFIX: Final = ".m4v"
IMAGE_SUFFIX: Final = ".jpg"

_BYTES_LIMIT: Final = 255
"""What ext4, XFS, Btrfs and most others allow in one name (NAME_MAX)."""
_REPEAT_BYTES: Final = len(" 9999")
_ZERO_WIDTH_JOINER: Final = "\u200d"


def footage_name(camera: CameraIdentity, mode: CaptureMode, local: dt.datetime, suffix: str) -> str:
    """The name, without folders, of a file begun at `local` time."""
    begin = f"{local:%d-%m-%Y %H-%M-%S} {mode.value} "
    room = _BYTES_LIMIT - _REPEAT_BYTES - len(begin) - len(suffix)
    return begin + _safe(camera, room) + suffix


def folder(camera: CameraIdentity, date: dt.date) -> str:
    """Where the files go that a camera began on `date`, as a path in the store."""
    return f"{_safe(camera, _BYTES_LIMIT)}/{date:%Y-%m-%d}"


def webcam_name(camera: CameraIdentity) -> str:
    """What the webcam image is called where it is sent."""
    return _safe(camera, _BYTES_LIMIT - len(IMAGE_SUFFIX)) + IMAGE_SUFFIX


def keys(folder: str, name: str) -> Iterator[str]:
    """The paths to try one after the other until one is free: `a.m4v`, `a 2.m4v`, `a 3.m4v`..."""
    stem, dot, suffix = name.rpartition(".")
    yield f"{folder}/{name}"
    for number in itertools.count(2):
        yield f"{folder}/{stem} {number}{dot}{suffix}"


def is_safe_name(name: str) -> bool:
    """Whether a plugin's suggestion can be one component of a path as it stands."""
    room = _BYTES_LIMIT - _REPEAT_BYTES
    stem, dot, suffix = name.rpartition(".")
    return bool(stem and dot and suffix) and _replaced(name, room) == name


def _safe(camera: CameraIdentity, bytes_limit: int) -> str:
    return _replaced(camera.name, bytes_limit) or f"Camera {camera.number}"


def _replaced(text: str, bytes_limit: int) -> str:
    shown = "".join(_character(character) for character in text).strip()
    visible = shown.lstrip(".")
    named = "_" * (len(shown) - len(visible)) + visible
    return _shortened(named, bytes_limit)


def _character(character: str) -> str:
    if character in "/\\":
        return "-"
    # Controls, halves of surrogate pairs, and the separators of lines and paragraphs.
    return "_" if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character


def _shortened(text: str, bytes_limit: int) -> str:
    """At most so many bytes of UTF-8, cut between characters."""
    cut = text.encode()[:bytes_limit].decode(errors="ignore")
    return cut.rstrip(_ZERO_WIDTH_JOINER + " ") if cut != text else text
