"""How loud it is, and when that is a trigger.

A level is 0 to 100: 100 is as loud as digital sound can be, and every step down is six tenths of a
decibel, so that 50 is -30 dB and 0 is -60 dB of full scale (the mean power of a tenth of a second).
People talking near a camera come to 40 to 60, an empty room to less than 20.
"""

import math
from typing import Final

import numpy as np

DECIBELS: Final = 60.0
"""Between level 0 and level 100."""
REPEAT_SECONDS: Final = 10.0
"""Between two triggers while it goes on being loud."""
QUIET_SECONDS: Final = 2.0
"""Below the level, after which loudness is news again."""

_WINDOW: Final = 0.1
_FULL_SCALE: Final = 32768.0


def level_of(mean_square: float) -> float:
    """The level of samples whose mean square is that; full scale is 1."""
    if mean_square <= 0:
        return 0.0
    return min(100.0, max(0.0, 100 + 10 * math.log10(mean_square) * 100 / DECIBELS))


class LoudnessMeter:
    """Measures samples of 16 bits in network order, whatever pieces they come in."""

    def __init__(self, samples_per_second: int) -> None:
        """`samples_per_second` counts those of all channels."""
        self._window = max(1, round(samples_per_second * _WINDOW))
        self._sum = 0.0
        self._count = 0

    def levels(self, data: bytes) -> list[float]:
        """The level of each tenth of a second that `data` completes."""
        samples = np.frombuffer(data[: len(data) // 2 * 2], ">i2").astype(np.float64) / _FULL_SCALE
        levels = []
        while len(samples):
            taken, samples = np.split(samples, [self._window - self._count])
            self._sum += float(np.dot(taken, taken))
            self._count += len(taken)
            if self._count == self._window:
                levels.append(level_of(self._sum / self._window))
                self._sum, self._count = 0.0, 0
        return levels


class LoudnessTrigger:
    """Says when loudness is news. Times are media time."""

    def __init__(self, level: float) -> None:
        """`level` and more is loud."""
        self._level = level
        self._said_at = -math.inf
        self._loud_at = -math.inf

    def hear(self, at: float, level: float) -> bool:
        """Whether `level` at `at` is a trigger: loud after it was quiet, or for so long that it is said again."""
        if level < self._level:
            return False
        was_quiet = at - self._loud_at >= QUIET_SECONDS
        self._loud_at = at
        if not was_quiet and at - self._said_at < REPEAT_SECONDS:
            return False
        self._said_at = at
        return True
