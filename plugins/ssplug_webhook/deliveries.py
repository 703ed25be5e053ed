"""The deliveries of one web hook: what waits is sent in order, again and again, until it is taken or too old.

A delivery is on the disk before it is tried, and is forgotten when the other side has taken it: it
may be sent twice if the power fails in between, but it is not lost.  Where the other side cannot be
reached, nothing more is tried until a growing pause is over or something new is to be said.  What the
other side refuses does not hold up what comes behind it.
"""

import collections
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectingCancelledError
from twisted.logger import Logger

from ssplug.workers import Worker
from ssplug_webhook.spool import Delivery, Spool

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0
"""Seconds; each pause is twice the one before."""
LIMIT: Final = 1000
"""Deliveries that wait; the oldest give way."""
REPORTED_ATTEMPT: Final = 3
"""The failure that is reported; those before and behind it are only logged."""


class UndeliverableError(Exception):
    """The other side did not take it; the text is for people."""


class RefusedError(UndeliverableError):
    """It does not want this delivery, but may want others."""


Send = Callable[[Delivery, bytes | None], Awaitable[None]]
Report = Callable[[Delivery, str], None]


class Deliveries:
    """Everything that is to be sent to one place. Reactor thread."""

    def __init__(
        self,
        send: Send,
        report: Report,
        spool: Spool,
        worker: Worker,
        reactor: Any,
        wall: Callable[[], float],
        keep_seconds: float,
        log: Logger,
    ) -> None:
        """`send` tries once, and raises UndeliverableError; `worker` is the thread that may use `spool`."""
        self._send = send
        self._report = report
        self._spool = spool
        self._worker = worker
        self._reactor = reactor
        self._wall = wall
        self._keep_seconds = keep_seconds
        self._log = log
        self._pending: dict[str, Delivery] = {}
        self._failed: collections.Counter[str] = collections.Counter()
        self._rounds: Deferred[None] | None = None
        self._is_more_to_do = False
        self._is_stopped = False
        self._pause = FIRST_PAUSE
        self._timer: Any = None

    def start(self) -> None:
        """Go on with what an earlier run left."""
        self._worker.call(self._spool.load).addCallbacks(self._found, self._cannot_read)
        self._worker.call(self._spool.forget_others, self._wall()).addErrback(self._cannot_read)

    def stop(self) -> None:
        """Send nothing more; what waits stays on the disk."""
        self._is_stopped = True
        self._stop_timer()
        if self._rounds is not None:
            self._rounds.cancel()

    def keep(self, delivery: Delivery, image: bytes | None = None) -> "Deferred[None]":
        """Put a delivery on the disk, or what it is now; it cannot be lost when this fires."""
        return self._worker.call(self._spool.put, delivery, image)

    def send(self, delivery: Delivery) -> None:
        """Send what is kept, when its turn comes."""
        self._pending[delivery.key] = delivery
        self._try()

    def _found(self, deliveries: list[Delivery]) -> None:
        self._pending = {delivery.key: delivery for delivery in deliveries} | self._pending
        if deliveries:
            self._log.info("{count} deliveries of an earlier run are still to be made", count=len(deliveries))
            self._try()

    def _cannot_read(self, failure: Any) -> None:
        self._log.failure("what an earlier run left cannot be read", failure)

    def _try(self) -> None:
        """Begin a round, or another behind the one that is under way."""
        self._is_more_to_do = True
        if self._rounds is not None or self._is_stopped:
            return
        self._stop_timer()
        rounds = Deferred.fromCoroutine(self._all_rounds())
        rounds.addErrback(self._ended_badly)
        if not rounds.called:
            self._rounds = rounds

    async def _all_rounds(self) -> None:
        with contextlib.suppress(CancelledError, ConnectingCancelledError):
            while self._is_more_to_do and not self._is_stopped:
                self._is_more_to_do = False
                await self._one_round()
        self._rounds = None
        if self._pending and not self._is_stopped:
            self._timer = self._reactor.callLater(self._pause, self._again)

    def _again(self) -> None:
        self._timer = None
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self._try()

    async def _one_round(self) -> None:
        for delivery in tuple(self._pending.values()):
            given_up = self._reason_to_give_up(delivery)
            if given_up:
                self._log.warn("delivery {key}: {why}", key=delivery.key, why=given_up)
                await self._forget(delivery)
            elif not await self._attempt(delivery):
                return

    def _reason_to_give_up(self, delivery: Delivery) -> str:
        if len(self._pending) > LIMIT:
            return f"given up, for {LIMIT} others wait"
        # What has not been tried yet in this run may be old because the server was away.
        if self._failed[delivery.key] and self._wall() - delivery.at > self._keep_seconds:
            return f"given up, for nobody took it in {self._keep_seconds / 3600:g} hours"
        return ""

    async def _attempt(self, delivery: Delivery) -> bool:
        """Whether there is any use in trying the next."""
        image = await self._worker.call(self._spool.image, delivery.key) if delivery.has_image else None
        try:
            await self._send(delivery, image)
        except UndeliverableError as error:
            self._note(delivery, str(error))
            return isinstance(error, RefusedError)
        self._pause = FIRST_PAUSE
        if self._failed[delivery.key]:
            self._log.info("delivery {key}: taken", key=delivery.key)
        await self._forget(delivery)
        return True

    def _note(self, delivery: Delivery, why: str) -> None:
        self._failed[delivery.key] += 1
        self._log.warn("delivery {key}: {why}", key=delivery.key, why=why)
        if self._failed[delivery.key] == REPORTED_ATTEMPT:
            self._report(delivery, why)

    async def _forget(self, delivery: Delivery) -> None:
        self._pending.pop(delivery.key, None)
        self._failed.pop(delivery.key, None)
        await self._worker.call(self._spool.remove, delivery.key)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ended_badly(self, failure: Any) -> None:
        self._rounds = None
        self._log.failure("deliveries wait until there is another", failure)
