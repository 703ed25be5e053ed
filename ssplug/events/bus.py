"""The event bus: gives each event its number and time, and hands it to every listener.

Numbers go on where the last run of this server stopped (`first`), so that they can be used to ask
for what was missed.  The numbers that clients of `eventStream` see begin at 0 for each connection
and are given where the line is written.
"""

from collections.abc import Callable

from twisted.logger import Logger

from ssplug.model.event import Event, EventInfo, EventType

_log = Logger()


class EventBus:
    """Where events are published and heard. Reactor thread."""

    def __init__(self, now: Callable[[], float], first: int = 1) -> None:
        """`now` is wall time in seconds since the epoch."""
        self._now = now
        self._next = first
        self._listeners: list[Callable[[Event], None]] = []

    def publish(self, type: EventType, camera: int | None = None, info: EventInfo = None) -> Event:  # noqa: A002
        """Say that something happened; returns the event as the listeners saw it."""
        event = Event(self._next, self._now(), camera, type, info)
        self._next += 1
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - the other listeners must hear it
                _log.failure("a listener failed on {event}", event=event)
        return event

    @property
    def next_number(self) -> int:
        """Of the event that is published next."""
        return self._next

    def count_from(self, first: int) -> None:
        """Give the next event the number `first`."""
        self._next = first

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` with every event from now on; returns what ends that."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop
