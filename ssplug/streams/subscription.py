"""One consumer's bounded queue of access units, with a stated rule for being full.

| rule | who uses it | when the queue is full |
| --- | --- | --- |
| SKIP_TO_KEY_FRAME | viewers | everything queued is dropped, and what follows up to the next key frame |
| DROP_OLDEST | live audio | the oldest unit is dropped |
| CLOSE | the recorder | nothing is dropped: the subscription ends, its consumer is told, and finishes what is queued |
"""

import enum
from collections import deque
from collections.abc import Callable

from ssplug.media.access_unit import AccessUnit, Track


class WhenFull(enum.Enum):
    """What a subscription does when its consumer does not keep up."""

    SKIP_TO_KEY_FRAME = enum.auto()
    DROP_OLDEST = enum.auto()
    CLOSE = enum.auto()


class Subscription:
    """A `hub.Subscriber` with a queue. Reactor thread."""

    def __init__(
        self,
        ready: Callable[[], None],
        when_full: WhenFull,
        units_limit: int = 512,
        bytes_limit: int = 16 * 2**20,
        tracks_changed: Callable[[tuple[Track, ...]], None] | None = None,
        went_offline: Callable[[str], None] | None = None,
    ) -> None:
        """`ready` is called when the queue was empty and no longer is, or when it was closed."""
        self._ready = ready
        self._when_full = when_full
        self._units_limit = units_limit
        self._bytes_limit = bytes_limit
        self._tracks_changed = tracks_changed
        self._went_offline = went_offline
        self._queue: deque[AccessUnit] = deque()
        self._bytes = 0
        self._has_video = True
        self._waits_for_key = False
        self.closed = False
        """Whether rule CLOSE has ended this subscription."""
        self.dropped = 0
        """Access units that were dropped."""

    def __len__(self) -> int:
        return len(self._queue)

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The hub's news; passed on at once, ahead of what is queued."""
        self._has_video = any(track.is_video for track in tracks)
        if self._tracks_changed is not None:
            self._tracks_changed(tracks)

    def went_offline(self, reason: str) -> None:
        """The hub's news; passed on at once, ahead of what is queued."""
        if self._went_offline is not None:
            self._went_offline(reason)

    def offer(self, unit: AccessUnit) -> None:
        """Queue `unit`, or apply the rule."""
        if self.closed:
            self.dropped += 1
        elif self._is_full(unit):
            self._overflow(unit)
        else:
            self._queue_up(unit)

    def take(self) -> AccessUnit | None:
        """The oldest unit, or None."""
        if not self._queue:
            return None
        unit = self._queue.popleft()
        self._bytes -= len(unit.data)
        return unit

    def drain(self) -> tuple[AccessUnit, ...]:
        """All that is queued, oldest first."""
        units = tuple(self._queue)
        self._queue.clear()
        self._bytes = 0
        return units

    def _is_full(self, unit: AccessUnit) -> bool:
        return len(self._queue) >= self._units_limit or self._bytes + len(unit.data) > self._bytes_limit

    def _overflow(self, unit: AccessUnit) -> None:
        if self._when_full is WhenFull.CLOSE:
            self.closed = True
            self.dropped += 1
            self._ready()
        elif self._when_full is WhenFull.DROP_OLDEST:
            while self._queue and self._is_full(unit):
                self.take()
                self.dropped += 1
            self._queue_up(unit)
        else:
            self.dropped += len(self.drain())
            self._waits_for_key = True
            self._queue_up(unit)

    def _queue_up(self, unit: AccessUnit) -> None:
        if self._waits_for_key:
            if not unit.key or (self._has_video and not unit.track.is_video):
                self.dropped += 1
                return
            self._waits_for_key = False
        was_empty = not self._queue
        self._queue.append(unit)
        self._bytes += len(unit.data)
        if was_empty:
            self._ready()
