"""Recording one mode of one camera, for as long as it is wanted and whatever happens meanwhile.

A recorder starts a take when it is told to and the camera is online, ends it when the camera goes
away or its tracks change, and starts the next.  It says in ERROR events what keeps it from
recording, once for each trouble, and in FILE events what has been recorded.
"""

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from ssplug.capture.archive import Archive
from ssplug.capture.film import Film
from ssplug.capture.reel import NO_FINDINGS, Findings, Reel, ReelCounters
from ssplug.capture.take import Take
from ssplug.events.bus import EventBus
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.model.camera import CameraIdentity, CaptureMode, Transform
from ssplug.model.event import EventType, Failure, FilePath
from ssplug.model.footage import FootageFile
from ssplug.streams.hub import StreamHub

ERROR_STORAGE: Final = 810
ERROR_GAP: Final = 811
ERROR_TRACK: Final = 812

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_ENDING_LIMIT: Final = 2
"""Takes that are not written yet; with more of them the disk is left alone until one is."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What all recorders of one camera have in common."""

    camera: CameraIdentity
    hub: StreamHub
    archive: Archive
    bus: EventBus
    reactor: Any
    monotonic: Callable[[], float]
    wall: Callable[[], float]
    """Seconds since the epoch."""
    log: Logger
    make_room: Callable[[Archive], "Deferred[Any]"] = lambda _: succeed(None)
    """Asked when the disk is full: delete what may be deleted."""
    transform: Transform = Transform.NONE
    """How players are to turn the pictures, which are kept as they come."""


@dataclass(slots=True)
class RecorderCounters:
    """For /metrics; never decrease."""

    reel: ReelCounters = field(default_factory=ReelCounters)
    refused: int = 0
    """How often the disk did not take what it was given."""
    overflows: int = 0
    """How often a recording was ended because the disk did not keep up."""
    lost: int = 0
    """Access units that could not be written."""


class Recorder:
    """Records one mode of a camera from `start` to `stop`. Reactor thread."""

    def __init__(self, studio: Studio, mode: CaptureMode, length: float | None = None) -> None:
        """Movies end at multiples of `length` seconds on the clock; None: only when recording does."""
        self._studio = studio
        self._mode = mode
        self._length = length
        self._take: Take | None = None
        self._ending: list[Take] = []
        self._is_wanted = False
        self._is_refused = False
        self._is_unsafe = False
        self._is_blocked = False
        self._left_out: tuple[str, ...] = ()
        self._findings = NO_FINDINGS
        self._before: tuple[AccessUnit, ...] = ()
        self._all_ended: list[Deferred[None]] = []
        self._detach: Callable[[], None] = lambda: None
        self.counters = RecorderCounters()
        self.completed_file: Callable[[FootageFile], None] = lambda _: None
        """To be set: called with every file that is complete."""

    @property
    def is_recording(self) -> bool:
        """Whether access units are being recorded now."""
        return self._take is not None

    def start(self, before: Sequence[AccessUnit] = (), findings: Findings = NO_FINDINGS) -> None:
        """Record `before`, from the hub's buffer, and everything until `stop`; harmless when it does already."""
        if self._is_wanted:
            return
        self._is_wanted = True
        self._findings = findings
        self._before = tuple(before)
        self._detach = self._studio.hub.attach(self)

    def note(self, findings: Findings) -> None:
        """Say why it is recorded, for the files that are completed from now on."""
        self._findings = findings
        if self._take is not None:
            self._take.findings = findings

    def stop(self) -> "Deferred[None]":
        """Record no more; fires when everything is on the disk, or was given up."""
        self._is_wanted = False
        self._detach()
        self._end()
        if not self._ending:
            return succeed(None)
        ended: Deferred[None] = Deferred()
        self._all_ended.append(ended)
        return ended

    def abandon(self) -> None:
        """After `stop`: do not wait for the disk any longer."""
        for take in tuple(self._ending):
            take.abandon()

    # -- hub.Subscriber ----------------------------------------------------------------------

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The camera is online, or sends something else from here on: another file."""
        self._end()
        self._begin()

    def offer(self, unit: AccessUnit) -> None:
        """Units go to the take."""

    def went_offline(self, reason: str) -> None:
        """The file ends properly."""
        self._end()

    # -- TakeReport --------------------------------------------------------------------------

    def completed(self, file: FootageFile) -> None:
        """A file is complete."""
        studio = self._studio
        studio.log.info("recorded {key} ({duration:.1f} s)", key=file.key, duration=file.duration)
        studio.bus.publish(EventType.FILE, studio.camera.number, FilePath(studio.archive.where(file.key)))
        self.completed_file(file)

    def refused(self, error: Exception) -> "Deferred[Any]":
        """The disk does not take what it is given; where it has no room, some is made before it is tried again."""
        self.counters.refused += 1
        if not self._is_refused:
            self._is_refused = True
            self._report(ERROR_STORAGE, f"footage cannot be written to {self._studio.archive.name}: {error}")
        is_full = isinstance(error, OSError) and error.errno in _NO_ROOM
        return self._studio.make_room(self._studio.archive) if is_full else succeed(None)

    def accepted(self) -> None:
        """The disk takes it."""
        if self._is_refused:
            self._is_refused = False
            self._studio.log.info("footage can be written again")

    def synced(self, error: Exception | None) -> None:
        """What was written is safe from a loss of power, or not."""
        if error is not None and not self._is_unsafe:
            self._report(ERROR_STORAGE, f"footage would not survive a loss of power: {error}")
        self._is_unsafe = error is not None

    def overflowed(self, take: Take) -> None:
        """Nothing is begun until this is written: otherwise the memory would fill instead of the disk."""
        self.counters.overflows += 1
        self._is_blocked = True
        self._end()
        self._report(ERROR_GAP, "recording has a gap: the disk does not keep up")

    def ended(self, take: Take, lost: int) -> None:
        """Go on with the next take if this one was waited for."""
        self.counters.lost += lost
        if lost:
            self._report(ERROR_GAP, f"recording has a gap: {lost} access units could not be written")
        if take is self._take:
            self._take = None
        else:
            self._ending.remove(take)
        if not self._ending:
            self._is_blocked = False
            self._say_ended()
        self._begin()

    # ----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        before, self._before = self._before, ()
        may_begin = self._is_wanted and self._take is None and self._studio.hub.online
        if not may_begin or self._is_blocked or len(self._ending) >= _ENDING_LIMIT:
            return
        film = Film(self._studio.hub.tracks)
        self._tell_left_out(film)
        if film.has_pictures:
            self._take = self._take_on(film)
            self._take.findings = self._findings
            self._take.start(before)

    def _take_on(self, film: Film) -> Take:
        studio = self._studio
        reel = Reel(
            studio.archive.shelf,
            studio.camera,
            self._mode,
            film,
            studio.monotonic,
            self._length,
            self.counters.reel,
            studio.transform,
        )
        return Take(studio.hub, studio.archive, reel, self, studio.reactor, studio.monotonic, studio.wall, studio.log)

    def _end(self) -> None:
        take, self._take = self._take, None
        if take is not None:
            self._ending.append(take)
            take.end()

    def _tell_left_out(self, film: Film) -> None:
        """Once for each set of tracks: a camera that reconnects every minute says nothing new."""
        reasons = tuple(film.left_out) if film.has_pictures else ("nothing is recorded", *film.left_out)
        if reasons and reasons != self._left_out:
            self._report(ERROR_TRACK, ": ".join(reasons))
        self._left_out = reasons

    def _report(self, code: int, text: str) -> None:
        self._studio.log.error("{text}", text=text)
        self._studio.bus.publish(EventType.ERROR, self._studio.camera.number, Failure(code, text))

    def _say_ended(self) -> None:
        waiting, self._all_ended = self._all_ended, []
        for ended in waiting:
            ended.callback(None)
