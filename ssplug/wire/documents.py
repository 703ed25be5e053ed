"""Documents about the server and its cameras: `systemInfo` in its three forms, and the small lists.

One frozen set of values, `SystemInformation`, is written by three tables that name the elements in
the order that clients know.  The form decides the names of elements; the dialect decides what some
values are: version, PTZ bits, and the words for schedules.

What every reader depends on: no attributes, no namespace, no DOCTYPE; an integer is an integer or
nothing; a time is never empty; preset names have no gaps; a list never has one schedule preset.
"""

import json
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias, TypeVar
from xml.sax.saxutils import escape

from ssplug.model.event import Failure
from ssplug.model.ptz import PTZCapability
from ssplug.model.schedule import NO_OVERRIDE_ID, OVERRIDES
from ssplug.model.schedule_names import V5, V6, override_name, schedule_name
from ssplug.wire.requests import DocumentFormat

PRODUCT: Final = "SecuritySpy"
"""What clients look for, whoever serves them."""
VERSION_5: Final = "5.6.9"
VERSION_6: Final = "6.20"

XML_TYPE: Final = "text/xml; charset=utf-8"
JSON_TYPE: Final = "application/json"

_PTZ_PRESETS = 10
_APPLE_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class ModeInformation:
    """One mode of a camera, armed or not, and because of which schedule and override."""

    armed: bool = False
    schedule_id: int = 0
    override_id: int = 0


@dataclass(frozen=True, slots=True)
class DeviceInformation:
    """What a camera is connected to."""

    name: str = ""
    address: str = ""
    """Empty for a device that is not on the network."""
    port: int = 0
    port_rtsp: int = 0
    path: str = ""

    @property
    def type(self) -> str:
        """Network or Local."""
        return "Network" if self.address else "Local"


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What clients are told of how a camera is set up."""

    overlay: bool = False
    overlay_text: str = ""
    transformation: int = 0
    brightness: int = 0
    contrast: int = 0
    motion_enabled: bool = True
    motion_sensitivity: int = 50
    trigger_time: float = 1.0
    motion_trigger_video: bool = True
    motion_trigger_audio: bool = False
    audio_threshold: int = 50
    motion_movie: bool = True
    motion_movie_fps: float = 0
    pre_capture: int = 0
    post_capture: int = 0
    motion_images: bool = False
    upload_images: bool = False
    continuous_movie: bool = True
    continuous_images: bool = False
    action_trigger_video: bool = True
    action_trigger_audio: bool = False
    action_delay: int = 0
    action_reset: int = 0
    action_script: str = ""
    action_sound: str = ""
    storage_path: str = ""


@dataclass(frozen=True, slots=True)
class CameraInformation:
    """What clients are told about one camera. Times are whole seconds, None where it never happened."""

    number: int
    name: str
    connected: bool = False
    width: int = 0
    height: int = 0
    continuous: ModeInformation = ModeInformation()
    motion: ModeInformation = ModeInformation()
    actions: ModeInformation = ModeInformation()
    device: DeviceInformation = DeviceInformation()
    settings: CameraSettings = CameraSettings()
    permissions: int = 0
    """The bit sum for the account that asks."""
    has_audio: bool = False
    video_format: str = ""
    audio_format: str = ""
    fps: float = 0.0
    data_rate: int = 0
    """Bytes a second."""
    ptz: int = 0
    """As `ptz_number` writes it."""
    ptz_presets: tuple[str, ...] = ()
    failure: Failure | None = None
    since_frame: int | None = None
    since_motion: int | None = None
    since_capture: int | None = None


@dataclass(frozen=True, slots=True)
class ServerInformation:
    """What clients are told about the server."""

    name: str
    uuid: str
    version: str
    """One of VERSION_5 and VERSION_6."""
    camera_count: int
    now: datetime
    """Aware, by the server's clocks."""
    address: str
    http_port: int
    https_port: int = 0
    https_enabled: bool = False
    bonjour_name: str = ""
    date_format: str = "DD/MM/YYYY"
    cpu_usage: int = 0
    """Per cent."""
    memory_pressure: int = 0
    """Per cent."""
    certificate_expires: datetime | None = None


# Some clients give up on the whole document where a time is empty: these are left out instead.
_NEVER_EMPTY = frozenset({"cert-expiry-time"})

Named: TypeAlias = tuple[int, str]
"""An id and a name."""


@dataclass(frozen=True, slots=True)
class SystemInformation:
    """All of `systemInfo` for one account, in one dialect."""

    server: ServerInformation
    cameras: Sequence[CameraInformation] = ()
    """Those that the account sees, by number."""
    groups: Sequence[tuple[str, Sequence[int]]] = ()
    """Name and the numbers of cameras."""
    schedules: Sequence[Named] = ()
    """By the names of the site file."""
    presets: Sequence[Named] = ()
    dialect: int = V6


def ptz_number(capability: PTZCapability, dialect: int) -> int:
    """The sum of a camera's abilities; 16 is "continuous" in version 5 and "speed" in version 6."""
    return capability.for_version_5() if dialect == V5 else int(capability)


def version_number(dialect: int) -> str:
    """The version that the server says it is of."""
    return VERSION_5 if dialect == V5 else VERSION_6


def system_document(system: SystemInformation, form: DocumentFormat) -> tuple[bytes, str]:
    """The document and its Content-Type."""
    if form is DocumentFormat.JSON:
        return _json_document(system), JSON_TYPE
    text = _legacy_document(system) if form is DocumentFormat.LEGACY else _xml_document(system)
    return text.encode(), XML_TYPE


# -- the tables ---------------------------------------------------------------------------------

T = TypeVar("T")
Value: TypeAlias = str | int | float | bool | None
_Table: TypeAlias = tuple[tuple[str, Callable[[T], Value]], ...]


def _mode(mode: ModeInformation) -> str:
    return "armed" if mode.armed else "disarmed"


def _preset_name(number: int) -> Callable[[CameraInformation], str]:
    """The name of a PTZ preset; a gap before the last one is filled, for some clients count only names."""

    def name(camera: CameraInformation) -> str:
        names = camera.ptz_presets[number - 1 :]
        return (names[0] or f"Preset {number}") if any(names) else ""

    return name


_PRESET_NAMES: _Table[CameraInformation] = tuple(
    (f"preset-name-{number}", _preset_name(number)) for number in range(1, _PTZ_PRESETS + 1)
)

_LEGACY_CAMERA: _Table[CameraInformation] = (
    ("number", lambda c: c.number),
    ("connected", lambda c: c.connected),
    ("width", lambda c: c.width),
    ("height", lambda c: c.height),
    ("mode", lambda c: "active" if c.motion.armed else "passive"),
    ("mode-c", lambda c: _mode(c.continuous)),
    ("mode-m", lambda c: _mode(c.motion)),
    ("mode-a", lambda c: _mode(c.actions)),
    ("hasaudio", lambda c: c.has_audio),
    ("ptzcapabilities", lambda c: c.ptz),
    ("mdsensitivity", lambda c: c.settings.motion_sensitivity),
    ("timesincelastframe", lambda c: c.since_frame),
    ("timesincelastmotion", lambda c: c.since_motion),
    ("devicename", lambda c: c.device.name),
    ("devicetype", lambda c: c.device.type),
    ("address", lambda c: c.device.address),
    ("port", lambda c: c.device.port),
    ("port-rtsp", lambda c: c.device.port_rtsp),
    ("request", lambda c: c.device.path),
    ("name", lambda c: c.name),
    ("overlay", lambda c: c.settings.overlay),
    ("overlaytext", lambda c: c.settings.overlay_text),
    ("transformation", lambda c: c.settings.transformation),
    ("audio_network", lambda c: c.has_audio and bool(c.device.address)),
    ("audio_devicename", lambda _: ""),
    ("md_enabled", lambda c: c.settings.motion_enabled),
    ("md_sensitivity", lambda c: c.settings.motion_sensitivity),
    ("md_triggertime_x2", lambda c: round(2 * c.settings.trigger_time)),
    ("md_capture", lambda c: c.settings.motion_movie),
    ("md_capturefps", lambda c: round(c.settings.motion_movie_fps)),
    ("md_precapture", lambda c: c.settings.pre_capture),
    ("md_postcapture", lambda c: c.settings.post_capture),
    ("md_captureimages", lambda c: c.settings.motion_images),
    ("md_uploadimages", lambda c: c.settings.upload_images),
    ("md_recordaudio", lambda c: c.has_audio),
    ("md_audiotrigger", lambda c: c.settings.motion_trigger_audio),
    ("md_audiothreshold", lambda c: c.settings.audio_threshold),
    ("action_scriptname", lambda c: c.settings.action_script),
    ("action_soundname", lambda c: c.settings.action_sound),
    ("action_resettime", lambda c: c.settings.action_reset),
    ("tl_capture", lambda c: c.settings.continuous_images),
    ("tl_recordaudio", lambda c: c.has_audio),
    ("current-fps", lambda c: f"{c.fps:.3f}"),
    ("video-format", lambda c: c.video_format),
    ("audio-format", lambda c: c.audio_format),
    ("schedule-id-cc", lambda c: c.continuous.schedule_id),
    ("schedule-id-mc", lambda c: c.motion.schedule_id),
    ("schedule-id-a", lambda c: c.actions.schedule_id),
    ("schedule-override-cc", lambda c: c.continuous.override_id),
    ("schedule-override-mc", lambda c: c.motion.override_id),
    ("schedule-override-a", lambda c: c.actions.override_id),
    *_PRESET_NAMES,
    ("permissions", lambda c: c.permissions),
    ("capture-path", lambda c: c.settings.storage_path),
)

_CAMERA: _Table[CameraInformation] = (
    ("a-delay-time", lambda c: c.settings.action_delay),
    ("a-mode", lambda c: _mode(c.actions)),
    ("a-reset-time", lambda c: c.settings.action_reset),
    ("a-schedule-id", lambda c: c.actions.schedule_id),
    ("a-schedule-override", lambda c: c.actions.override_id),
    ("a-script", lambda c: c.settings.action_script),
    ("a-sound-cam", lambda _: ""),
    ("a-sound-mac", lambda c: c.settings.action_sound),
    ("a-trigger-audio", lambda c: c.settings.action_trigger_audio),
    ("a-trigger-video", lambda c: c.settings.action_trigger_video),
    ("address", lambda c: c.device.address),
    ("audio-device-name", lambda _: ""),
    ("audio-format", lambda c: c.audio_format),
    ("audio-sensitivity", lambda c: c.settings.audio_threshold),
    ("brightness", lambda c: c.settings.brightness),
    ("cc-image", lambda c: c.settings.continuous_images),
    ("cc-mode", lambda c: _mode(c.continuous)),
    ("cc-movie", lambda c: c.settings.continuous_movie),
    ("cc-schedule-id", lambda c: c.continuous.schedule_id),
    ("cc-schedule-override", lambda c: c.continuous.override_id),
    ("connected", lambda c: c.connected),
    ("contrast", lambda c: c.settings.contrast),
    ("current-fps", lambda c: round(c.fps, 5)),
    ("custom-model", lambda _: False),
    ("data-rate", lambda c: c.data_rate),
    ("device-name", lambda c: c.device.name),
    ("device-type", lambda c: c.device.type),
    ("has-audio", lambda c: c.has_audio),
    ("last-error", lambda c: c.failure.code if c.failure else 0),
    ("last-error-description", lambda c: c.failure.text if c.failure else ""),
    ("mc-image", lambda c: c.settings.motion_images),
    ("mc-mode", lambda c: _mode(c.motion)),
    ("mc-movie", lambda c: c.settings.motion_movie),
    ("mc-movie-fps", lambda c: round(c.settings.motion_movie_fps)),
    ("mc-movie-post", lambda c: c.settings.post_capture),
    ("mc-movie-pre", lambda c: c.settings.pre_capture),
    ("mc-schedule-id", lambda c: c.motion.schedule_id),
    ("mc-schedule-override", lambda c: c.motion.override_id),
    ("mc-trigger-audio", lambda c: c.settings.motion_trigger_audio),
    ("mc-trigger-video", lambda c: c.settings.motion_trigger_video),
    ("motion-sensitivity", lambda c: c.settings.motion_sensitivity),
    ("name", lambda c: c.name),
    ("network-audio", lambda c: bool(c.device.address)),
    ("number", lambda c: c.number),
    ("overlay-text", lambda c: c.settings.overlay_text),
    ("path", lambda c: c.device.path),
    ("permissions", lambda c: c.permissions),
    ("port", lambda c: c.device.port),
    ("port-rtsp", lambda c: c.device.port_rtsp),
    *_PRESET_NAMES,
    ("ptz-features", lambda c: c.ptz),
    ("shortcut-list", lambda _: ""),
    ("since-last-capture", lambda c: c.since_capture),
    ("storage-path", lambda c: c.settings.storage_path),
    ("time-since-last-frame", lambda c: c.since_frame),
    ("time-since-last-motion", lambda c: c.since_motion),
    ("transformation", lambda c: c.settings.transformation),
    ("video-format", lambda c: c.video_format),
    ("video-height", lambda c: c.height),
    ("video-width", lambda c: c.width),
)


def _local_time(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")


def _seconds_from_gmt(server: ServerInformation) -> int:
    offset = server.now.utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def _certificate_days(server: ServerInformation) -> int:
    expires = server.certificate_expires
    return 0 if expires is None else max(0, (expires - server.now).days)


_LEGACY_SERVER: _Table[ServerInformation] = (
    ("name", lambda _: PRODUCT),
    ("version", lambda s: s.version),
    ("uuid", lambda s: s.uuid),
    ("ddns-name", lambda _: ""),
    ("wan-address", lambda _: ""),
    ("server-name", lambda s: s.name),
    ("bonjour-name", lambda s: s.bonjour_name),
    ("ip1", lambda s: s.address),
    ("ip2", lambda _: ""),
    ("http-enabled", lambda _: True),
    ("https-enabled", lambda s: s.https_enabled),
    ("http-port", lambda s: s.http_port),
    ("https-port", lambda s: s.https_port),
    ("http-port-wan", lambda s: s.http_port),
    ("https-port-wan", lambda s: s.https_port),
    ("current-local-time", lambda s: _local_time(s.now)),
    ("seconds-from-gmt", _seconds_from_gmt),
    ("date-format", lambda s: s.date_format),
    ("time-format", lambda _: 24),
    ("cpu-usage", lambda s: s.cpu_usage),
    ("memory-pressure", lambda s: s.memory_pressure),
    ("camera-count", lambda s: s.camera_count),
)

_SERVER: _Table[ServerInformation] = (
    ("archive-status", lambda _: "off"),
    ("bonjour-name", lambda s: s.bonjour_name),
    ("camera-count", lambda s: s.camera_count),
    ("cert-expiry-days", _certificate_days),
    ("cert-expiry-time", lambda s: _local_time(s.certificate_expires) if s.certificate_expires else None),
    ("cpu-usage", lambda s: s.cpu_usage),
    ("current-absolute-time", lambda s: round((s.now - _APPLE_EPOCH).total_seconds(), 3)),
    ("current-local-time", lambda s: _local_time(s.now)),
    ("date-format", lambda s: s.date_format),
    ("ddns-name", lambda _: ""),
    ("http-enabled", lambda _: True),
    ("http-port", lambda s: s.http_port),
    ("http-port-wan", lambda s: s.http_port),
    ("https-enabled", lambda s: s.https_enabled),
    ("https-port", lambda s: s.https_port),
    ("https-port-wan", lambda s: s.https_port),
    ("ip1", lambda s: s.address),
    ("ip2", lambda _: ""),
    ("memory-pressure", lambda s: s.memory_pressure),
    ("name", lambda _: PRODUCT),
    ("new-version", lambda _: ""),
    ("seconds-from-gmt", _seconds_from_gmt),
    ("server-name", lambda s: s.name),
    ("time-format", lambda _: 24),
    ("uuid", lambda s: s.uuid),
    ("version", lambda s: s.version),
    ("wan-address", lambda _: ""),
    ("wan-proxy", lambda _: False),
    ("wan-proxy-protocol", lambda _: 0),
)


# -- the three forms ----------------------------------------------------------------------------


def _schedules(system: SystemInformation) -> list[Named]:
    return [(number, schedule_name(name, system.dialect)) for number, name in system.schedules]


def _overrides(system: SystemInformation) -> list[Named]:
    return [(number, override_name(number, system.dialect)) for number in (NO_OVERRIDE_ID, *OVERRIDES)]


def _presets(system: SystemInformation) -> list[Named]:
    """A lone preset is hidden: an XML reader that makes lists of repeated elements trips over it."""
    return list(system.presets) if len(system.presets) > 1 else []


def _legacy_document(system: SystemInformation) -> str:
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            "<system>",
            _element("server", _legacy(_LEGACY_SERVER, system.server)),
            _element("cameralist", *(_element("camera", _legacy(_LEGACY_CAMERA, c)) for c in system.cameras)),
            _element("grouplist"),
            _named_list("schedulelist", "schedule", ("name", "id"), _schedules(system)),
            _named_list("scheduleoverridelist", "scheduleoverride", ("name", "id"), _overrides(system)),
            _named_list("schedulepresetlist", "schedulepreset", ("name", "id"), _presets(system)),
            "</system>\n",
        ]
    )


def _xml_document(system: SystemInformation) -> str:
    return "\n".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>',
            "<system>",
            _element("camera-list", *(_element("camera", _xml(_CAMERA, c)) for c in system.cameras)),
            _element("group-list", *(_element("group", _group(*group)) for group in enumerate(system.groups))),
            _named_list("schedule-list", "schedule", ("id", "name"), _schedules(system)),
            _named_list("schedule-override-list", "schedule-override", ("id", "name"), _overrides(system)),
            _named_list("schedule-preset-list", "schedule-preset", ("id", "name"), _presets(system)),
            _element("server", _xml(_SERVER, system.server)),
            "</system>\n",
        ]
    )


def _json_document(system: SystemInformation) -> bytes:
    document = {
        "camera-list": [_object(_CAMERA, camera) for camera in system.cameras],
        "group-list": [_group_object(*group) for group in enumerate(system.groups)],
        "schedule-list": _named_objects(_schedules(system)),
        "schedule-override-list": _named_objects(_overrides(system)),
        "schedule-preset-list": _named_objects(_presets(system)),
        "server": _object(_SERVER, system.server),
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _legacy(table: _Table[T], subject: T) -> str:
    return _elements(table, subject, "yes", "no")


def _xml(table: _Table[T], subject: T) -> str:
    return _elements(table, subject, "true", "false")


def _elements(table: _Table[T], subject: T, true: str, false: str) -> str:
    words = []
    for name, value_of in table:
        value = value_of(subject)
        if value is None and name in _NEVER_EMPTY:
            continue
        text = (true if value else false) if isinstance(value, bool) else xml_text(value)
        words.append(f"<{name}>{text}</{name}>")
    return "".join(words)


def names_document(name: str, names: Iterable[str]) -> bytes:
    """A list of names, as of `sounds` and `scripts`; `name` is that of its root."""
    listed = _element(name, *(_element("name", xml_text(each)) for each in names))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{listed}\n'.encode()


def xml_text(value: Value) -> str:
    """A value as text between tags; what XML cannot hold becomes a question mark."""
    if isinstance(value, str):
        return value if value.isalnum() else escape(_NOT_IN_XML.sub("?", value))
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _element(name: str, *contents: str) -> str:
    return f"<{name}>{''.join(contents)}</{name}>"


def _named_list(name: str, item: str, order: tuple[str, str], entries: Iterable[Named]) -> str:
    rows = ({"id": str(number), "name": xml_text(title)} for number, title in entries)
    return _element(name, *(_element(item, *(_element(key, row[key]) for key in order)) for row in rows))


def _group(number: int, group: tuple[str, Sequence[int]]) -> str:
    return "".join(_element(key, xml_text(value)) for key, value in _group_object(number, group).items())


def _group_object(number: int, group: tuple[str, Sequence[int]]) -> dict[str, str | int]:
    name, cameras = group
    return {"cameras": ",".join(map(str, cameras)), "name": name, "number": number}


def _object(table: _Table[T], subject: T) -> dict[str, Value]:
    values = ((name, value_of(subject)) for name, value_of in table)
    return {
        name: "" if value is None else value for name, value in values if value is not None or name not in _NEVER_EMPTY
    }


def _named_objects(entries: Iterable[Named]) -> list[dict[str, str | int]]:
    return [{"id": number, "name": name} for number, name in entries]


# -- the small lists ----------------------------------------------------------------------------

INPUT_LIST_TYPE: Final = "camdata/ss"
# inputNum, -, name, device, type, -, network type, width, height, eight reserved.
_INPUT = struct.Struct(">hh32s32sbbhhh8i")


def input_list(cameras: Iterable[CameraInformation]) -> bytes:
    """`inputListData`: 108 bytes for each camera, for the screen saver."""
    return b"".join(
        _INPUT.pack(
            camera.number,
            0,
            _pascal(camera.name),
            _pascal(camera.device.name),
            0,
            0,
            0,
            camera.width,
            camera.height,
            *[0] * 8,
        )
        for camera in cameras
    )


def _pascal(text: str) -> bytes:
    """A length byte and at most 31 bytes of UTF-8, cut between letters."""
    cut = text.encode("utf-8", "replace")[:31].decode("utf-8", "ignore").encode()
    return bytes([len(cut)]) + cut


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One line of `camStatus`."""

    number: int
    enabled: bool
    online: bool
    failure: Failure | None = None


def camera_status_document(cameras: Iterable[CameraStatus]) -> bytes:
    """`camStatus`: JSON."""
    entries = [
        {
            "num": camera.number,
            "enabled": camera.enabled,
            "online": camera.online,
            "open": camera.online,
            "err": camera.failure.code if camera.failure else 0,
            "errDesc": camera.failure.text if camera.failure else "",
        }
        for camera in cameras
    ]
    return json.dumps(entries, ensure_ascii=False).encode("utf-8", "replace")


def camera_modes(continuous: bool, motion: bool, actions: bool) -> bytes:
    """`cameramodes`: three lines that end in a line feed, which every reader takes."""
    modes = {"C": continuous, "M": motion, "A": actions}
    return "".join(f"{mode}:{'ARMED' if armed else 'DISARMED'}\n" for mode, armed in modes.items()).encode()
