"""Events are numbered, timed and heard."""

from ssplug.events.bus import EventBus
from ssplug.model.event import Event, EventType, Failure


def test_events_are_numbered_from_where_the_last_run_stopped() -> None:
    bus = EventBus(lambda: 17.5, first=4711)
    events = [bus.publish(EventType.ONLINE, 3), bus.publish(EventType.ERROR, 3, Failure(800, "Timeout"))]
    assert events == [
        Event(4711, 17.5, 3, EventType.ONLINE),
        Event(4712, 17.5, 3, EventType.ERROR, Failure(800, "Timeout")),
    ]


def test_every_listener_hears_every_event_from_when_it_listens() -> None:
    bus = EventBus(lambda: 0.0)
    first: list[Event] = []
    second: list[Event] = []
    bus.listen(first.append)
    online = bus.publish(EventType.ONLINE, 0)
    bus.listen(second.append)
    offline = bus.publish(EventType.OFFLINE, 0)
    assert (first, second) == ([online, offline], [offline])


def test_who_stops_listening_hears_nothing_more() -> None:
    """Stopping twice is harmless."""
    bus = EventBus(lambda: 0.0)
    heard: list[Event] = []
    stop = bus.listen(heard.append)
    stop()
    stop()
    bus.publish(EventType.ONLINE, 0)
    assert heard == []


def test_a_listener_that_fails_does_not_keep_others_from_hearing() -> None:
    bus = EventBus(lambda: 0.0)
    heard: list[Event] = []

    def fail(event: Event) -> None:
        raise ZeroDivisionError

    bus.listen(fail)
    bus.listen(heard.append)
    bus.publish(EventType.ONLINE, 0)
    bus.publish(EventType.OFFLINE, 0)
    assert [event.type for event in heard] == [EventType.ONLINE, EventType.OFFLINE]


def test_a_listener_may_stop_while_it_listens() -> None:
    """The others are not passed over."""
    bus = EventBus(lambda: 0.0)
    heard: list[int] = []
    stop = bus.listen(lambda event: stop())
    bus.listen(lambda event: heard.append(event.number))
    bus.publish(EventType.ONLINE, 0)
    bus.publish(EventType.OFFLINE, 0)
    assert heard == [1, 2]
