"""The fields that clients may read and change: `camerasettings`, `preferences` and the pages of version 6.

One table says for each field what it is called, where the site file has it, what may stand there
and what people call it.  Everything that reads, writes or shows settings goes by this table.

Fields that mean something on a Mac only, or a part that this server does not have, are kept in the
site file (`kept:`) and given back, without effect.  So are fields that are about the camera's device,
unless the driver of its source says (`x-setting` in its schema) which of its own settings they are.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final, Protocol, TypeAlias

Path: TypeAlias = tuple[str, ...]
Place: TypeAlias = tuple[str | int, ...]
"""A path that may lead through lists."""
Shown: TypeAlias = bool | int | float | str

KEPT: Final = "kept"
EACH: Final = "*"
"""In the path of a setting: every item of the list there."""
DEVICE_MARK: Final = "x-setting"
"""In the schema of a camera driver's setting: the field of clients that stands for it."""


class SettingError(ValueError):
    """A value that a field cannot have; the text says what it can."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value of the site file that is to be another."""

    path: Place
    value: Any
    """As YAML has it."""
    short: Path = ()
    """Where the file may have it instead of at `path`."""


class Kind(Protocol):
    """What may stand in a field."""

    @property
    def empty(self) -> Any:
        """The value of a kept field that was never set."""

    def parse(self, text: str) -> Any:
        """What a client sent, as the server has it; raises SettingError."""

    def show(self, value: Any) -> Shown:
        """What the server has, as clients read it."""

    def write(self, value: Any) -> Any:
        """What the server has, as the site file has it."""


_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off", ""})
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{0,6})?")


@dataclass(frozen=True, slots=True)
class Flag:
    """On or off."""

    empty: bool = False

    def parse(self, text: str) -> bool:
        word = text.strip().lower()
        if word not in _YES | _NO:
            raise SettingError("it is 1 or 0")
        return word in _YES

    def show(self, value: bool) -> bool:
        return value

    def write(self, value: bool) -> bool:
        return value


@dataclass(frozen=True, slots=True)
class Member:
    """Whether `word` is in a list."""

    word: str
    may_be_last: bool = True
    """Whether the list may become empty."""
    empty: bool = False

    def parse(self, text: str) -> bool:
        return Flag().parse(text)

    def show(self, value: Iterable[str]) -> bool:
        return self.word in value

    def write(self, value: Any) -> Any:
        return list(value)

    def changed(self, words: list[str], wanted: bool) -> list[str]:
        """`words` with or without this one; raises SettingError."""
        rest = [word for word in words if word != self.word]
        if not wanted and not rest and not self.may_be_last:
            raise SettingError("one trigger at least must remain")
        if not wanted:
            return rest
        return words if self.word in words else [*words, self.word]


@dataclass(frozen=True, slots=True)
class MemberOfEach:
    """Whether `word` is in one of several lists; switched on it is in all of them, switched off in none."""

    word: str
    empty: bool = False

    def parse(self, text: str) -> bool:
        return Flag().parse(text)

    def show(self, value: Iterable[Iterable[str]]) -> bool:
        return any(self.word in words for words in value)

    def write(self, value: Iterable[Iterable[str]]) -> list[list[str]]:
        return [list(words) for words in value]

    def changed(self, lists: list[list[str]], wanted: bool) -> list[list[str]]:
        """All of them with or without the word; raises SettingError."""
        if wanted and not lists:
            raise SettingError("the camera has no `uploads`: say in the site file first where to send files")
        return [Member(self.word).changed(words, wanted) for words in lists]


@dataclass(frozen=True, slots=True)
class Number:
    """A number between bounds, whole or with decimals."""

    low: float
    high: float
    whole: bool = True
    empty: float = 0
    step: float = 0
    """What it is a multiple of; 0: of nothing."""

    def parse(self, text: str) -> float:
        word = text.strip()
        value = float(word) if _DECIMAL.fullmatch(word) else math.nan
        if not self.low <= value <= self.high or (self.whole and value != int(value)):
            raise SettingError(f"it is a {'whole ' if self.whole else ''}number from {self.low:g} to {self.high:g}")
        if self.step and value % self.step:
            raise SettingError(f"it is a multiple of {self.step:g}")
        return _plain(value)

    def show(self, value: float) -> float:
        return _plain(value)

    def write(self, value: float) -> float:
        return _plain(value)


@dataclass(frozen=True, slots=True)
class Seconds:
    """A length of time; clients count in steps of `step` seconds."""

    low: float
    high: float
    """In seconds."""
    step: float = 1.0
    empty: int = 0

    @property
    def number(self) -> Number:
        """What clients send."""
        return Number(self.low / self.step, self.high / self.step, whole=self.step != 1.0)

    def parse(self, text: str) -> float:
        return _plain(self.number.parse(text) * self.step)

    def show(self, value: float) -> float:
        return _plain(value / self.step)

    def write(self, value: float) -> str:
        return f"{value:.6f}".rstrip("0").rstrip(".") + "s"


@dataclass(frozen=True, slots=True)
class PictureRate:
    """Pictures a second; clients know 0 for None, as many as the camera sends."""

    high: float = 240
    empty: int = 0

    @property
    def low(self) -> float:
        """As many as the camera sends."""
        return 0

    def parse(self, text: str) -> float | None:
        return Number(0, self.high, whole=False).parse(text or "0") or None

    def show(self, value: float | None) -> float:
        return _plain(value or 0)

    def write(self, value: float | None) -> float | None:
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text."""

    most: int
    least: int = 0
    is_ascii: bool = False
    empty: str = ""

    def parse(self, text: str) -> str:
        if not self.least <= len(text) <= self.most:
            raise SettingError(f"it is a text of {self.least} to {self.most} characters")
        if not text.isprintable() or (self.is_ascii and not text.isascii()):
            raise SettingError(f"it is one line of {'ASCII ' if self.is_ascii else ''}text")
        return text

    def show(self, value: str) -> str:
        return value

    def write(self, value: str) -> str:
        return value


_ADDRESS: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@[\w-]+(\.[\w-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of electronic mail, with commas between them where clients see them."""

    most: int = 500
    """Characters."""
    empty: str = ""

    def parse(self, text: str) -> tuple[str, ...]:
        if len(text) > self.most:
            raise SettingError(f"they are at most {self.most} characters")
        addresses = tuple(word for word in re.split(r"[\s,;]+", text) if word)
        wrong = next((word for word in addresses if not _ADDRESS.fullmatch(word) or len(word) > 254), None)
        if wrong is not None:
            raise SettingError(f"{wrong!r} is no address; for example alice@example.org, bob@example.org")
        return addresses

    def show(self, value: Iterable[str]) -> str:
        return ", ".join(value)

    def write(self, value: Iterable[str]) -> list[str]:
        return list(value)


@dataclass(frozen=True, slots=True)
class PictureWidth:
    """How wide pictures are at most; clients know a few widths by number. None: as wide as they are."""

    widths: tuple[int | None, ...]
    empty: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """For people."""
        return tuple("full size" if width is None else f"{width} pixels wide" for width in self.widths)

    def parse(self, text: str) -> int | None:
        number = Number(0, len(self.widths) - 1).parse(text)
        return self.widths[int(number)]

    def show(self, value: int | None) -> int:
        """The nearest, for the site file may have any."""
        return min(range(len(self.widths)), key=lambda number: _difference(self.widths[number], value))

    def write(self, value: int | None) -> int | None:
        return value


def _difference(width: int | None, value: int | None) -> float:
    if width is None or value is None:
        return 0 if width is value else math.inf
    return abs(width - value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words, which clients count from 0."""

    words: tuple[str, ...]
    empty: str = ""

    def parse(self, text: str) -> str:
        word = text.strip()
        if word not in map(str, range(len(self.words))):
            raise SettingError(f"it is a whole number from 0 to {len(self.words) - 1}")
        return self.words[int(word)]

    def show(self, value: str | int) -> int:
        # A Transform is its own number.
        return self.words.index(value) if isinstance(value, str) else int(value)

    def write(self, value: str | int) -> str:
        return self.words[self.show(value)]


@dataclass(frozen=True, slots=True)
class Setting:
    """One field."""

    names: tuple[str, ...]
    """That of version 5 first where it has one, then that of version 6, then other spellings."""
    label: str
    section: str
    kind: Kind
    path: Path
    """In the camera, or in the site, of the site file."""
    at: str = ""
    """Where the values of `ssplug.site.types` have it, if not under the same names."""
    entry: str = ""
    """Its key, where they have a mapping there."""
    short: Path = ()
    unit: str = ""

    @property
    def name(self) -> str:
        """As version 5 has it, else as version 6 has it."""
        return self.names[0]

    @property
    def new_name(self) -> str:
        """As version 6 has it, if it has one of its own."""
        return self.names[min(1, len(self.names) - 1)]

    @property
    def is_kept(self) -> bool:
        """Whether it is without effect."""
        return self.path[-2:-1] == (KEPT,)

    def value(self, config: Any) -> Any:
        """What `config` (a CameraConfig, or a Site) says."""
        found = attrgetter(self.at or ".".join(self.path))(config)
        return found.get(self.entry, self.kind.empty) if self.entry else found

    def shown(self, config: Any) -> Shown:
        """The same as clients read it."""
        return self.kind.show(self.value(config))


def _plain(value: float) -> float:
    """5.0 as 5."""
    return int(value) if value == int(value) else value


class FormError(Exception):
    """Fields that cannot be what was sent; `errors` has the reason by the name that was sent."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{name}: {why}" for name, why in self.errors.items()))


def changes(settings: Iterable[Setting], config: Any, form: Mapping[str, str]) -> list[Change]:
    """What `form` (names in lower case) makes different in `config`; raises FormError.

    Fields that are not in the form stay, and names that are none of the settings are passed over.
    """
    wanted: dict[Path, Change] = {}
    current: dict[Path, Any] = {}
    errors: dict[str, str] = {}
    for setting in settings:
        name = next((name for name in setting.names if name.lower() in form), None)
        if name is None or form[name.lower()] == _sent_back(setting, config):
            continue
        old = current.setdefault(setting.path, setting.kind.write(setting.value(config)))
        latest = wanted[setting.path].value if setting.path in wanted else old
        try:
            new = _wanted(setting.kind, latest, form[name.lower()])
        except SettingError as error:
            errors[name] = str(error)
        else:
            wanted[setting.path] = Change(setting.path, new, setting.short)
    if errors:
        raise FormError(errors)
    different = [(change, current[path]) for path, change in wanted.items() if not _same(change.value, current[path])]
    return [each for change, old in different for each in _spread(change, old)]


def _spread(change: Change, old: Any) -> list[Change]:
    """A change of the items of a list, as one of each that becomes another."""
    if EACH not in change.path:
        return [change]
    at = change.path.index(EACH)
    before, after = change.path[:at], change.path[at + 1 :]
    both = enumerate(zip(change.value, old, strict=True))
    return [Change((*before, number, *after), new) for number, (new, was) in both if new != was]


def _sent_back(setting: Setting, config: Any) -> str:
    """What a form sends for a field that nobody touched: it may be a value that only the file can have."""
    shown = setting.shown(config)
    return str(int(shown) if isinstance(shown, bool) else shown)


def _wanted(kind: Kind, old: Any, text: str) -> Any:
    value = kind.parse(text)
    return kind.changed(old, value) if isinstance(kind, Member | MemberOfEach) else kind.write(value)


def _same(new: Any, old: Any) -> bool:
    return bool(new == old) and isinstance(new, bool) is isinstance(old, bool)


# -- the table ------------------------------------------------------------------------------------

TRANSFORMS: Final = ("none", "rotate-right", "rotate-left", "rotate-180", "flip-horizontal", "flip-vertical")
POSITIONS: Final = ("top-left", "top-right", "bottom-left", "bottom-right")
LONGEST: Final = 86400
"""Seconds that clients may set."""


def _level(low: int = 0) -> Number:
    return Number(low, 100)


def _kept(section: str, *fields: tuple[str, str, Kind], under: Path = ()) -> tuple[Setting, ...]:
    at = ".".join((*under, KEPT))
    return tuple(Setting((name,), label, section, kind, (*under, KEPT, name), at, name) for name, label, kind in fields)


def _triggers(mode: Path, prefix: str, section: str, what: str, at: str = "") -> tuple[Setting, ...]:
    last = mode == ("motion",)
    words = (("", "motion"), ("H", "human"), ("V", "vehicle"), ("A", "animal"))
    return tuple(
        Setting((f"{prefix}{letter}",), f"{what} {word}", section, Member(word, last), (*mode, "trigger_on"), at)
        for letter, word in words
    )


def _upload(name: str, section: str, label: str, word: str) -> Setting:
    return Setting((name,), label, section, MemberOfEach(word), ("uploads", EACH, "what"), "uploaded")


# From 0 to 5: the specification does not say what they are.
EMAIL_WIDTHS: Final = (None, 1920, 1280, 960, 640, 320)

_GENERAL, _PICTURE, _MOTION = "Camera", "Picture", "Motion detection"
_CONTINUOUS, _CAPTURE, _ACTIONS = "Continuous capture", "Motion capture", "Actions"
_OF_DEVICE = "Device: the camera is connected anew"
_WITHOUT = "Kept for other clients, without effect here"
_ADDRESSES = "addresses, with commas between them"

_NUMBERS: Final = ("integer", "number")
_DEVICE: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("ndInputNumber", "Input of the device", Number(0, 1000)),
    ("ndFrameRate", "Frame rate of the device", Number(0, 240, whole=False)),
    ("ndVideoWidth", "Video width of the device", Number(0, 16384)),
    ("ndVideoHeight", "Video height of the device", Number(0, 16384)),
)
DEVICE_FIELDS: Final = tuple(name for name, _, _ in _DEVICE)

CAMERA_SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(("cameraName", "name"), "Name", _GENERAL, Text(100, 1), ("name",), "identity.name"),
    Setting(("camEnabledCheck", "enabled"), "In use", _GENERAL, Flag(), ("enabled",)),
    Setting(("ndDisablePTZ",), "Cannot be moved by clients", _GENERAL, Flag(), ("disable_ptz",)),
    Setting(("transformationMenu", "transformation"), "Turned", _PICTURE, Choice(TRANSFORMS), ("transform",)),
    Setting(("brightness",), "Brightness", _PICTURE, Number(-100, 100), ("picture", "brightness"), unit="%"),
    Setting(("contrast",), "Contrast", _PICTURE, Number(-100, 100), ("picture", "contrast")),
    Setting(("overlayCheck", "overlay"), "Text in the picture", _PICTURE, Flag(), ("overlay", "enabled")),
    Setting(("overlayText",), "Text", _PICTURE, Text(200), ("overlay", "text")),
    Setting(
        ("overlayFontSize",), "Height of the text", _PICTURE, Number(4, 500), ("overlay", "font_size"), unit="pixels"
    ),
    Setting(("overlayPosition",), "Corner", _PICTURE, Choice(POSITIONS), ("overlay", "position")),
    Setting(("mdCheck",), "Look for movement", _MOTION, Flag(), ("motion", "enabled")),
    Setting(
        ("mdSensitivityText", "motionSensitivity"),
        "Sensitivity",
        _MOTION,
        _level(),
        ("motion", "sensitivity"),
        unit="%",
    ),
    Setting(
        ("mdTriggerTime",),
        "Must move for",
        _MOTION,
        Seconds(0, 60, step=0.5),
        ("motion", "trigger_time"),
        unit="half seconds",
    ),
    Setting(("humanSensitivity",), "Sensitivity, human", _MOTION, _level(), ("motion", "human_sensitivity"), unit="%"),
    Setting(
        ("vehicleSensitivity",), "Sensitivity, vehicle", _MOTION, _level(), ("motion", "vehicle_sensitivity"), unit="%"
    ),
    Setting(
        ("animalSensitivity",), "Sensitivity, animal", _MOTION, _level(), ("motion", "animal_sensitivity"), unit="%"
    ),
    Setting(
        ("mdSoundTriggerCheck", "mcTriggerAudio"),
        "Trigger on sound",
        _MOTION,
        Flag(),
        ("motion", "sound", "enabled"),
        "motion.sound_enabled",
    ),
    Setting(
        ("mdSoundTriggerText", "audioSensitivity"),
        "Loud enough",
        _MOTION,
        _level(1),
        ("motion", "sound", "level"),
        "motion.sound_level",
        unit="%",
    ),
    Setting(("ccCaptureMovieCheck", "ccMovie"), "Movies", _CONTINUOUS, Flag(), ("continuous", "movie", "enabled")),
    Setting(
        ("ccFPSText",),
        "Movies: rate (0: as the camera sends)",
        _CONTINUOUS,
        PictureRate(),
        ("continuous", "movie", "fps"),
        unit="pictures a second",
    ),
    Setting(("ccImageCaptureCheck", "ccImage"), "Images", _CONTINUOUS, Flag(), ("continuous", "images", "enabled")),
    Setting(
        ("ccImageCaptureIntervalText",),
        "One image every",
        _CONTINUOUS,
        Seconds(1, LONGEST),
        ("continuous", "images", "interval"),
        unit="seconds",
    ),
    Setting(("ccFTPUpdateCheck",), "Webcam image", _CONTINUOUS, Flag(), ("continuous", "webcam", "enabled")),
    Setting(
        # The specification spells the letters in this order; the other order is what it means.
        ("ccFPTUpdateFreq", "ccFTPUpdateFreq"),
        "One webcam image every",
        _CONTINUOUS,
        Seconds(1, LONGEST),
        ("continuous", "webcam", "interval"),
        unit="seconds",
    ),
    _upload("ccFTPUploadMoviesCheck", _CONTINUOUS, "Upload movies", "continuous-movies"),
    _upload("ccFTPUploadImagesCheck", _CONTINUOUS, "Upload images", "continuous-images"),
    *_triggers(("motion",), "mcTriggerMotion", _CAPTURE, "Triggered by"),
    Setting(("mcCaptureMovieCheck", "mcMovie"), "Movies", _CAPTURE, Flag(), ("motion_capture", "movie", "enabled")),
    Setting(
        ("mcFrameRateText",),
        "Movies: rate (0: as the camera sends)",
        _CAPTURE,
        PictureRate(),
        ("motion_capture", "movie", "fps"),
        unit="pictures a second",
    ),
    Setting(
        ("mcPreCaptureText", "mcMoviePre"),
        "Movies begin before the trigger",
        _CAPTURE,
        Seconds(0, 60),
        ("motion_capture", "movie", "pre_capture"),
        short=("motion_capture", "pre_capture"),
        unit="seconds",
    ),
    Setting(
        ("mcPostCaptureText", "mcMoviePost"),
        "Movies go on after the motion",
        _CAPTURE,
        Seconds(0, LONGEST),
        ("motion_capture", "movie", "post_capture"),
        short=("motion_capture", "post_capture"),
        unit="seconds",
    ),
    Setting(("mcCaptureImageCheck", "mcImage"), "Images", _CAPTURE, Flag(), ("motion_capture", "images", "enabled")),
    Setting(
        ("mcImageFreqText",),
        "One image every",
        _CAPTURE,
        Seconds(1, LONGEST),
        ("motion_capture", "images", "interval"),
        unit="seconds",
    ),
    Setting(
        ("mcImagePostCaptureText",),
        "Images go on after the motion",
        _CAPTURE,
        Seconds(0, LONGEST),
        ("motion_capture", "images", "post_capture"),
        unit="seconds",
    ),
    _upload("mdFTPUploadMoviesCheck", _CAPTURE, "Upload movies", "motion-movies"),
    _upload("mcUploadImagesCheck", _CAPTURE, "Upload images", "motion-images"),
    *_triggers(("actions",), "aTriggerMotion", _ACTIONS, "Triggered by", "action_triggers"),
    Setting(("delayText",), "Wait before", _ACTIONS, Seconds(0, LONGEST), ("actions", "delay"), unit="seconds"),
    Setting(("resetTimeText",), "Quiet after", _ACTIONS, Seconds(0, LONGEST), ("actions", "reset"), unit="seconds"),
    Setting(("emailText",), "Send a mail to", _ACTIONS, Addresses(), ("actions", "mail_to"), unit=_ADDRESSES),
    *_kept(
        _WITHOUT, *_DEVICE, ("presenceRect", "Presence rectangle", Text(200)), ("frontCheck", "Come to front", Flag())
    ),
)


def camera_settings(source: Mapping[str, Any]) -> tuple[Setting, ...]:
    """The table for a camera whose source has settings of the JSON Schema `source`; those without effect come last."""
    marked = {schema[DEVICE_MARK]: key for key, schema in source.get("properties", {}).items() if _is_marked(schema)}
    settings = [
        _of_device(setting, marked[setting.name], source["properties"]) if setting.name in marked else setting
        for setting in CAMERA_SETTINGS
    ]
    return tuple(sorted(settings, key=lambda setting: setting.is_kept))


def _is_marked(schema: Any) -> bool:
    """Whether it is a number that a field of the device stands for; plugins have a say in no other field."""
    return isinstance(schema, Mapping) and schema.get("type") in _NUMBERS and schema.get(DEVICE_MARK) in DEVICE_FIELDS


def _of_device(setting: Setting, key: str, properties: Mapping[str, Any]) -> Setting:
    """`setting` as that of the source's driver."""
    schema, kind = properties[key], setting.kind
    assert isinstance(kind, Number)
    number = Number(
        low=schema.get("minimum", kind.low),
        high=schema.get("maximum", kind.high),
        whole=schema["type"] == "integer",
        empty=schema.get("default", kind.empty),
        step=schema.get("multipleOf", 0),
    )
    return replace(setting, section=_OF_DEVICE, kind=number, path=("source", key), at="source.settings", entry=key)


_WEB: Final = (
    Setting(("bonjourCheck",), "Announce by Bonjour", "Web server", Flag(), ("server", "bonjour")),
    Setting(("realmText",), "Realm of the login", "Web server", Text(100, 1, is_ascii=True), ("server", "realm")),
    *_kept("Web server, without effect here", ("ddnsText", "DDNS name", Text(200, is_ascii=True)), under=("server",)),
)
_DISPLAY: Final = _kept(
    "Display, without effect here",
    ("camInfoCheck", "Display info in video windows", Flag()),
    ("halfRateCheck", "Display at half frame rate", Flag()),
    under=("server",),
)
_MAC: Final = _kept(
    "Mac, without effect here",
    ("fullVolCheck", "Full volume before playing sounds", Flag()),
    ("autoSleepCheck", "Allow automatic sleep", Flag()),
    under=("server",),
)


def _email(name: str, label: str, kind: Kind, key: str, unit: str = "", is_style: bool = True) -> Setting:
    at = f"server.mail.{'style.' if is_style else ''}{key}"
    return Setting((name,), label, "Email", kind, ("server", "mail", key), at, unit=unit)


_EMAIL: Final = (
    _email("emailText", "Tell of errors", Addresses(), "errors_to", _ADDRESSES, is_style=False),
    _email("statsEmailText", "Send daily statistics to", Addresses(), "statistics_to", _ADDRESSES, is_style=False),
    _email("emailImageCount", "Images in a mail", Number(0, 100), "images"),
    _email("emailImageFPS", "Images taken", Number(0.1, 30, whole=False), "image_rate", "a second"),
    _email("emailSubjectText", "Subject", Text(200, 1), "subject", "%c camera, {what}, {server}, %H:%M:%S"),
    _email("emailImageSize", "Size of images", PictureWidth(EMAIL_WIDTHS), "image_width"),
)

GENERAL_PAGES: Final[Mapping[str, tuple[Setting, ...]]] = {
    "preferences": (*_WEB, *_EMAIL, *_DISPLAY, *_MAC),
    "general": (*_DISPLAY, *_MAC),
    "display": _DISPLAY,
    "storage": (),
    "compression": (),
    "email": _EMAIL,
    "web": _WEB,
}
"""`preferences` of version 5, and the `settings-` pages of version 6 that are about the whole server."""
