"""The site as frozen values: what the rest of the server sees of the YAML.

Durations are seconds, sizes are bytes, bandwidths bits a second.  Nothing here knows about files,
positions or validation; `ssplug.site.load` makes these values from a file that has been checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ssplug.model.access import Avatar, Opinion, Permission, no_opinion
from ssplug.model.camera import CameraIdentity, Levels, Transform
from ssplug.model.classification import Sensitivities
from ssplug.model.mail import MailStyle

UNNUMBERED: Final = -1
"""The number of a camera that the site file does not number, until `numbers.assign_numbers`."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that names a driver, with that driver's settings (secrets resolved)."""

    driver: str
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Not in the repr, for there may be passwords among them."""
    where: str = field(default="", compare=False)
    """file:line:column of the slot, for errors at run time."""
    name: str = ""
    """Of an entry of `notify`, which is one instance however many cameras name it."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate (chain) and its private key, both PEM."""

    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Location:
    """Where the cameras are, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """Bits a second of `getfilehb` and `getfilelb`."""

    high: int = 8_000_000
    low: int = 512_000


@dataclass(frozen=True, slots=True)
class Encoders:
    """What live video may be encoded with."""

    megapixels_per_second: float | None = None
    """Of all that is encoded at the same time; None: by the number of cores."""


@dataclass(frozen=True, slots=True)
class MailConfig:
    """`server: mail:`."""

    errors_to: tuple[str, ...] = ()
    errors_every: float = 900.0
    """Seconds from one mail about errors to the next, at least."""
    statistics_to: tuple[str, ...] = ()
    style: MailStyle = MailStyle()
    """Of mails about triggers, where the destination does not say otherwise."""


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """`server:`."""

    name: str = "ssplug"
    interface: str = "127.0.0.1"
    port: int = 8000
    tls_port: int | None = 8001
    certificate: CertificateFiles | None = None
    """None: self-signed, made once and kept in `state`."""
    state: Path = Path("/var/lib/ssplug")
    timezone: str | None = None
    """IANA name; None: the system's."""
    location: Location | None = None
    date_format: str = "DD/MM/YYYY"
    realm: str = "SecuritySpy"
    bonjour: bool = True
    dialect: int | None = None
    """5 or 6 for every client; None: the dialect follows the client."""
    bandwidth: Bandwidth = Bandwidth()
    mail: MailConfig = MailConfig()
    encoders: Encoders = Encoders()
    keep_events: float = 30 * 86400.0
    """How long the event log goes back."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What clients have set that is without effect here (`ssplug.model.settings`)."""


@dataclass(frozen=True, slots=True)
class User:
    """One of `users:`."""

    name: str
    password: str = field(repr=False)
    """An argon2 hash ("$argon2...") or, when it came from {$env} or {$file}, the password itself."""
    admin: bool = False
    cameras: frozenset[str] | None = None
    """Camera ids, groups resolved; None: all."""
    permissions: Permission = Permission(0)
    """All of them for an administrator."""

    def avatar(self, opinion: Opinion = no_opinion) -> Avatar:
        """What this account is allowed, as a value that answers questions; `opinion` is asked first."""
        return Avatar(self.name, self.permissions, self.cameras, opinion)


MIN_FREE_PERCENT = 5.0
"""What stays free where the site file does not say: a volume that is full ends every recording."""


@dataclass(frozen=True, slots=True)
class Retention:
    """`retain:`; None is no limit."""

    max_age: float | None = None
    max_size: int | None = None
    min_free: int | None = None
    """Bytes, when given as a size."""
    min_free_percent: float | None = None
    """Per cent of the volume, when given as such."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """`overlay:`: text in the picture."""

    enabled: bool = False
    text: str = "%c %Y-%m-%d %H:%M:%S"
    font_size: int = 18
    position: str = "bottom-left"
    record: bool = False
    """Whether movies have it, too, which are encoded again for that."""

    @property
    def is_recorded(self) -> bool:
        """Whether there is text to be put into movies."""
        return self.enabled and self.record and bool(self.text)


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the picture with classes of its own; points are 0-1, origin top left."""

    name: str
    polygon: tuple[tuple[float, float], ...]
    classes: frozenset[str] = frozenset()
    """human, vehicle, animal; empty: any."""


@dataclass(frozen=True, slots=True)
class MotionConfig:
    """`motion:`."""

    enabled: bool = True
    detector: Slot | None = None
    sensitivity: int = 50
    trigger_time: float = 0.5
    masks: tuple[tuple[tuple[float, float], ...], ...] = ()
    zones: tuple[Zone, ...] = ()
    classifier: Slot | None = None
    trigger_on: tuple[str, ...] = ("motion",)
    human_sensitivity: int = 50
    vehicle_sensitivity: int = 50
    animal_sensitivity: int = 50
    sound_enabled: bool = False
    sound_level: int = 50

    @property
    def sensitivities(self) -> Sensitivities:
        """Those to people, vehicles and animals."""
        return Sensitivities(self.human_sensitivity, self.vehicle_sensitivity, self.animal_sensitivity)


@dataclass(frozen=True, slots=True)
class MovieConfig:
    """`movie:` of a mode; `length` belongs to continuous, the pre- and post-capture to motion capture."""

    enabled: bool = True
    fps: float | None = None
    """None: as the camera sends it."""
    length: float = 600.0
    pre_capture: float = 5.0
    post_capture: float = 30.0


@dataclass(frozen=True, slots=True)
class ImagesConfig:
    """`images:` and `webcam:`."""

    enabled: bool = False
    interval: float = 60.0
    post_capture: float = 5.0
    upload: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContinuousConfig:
    """`continuous:`, mode C."""

    schedule: str = "unarmed-24-7"
    movie: MovieConfig = MovieConfig()
    images: ImagesConfig = ImagesConfig()
    webcam: ImagesConfig = ImagesConfig()


@dataclass(frozen=True, slots=True)
class MotionCaptureConfig:
    """`motion_capture:`, mode M."""

    schedule: str = "armed-24-7"
    movie: MovieConfig = MovieConfig()
    images: ImagesConfig = ImagesConfig(interval=1.0)


@dataclass(frozen=True, slots=True)
class ActionsConfig:
    """`actions:`, mode A."""

    schedule: str = "unarmed-24-7"
    trigger_on: tuple[str, ...] = ()
    """Empty: whatever triggers motion capture."""
    delay: float = 0.0
    reset: float = 60.0
    run: tuple[Slot, ...] = ()
    """Names from `notify` are resolved."""
    mail_to: tuple[str, ...] = ()
    """Addresses that get a mail besides."""


@dataclass(frozen=True, slots=True)
class UploadConfig:
    """One of `uploads:`."""

    to: Slot
    what: tuple[str, ...] = ("motion-movies", "motion-images")
    """Of motion-movies, motion-images, continuous-movies, continuous-images."""
    webcam_name: str | None = None
    """None: after the camera."""


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """One of `cameras:`, defaults merged."""

    identity: CameraIdentity
    source: Slot
    enabled: bool = True
    detect_source: Slot | None = None
    transform: Transform = Transform.NONE
    picture: Levels = Levels()
    overlay: Overlay = Overlay()
    motion: MotionConfig = MotionConfig()
    continuous: ContinuousConfig = ContinuousConfig()
    motion_capture: MotionCaptureConfig = MotionCaptureConfig()
    actions: ActionsConfig = ActionsConfig()
    uploads: tuple[UploadConfig, ...] = ()
    ptz: Slot | None = None
    """None: the source, where that can move its camera."""
    disable_ptz: bool = False
    talkback: Slot | None = None
    storage: Slot | None = None
    """None: the site's."""
    retain: Retention = Retention()
    """How much of its footage is kept, besides the site's limits; says nothing of free space."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What clients have set that is without effect here (`ssplug.model.settings`)."""
    where: str = field(default="", compare=False)
    """file:line:column of the camera, for errors at run time."""

    @property
    def uploaded(self) -> tuple[tuple[str, ...], ...]:
        """The `what` of each of its uploads."""
        return tuple(upload.what for upload in self.uploads)

    @property
    def action_triggers(self) -> tuple[str, ...]:
        """What starts actions: their own triggers, or else those of motion capture."""
        return self.actions.trigger_on or self.motion.trigger_on


@dataclass(frozen=True, slots=True)
class Site:
    """The whole configured server."""

    path: Path
    """The file it came from."""
    server: ServerConfig = ServerConfig()
    users: tuple[User, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Group name -> camera ids."""
    storage: Slot | None = None
    retain: Retention = Retention(min_free_percent=MIN_FREE_PERCENT)
    schedules: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """As written: `scheduling` gives them meaning."""
    presets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Preset name -> {continuous, motion, actions: schedule name}."""
    scripts: Path | None = None
    sounds: Path | None = None
    sound_player: str = "auto"
    notify: Mapping[str, Slot] = field(default_factory=dict)
    cameras: tuple[CameraConfig, ...] = ()
    """Sorted by number."""
    digest: str = field(default="", compare=False)
    """Of the bytes of the file, to know whether another program changed it."""
