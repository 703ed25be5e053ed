"""Parts start in order and stop in the reverse order, whatever one of them does."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from ssplug.stages import STOP_SECONDS, Stage, Stages


@pytest.fixture
def logged():
    """The failures that were logged meanwhile."""
    events = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def three(clock, **replaced):
    """Stages a, b and c that note what happens to them."""
    happened = []

    def stage(name):
        stop = replaced.get(name, lambda: happened.append(f"-{name}"))
        return Stage(name, lambda: happened.append(f"+{name}"), stop)

    return Stages(clock, [stage(name) for name in "abc"]), happened


def test_stop_is_the_reverse_of_start():
    """Twice in a row."""
    stages, happened = three(Clock())
    for _ in range(2):
        stages.start()
        Deferred.fromCoroutine(stages.stop())
    assert happened == ["+a", "+b", "+c", "-c", "-b", "-a"] * 2


def test_a_stage_is_waited_for():
    """b is stopped only when c has stopped."""
    slow = Deferred()
    stages, happened = three(Clock(), c=lambda: slow)
    stages.start()
    Deferred.fromCoroutine(stages.stop())
    assert "-b" not in happened
    slow.callback(None)
    assert happened[-2:] == ["-b", "-a"]


def test_a_stage_that_hangs_is_left_behind(logged):
    """After the limit the others are stopped."""
    clock = Clock()
    stages, happened = three(clock, c=Deferred)
    stages.start()
    Deferred.fromCoroutine(stages.stop())
    clock.advance(STOP_SECONDS + 1)
    assert happened[-2:] == ["-b", "-a"]
    assert [event["stage"] for event in logged] == ["c"]


def test_a_stage_that_raises_is_logged(logged):
    """And the others are stopped."""

    def broken():
        raise RuntimeError("stuck")

    stages, happened = three(Clock(), b=broken)
    stages.start()
    Deferred.fromCoroutine(stages.stop())
    assert happened[-2:] == ["-c", "-a"]
    assert [event["stage"] for event in logged] == ["b"]


def test_a_start_that_fails_can_be_stopped():
    """Only what was started is stopped."""
    happened = []

    def broken():
        raise OSError("port in use")

    stages = Stages(
        Clock(),
        [
            Stage("a", lambda: None, lambda: happened.append("-a")),
            Stage("b", broken, lambda: happened.append("-b")),
        ],
    )
    with pytest.raises(OSError, match="port in use"):
        stages.start()
    Deferred.fromCoroutine(stages.stop())
    assert happened == ["-a"]
