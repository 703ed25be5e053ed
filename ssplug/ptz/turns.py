"""One command after the other, each when the camera is done with the last."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed

from ssplug.model.ptz import PTZCommand
from ssplug.ptz.queue import Order, queued


class Turns:
    """The commands to one camera. Reactor thread."""

    def __init__(self, perform: "Callable[[PTZCommand, int], Deferred[None]]") -> None:
        """`perform` carries out a command at a speed; it raises nothing, and its Deferred always fires."""
        self._perform = perform
        self._waiting: tuple[Order, ...] = ()
        self._is_busy = False
        self._idle: list[Deferred[None]] = []

    def give(self, command: PTZCommand, speed: int) -> "Deferred[None]":
        """Have `command` carried out when it is its turn; raises QueueFullError.

        Fires with what carrying it out gives, or with None when a newer command replaces it.
        """
        answer: Deferred[None] = Deferred()
        waiting = queued(self._waiting, Order(command, speed, answer))
        replaced = [order for order in self._waiting if order not in waiting]
        self._waiting = waiting
        for order in replaced:
            order.answer.callback(None)
        self._next()
        return answer

    def clear(self, why: Exception) -> None:
        """Carry out none of those that wait: they fail with `why`."""
        waiting, self._waiting = self._waiting, ()
        for order in waiting:
            order.answer.errback(why)

    def until_idle(self) -> "Deferred[None]":
        """Fires when nothing waits and nothing is being carried out."""
        if not self._is_busy:
            return succeed(None)
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        return idle

    def _next(self) -> None:
        if self._is_busy or not self._waiting:
            return
        order, self._waiting = self._waiting[0], self._waiting[1:]
        self._is_busy = True
        self._perform(order.command, order.speed).addBoth(self._done, order)

    def _done(self, result: Any, order: Order) -> None:
        self._is_busy = False
        order.answer.callback(result)  # a Failure starts the errback chain
        self._next()
        if not self._is_busy:
            idle, self._idle = self._idle, []
            for waiter in idle:
                waiter.callback(None)
