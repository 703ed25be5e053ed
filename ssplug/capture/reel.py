"""The movies of one camera and mode, written one after the other as its access units come.

A `Reel` is fed with batches and decides where one movie ends and the next begins: at a key frame,
by the clock on the wall, or because the clock was set.  Everything that it could not write stays
with it and is written by the next call, so that a disk that was full for a while costs nothing
as long as whoever feeds the reel can wait.

Runs in the writing thread of its store's volume and knows no reactor.
"""

import dataclasses
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ssplug.capture.cuts import next_cut
from ssplug.capture.film import Film
from ssplug.capture.interleaver import Interleaver
from ssplug.capture.shelf import Shelf
from ssplug.interfaces import IFootageStore, IFootageWriter
from ssplug.media.access_unit import AccessUnit
from ssplug.media.fmp4 import Ending, MovieMuxer
from ssplug.media.mp4 import display_matrix
from ssplug.model.camera import CameraIdentity, CaptureMode, Transform
from ssplug.model.event import TriggerReason
from ssplug.model.footage import FootageFile, Label, ObjectClass

GROW_SECONDS: Final = 60.0
"""How often the catalogue hears how large an unfinished file is: retention counts it."""
CLOCK_STEP: Final = 2.0
"""Seconds that the wall clock may run away from the time line within one file."""
LATE_SECONDS: Final = 2.0
"""How long a movie waits for its last sound after its last picture."""
WRITE_ERRORS: Final = (OSError, sqlite3.Error)
"""What a reel raises when the disk or the catalogue does not take what it should: try again later."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Why something is recorded, and what is in it."""

    triggers: TriggerReason = TriggerReason(0)
    classes: ObjectClass = ObjectClass(0)

    def on(self, label: Label) -> Label:
        """The label with these findings."""
        return dataclasses.replace(label, triggers=self.triggers, classes=self.classes)


NO_FINDINGS: Final = Findings()


@dataclass(frozen=True, slots=True)
class Written:
    """What a call of a reel has done."""

    completed: tuple[FootageFile, ...] = ()
    """Files that are complete."""
    unsynced: tuple[IFootageWriter, ...] = ()
    """Whose `sync` is to be called within a second."""


@dataclass(slots=True)
class ReelCounters:
    """For /metrics; never decrease. Written by the writing thread, read by any."""

    bytes: int = 0
    units: int = 0
    files: int = 0
    late: int = 0
    """Units of sound that came when the movie that they belong to was complete, or before any movie."""


class MovieFile:
    """One movie that is being written. Writing thread."""

    def __init__(self, shelf: Shelf, file: FootageFile, writer: IFootageWriter, muxer: MovieMuxer, now: float) -> None:
        self.file = file
        self._shelf = shelf
        self._store: IFootageStore = shelf.store
        self.writer = writer
        self._muxer = muxer
        self._unwritten = muxer.begin()
        self._unwritten_units = 0
        self.end: Fraction | None = None
        """Where on the time line its last picture ends, when that is known."""
        self._ending: Ending | None = None
        self._is_closed = False
        self._grown_at = now

    @property
    def starts_at(self) -> Fraction:
        """Where on the time line the movie begins."""
        return self._muxer.starts_at

    @property
    def duration(self) -> float:
        """Seconds of pictures so far."""
        return self._muxer.duration

    def add(self, units: Sequence[AccessUnit]) -> None:
        """Make one more fragment of `units`, to be written by `flush`."""
        self._unwritten += self._muxer.fragment(units)
        self._unwritten_units += len(units)

    def flush(self, now: float) -> int:
        """Write what has been added, now or before an error; how many bytes."""
        written = len(self._unwritten)
        if self._unwritten:
            self.writer.append(self._unwritten)
            self._unwritten = b""
            self._unwritten_units = 0
        if now - self._grown_at >= GROW_SECONDS:
            self._shelf.catalogue.grow(self.file.id, self._muxer.size, self._muxer.duration)
            self._grown_at = now
        return written

    def finish(self, findings: Findings, now: float) -> FootageFile:
        """Make it an ordinary MP4 and complete; after an error it can be called again."""
        self.flush(now)
        label = findings.on(self.file.label)
        if self._ending is None:
            self._ending = self._muxer.end(self.end, label)
            self._unwritten = self._ending.tail if self._store.rewrites else b""
            self.flush(now)
        if not self._is_closed:
            self.writer.finish(self._ending.head if self._store.rewrites else b"")
            self._is_closed = True
        size = self._muxer.size + (len(self._ending.tail) if self._store.rewrites else 0)
        return self._shelf.catalogue.complete(self.file.id, label, size, self._muxer.duration)

    def abandon(self) -> int:
        """Leave it as it is, to be mended later like that of a server that was killed; how many units are lost."""
        self.writer.close()
        return self._unwritten_units


class Reel:
    """All movies of one camera, mode and set of tracks. Writing thread."""

    def __init__(
        self,
        shelf: Shelf,
        camera: CameraIdentity,
        mode: CaptureMode,
        film: Film,
        monotonic: Callable[[], float],
        length: float | None = None,
        counters: ReelCounters | None = None,
        transform: Transform = Transform.NONE,
    ) -> None:
        """Movies end at multiples of `length` seconds on the clock; None: only when told to."""
        self._shelf = shelf
        self._camera = camera
        self._mode = mode
        self._film = film
        self._monotonic = monotonic
        self._length = length
        self._transform = transform
        self.counters = counters if counters is not None else ReelCounters()
        self._interleaver = Interleaver()
        self._waiting: deque[AccessUnit] = deque()
        self._wall_offset = 0.0
        self._movie: MovieFile | None = None
        self._movie_offset = 0.0
        self._cut_at = 0.0
        self._previous: MovieFile | None = None
        """The movie before, until its last sound has come."""
        self._completed: list[FootageFile] = []

    def write(self, units: Sequence[AccessUnit], wall_offset: float, findings: Findings = NO_FINDINGS) -> Written:
        """Write further units.

        `wall_offset` is wall time less the time line at this moment. After an OSError or sqlite3.Error
        nothing is lost: the next call, perhaps with no units, goes on where this one stopped.
        """
        self._wall_offset = wall_offset
        self._waiting.extend(self._interleaver.put(self._film.develop(units)))
        self._write_waiting(findings)
        return self._written()

    def finish(self, findings: Findings = NO_FINDINGS) -> Written:
        """Write all that waits and complete the movie. Errors as `write`."""
        self._waiting.extend(self._interleaver.flush())
        self._write_waiting(findings)
        self._end_previous(findings)
        if self._movie is not None:
            self._complete(self._movie, findings)
            self._movie = None
        return self._written()

    def abandon(self) -> int:
        """Give up what could not be written, and leave the movies to be mended; how many units are lost."""
        lost = len(self._waiting) + len(self._interleaver.flush())
        self._waiting.clear()
        for movie in (self._previous, self._movie):
            lost += movie.abandon() if movie is not None else 0
        self._previous = self._movie = None
        return lost

    def _write_waiting(self, findings: Findings) -> None:
        self._flush()
        while self._waiting:
            if self._movie is None and not self._begin_movie():
                return
            if self._is_cut(self._waiting[0]):
                self._cut(self._waiting[0], findings)
            else:
                self._append_to_cut(findings)

    def _begin_movie(self) -> bool:
        """Begin at the next key frame; False if there is none. What is before it, nobody could decode."""
        while self._waiting and not _can_begin(self._waiting[0]):
            self._waiting.popleft()
        if not self._waiting:
            return False
        first = self._waiting[0]
        label = self._shelf.label(self._camera, self._mode, first.seconds + self._wall_offset)
        matrix = display_matrix(self._transform, first.track.width, first.track.height)
        muxer = MovieMuxer(self._film.tracks, label, first, matrix)
        file, writer = self._shelf.begin_movie(self._camera, label)
        self._movie = MovieFile(self._shelf, file, writer, muxer, self._monotonic())
        self._movie_offset = self._wall_offset
        self._cut_at = self._next_cut(label.started)
        return True

    def _next_cut(self, started: float) -> float:
        return next_cut(started, self._length, self._shelf.zone) if self._length is not None else float("inf")

    def _is_cut(self, unit: AccessUnit) -> bool:
        """Whether the movie that is being written ends before `unit`."""
        movie = self._movie
        if movie is None or not _can_begin(unit) or _moment(unit) == movie.starts_at:
            return False
        was_set = abs(self._wall_offset - self._movie_offset) > CLOCK_STEP
        return was_set or unit.seconds + self._wall_offset >= self._cut_at

    def _cut(self, first: AccessUnit, findings: Findings) -> None:
        """End the movie where the next begins, but leave it open for its sound, which may come late."""
        self._end_previous(findings)
        if self._movie is not None:
            self._movie.end = _moment(first)
        self._previous, self._movie = self._movie, None

    def _append_to_cut(self, findings: Findings) -> None:
        """Write the units up to the next cut as one fragment."""
        units = [self._waiting.popleft()]
        while self._waiting and not self._is_cut(self._waiting[0]):
            units.append(self._waiting.popleft())
        movie = self._movie
        assert movie is not None
        before = [unit for unit in units if not unit.track.is_video and _moment(unit) < movie.starts_at]
        movie.add([unit for unit in units if unit not in before] if before else units)
        if self._previous is not None:
            self._previous.add(before)
        else:
            self.counters.late += len(before)
        self.counters.units += len(units)
        self._flush()
        sound_has_come = len(before) < sum(not unit.track.is_video for unit in units)
        if sound_has_come or len(self._film.tracks) == 1 or movie.duration > LATE_SECONDS:
            self._end_previous(findings)

    def _flush(self) -> None:
        for movie in (self._previous, self._movie):
            if movie is not None:
                self.counters.bytes += movie.flush(self._monotonic())

    def _end_previous(self, findings: Findings) -> None:
        if self._previous is not None:
            self._complete(self._previous, findings)
            self._previous = None

    def _complete(self, movie: MovieFile, findings: Findings) -> None:
        self._completed.append(movie.finish(findings, self._monotonic()))
        self.counters.files += 1

    def _written(self) -> Written:
        completed, self._completed = tuple(self._completed), []
        return Written(completed, tuple(movie.writer for movie in (self._previous, self._movie) if movie is not None))


def _can_begin(unit: AccessUnit) -> bool:
    return unit.key and unit.track.is_video


def _moment(unit: AccessUnit) -> Fraction:
    return Fraction(unit.pts, unit.track.clock_rate)
