"""One unbroken stretch of a camera's stream on its way to the disk.

A take subscribes to the hub, hands what has come to its reel several times a second, and waits
while the disk does not take it.  It never drops a unit silently: what does not fit into its queue
any more ends the take, and whoever started it is told.

| state | what happens | next |
| --- | --- | --- |
| RECORDING | `end` | ENDING |
| RECORDING | the queue is full: the disk is too slow, or refuses | ENDING |
| ENDING | everything is written and the movie complete | ENDED |
| ENDING | the disk has refused for GIVE_UP_SECONDS, or `abandon` | ENDED, what is left is lost |

In RECORDING and ENDING alike, what the disk refuses is tried again every second.
"""

import enum
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.capture.archive import Archive
from ssplug.capture.reel import NO_FINDINGS, WRITE_ERRORS, Reel, Written
from ssplug.interfaces import IFootageWriter
from ssplug.media.access_unit import AccessUnit
from ssplug.model.footage import FootageFile
from ssplug.streams.hub import StreamHub
from ssplug.streams.subscription import Subscription, WhenFull
from ssplug.workers import WorkerBusyError

T = TypeVar("T")

BATCH_SECONDS: Final = 0.4
"""How long units wait to be written together: what a kill costs at most, with the writing itself."""
SYNC_SECONDS: Final = 0.7
"""How old the last sync is when another is made: with every second batch. A loss of power costs at most both."""
RETRY_SECONDS: Final = 1.0
GIVE_UP_SECONDS: Final = 30.0
UNITS_LIMIT: Final = 4096
BYTES_LIMIT: Final = 16 * 2**20


class TakeState(enum.Enum):
    """See the table of the module."""

    RECORDING = enum.auto()
    ENDING = enum.auto()
    ENDED = enum.auto()


class TakeReport(Protocol):
    """What a take tells whoever started it. Reactor thread."""

    def completed(self, file: FootageFile) -> None:
        """Hear that a file is complete."""

    def refused(self, error: Exception) -> "Deferred[Any]":
        """Hear that the disk refuses, at every attempt; when the Deferred fires it is tried again."""

    def accepted(self) -> None:
        """Hear that the disk takes what it is given, at every attempt."""

    def synced(self, error: Exception | None) -> None:
        """Hear that what was written is safe from a loss of power, or why it is not."""

    def overflowed(self, take: "Take") -> None:
        """Hear that the queue is full: nothing more goes into it, `end` is to be called."""

    def ended(self, take: "Take", lost: int) -> None:
        """Hear that the take has ended, and how many access units it could not write."""


class Take:
    """Records from `start` to `end`. Reactor thread."""

    def __init__(
        self,
        hub: StreamHub,
        archive: Archive,
        reel: Reel,
        report: TakeReport,
        reactor: Any,
        monotonic: Callable[[], float],
        wall: Callable[[], float],
        log: Logger,
        bytes_limit: int = BYTES_LIMIT,
    ) -> None:
        """`wall` is seconds since the epoch."""
        self._hub = hub
        self._archive = archive
        self._reel = reel
        self._report = report
        self._reactor = reactor
        self._monotonic = monotonic
        self._wall = wall
        self._log = log
        self._subscription = Subscription(self._ready, WhenFull.CLOSE, UNITS_LIMIT, bytes_limit)
        self._detach: Callable[[], None] = lambda: None
        self._in_hand: tuple[AccessUnit, ...] = ()
        self._timer: Any = None
        self._is_busy = False
        self._is_refused = False
        self._is_syncing = False
        self._synced_at = float("-inf")
        self._ending_since = 0.0
        self.state = TakeState.RECORDING
        self.findings = NO_FINDINGS
        """Why this is recorded, as far as it is known; goes into the files that are completed from now on."""

    def start(self, before: Sequence[AccessUnit] = ()) -> None:
        """Record `before`, what the hub's buffer has of the past, and everything from now on."""
        self._in_hand = tuple(before)
        self._detach = self._hub.attach(self._subscription)
        if self._in_hand:
            self._ready()

    def end(self) -> None:
        """Record nothing more; `ended` is reported when what has come is written and the movie complete."""
        if self.state is TakeState.RECORDING:
            self.state = TakeState.ENDING
            self._ending_since = self._monotonic()
            self._detach()
            self._at_once()

    def abandon(self) -> None:
        """Give up what is not written yet; `ended` is reported."""
        self.end()
        if self.state is TakeState.ENDING and not self._is_busy:
            self._stop_timer()
            self._call(self._reel.abandon, self._after_abandoning)

    # -- the queue ---------------------------------------------------------------------------

    def _ready(self) -> None:
        if self._subscription.closed and self.state is TakeState.RECORDING:
            self._report.overflowed(self)
        elif not self._is_busy and self._timer is None:
            self._timer = self._reactor.callLater(BATCH_SECONDS, self._hand_over)

    def _at_once(self) -> None:
        if not self._is_busy and not self._is_refused:
            self._stop_timer()
            self._hand_over()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- the way to the writing thread and back ----------------------------------------------

    def _hand_over(self) -> None:
        """Give the reel what has come; while it still has what the disk refused, no more of it."""
        self._timer = None
        if not self._is_refused:
            self._in_hand += self._subscription.drain()
        offset = self._wall() - self._monotonic()
        self._call(self._reel.write, self._after_writing, self._in_hand, offset, self.findings)

    def _finish(self) -> None:
        self._call(self._reel.finish, self._after_finishing, self.findings)

    def _call(self, function: Callable[..., T], then: Callable[[T], None], *args: Any) -> None:
        self._is_busy = True
        answer = self._archive.call(function, *args)
        answer.addCallbacks(self._succeeded, self._failed, callbackArgs=(then,))
        answer.addErrback(lambda failure: self._log.failure("a take is broken", failure))

    def _succeeded(self, result: T, then: Callable[[T], None]) -> None:
        self._is_busy = self._is_refused = False
        self._report.accepted()
        then(result)

    def _after_writing(self, written: Written) -> None:
        self._in_hand = ()
        self._tell(written.completed)
        self._sync(written.unsynced)
        if self.state is TakeState.RECORDING:
            if len(self._subscription):
                self._ready()
        elif len(self._subscription):
            self._hand_over()
        else:
            self._finish()

    def _after_finishing(self, written: Written) -> None:
        self._tell(written.completed)
        self._over(0)

    def _after_abandoning(self, lost: int) -> None:
        self._over(lost + len(self._in_hand) + len(self._subscription.drain()))

    def _tell(self, completed: Sequence[FootageFile]) -> None:
        for file in completed:
            self._report.completed(file)

    def _sync(self, writers: Sequence[IFootageWriter]) -> None:
        """Not more often than is promised, and not again while the disk has not answered."""
        now = self._monotonic()
        if not writers or self._is_syncing or now - self._synced_at < SYNC_SECONDS:
            return
        self._is_syncing, self._synced_at = True, now
        self._archive.sync(writers).addCallbacks(lambda _: None, _error).addCallback(self._synced)

    def _synced(self, error: Exception | None) -> None:
        self._is_syncing = False
        self._report.synced(error)

    def _failed(self, failure: Failure) -> None:
        self._is_busy = False
        error = failure.value
        if isinstance(error, WRITE_ERRORS):
            self._in_hand = ()  # the reel has them
        elif not isinstance(error, WorkerBusyError):
            self._log.failure("recording failed", failure)
            self._give_up()
            return
        # The first time at once: there may be room now.
        pause = RETRY_SECONDS if self._is_refused else 0.0
        self._is_refused = True
        waits = self._report.refused(error)
        waits.addErrback(lambda problem: self._log.failure("making room failed", problem))
        waits.addCallback(lambda _: self._try_again(pause))

    def _try_again(self, pause: float) -> None:
        if self.state is TakeState.ENDED or self._is_busy or self._timer is not None:
            return
        if self.state is TakeState.ENDING and self._monotonic() - self._ending_since >= GIVE_UP_SECONDS:
            self._give_up()
        else:
            self._timer = self._reactor.callLater(pause, self._hand_over)

    def _give_up(self) -> None:
        if self.state is TakeState.RECORDING:
            self.state = TakeState.ENDING
            self._detach()
        self.abandon()

    def _over(self, lost: int) -> None:
        self.state = TakeState.ENDED
        self._stop_timer()
        self._report.ended(self, lost)


def _error(failure: Failure) -> Exception:
    error = failure.value
    return error if isinstance(error, Exception) else RuntimeError(str(error))
