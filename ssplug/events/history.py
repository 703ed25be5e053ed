"""The event log: every event is kept for a while, so that a client can ask for what it missed.

Events are written by a thread, those of a moment together; nobody waits for the disk.  While it
fails they wait in memory, up to WAITING_LIMIT; what is dropped then is counted and said.
"""

import functools
import sqlite3
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure as TwistedFailure

from ssplug.events.bus import EventBus
from ssplug.events.store import FILE_NAME, EventStore, EventStoreError
from ssplug.model.event import Event, EventType
from ssplug.workers import Worker, WorkerStoppedError

WAITING_LIMIT: Final = 10_000
GATHER_SECONDS: Final = 0.2
"""For which events are gathered before they are written: a disk that syncs is asked five times a second at most."""
RETRY_SECONDS: Final = 5.0
PRUNE_SECONDS: Final = 3600.0
PAGE: Final = 500

# Numbers that are marked as given before they are: a start after a crash begins behind them.
_RESERVE: Final = 10_000

_log = Logger()


class History:
    """The events of this run and those before. Reactor thread."""

    def __init__(
        self,
        bus: EventBus,
        state: Path,
        worker: Worker,
        reactor: Any,
        now: Callable[[], float],
        keep: Callable[[], float],
    ) -> None:
        """`now` is wall time; `keep` is for how many seconds events are kept, as it is configured then."""
        self._bus = bus
        self._path = state / FILE_NAME
        self._worker = worker
        self._reactor = reactor
        self._now = now
        self._keep = keep
        self._store: EventStore
        self._waiting: deque[Event] = deque()
        self._reserved = 0
        self._timer: Any = None
        self._writing = False
        self._failed = False
        self._is_over = False
        self._stop_listening: Callable[[], None] = lambda: None
        self._pruning = LoopingCall(self._prune)
        self._pruning.clock = reactor
        self.dropped = 0
        """Events that were not kept, because the disk failed for too long."""

    def start(self) -> None:
        """Go on with the numbers of the last run. Blocks for a moment; EventStoreError where there is no log."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._store = EventStore(self._path)
        try:
            first = self._store.next_number()
            self._reserved = first + _RESERVE
            self._store.reserve(self._reserved)
        except sqlite3.Error as error:
            raise EventStoreError(f"{self._path}: {error}: is there room on the disk?") from error
        self._bus.count_from(first)
        self._stop_listening = self._bus.listen(self._note)
        self._pruning.start(PRUNE_SECONDS)

    def stop(self) -> "Deferred[Any]":
        """Write what waits, and close the file."""
        self._is_over = True
        self._stop_listening()
        self._pruning.stop()
        self._cancel_timer()
        return self._worker.call(self._close, tuple(self._waiting), self._bus.next_number)

    def after(self, number: int) -> "Deferred[list[Event]]":
        """The first PAGE events with a greater number, also the newest. Fewer than PAGE: those are all."""
        waiting = tuple(self._waiting)
        return self._worker.call(self._read, number, waiting)

    def between(self, begin: float, end: float, types: Collection[EventType]) -> "Deferred[list[Event]]":
        """The events of some types from `begin` until before `end` (wall time in seconds), but for those just now."""
        return self._worker.call(self._store.between, begin, end, types)

    def last_before(self, at: float, types: Collection[EventType]) -> "Deferred[list[Event]]":
        """The last event of some types of each camera before a wall time in seconds."""
        return self._worker.call(self._store.last_before, at, types)

    def _note(self, event: Event) -> None:
        if len(self._waiting) >= WAITING_LIMIT:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(event)
        self._write_in(GATHER_SECONDS)

    def _write_in(self, seconds: float) -> None:
        if self._timer is None and not self._writing and not self._is_over:
            self._timer = self._reactor.callLater(seconds, self._write)

    def _write(self) -> None:
        self._timer = None
        self._writing = True
        events = tuple(self._waiting)
        if self._bus.next_number + _RESERVE // 2 > self._reserved:
            self._reserved = self._bus.next_number + _RESERVE
        written = self._worker.call(self._keep_events, events, self._reserved)
        written.addCallbacks(self._written, self._not_written, callbackArgs=(events[-1].number,))

    def _written(self, _: None, last: int) -> None:
        self._writing = self._failed = False
        while self._waiting and self._waiting[0].number <= last:
            self._waiting.popleft()
        if self._waiting:
            self._write_in(GATHER_SECONDS)

    def _not_written(self, failure: TwistedFailure) -> None:
        """Said once, for it will fail again."""
        self._writing = False
        if failure.check(WorkerStoppedError):
            return
        if not self._failed:
            _log.error("{path}: events cannot be kept: {reason}", path=self._path, reason=failure.getErrorMessage())
        self._failed = True
        self._write_in(RETRY_SECONDS)

    def _prune(self) -> None:
        forgotten = self._worker.call(self._store.forget, self._now() - self._keep())
        forgotten.addErrback(functools.partial(_report, f"{self._path}: old events cannot be deleted"))

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # In the worker's thread.

    def _keep_events(self, events: tuple[Event, ...], reserved: int) -> None:
        self._store.reserve(reserved)
        self._store.add(events)

    def _read(self, number: int, waiting: tuple[Event, ...]) -> list[Event]:
        """What waited when it was asked may have been written since."""
        kept = self._store.after(number, PAGE)
        last = kept[-1].number if kept else number
        return [*kept, *(event for event in waiting if event.number > last)][:PAGE]

    def _close(self, waiting: tuple[Event, ...], next_number: int) -> None:
        try:
            last = self._store.last_number()
            self._store.add(event for event in waiting if event.number > last)
        finally:
            self._store.close(next_number)


def _report(text: str, failure: TwistedFailure) -> None:
    if not failure.check(WorkerStoppedError):
        _log.error("{text}: {reason}", text=text, reason=failure.getErrorMessage())
