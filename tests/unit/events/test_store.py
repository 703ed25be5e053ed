"""The event log on the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.events.store import EventStore, EventStoreError, info_from, info_text
from ssplug.model.event import Event, EventType, Failure, FilePath, Region, Scores, TriggerReason

numbers = st.integers(0, 10_000)
infos = st.one_of(
    st.none(),
    st.builds(Region, numbers, numbers, numbers, numbers),
    st.builds(Scores, numbers, numbers, numbers),
    st.builds(Failure, numbers, st.text()),
    st.builds(FilePath, st.text()),
    st.integers(1, 2047).map(TriggerReason),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[EventStore]:
    store = EventStore(path)
    yield store
    store.close()


def an_event(number: int, at: float = 1_795_000_000.0) -> Event:
    return Event(number, at, 3, EventType.ONLINE)


@given(infos)
def test_whatever_is_said_comes_back_as_it_went(info: object) -> None:
    assert info_from(info_text(info)) == info


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 4_000_000_000_000_000), st.none() | numbers, st.sampled_from(EventType), infos)
def test_events_come_back_to_the_microsecond(
    tmp_path_factory: pytest.TempPathFactory, microseconds: int, camera: int | None, type_: EventType, info: object
) -> None:
    event = Event(7, microseconds / 1_000_000, camera, type_, info)
    path = tmp_path_factory.mktemp("log") / "events.sqlite"
    first = EventStore(path)
    first.add([event])
    first.close()
    second = EventStore(path)
    assert second.after(0, 10) == [event]
    second.close()


def test_events_are_found_by_number_a_page_at_a_time(store: EventStore) -> None:
    store.add(an_event(number) for number in range(1, 8))
    assert [event.number for event in store.after(2, 3)] == [3, 4, 5]
    assert [event.number for event in store.after(5, 3)] == [6, 7]
    assert store.last_number() == 7


def test_what_is_old_is_forgotten(store: EventStore) -> None:
    store.add([an_event(1, 100.0), an_event(2, 200.0), an_event(3, 300.0)])
    assert store.forget(before=200.0) == 1
    assert [event.number for event in store.after(0, 10)] == [2, 3]


def test_after_a_proper_end_numbers_go_on(path: Path) -> None:
    first = EventStore(path)
    first.reserve(10_001)
    first.close(next_number=42)
    second = EventStore(path)
    assert second.next_number() == 42
    second.close()


def test_after_a_crash_numbers_that_may_have_been_given_are_passed_over(path: Path) -> None:
    first = EventStore(path)
    first.reserve(10_001)
    first.close()
    second = EventStore(path)
    assert second.next_number() == 10_001
    second.close()


def test_a_file_that_is_no_database_is_named(path: Path) -> None:
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(EventStoreError, match=r"events\.sqlite: file is not a database"):
        EventStore(path)


def test_the_last_event_of_each_camera_before_a_time_is_found(store: EventStore) -> None:
    kinds = (EventType.ONLINE, EventType.OFFLINE)
    events = [
        Event(1, 100.0, 0, EventType.OFFLINE),
        Event(2, 110.0, 0, EventType.ONLINE),
        Event(3, 120.0, 0, EventType.MOTION_END),
        Event(4, 130.0, 7, EventType.OFFLINE),
        Event(5, 200.0, 0, EventType.OFFLINE),
    ]
    store.add(events)
    assert store.last_before(200.0, kinds) == [events[1], events[3]]
    assert store.last_before(50.0, kinds) == []
