"""The units of all tracks in the order in which they are seen and heard.

Cameras send sound early or late by as much as their encoders take.  A movie that ends at a picture
is to end with the sound of that moment, and the next to go on with the sound behind it; so units
wait here until those of the other tracks have caught up, but never longer than a given time.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator

from ssplug.media.access_unit import AccessUnit, Track

HOLD_SECONDS = 0.3


class Interleaver:
    """Puts units in order. Not thread-safe."""

    def __init__(self, tracks: Iterable[Track], hold: float = HOLD_SECONDS) -> None:
        """No unit waits for one that is more than `hold` seconds behind it."""
        self._newest = dict.fromkeys(tracks, float("-inf"))
        self._hold = hold
        self._waiting: list[tuple[float, bool, int, AccessUnit]] = []
        self._count = itertools.count()

    def put(self, units: Iterable[AccessUnit]) -> list[AccessUnit]:
        """Take further units; those whose turn it is, in order. Units of unknown tracks are left out."""
        for unit in units:
            if unit.track in self._newest:
                self._put(unit)
        return list(self._due())

    def flush(self) -> list[AccessUnit]:
        """All that still wait, in order: nothing follows."""
        units = [heapq.heappop(self._waiting)[-1] for _ in range(len(self._waiting))]
        self._newest = dict.fromkeys(self._newest, float("-inf"))
        return units

    def _put(self, unit: AccessUnit) -> None:
        # Pictures that are shown before one that was decoded before them must stay behind it.
        at = max(unit.seconds, self._newest[unit.track])
        self._newest[unit.track] = at
        # At the same moment the picture comes first, so that a movie that begins with it has its sound.
        heapq.heappush(self._waiting, (at, not unit.track.is_video, next(self._count), unit))

    def _due(self) -> Iterator[AccessUnit]:
        times = self._newest.values()
        until = max(min(times), max(times) - self._hold) if times else 0.0
        while self._waiting and self._waiting[0][0] <= until:
            yield heapq.heappop(self._waiting)[-1]
