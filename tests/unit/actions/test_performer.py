"""A handler at work: in order, again if it fails, and in nobody's way."""

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from zope.interface import implementer

from ssplug.actions.performer import (
    ERROR_ACTION,
    ERROR_BUSY,
    FINISH_SECONDS,
    PAUSES,
    PERFORM_SECONDS,
    WAITING_LIMIT,
    ActionCounters,
    Performer,
)
from ssplug.interfaces import IAction
from ssplug.model.event import Failure
from ssplug.testing.actions import FakeServerAtWork, a_trigger


@implementer(IAction)
class Handler:
    """Does what `ends` says for each attempt, and then succeeds."""

    def __init__(self, *ends):
        self.ends = list(ends)
        self.asked = []

    def perform(self, trigger, server):
        self.asked.append(trigger.event)
        end = self.ends.pop(0) if self.ends else None
        if isinstance(end, Exception):
            raise end
        return succeed(None) if end is None else end


class Stage:
    """A performer, and what it says."""

    def __init__(self, handler):
        self.clock = Clock()
        self.failures = []
        self.counters = ActionCounters()
        self.performer = Performer(
            "phone", handler, FakeServerAtWork(), self.clock, lambda *said: self.failures.append(said), self.counters
        )

    def perform(self, *numbers):
        for number in numbers:
            self.performer.perform(a_trigger(event=number))


REFUSED = OSError("refused")


def test_a_trigger_is_given_to_the_handler_at_once():
    handler = Handler()
    stage = Stage(handler)
    stage.perform(1, 2)
    assert handler.asked == [1, 2]
    assert stage.counters == ActionCounters(performed=2)


def test_one_at_a_time():
    """In order."""
    first = Deferred()
    handler = Handler(first)
    stage = Stage(handler)
    stage.perform(1, 2, 3)
    assert handler.asked == [1]
    assert stage.counters.waiting == 3
    first.callback(None)
    assert handler.asked == [1, 2, 3]
    assert stage.counters == ActionCounters(performed=3)


def test_what_fails_is_tried_again_after_growing_pauses():
    handler = Handler(REFUSED, REFUSED)
    stage = Stage(handler)
    stage.perform(1)
    for pause in PAUSES:
        stage.clock.advance(pause)
    assert handler.asked == [1, 1, 1]
    assert stage.failures == []
    assert stage.counters == ActionCounters(performed=1, retried=2)


def test_what_still_fails_is_reported():
    """And what comes next is tried."""
    handler = Handler(REFUSED, REFUSED, REFUSED)
    stage = Stage(handler)
    stage.perform(1, 2)
    stage.clock.pump(PAUSES)
    assert stage.failures == [(a_trigger(event=1), Failure(ERROR_ACTION, "phone: refused"))]
    assert handler.asked == [1, 1, 1, 2]
    assert stage.counters == ActionCounters(performed=1, retried=2, failed=1)


def test_a_handler_that_says_nothing_has_failed_some_day():
    handler = Handler(Deferred(), Deferred(), Deferred())
    stage = Stage(handler)
    stage.perform(1)
    for pause in (*PAUSES, 0):
        stage.clock.advance(PERFORM_SECONDS)
        stage.clock.advance(pause)
    assert stage.failures[0][1].text == "phone: it was not done after 900 s"


def test_what_is_too_much_is_passed_over():
    """And said; what waits already is not lost."""
    first = Deferred()
    handler = Handler(first)
    stage = Stage(handler)
    stage.perform(*range(WAITING_LIMIT + 2))
    [(trigger, failure)] = stage.failures
    assert (trigger.event, failure.code) == (WAITING_LIMIT + 1, ERROR_BUSY)
    assert stage.counters.dropped == 1
    first.callback(None)
    assert handler.asked == list(range(WAITING_LIMIT + 1))


def test_a_handler_may_finish_when_the_server_stops():
    """What waits is not begun."""
    first = Deferred()
    handler = Handler(first)
    stage = Stage(handler)
    stage.perform(1, 2)
    stopped = stage.performer.stop()
    assert not stopped.called
    first.callback(None)
    assert stopped.called
    assert handler.asked == [1]
    assert stage.counters == ActionCounters(performed=1)
    assert stage.clock.getDelayedCalls() == []


def test_a_handler_that_does_not_finish_is_given_up_when_the_server_stops():
    cancelled = []
    handler = Handler(Deferred(cancelled.append))
    stage = Stage(handler)
    stage.perform(1)
    stopped = stage.performer.stop()
    stage.clock.advance(FINISH_SECONDS)
    assert stopped.called
    assert len(cancelled) == 1
    assert stage.failures[0][1].text == "phone: it was not done when the server stopped"
    assert stage.clock.getDelayedCalls() == []


def test_nothing_is_tried_again_when_the_server_stops():
    handler = Handler(REFUSED)
    stage = Stage(handler)
    stage.perform(1)
    stopped = stage.performer.stop()
    stage.clock.advance(0)
    assert stopped.called
    assert handler.asked == [1]
    assert stage.failures == [(a_trigger(event=1), Failure(ERROR_ACTION, "phone: refused"))]
    assert stage.clock.getDelayedCalls() == []


def test_to_stop_what_does_nothing_takes_no_time():
    assert Stage(Handler()).performer.stop().called
