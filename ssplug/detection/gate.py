"""The size of encoded pictures as a sign of motion: nothing is decoded.

Where nothing moves, an encoder sends pictures of almost no bits between its key frames; where something
moves, they swell before anybody has looked at them.  The gate may open for nothing (noise, light), for
a detector looks before anything is said; what it may miss is caught by the key frames.

Where it opens for nothing again and again, as with an encoder that spends its bits on noise, pictures
must swell by more; whenever it was right, or was closed when something began to move, by less.
"""

import bisect
from collections import deque
from typing import Final

SWELLING: Final = 1.25
"""Times the ordinary size at which it opens, as long as that proves right."""
LARGEST_SWELLING: Final = 100.0

_PERCENTILE: Final = 0.15
_WINDOW: Final = 256  # pictures: ten to twenty-five seconds
_FEWEST: Final = 8
_DISTRUST: Final = 2.0
_STEP: Final = 1.4  # by which the swelling grows or shrinks


class SizeGate:
    """Learns what an ordinary picture of one camera costs."""

    def __init__(self) -> None:
        self._recent: deque[int] = deque()
        self._sorted: list[int] = []
        self.swelling = SWELLING
        """Times the ordinary size at which it opens now."""

    @property
    def is_distrusted(self) -> bool:
        """Whether it was wrong so often that it may miss what it is there for."""
        return self.swelling > _DISTRUST

    def opens(self, size: int) -> bool:
        """Whether a picture of `size` bytes, no key frame, is larger than usual; before enough came, it is."""
        usual = self._usual()
        self._learn(size)
        return usual is None or size >= self.swelling * usual

    def judge(self, something_moved: bool) -> None:
        """Take note that something began to move, open or not; or that it opened and nothing did."""
        swelling = self.swelling / _STEP if something_moved else self.swelling * _STEP
        self.swelling = min(max(swelling, SWELLING), LARGEST_SWELLING)

    def forget(self) -> None:
        """Begin anew: another encoder."""
        self._recent.clear()
        self._sorted.clear()
        self.swelling = SWELLING

    def _usual(self) -> int | None:
        if len(self._sorted) < _FEWEST:
            return None
        return self._sorted[int(_PERCENTILE * len(self._sorted))]

    def _learn(self, size: int) -> None:
        if len(self._recent) == _WINDOW:
            del self._sorted[bisect.bisect_left(self._sorted, self._recent.popleft())]
        self._recent.append(size)
        bisect.insort(self._sorted, size)
