"""The events of a day."""

from ssplug.events.store import EventStore
from ssplug.model.event import Event, EventType, Region


def test_events_of_some_types_are_found_by_their_time(tmp_path):
    """From the first moment until before the last, in their order."""
    store = EventStore(tmp_path / "events.sqlite")
    kinds = [EventType.ONLINE, EventType.MOTION, EventType.OFFLINE, EventType.ONLINE]
    events = [Event(n, 10.0 * n, 0, kind, Region(1, 2, 3, 4) if n == 2 else None) for n, kind in enumerate(kinds, 1)]
    store.add(events)
    assert store.between(10, 40, [EventType.ONLINE, EventType.OFFLINE]) == [events[0], events[2]]
    assert store.between(10, 40.1, [EventType.MOTION, EventType.ONLINE]) == [events[0], events[1], events[3]]
    assert store.between(50, 60, list(EventType)) == []
    store.close()
