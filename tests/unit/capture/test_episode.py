"""When motion capture begins and ends: the rows of the table."""

import pytest

from ssplug.capture.episode import Episode, EpisodeState
from ssplug.model.event import TriggerReason

AFTER = 30.0


def test_an_episode_lasts_until_some_time_after_the_motion() -> None:
    """However long it moves."""
    episode = Episode(AFTER)
    assert episode.trigger(TriggerReason.MOTION, 100.0)
    assert episode.until is None
    assert not episode.pass_time(1000.0)
    episode.motion_end(1000.0)
    assert episode.until == 1030.0
    assert not episode.pass_time(1029.9)
    assert episode.pass_time(1030.0)
    assert not episode.is_on


@pytest.mark.parametrize("reason", [TriggerReason.WEB, TriggerReason.AUDIO, TriggerReason.MANUAL])
def test_a_trigger_without_motion_lasts_for_that_time(reason: TriggerReason) -> None:
    """And is made longer by the next."""
    episode = Episode(AFTER)
    assert episode.trigger(reason, 100.0)
    assert not episode.trigger(reason, 120.0)
    assert episode.until == 150.0
    assert episode.pass_time(150.0)
    assert episode.trigger(reason, 151.0)


def test_motion_that_comes_back_makes_it_longer() -> None:
    """Also when nobody triggers again."""
    episode = Episode(AFTER)
    episode.trigger(TriggerReason.MOTION | TriggerReason.HUMAN, 100.0)
    episode.motion_end(110.0)
    episode.motion()
    assert not episode.pass_time(200.0)
    episode.motion_end(200.0)
    assert episode.until == 230.0


def test_a_trigger_while_something_moves_does_not_shorten_it() -> None:
    """The motion decides."""
    episode = Episode(AFTER)
    episode.trigger(TriggerReason.MOTION, 100.0)
    episode.trigger(TriggerReason.WEB, 101.0)
    assert episode.state is EpisodeState.MOVING


def test_motion_alone_begins_nothing() -> None:
    """It triggers, or it does not."""
    episode = Episode(AFTER)
    episode.motion()
    episode.motion_end(5.0)
    assert not episode.is_on
    assert not episode.pass_time(100.0)


def test_it_can_be_stopped_at_any_time() -> None:
    """Once."""
    episode = Episode(AFTER)
    episode.trigger(TriggerReason.MOTION, 100.0)
    assert episode.stop()
    assert not episode.stop()
    episode.motion_end(101.0)
    assert episode.until is None
