"""From the bytes of an answer to values. No I/O.

`answer` refuses what is no SOAP, and faults; all others are given to it and take the text that it has
let pass. They are generous: what a camera leaves out or writes wrongly is missing from the value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from xml.etree import ElementTree as ET

from onveef import parsers

T = TypeVar("T")

_PREFIXES: Final = 20
_PREFIX_USED: Final = re.compile(r"<([A-Za-z_][\w.-]*):")
_PREFIX_DECLARED: Final = re.compile(r"xmlns:([\w.-]+)\s*=")
_ROOT: Final = re.compile(r"<[A-Za-z_][\w.:-]*")
_CLOCK_GUARD: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NotONVIFError(Exception):
    """What came is no SOAP; the text says what it seems to be, for people."""


class FaultError(Exception):
    """The camera answers with a fault; the text is its reason."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason or code or "no reason given")
        self.code = code

    @property
    def is_refusal(self) -> bool:
        """Whether it is about who we are."""
        text = f"{self.code} {self}".lower()
        return any(word in text for word in ("notauthorized", "not authorized", "failedauthentication", "unauthorized"))


def answer(data: bytes, parse: Callable[[str], T]) -> T:
    """What `parse` makes of an answer; NotONVIFError or FaultError where there is nothing to parse."""
    try:
        return parse(_examined(data))
    except (NotONVIFError, FaultError):
        raise
    except Exception as error:  # a foreign parser's, and the camera's fault: infinite numbers, endless nesting
        raise NotONVIFError("an answer that makes no sense") from error


def _examined(data: bytes) -> str:
    text = data.decode("utf-8-sig", "replace")  # ONVIF Core, 5.9: UTF-8, whatever the prolog says
    root = parsers.parse_xml(text)
    if root is None:
        text = _with_declarations(text)
        root = parsers.parse_xml(text)
    if root is None or not _is_envelope(root):
        raise NotONVIFError(_impression(text))
    body = parsers.child_local(root, "Body")
    fault = parsers.child_local(body, "Fault") if body is not None else None
    if fault is not None:
        raise FaultError(_reason(fault), _codes(fault))
    return text


def _with_declarations(text: str) -> str:
    """The same with every prefix declared: some devices use ptz: and declare tptz:. Nothing here goes by prefixes."""
    used = set(_PREFIX_USED.findall(text))
    declared = set(_PREFIX_DECLARED.findall(text))
    missing = "".join(f' xmlns:{prefix}="urn:undeclared:{prefix}"' for prefix in sorted(used - declared)[:_PREFIXES])
    return _ROOT.sub(lambda root: root[0] + missing, text, count=1) if missing else text


def _is_envelope(root: ET.Element) -> bool:
    return root.tag.rpartition("}")[2] == "Envelope"


def _impression(text: str) -> str:
    start = text[:1024].lstrip().lower()
    if not start:
        return "an empty answer"
    if "<!doctype html" in start or "<html" in start:
        return "a page for people: this is not the address of an ONVIF service"
    return "an answer that is no SOAP"


def _reason(fault: ET.Element) -> str:
    for name in ("Text", "faultstring"):
        found = parsers.find_local(fault, name)
        if found is not None and found.text and found.text.strip():
            return " ".join(found.text.split())[:200]
    return ""


def _codes(fault: ET.Element) -> str:
    """All of them, from the general to the particular, without the prefixes, which each camera chooses."""
    code = parsers.child_local(fault, "Code")
    values = parsers.find_all_local(code, "Value") if code is not None else []
    return "/".join(value.text.strip().rpartition(":")[2] for value in values if value.text)


# -- device -----------------------------------------------------------------------------------------


def services(text: str) -> Mapping[str, str]:
    """GetServices or GetCapabilities: the address of each service by a short name (media, ptz, events...)."""
    return parsers.parse_services(text) or parsers.parse_capabilities(text)


def clock(text: str) -> datetime | None:
    """GetSystemDateAndTime: the camera's time in UTC; None where it has none that could be."""
    told = parsers.parse_system_datetime(text).get("UTCDateTime")
    if told is None:
        return None
    try:
        return max(datetime(**told, tzinfo=UTC), _CLOCK_GUARD)
    except (ValueError, OverflowError):
        return None


def device_name(text: str) -> str:
    """GetDeviceInformation: maker and model, as in 'AXIS Q6045-E'; "" where neither is told."""
    told = parsers.parse_device_information(text)
    maker, model = told.get("Manufacturer", ""), told.get("Model", "")
    return model if model.lower().startswith(maker.lower()) else f"{maker} {model}".strip()


# -- media ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile of the media service, as far as it matters here."""

    token: str
    name: str = ""
    encoding: str = ""
    """Of its video, in capitals: H264, JPEG; "" without video."""
    width: int = 0
    height: int = 0
    source: str = ""
    """Token of the video source: a device may have several."""
    ptz_node: str | None = None
    """Token of the PTZ node; None where the profile moves nothing."""

    def __str__(self) -> str:
        size = f" ({self.encoding} {self.width}x{self.height})" if self.encoding else ""
        return f"{self.name or self.token}{size}"


def profiles(text: str) -> tuple[Profile, ...]:
    """GetProfiles, in the camera's order."""
    return tuple(_profile(told) for told in parsers.parse_profiles(text) if told["token"])


def _profile(told: Mapping[str, Any]) -> Profile:
    video, source, ptz = told.get("video_encoder", {}), told.get("video_source", {}), told.get("ptz")
    return Profile(
        told["token"],
        told["name"],
        str(video.get("encoding", "")).upper(),
        video.get("width", 0),
        video.get("height", 0),
        source.get("source_token", ""),
        ptz["node_token"] if ptz is not None else None,
    )


def uri(text: str) -> str:
    """GetStreamUri and GetSnapshotUri; "" without."""
    return parsers.parse_stream_uri(text)


# -- events -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subscription:
    """CreatePullPointSubscription."""

    address: str
    references: tuple[str, ...] = ()
    """XML that belongs into the header of each request about it."""
    seconds: float = 0.0
    """How long it lasts without renewal; 0: not told."""


def subscription(text: str) -> Subscription:
    """The subscription; NotONVIFError if it has no address."""
    root = parsers.parse_xml(text)
    reference = parsers.find_local(root, "SubscriptionReference") if root is not None else None
    if root is None or reference is None or not (address := parsers.child_text(reference, "Address")):
        raise NotONVIFError("a subscription without an address")
    parameters = parsers.child_local(reference, "ReferenceParameters")
    # Written out again as they are: onveef's own reading of them forgets their name spaces.
    references = tuple(_reference(parameter) for parameter in parameters) if parameters is not None else ()
    return Subscription(
        address, references, _seconds_between(_time(root, "CurrentTime"), _time(root, "TerminationTime"))
    )


def _time(root: ET.Element, name: str) -> str:
    found = parsers.find_local(root, name)
    return (found.text or "").strip() if found is not None else ""


def _reference(parameter: ET.Element) -> str:
    for element in parameter.iter():  # pretty-printed by the camera, but compared by it as a whole
        element.text = element.text.strip() if element.text else None
    parameter.tail = None
    return ET.tostring(parameter, encoding="unicode")


def _seconds_between(begin: str, end: str) -> float:
    try:
        return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds())
    except (ValueError, TypeError):  # TypeError: only one of them says its zone
        return 0.0


@dataclass(frozen=True, slots=True)
class Notification:
    """One NotificationMessage."""

    topic: str
    operation: str = ""
    """Initialized, Changed or Deleted; "" for what has no state."""
    source: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)


def notifications(text: str) -> tuple[Notification, ...]:
    """PullMessages, in the camera's order."""
    told = parsers.parse_pull_messages(text)["messages"]
    return tuple(Notification(m["topic"], m["property_operation"], m["source"], m["data"]) for m in told)


# -- PTZ --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Range:
    """From where to where a coordinate goes."""

    low: float = -1.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Space:
    """A coordinate space of the node (ONVIF PTZ, 5.1)."""

    uri: str
    x: Range = Range()
    y: Range = Range()


@dataclass(frozen=True, slots=True)
class Node:
    """What a PTZ node can do."""

    token: str
    spaces: Mapping[str, Space]
    """By absolute, relative or continuous with _pan_tilt or _zoom."""
    presets: int = 0
    """How many it keeps at most."""
    home: bool = False


def nodes(text: str) -> tuple[Node, ...]:
    """GetNodes."""
    return tuple(_node(told) for told in parsers.parse_ptz_nodes(text))


def _node(told: Mapping[str, Any]) -> Node:
    spaces = {name: _space(ranges) for name, ranges in told.get("ranges", {}).items()}
    presets = int(told["max_presets"]) if told["max_presets"].isdecimal() else 0
    return Node(told["token"], spaces, presets, told["home_supported"].lower() in ("true", "1"))


def _space(told: Mapping[str, Any]) -> Space:
    x, y = (Range(told[axis]["min"], told[axis]["max"]) if axis in told else Range() for axis in "xy")
    return Space(told["uri"], x, y)


@dataclass(frozen=True, slots=True)
class Preset:
    """A position that the camera keeps."""

    token: str
    name: str


def presets(text: str) -> tuple[Preset, ...]:
    """GetPresets, in the camera's order."""
    told = parsers.parse_ptz_presets(text)
    return tuple(Preset(preset["token"], preset["name"]) for preset in told if preset["token"])


def position(text: str) -> tuple[float, float, float]:
    """GetStatus: pan, tilt and zoom in the node's absolute spaces; 0 for what is not told."""
    told = parsers.parse_ptz_status(text)
    return told.get("pan") or 0.0, told.get("tilt") or 0.0, told.get("zoom") or 0.0
