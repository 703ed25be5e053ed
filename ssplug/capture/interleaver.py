"""Sound put where it belongs among the pictures.

A movie that ends at a picture is to end with the sound of that moment, and the next to go on with
the sound behind it.  Sound that is sent ahead of its pictures waits here for them.  Pictures never
wait: sound that comes late is handed on as late as it comes.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from ssplug.media.access_unit import AccessUnit

HOLD_SECONDS = 0.5


class Interleaver:
    """Puts sound in order. Not thread-safe."""

    def __init__(self, hold: float = HOLD_SECONDS) -> None:
        """No sound waits when there is sound of `hold` seconds later: the pictures are not coming."""
        self._hold = hold
        self._shown = float("-inf")
        self._heard = float("-inf")
        self._sound: deque[AccessUnit] = deque()

    def put(self, units: Iterable[AccessUnit]) -> list[AccessUnit]:
        """Take further units; those whose turn it is."""
        return [due for unit in units for due in (self._picture(unit) if unit.track.is_video else self._put(unit))]

    def flush(self) -> list[AccessUnit]:
        """What still waits: nothing follows."""
        waiting = list(self._sound)
        self._sound.clear()
        return waiting

    def _picture(self, unit: AccessUnit) -> Iterator[AccessUnit]:
        # At the same moment the picture comes first, so that a movie that begins with it has its sound.
        while self._sound and self._sound[0].seconds < unit.seconds:
            yield self._sound.popleft()
        yield unit
        self._shown = max(self._shown, unit.seconds)
        yield from self._due()

    def _put(self, unit: AccessUnit) -> Iterator[AccessUnit]:
        self._sound.append(unit)
        self._heard = max(self._heard, unit.seconds)
        yield from self._due()

    def _due(self) -> Iterator[AccessUnit]:
        until = max(self._shown, self._heard - self._hold)
        while self._sound and self._sound[0].seconds <= until:
            yield self._sound.popleft()
