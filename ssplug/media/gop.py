"""The last group of pictures, and as much before it as pre-roll wants.

One deque of access units of all tracks in the order of their arrival; it always begins with a
key frame of the video track (or is empty), so that a viewer, a still or a recording can start
decoding at once.
"""

import itertools
from collections import deque

from ssplug.media.access_unit import AccessUnit

DEFAULT_BYTES_LIMIT = 64 * 2**20
DEFAULT_SECONDS_LIMIT = 60.0


class GOPBuffer:
    """Access units from some key frame up to now. Not thread-safe: the reactor thread owns it."""

    def __init__(
        self,
        pre_roll: float = 0.0,
        bytes_limit: int = DEFAULT_BYTES_LIMIT,
        seconds_limit: float = DEFAULT_SECONDS_LIMIT,
    ) -> None:
        """Keep the last GOP and, before it, `pre_roll` seconds rounded up to a key frame.

        `seconds_limit` bounds a GOP without end beyond the pre-roll, `bytes_limit` everything.
        """
        self.pre_roll = pre_roll
        self._bytes_limit = bytes_limit
        self._seconds_limit = seconds_limit
        self._units: deque[AccessUnit] = deque()
        self._first = 0
        self._keys: deque[tuple[int, float]] = deque()
        self.bytes = 0
        self.overflows = 0
        """How often a GOP was given up because it was larger than the bounds."""

    def __len__(self) -> int:
        return len(self._units)

    def append(self, unit: AccessUnit) -> None:
        """Take one more unit; what comes before the first key frame is not kept."""
        if unit.track.is_video and unit.key:
            self._keys.append((self._first + len(self._units), unit.seconds))
        elif not self._keys:
            return
        self._units.append(unit)
        self.bytes += len(unit.data)
        self._trim(unit.seconds)

    def last_gop(self) -> tuple[AccessUnit, ...]:
        """Everything from the newest key frame on; empty before the first."""
        return self._from(self._keys[-1][0]) if self._keys else ()

    def since(self, seconds: float) -> tuple[AccessUnit, ...]:
        """Everything from the key frame at or before media time `seconds`, or from the oldest kept."""
        start = None
        for index, at in self._keys:
            if start is None or at <= seconds:
                start = index
        return self._from(start) if start is not None else ()

    def clear(self) -> None:
        """Forget everything: the source went away, or its tracks changed."""
        self._first += len(self._units)
        self._units.clear()
        self._keys.clear()
        self.bytes = 0

    def _from(self, index: int) -> tuple[AccessUnit, ...]:
        return tuple(itertools.islice(self._units, index - self._first, None))

    def _trim(self, now: float) -> None:
        while len(self._keys) > 1 and (self._keys[1][1] <= now - self.pre_roll or self._is_too_much(now)):
            self._drop_before(self._keys[1][0])
        if self._is_too_much(now):
            self.overflows += 1
            self.clear()

    def _is_too_much(self, now: float) -> bool:
        return self.bytes > self._bytes_limit or now - self._keys[0][1] > self.pre_roll + self._seconds_limit

    def _drop_before(self, index: int) -> None:
        while self._first < index:
            self.bytes -= len(self._units.popleft().data)
            self._first += 1
        self._keys.popleft()
