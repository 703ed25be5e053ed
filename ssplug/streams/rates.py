"""Pictures and bytes a second of one camera, over the last few seconds."""

from collections import deque

from ssplug.streams.hub import HubCounters

WINDOW = 5


class Rates:
    """Fed once a second with the hub's counters. Reactor thread."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int, int]] = deque(maxlen=WINDOW + 1)

    def sample(self, now: float, counters: HubCounters) -> None:
        """Note the counters at monotonic time `now`."""
        self._samples.append((now, counters.pictures, counters.bytes))

    def forget(self) -> None:
        """Begin anew: the camera went offline."""
        self._samples.clear()

    @property
    def pictures_per_second(self) -> float:
        """0.0 until there are two samples."""
        return self._per_second(1)

    @property
    def bytes_per_second(self) -> int:
        """0 until there are two samples."""
        return int(self._per_second(2))

    def _per_second(self, column: int) -> float:
        if len(self._samples) < 2 or self._samples[-1][0] <= self._samples[0][0]:
            return 0.0
        first, last = self._samples[0], self._samples[-1]
        return (last[column] - first[column]) / (last[0] - first[0])
