"""All that the resources know of the server that they are part of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from twisted.internet.defer import Deferred

from ssplug.access.accounts import Accounts
from ssplug.actions.scripts import Scripts
from ssplug.actions.sounds import Sounds
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.cameras.sites import Sites
from ssplug.cameras.talkback import Talking, nobody_speaks
from ssplug.detection.look import Observer
from ssplug.events.bus import EventBus
from ssplug.model.event import Event, TriggerReason
from ssplug.scheduling.arming import Arming
from ssplug.servers.web.dialects import Dialects
from ssplug.servers.web.footage_access import Footage
from ssplug.servers.web.host import Host
from ssplug.servers.web.live_forms import LiveForms
from ssplug.site.types import Site
from ssplug.streams.no_signal import Standby


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the server listens; known once it does."""

    http: int
    https: int | None = None


@dataclass(slots=True)
class WebCounters:
    """Of all HTTP connections, for /metrics; never decreases."""

    requests: int = 0
    """Whole responses, good and bad; streams are none."""
    refused: int = 0
    """Connections closed because what came was no request, too much of one, or too slow."""
    dropped: int = 0
    """Streams closed because their client had stopped reading."""
    pictures_sent: int = 0
    pictures_skipped: int = 0
    """Pictures that a viewer was too slow for."""
    fragments_sent: int = 0
    fragments_skipped: int = 0
    """Pieces of video that a browser was too slow for."""
    sounds_skipped: int = 0
    """Units of sound that a listener was too slow for."""
    looks_skipped: int = 0
    """Looks of a detector that a tuning page was too slow for."""


@dataclass(frozen=True, slots=True)
class WebContext:
    """Handed to every resource."""

    sites: Sites
    uuid: str
    """Of this installation, for ever."""
    roster: Roster
    accounts: Accounts
    bus: EventBus
    arming: Arming
    reactor: Any
    """IReactorTime."""
    monotonic: Callable[[], float]
    """Seconds, for ages and durations."""
    now: Callable[[], float]
    """Wall time, seconds since the epoch."""
    ports: Callable[[], Ports]
    certificate_expires: Callable[[], datetime | None] = lambda: None
    """None without a certificate."""
    metrics: Callable[[], bytes] = lambda: b""
    """What /metrics answers."""
    footage: Footage | None = None
    """None where nothing is recorded."""
    trigger: Callable[[int, TriggerReason], None] = lambda number, reason: None
    """Triggers a camera because somebody asks for it."""
    sounds: Sounds | None = None
    scripts: Scripts | None = None
    observe: Callable[[int, Observer], Callable[[], None]] = lambda number, observer: lambda: None
    """Shows an observer every look at a camera; returns what ends that."""
    standby: Callable[[Camera], Standby | None] = lambda camera: None
    """Makes what viewers are shown of a camera while it is away."""
    talk: Callable[[Camera], Awaitable[Talking]] = nobody_speaks
    """Begins to speak through a camera."""
    history: Callable[[int], "Deferred[list[Event]]"] | None = None
    """The first `ssplug.events.history.PAGE` events behind a number; None where none are kept."""
    dialects: Dialects = field(init=False)
    host: Host = field(init=False)
    live: LiveForms = field(init=False)
    counters: WebCounters = field(init=False, default_factory=WebCounters)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dialects", Dialects(lambda: self.site.server.dialect))
        object.__setattr__(self, "host", Host(self.monotonic))
        object.__setattr__(self, "live", LiveForms(self.reactor, self.now, self.standby))

    @property
    def site(self) -> Site:
        """As it is now: it may be another the next time."""
        return self.sites.site

    @property
    def zone(self) -> tzinfo:
        """What the server's clocks show; it may be another the next time."""
        return self.arming.zone

    @property
    def server_header(self) -> str:
        """What every response says in `Server`: clients parse the number."""
        return f"BBVS/6.0/{self.uuid}"
