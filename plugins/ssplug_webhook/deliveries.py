"""The deliveries of one web hook: what waits is sent in order, again and again, until it is taken or too old.

A delivery is on the disk before it is tried, and is forgotten when the other side has taken it: it
may be sent twice if the power fails in between, but it is not lost.  Where the other side cannot be
reached, nothing more is tried until a growing pause is over or something new is to be said.  What the
other side refuses does not hold up what comes behind it.
"""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from ssplug.workers import Worker
from ssplug_webhook.spool import Delivery, Spool

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0
"""Seconds; each pause is twice the one before."""
LIMIT: Final = 1000
"""Deliveries that wait; the oldest give way."""


class UndeliverableError(Exception):
    """The other side did not take it; the text is for people."""


class RefusedError(UndeliverableError):
    """It does not want this delivery, but may want others."""


class GivenUpError(Exception):
    """It is not tried any more; the text is for people."""


Send = Callable[[Delivery, bytes | None], Awaitable[None]]


class Deliveries:
    """Everything that is to be sent to one place. Reactor thread."""

    def __init__(
        self,
        send: Send,
        spool: Spool,
        worker: Worker,
        reactor: Any,
        wall: Callable[[], float],
        keep_seconds: float,
        log: Logger,
    ) -> None:
        """`send` tries once, and raises UndeliverableError; `worker` is the thread that may use `spool`."""
        self._send = send
        self._spool = spool
        self._worker = worker
        self._reactor = reactor
        self._wall = wall
        self._keep_seconds = keep_seconds
        self._log = log
        self._pending: dict[str, Delivery] = {}
        self._waiting: dict[str, list[Deferred[None]]] = {}
        self._round: Deferred[None] | None = None
        self._is_more_to_do = False
        self._is_stopped = False
        self._pause = FIRST_PAUSE
        self._timer: Any = None

    def start(self) -> None:
        """Go on with what an earlier run left."""
        self._worker.call(self._spool.load).addCallbacks(self._found, self._cannot_read)

    def stop(self) -> None:
        """Send nothing more; what waits stays on the disk."""
        self._is_stopped = True
        self._stop_timer()
        if self._round is not None:
            self._round.cancel()
        for key in tuple(self._waiting):
            self._tell(key, UndeliverableError("the server stops; it is kept"))

    def __contains__(self, key: str) -> bool:
        return key in self._pending

    async def keep(self, delivery: Delivery) -> None:
        """Put a delivery on the disk, that is not complete yet and is not to be tried in this run."""
        await self._worker.call(self._spool.put, delivery, None)

    async def deliver(self, delivery: Delivery, image: bytes | None) -> None:
        """Keep a delivery and try it; the same again is tried again.

        Returns when it has been taken.  Raises UndeliverableError when it has not: it is kept all the
        same, but for GivenUpError.
        """
        if delivery.key not in self._pending:
            await self._worker.call(self._spool.put, delivery, image)
            self._pending[delivery.key] = delivery
            self._make_room()
        taken: Deferred[None] = Deferred(lambda given_up: self._forget(delivery.key, given_up))
        self._waiting.setdefault(delivery.key, []).append(taken)
        self._try()
        await taken

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
        if self._round is not None or self._is_stopped:
            return
        self._stop_timer()
        sending = Deferred.fromCoroutine(self._rounds())
        sending.addErrback(self._ended_badly)
        if not sending.called:
            self._round = sending

    async def _rounds(self) -> None:
        with contextlib.suppress(CancelledError):
            while self._is_more_to_do and not self._is_stopped:
                self._is_more_to_do = False
                await self._one_round()
        self._round = None
        if self._pending and not self._is_stopped:
            self._timer = self._reactor.callLater(self._pause, self._again)

    def _again(self) -> None:
        self._timer = None
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        self._try()

    async def _one_round(self) -> None:
        for delivery in tuple(self._pending.values()):
            if self._wall() - delivery.at > self._keep_seconds and delivery.key not in self._waiting:
                await self._give_up(delivery, f"kept for {self._keep_seconds / 3600:g} hours, and never taken")
                continue
            try:
                await self._send_one(delivery)
            except RefusedError as error:
                self._tell(delivery.key, error)
            except UndeliverableError as error:
                for key in tuple(self._waiting):
                    self._tell(key, error)
                return
            else:
                self._pause = FIRST_PAUSE

    async def _send_one(self, delivery: Delivery) -> None:
        image = await self._worker.call(self._spool.image, delivery.key) if delivery.has_image else None
        await self._send(delivery, image)
        await self._remove(delivery)
        self._tell(delivery.key, None)

    async def _give_up(self, delivery: Delivery, why: str) -> None:
        self._log.warn("delivery {key}: {why}", key=delivery.key, why=why)
        await self._remove(delivery)
        self._tell(delivery.key, GivenUpError(why))

    async def _remove(self, delivery: Delivery) -> None:
        self._pending.pop(delivery.key, None)
        await self._worker.call(self._spool.remove, delivery.key)

    def _make_room(self) -> None:
        """The oldest goes; that it is still on the disk for a moment does no harm."""
        while len(self._pending) > LIMIT:
            oldest = next(iter(self._pending.values()))
            Deferred.fromCoroutine(self._give_up(oldest, f"given up, for {LIMIT} others wait")).addErrback(
                self._ended_badly
            )

    def _tell(self, key: str, error: Exception | None) -> None:
        for waiting in self._waiting.pop(key, []):
            if error is None:
                waiting.callback(None)
            else:
                waiting.errback(error)

    def _forget(self, key: str, given_up: "Deferred[None]") -> None:
        """Whoever waited does so no more."""
        if given_up in self._waiting.get(key, []):
            self._waiting[key].remove(given_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ended_badly(self, failure: Any) -> None:
        self._round = None
        self._log.failure("deliveries wait until there is another", failure)
