"""When actions run: the rows of the table."""

import pytest

from ssplug.actions.collecting import Collecting, CollectingState
from ssplug.model.action import Trigger
from ssplug.model.event import Event, EventType, Region, Scores, TriggerReason
from ssplug.testing import a_camera

PORCH = a_camera()
NOON = 1_700_000_000.0
SOMEBODY = Scores(human=93)


def heard(collecting, *events, now=0.0):
    """Each event is a type and what belongs to it."""
    for number, (event_type, info) in enumerate(events, 1):
        collecting.hear(Event(number, NOON + now, 0, event_type, info), now)


def triggered(reason=TriggerReason.MOTION):
    return EventType.TRIGGER_A, reason


CLASSIFIED = (EventType.CLASSIFY, SOMEBODY)
STILL = (EventType.MOTION_END, None)


def test_actions_run_at_once_without_a_delay():
    collecting = Collecting(PORCH, delay=0, reset=60)
    heard(collecting, triggered(), now=5)
    assert collecting.pass_time(5) == Trigger(PORCH, TriggerReason.MOTION, NOON + 5, 1)


def test_reasons_are_collected_for_the_delay_and_run_for_once():
    """The time and the number are those of the first."""
    collecting = Collecting(PORCH, delay=10, reset=60)
    heard(collecting, triggered(), now=0)
    heard(collecting, triggered(TriggerReason.AUDIO), now=9)
    assert collecting.pass_time(9.9) is None
    assert collecting.pass_time(10) == Trigger(PORCH, TriggerReason.MOTION | TriggerReason.AUDIO, NOON, 1)


def test_triggers_are_passed_over_for_the_reset_time():
    """They do not make it longer."""
    collecting = Collecting(PORCH, delay=0, reset=60)
    heard(collecting, triggered())
    collecting.pass_time(0)
    heard(collecting, triggered(), now=59)
    assert collecting.pass_time(59) is None
    assert collecting.until == 60
    assert collecting.pass_time(60) is None
    heard(collecting, triggered(), now=61)
    assert collecting.pass_time(61) is not None


def test_who_disarms_during_the_delay_hears_no_alarm():
    collecting = Collecting(PORCH, delay=30, reset=60)
    heard(collecting, triggered())
    heard(collecting, (EventType.DISARM_A, None), now=20)
    assert collecting.pass_time(30) is None
    heard(collecting, triggered(), now=31)
    assert collecting.pass_time(61) is not None


def test_to_disarm_does_not_shorten_the_reset_time():
    collecting = Collecting(PORCH, delay=0, reset=60)
    heard(collecting, triggered())
    collecting.pass_time(0)
    heard(collecting, (EventType.DISARM_A, None), (EventType.ARM_A, None), triggered(), now=1)
    assert collecting.state is CollectingState.RESTING


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((CLASSIFIED, triggered()), id="before the trigger"),
        pytest.param((triggered(), CLASSIFIED), id="after it"),
        pytest.param((CLASSIFIED, triggered(), STILL), id="and it has gone before the delay is over"),
        pytest.param(((EventType.CLASSIFY, Scores(animal=40)), triggered(), CLASSIFIED), id="twice"),
    ],
)
def test_what_the_camera_shows_is_told(events):
    collecting = Collecting(PORCH, delay=10, reset=60)
    heard(collecting, *events)
    assert collecting.pass_time(10).scores == SOMEBODY


def test_what_an_earlier_episode_showed_is_not_told():
    collecting = Collecting(PORCH, delay=0, reset=60)
    heard(collecting, CLASSIFIED, STILL, triggered(TriggerReason.AUDIO))
    assert collecting.pass_time(0).scores is None


def test_motion_alone_runs_nothing():
    collecting = Collecting(PORCH, delay=0, reset=60)
    heard(collecting, (EventType.MOTION, Region(1, 2, 3, 4)), (EventType.TRIGGER_M, TriggerReason.MOTION))
    assert collecting.until is None
    assert collecting.pass_time(100) is None
