"""One action handler at work: one trigger after the other, again if it fails, and in nobody's way.

A handler that is slow or fails costs itself only.  It is given triggers one at a time; a few wait
for it, and what is more than that is passed over and said.
"""

import collections
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred, succeed
from twisted.internet.task import deferLater
from twisted.logger import Logger

from ssplug.interfaces import IAction, IServerAtWork
from ssplug.logs import camera_logger
from ssplug.model.action import Trigger
from ssplug.model.event import Failure

ERROR_ACTION: Final = 820
ERROR_BUSY: Final = 821

WAITING_LIMIT: Final = 32
"""Triggers that wait for one handler."""
PAUSES: Final = (2.0, 10.0)
"""Seconds before the second attempt, and before the third, which is the last."""
PERFORM_SECONDS: Final = 900.0
"""After which a handler that says nothing has failed; handlers have shorter limits of their own."""
FINISH_SECONDS: Final = 5.0
"""For how long a handler may go on when the server stops."""

_log = Logger()


class LateError(Exception):
    """A handler says nothing."""


@dataclass(slots=True)
class ActionCounters:
    """Of all handlers, for /metrics."""

    performed: int = 0
    retried: int = 0
    """Attempts that failed and were not the last."""
    failed: int = 0
    """Given up after the last attempt."""
    dropped: int = 0
    """Passed over, because too many waited."""
    waiting: int = 0
    """Triggers that handlers have not done with; may decrease."""


class Performer:
    """Reacts to triggers with one handler. Reactor thread."""

    def __init__(
        self,
        name: str,
        handler: IAction,
        server: IServerAtWork,
        reactor: Any,
        failed: Callable[[Trigger, Failure], None],
        counters: ActionCounters,
    ) -> None:
        """`name` is for people; `failed` hears of triggers that were not reacted to."""
        self.handler = handler
        self.name = name
        self._server = server
        self._reactor = reactor
        self._failed = failed
        self._counters = counters
        self._waiting: collections.deque[Trigger] = collections.deque()
        self._running: Deferred[None] | None = None
        self._is_attempting = False
        self._is_stopping = False

    def perform(self, trigger: Trigger) -> None:
        """React to `trigger` when those before are done; not after `stop`."""
        if self._is_stopping:
            return
        if len(self._waiting) >= WAITING_LIMIT:
            self._counters.dropped += 1
            self._say(trigger, ERROR_BUSY, f"passed over, for {len(self._waiting)} triggers wait already")
            return
        self._waiting.append(trigger)
        self._counters.waiting += 1
        if self._running is None:
            self._run()

    def stop(self) -> "Deferred[None]":
        """React to nothing more; fires when what runs is done, or was cancelled after FINISH_SECONDS."""
        self._is_stopping = True
        running = self._running
        if running is None:
            return succeed(None)
        self._counters.waiting -= len(self._waiting)
        self._waiting.clear()
        stopped: Deferred[None] = Deferred()
        timer = self._reactor.callLater(FINISH_SECONDS if self._is_attempting else 0.0, running.cancel)
        running.addCallback(lambda _: timer.cancel() if timer.active() else None)
        running.addBoth(stopped.callback)
        return stopped

    def _run(self) -> None:
        running = Deferred.fromCoroutine(self._react_to_all())
        running.addErrback(lambda failure: _log.failure("action {name} ended", failure, name=self.name))
        if not running.called:
            self._running = running

    async def _react_to_all(self) -> None:
        while self._waiting:
            await self._react(self._waiting.popleft())
            self._counters.waiting -= 1
        self._running = None

    async def _react(self, trigger: Trigger) -> None:
        reason = await self._attempt(trigger)
        for pause in PAUSES:
            if reason is None or not await self._pause(trigger, pause, reason):
                break
            reason = await self._attempt(trigger)
        if reason is None:
            self._counters.performed += 1
            camera_logger(trigger.camera).info("action {name}: done", name=self.name)
        else:
            self._counters.failed += 1
            self._say(trigger, ERROR_ACTION, reason)

    async def _attempt(self, trigger: Trigger) -> str | None:
        """Why it failed, or None."""
        self._is_attempting = True
        try:
            attempt: Deferred[Any] = maybeDeferred(self.handler.perform, trigger, self._server)
            await attempt.addTimeout(PERFORM_SECONDS, self._reactor, _late)
        except CancelledError:
            return "it was not done when the server stopped" if self._is_stopping else "it was cancelled"
        except Exception as error:  # noqa: BLE001 - a guest may fail in any way; it costs itself only
            return str(error) or type(error).__name__
        finally:
            self._is_attempting = False
        return None

    async def _pause(self, trigger: Trigger, seconds: float, reason: str) -> bool:
        """Whether there is a next attempt behind it: not if the server stops."""
        if self._is_stopping:
            return False
        self._counters.retried += 1
        camera_logger(trigger.camera).warn(
            "action {name}: {reason}; again in {seconds:g} s", name=self.name, reason=reason, seconds=seconds
        )
        with contextlib.suppress(CancelledError):
            await deferLater(self._reactor, seconds)
        return not self._is_stopping

    def _say(self, trigger: Trigger, code: int, reason: str) -> None:
        self._failed(trigger, Failure(code, f"{self.name}: {reason}"))


def _late(_: object, seconds: float) -> None:
    raise LateError(f"it was not done after {seconds:.0f} s")
