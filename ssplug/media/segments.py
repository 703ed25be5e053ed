"""Live video cut into segments for HLS, and these into parts: which pictures go where, and their bytes.

A segment begins at a key frame and lasts one GOP or several short ones; parts are a few pictures
each.  What is cut is known when the next picture comes, so that every duration is exact.  How long
segments and parts are is measured with the first segment, which therefore has no parts:

- the target duration is that of the first segment, rounded up, and stays.  A GOP that is longer
  is cut at a picture that is no key frame, rather than break what players were promised;
- the part target is a little more than the pictures of a part last, and grows if the camera slows
  down.
"""

import math
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Final

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.fmp4 import TrackMuxer, fragment, init_segment

SEGMENT_SECONDS: Final = 1.8
"""A segment ends at the first key frame after so long: two seconds, as far as cameras keep to them."""
SEGMENT_LIMIT: Final = 6.0
"""Seconds; the longest segment of a camera whose GOPs are longer or have no end."""
SEGMENT_BYTES_LIMIT: Final = 16 * 2**20
PART_SECONDS: Final = 0.35
"""Of a part, if not a single picture lasts longer."""
KEPT_SEGMENTS: Final = 3
"""Segments that are still there when they are no longer listed, for those who have an older list."""
KEPT_BYTES_LIMIT: Final = 64 * 2**20

_LISTED_TARGETS: Final = 3  # target durations that a playlist must list (RFC 8216, 6.2.2)
_SLACK: Final = 0.25  # seconds that GOPs may be longer than the first without another rounding
_ROUNDING: Final = 0.4  # seconds beyond the target duration that still round to it (4.3.3.1)
_PART_SLACK: Final = 1.08  # so that jitter neither makes a part too long nor one of less than 85 %


@dataclass(frozen=True, slots=True)
class Part:
    """A few pictures, and the sound that came with them: `moof` and `mdat`."""

    data: bytes
    duration: float
    independent: bool
    """Whether decoding can start here."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What a playlist lists."""

    number: int
    """Media sequence number."""
    run: int
    """Number of the init segment that it belongs to."""
    began: float
    """When it begins, in seconds of the hub's time line."""
    parts: tuple[Part, ...]
    shows_parts: bool = True
    """Whether its parts can be had one by one."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return sum(part.duration for part in self.parts)

    @property
    def independent(self) -> bool:
        """Whether decoding can start at its beginning."""
        return bool(self.parts) and self.parts[0].independent

    @property
    def data(self) -> bytes:
        """All of it, put together."""
        return b"".join(part.data for part in self.parts)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(len(part.data) for part in self.parts)


@dataclass(slots=True)
class _Run:
    """Tracks without interruption: what one init segment is good for."""

    number: int
    tracks: tuple[Track, ...]
    muxers: list[TrackMuxer]
    init: bytes
    began: float


class Segmenter:
    """Cuts the units of one camera. Does not wait, does not know what time it is."""

    def __init__(self, first_number: int, first_run: int = 0, created: float = 0.0) -> None:
        """Segments and runs count from these; `created` is what init segments say, seconds since the epoch."""
        self.target: int | None = None
        """Seconds, whole; None until there is a segment."""
        self.part_target = 0.0
        """Seconds; no part is longer."""
        self.segments: deque[Segment] = deque()
        """The finished ones, oldest first."""
        self._next = first_number
        self.next_run = first_run
        """The number of the run that is to come."""
        self._created = created
        self._zero: Fraction | None = None
        self._tracks: tuple[Track, ...] = ()
        self._run: _Run | None = None
        self._inits: dict[int, bytes] = {}
        self._sequence = 0
        self._parts: list[Part] = []
        self._segment_began = 0.0
        self._pending: list[AccessUnit] = []
        self._open_bytes = 0
        self._intervals: deque[float] = deque(maxlen=100)

    @property
    def open(self) -> Segment | None:
        """The segment that is being made, as far as it can be had; None between runs."""
        if self._run is None:
            return None
        return Segment(self._next, self._run.number, self._segment_began, tuple(self._parts), self.target is not None)

    @property
    def listed(self) -> tuple[Segment, ...]:
        """The finished segments that a playlist names: the newest, for three target durations at least."""
        return tuple(self.segments)[self._first_listed() :]

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        return sum(segment.size for segment in self.segments) + sum(len(part.data) for part in self._parts)

    def init(self, run: int) -> bytes | None:
        """The init segment of a run; None where it is of no use any more."""
        return self._inits.get(run)

    def begin(self, tracks: tuple[Track, ...]) -> None:
        """Hear of other tracks, or of the same after an interruption; what was before is over."""
        self.end()
        self._tracks = tracks
        self._intervals.clear()

    def end(self) -> None:
        """Finish what there is: for the moment nothing follows."""
        if self._run is not None and self.target is not None:
            self._finish_segment(None)
        # A beginning says nothing of how long segments will be: what was not enough for one is given up.
        self._run = None
        self._parts, self._pending = [], []

    def put(self, unit: AccessUnit) -> bool:
        """Take the next unit; whether there is more to be had than before."""
        if unit.track not in self._tracks:
            return False
        self._open_bytes += len(unit.data)
        if not unit.track.is_video:
            self._put_sound(unit)
            return False
        if self._run is None:
            if unit.key:
                self._begin_run(unit)
            return False
        news = self._cut(unit)
        self._pending.append(unit)
        return news

    def _put_sound(self, unit: AccessUnit) -> None:
        if self._run is not None and _decoded_at(unit) >= self._run.began:
            self._pending.append(unit)

    def _begin_run(self, first: AccessUnit) -> None:
        if self._zero is None:
            self._zero = Fraction(first.pts, first.track.clock_rate)
        zero = self._zero
        muxers = [
            TrackMuxer(number, track, zero, first if track.is_video else None)
            for number, track in enumerate(self._tracks, 1)
        ]
        init = init_segment([muxer.header for muxer in muxers], self._created)
        self._run = _Run(self.next_run, self._tracks, muxers, init, _decoded_at(first))
        self._inits[self.next_run] = init
        self.next_run += 1
        self._segment_began = _decoded_at(first)
        self._pending = [first]
        self._open_bytes = len(first.data)

    def _cut(self, unit: AccessUnit) -> bool:
        """End what ends before the picture `unit`."""
        at = _decoded_at(unit)
        self._intervals.append(at - _decoded_at(self._last_picture()))
        if self._ends_segment(unit, at - self._segment_began):
            self._finish_segment(unit)
            return True
        if self.target is not None and self._ends_part(at - _decoded_at(self._first_picture())):
            self._finish_part(unit)
            return True
        return False

    def _ends_segment(self, unit: AccessUnit, length: float) -> bool:
        if unit.key and length >= SEGMENT_SECONDS:
            return True
        limit = SEGMENT_LIMIT if self.target is None else self.target + _ROUNDING
        return length + self._interval() > limit or self._open_bytes > SEGMENT_BYTES_LIMIT

    def _ends_part(self, length: float) -> bool:
        return length + self._interval() > self.part_target

    def _finish_segment(self, following: AccessUnit | None) -> None:
        assert self._run is not None
        self._finish_part(following)
        segment = Segment(
            self._next, self._run.number, self._segment_began, tuple(self._parts), self.target is not None
        )
        self.segments.append(segment)
        self._next += 1
        self._parts = []
        self._open_bytes = 0
        self._segment_began = segment.began + segment.duration
        if self.target is None:
            self._measure(segment)
        self._forget_old()

    def _finish_part(self, following: AccessUnit | None) -> None:
        assert self._run is not None
        begins, last = self._first_picture(), self._last_picture()
        end = _decoded_at(following) if following is not None else _decoded_at(last) + self._interval()
        pending, self._pending = self._pending, []
        runs = []
        for muxer in self._run.muxers:
            units = [unit for unit in pending if unit.track == muxer.track]
            after = following if following is not None and following.track == muxer.track else None
            runs.append((muxer.header, muxer.samples(units, after)))
        self._sequence += 1
        data = fragment(self._sequence, [run for run in runs if run[1]])
        part = Part(data, max(end - _decoded_at(begins), 0.001), begins.key)
        self._parts.append(part)
        if self.target is not None:
            self.part_target = max(self.part_target, math.ceil(part.duration * 1000) / 1000)

    def _measure(self, first: Segment) -> None:
        interval = self._interval()
        self.target = max(1, math.ceil(first.duration - _SLACK))
        pictures = max(1, math.floor(PART_SECONDS / interval / _PART_SLACK))
        self.part_target = math.ceil(pictures * interval * _PART_SLACK * 1000) / 1000

    def _interval(self) -> float:
        """Seconds from picture to picture, usually."""
        return max(median(self._intervals), 0.001) if self._intervals else 0.04

    def _forget_old(self) -> None:
        while self._first_listed() > KEPT_SEGMENTS or (self.size > KEPT_BYTES_LIMIT and len(self.segments) > 1):
            self.segments.popleft()
        oldest = self.segments[0].run
        self._inits = {number: init for number, init in self._inits.items() if number >= oldest}

    def _first_listed(self) -> int:
        """How many of the oldest segments need not be listed."""
        needed = _LISTED_TARGETS * (self.target or 0) + SEGMENT_SECONDS
        index = len(self.segments)
        while index and needed > 0:
            index -= 1
            needed -= self.segments[index].duration
        return index

    def _last_picture(self) -> AccessUnit:
        return next(unit for unit in reversed(self._pending) if unit.track.is_video)

    def _first_picture(self) -> AccessUnit:
        return next(unit for unit in self._pending if unit.track.is_video)


def _decoded_at(unit: AccessUnit) -> float:
    return unit.dts / unit.track.clock_rate
