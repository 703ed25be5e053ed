"""Media time: one place where broken timestamps are mended.

A driver hands on the timestamps that the camera sent.  A `TimeLine` places them on the hub's time
line, whose zero is that of the server's monotonic clock: the first unit of an attempt is placed at
its arrival, every other at its distance in media time from there.  So time goes on across a
reconnect as it does on the wall, wall time = media time + a constant, and all tracks stay in step.

What a camera's clock does, and what is made of it:

| the camera | here |
| --- | --- |
| counts evenly | distances between units are kept to the tick, whatever the network does |
| begins each track at another origin | each is anchored at its own first arrival |
| jumps, forward or back | the track is anchored anew at arrival; the next to jump joins it there |
| sends one wrong timestamp | that unit is placed at its arrival, the following where they belong |
| wraps at 32 bits | goes on |
| stands still | units are placed at their arrival |
| is fast or slow, or began with a burst | time is stretched a little until it is with arrival again |

Whatever it does: dts of a track grow, pts are never before dts, and no unit is placed more than
FAR seconds from its arrival.
"""

import math
from typing import Final

from ssplug.media.access_unit import AccessUnit, Track

FAR: Final = 10.0
"""Seconds between arrival and place beyond which timestamps are not believed; more than a stall that is survived."""

_JUMP: Final = 2.0  # seconds that a clock may get ahead of arrival from one unit to the next
_BACK: Final = 0.5  # seconds that it may go back before it counts as another clock
_JOIN_LATE: Final = 1.0  # a track joins the line of another where that places it not too far before...
_JOIN_EARLY: Final = 5.0  # ...nor after its arrival
_STILL: Final = 3  # repetitions of a timestamp after which the clock is taken to stand still

_WRAP: Final = 1 << 32  # RTP timestamps (RFC 3550, 5.1)
_WRAP_SLACK: Final = 60.0

# How the least delayed units of a window are brought back to their arrival: not at all within the
# slack, which jitter does not leave; beyond it, ever faster (about 0.1 % at a second, as much as
# the clock of a poor camera is wrong), up to a bound below which nobody sees or hears it.
_WINDOW: Final = 5.0
_SLACK: Final = 0.25
_GENTLENESS: Final = 600.0
_FASTEST: Final = 0.05

_LINES_KEPT: Final = 4


class TimeLine:
    """Places the units of one attempt on the hub's time line."""

    def __init__(self) -> None:
        self._clocks: dict[tuple[bool, int], _Clock] = {}
        self._lines: list[_Line] = []

    def place(self, unit: AccessUnit, now: float) -> AccessUnit:
        """The same unit with pts and dts on the hub's time line; `now` is its arrival (monotonic seconds)."""
        rate = unit.track.clock_rate
        clock = self._clock(unit.track)
        dts = clock.unwrapped(unit.dts)
        line = self._line(clock, dts / rate, now)
        line.follow(dts / rate, now)
        placed = clock.advance(dts, line, now)
        shown_after = unit.pts - unit.dts
        if not 0 <= shown_after <= FAR * rate:
            shown_after = 0
        return AccessUnit(unit.track, unit.data, placed + shown_after, placed, unit.key, now)

    def _clock(self, track: Track) -> "_Clock":
        which = (track.is_video, track.clock_rate)
        if which not in self._clocks:
            self._clocks[which] = _Clock(track.clock_rate)
        return self._clocks[which]

    def _line(self, clock: "_Clock", at: float, now: float) -> "_Line":
        """The line that the clock is on, or joins, or begins."""
        if clock.line is not None and clock.is_credible(at, now):
            return clock.line
        joined = None if clock.stands_still else self._nearest(at, now, clock.line)
        if joined is not None:
            return joined
        begun = _Line(max(now, clock.seconds_placed) - at)
        self._lines = [*self._lines[1 - _LINES_KEPT :], begun]
        return begun

    def _nearest(self, at: float, now: float, left: "_Line | None") -> "_Line | None":
        """Of the lines of other tracks and of earlier times, the one that places `at` nearest to `now`."""
        fitting = [
            line for line in self._lines if line is not left and -_JOIN_LATE <= line.lead(at, now) <= _JOIN_EARLY
        ]
        return min(fitting, key=lambda line: abs(line.lead(at, now)), default=None)


class _Clock:
    """One track's timestamps, as they come in and as they were placed."""

    def __init__(self, rate: int) -> None:
        self.line: _Line | None = None
        self.stands_still = False
        self._rate = rate
        self._wrapped = 0
        self._last: int | None = None
        self._repeated = 0
        self._lead = 0.0
        self._placed = 0

    @property
    def seconds_placed(self) -> float:
        """Where the last unit was placed; -inf before the first."""
        return self._placed / self._rate if self._last is not None else -math.inf

    def unwrapped(self, dts: int) -> int:
        """`dts` counted on where 32 bits did not suffice."""
        if self._last is not None and abs(dts + self._wrapped - self._last + _WRAP) < _WRAP_SLACK * self._rate:
            self._wrapped += _WRAP
        dts += self._wrapped
        self._repeated = self._repeated + 1 if dts == self._last else 0
        self.stands_still = self._repeated >= _STILL
        return dts

    def is_credible(self, at: float, now: float) -> bool:
        """Whether `at` (seconds of this clock) can be where its line has it."""
        if self.line is None or self._last is None or self.stands_still:
            return False
        lead = self.line.lead(at, now)
        jumped_ahead = lead > _JUMP and lead - self._lead > _JUMP
        went_back = at < self._last / self._rate - _BACK
        return abs(lead) <= FAR and not jumped_ahead and not went_back

    def advance(self, dts: int, line: "_Line", now: float) -> int:
        """The ticks at which to place `dts`: where `line` has it, but after the unit before."""
        placed = dts + round(line.offset * self._rate)
        if self._last is not None:
            placed = max(placed, self._placed + 1)
        self.line, self._last, self._placed = line, dts, placed
        self._lead = line.lead(dts / self._rate, now)
        return placed


class _Line:
    """A camera's clock against ours: what to add to its seconds."""

    def __init__(self, offset: float) -> None:
        self.offset = offset
        self._window_ends = -math.inf
        self._greatest = -math.inf
        self._greatest_before = -math.inf
        self._followed_at = math.inf

    def lead(self, at: float, now: float) -> float:
        """How many seconds after its arrival a unit is placed."""
        return at + self.offset - now

    def follow(self, at: float, now: float) -> None:
        """Stretch time a little if even the least delayed units are no longer placed at their arrival."""
        if now >= self._window_ends:
            self._window_ends = now + _WINDOW
            self._greatest_before, self._greatest = self._greatest, -math.inf
        self._greatest = max(self._greatest, self.lead(at, now))
        elapsed = min(max(0.0, now - self._followed_at), 1.0)
        self._followed_at = now
        self.offset -= _stretch(max(self._greatest, self._greatest_before)) * elapsed


def _stretch(lead: float) -> float:
    """The part of a second by which to go back each second, for units that lead by `lead` seconds."""
    excess = max(0.0, abs(lead) - _SLACK)
    return math.copysign(min(_FASTEST, excess * excess / _GENTLENESS), lead)
