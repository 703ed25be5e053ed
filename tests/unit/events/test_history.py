"""Every event is kept, also while the disk is slow, and by numbers that are never given twice."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from ssplug.events import history
from ssplug.events.bus import EventBus
from ssplug.events.history import History
from ssplug.model.event import Event, EventType
from ssplug.testing.workers import InlineWorker

DAY = 86400.0


class Scene:
    """A log in a folder of its own, over several runs of the server."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.clock = Clock()
        self.worker: Any = InlineWorker("events")

    def run(self) -> tuple[EventBus, History]:
        bus = EventBus(self.clock.seconds)
        log = History(bus, self.state, self.worker, self.clock, self.clock.seconds, lambda: 30 * DAY)
        log.start()
        return bus, log

    def kept(self, log: History, after: int = 0) -> list[Event]:
        found: list[list[Event]] = []
        log.after(after).addCallback(found.append)
        return found[0]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "state")


def test_an_event_is_there_at_once_and_after_it_was_written(scene: Scene) -> None:
    bus, log = scene.run()
    event = bus.publish(EventType.ONLINE, 0)
    assert scene.kept(log) == [event]
    scene.clock.advance(history.GATHER_SECONDS)
    assert scene.kept(log) == [event]
    log.stop()


def test_the_next_run_goes_on_with_the_numbers_and_knows_the_events(scene: Scene) -> None:
    bus, log = scene.run()
    published = [bus.publish(EventType.ONLINE, 0), bus.publish(EventType.OFFLINE, 0)]
    log.stop()
    bus, log = scene.run()
    published.append(bus.publish(EventType.ONLINE, 0))
    assert scene.kept(log) == published
    assert [event.number for event in published] == [1, 2, 3]
    log.stop()


def test_after_a_crash_no_number_is_given_twice(scene: Scene) -> None:
    """Not even one of an event that was not written any more."""
    bus, _ = scene.run()
    lost = [bus.publish(EventType.MOTION, 0).number for _ in range(history._RESERVE - 1)]
    bus, log = scene.run()
    assert bus.publish(EventType.ONLINE, 0).number > max(lost)
    log.stop()


def test_more_numbers_are_reserved_long_before_they_run_out(scene: Scene) -> None:
    bus, _ = scene.run()
    for _ in range(3):
        for _ in range(history._RESERVE // 2):
            last = bus.publish(EventType.MOTION, 0).number
        scene.clock.advance(history.GATHER_SECONDS)
    bus, log = scene.run()
    assert bus.next_number > last
    log.stop()


class FailingWorker(InlineWorker):
    """A disk that fails while it is told to."""

    fails = False

    def call(self, function: Any, *args: Any, **kwargs: Any) -> "Deferred[Any]":
        if self.fails:
            return fail(sqlite3.OperationalError("disk I/O error"))
        return super().call(function, *args, **kwargs)


def test_what_the_disk_does_not_take_waits(scene: Scene) -> None:
    scene.worker = FailingWorker("events")
    bus, log = scene.run()
    scene.worker.fails = True
    events = [bus.publish(EventType.ONLINE, 0)]
    scene.clock.advance(history.GATHER_SECONDS)
    events.append(bus.publish(EventType.OFFLINE, 0))
    scene.worker.fails = False
    scene.clock.advance(history.RETRY_SECONDS)
    log._waiting.clear()
    assert scene.kept(log) == events
    log.stop()


def test_while_the_disk_fails_the_oldest_are_dropped_and_counted(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "WAITING_LIMIT", 3)
    bus, log = scene.run()
    events = [bus.publish(EventType.ONLINE, 0) for _ in range(5)]
    assert scene.kept(log) == events[2:]
    assert log.dropped == 2
    log.stop()


def test_old_events_are_forgotten(scene: Scene) -> None:
    bus, log = scene.run()
    bus.publish(EventType.ONLINE, 0)
    scene.clock.advance(29 * DAY)
    event = bus.publish(EventType.OFFLINE, 0)
    scene.clock.advance(2 * DAY)
    assert scene.kept(log) == [event]
    log.stop()


class SlowWorker(InlineWorker):
    """A thread that has not yet begun with what it is told to do."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.waiting_calls: list[Any] = []

    def call(self, function: Any, *args: Any, **kwargs: Any) -> "Deferred[Any]":
        answer: Deferred[Any] = Deferred()
        self.waiting_calls.append(lambda: super(SlowWorker, self).call(function, *args, **kwargs).chainDeferred(answer))
        return answer

    def run(self) -> None:
        waiting, self.waiting_calls = self.waiting_calls, []
        for call in waiting:
            call()


def test_what_happens_while_events_are_written_at_the_end_is_written_once(scene: Scene) -> None:
    """And nothing is left to be done when the file is closed."""
    scene.worker = worker = SlowWorker("events")
    bus, log = scene.run()
    events = [bus.publish(EventType.ONLINE, 0)]
    scene.clock.advance(history.GATHER_SECONDS)
    events.append(bus.publish(EventType.OFFLINE, 0))
    log.stop()
    worker.run()
    assert scene.clock.getDelayedCalls() == []
    scene.worker = InlineWorker("events")
    _, log = scene.run()
    assert scene.kept(log) == events
    log.stop()


def test_nothing_is_left_running_after_the_end(scene: Scene) -> None:
    bus, log = scene.run()
    bus.publish(EventType.ONLINE, 0)
    log.stop()
    assert scene.clock.getDelayedCalls() == []
    bus.publish(EventType.OFFLINE, 0)
    bus, log = scene.run()
    assert [event.type for event in scene.kept(log)] == [EventType.ONLINE]
    log.stop()
