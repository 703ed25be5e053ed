"""Time that goes on when the file begins again. Values only.

A pass lasts from the first that is seen or heard to the end of the last, so that picture and
sound begin every pass as they began the first.
"""

import dataclasses
from fractions import Fraction
from typing import Final

from ssplug.media.access_unit import AccessUnit

STILL_SECONDS: Final = Fraction(1)
"""How long a file of one picture lasts, and one whose pictures have no times."""
_LONGEST_GUESS: Final = Fraction(1)


class Loop:
    """Shifts the units of each pass by the length of those before."""

    def __init__(self) -> None:
        self._shift = Fraction(0)
        self._begin_pass()

    def _begin_pass(self) -> None:
        self._units = 0
        self._start: Fraction | None = None
        self._end = Fraction(0)
        self._previous: dict[bool, Fraction] = {}

    def place(self, unit: AccessUnit, duration: Fraction) -> AccessUnit:
        """`unit` of this pass on the endless time line; `duration` in seconds, 0 where the file does not say."""
        begin = Fraction(unit.pts, unit.track.clock_rate)
        end = begin + (duration or self._guessed_duration(unit, begin))
        self._previous[unit.track.is_video] = begin
        self._start, self._end = (begin, end) if self._start is None else (min(self._start, begin), max(self._end, end))
        self._units += 1
        ticks = round(self._shift * unit.track.clock_rate)
        return dataclasses.replace(unit, pts=unit.pts + ticks, dts=unit.dts + ticks)

    def next_pass(self) -> None:
        """The file begins again, where this pass ended."""
        length = self._end - self._start if self._start is not None else Fraction(0)
        self._shift += length if self._units > 1 and length > 0 else STILL_SECONDS
        self._begin_pass()

    def _guessed_duration(self, unit: AccessUnit, begin: Fraction) -> Fraction:
        """What the track promises, or else as long as the unit before."""
        if unit.track.frame_rate:
            return 1 / Fraction(unit.track.frame_rate)
        previous = self._previous.get(unit.track.is_video, begin)
        return min(abs(begin - previous), _LONGEST_GUESS)
