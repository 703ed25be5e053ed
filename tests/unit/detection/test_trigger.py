"""Motion as episodes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.detection.trigger import QUIET_SECONDS, REPEAT_SECONDS, MotionEpisodes, News, Said, State
from ssplug.model.event import Region
from ssplug.model.motion import Motion, MovingRegion

SOMEWHERE = Region(16, 8, 32, 64)
EVERYWHERE = Region(0, 0, 640, 360)
MOTION, TRIGGER, MOTION_END = News(Said.MOTION, SOMEWHERE), News(Said.TRIGGER), News(Said.MOTION_END)


def motion(score: float = 80.0) -> Motion:
    return Motion((MovingRegion(SOMEWHERE, score),))


def moving(episodes: MotionEpisodes, begin: float, end: float, step: float = 0.2) -> list[News]:
    """What is said while a detector sees motion from `begin` to `end`."""
    times = [begin + step * number for number in range(round((end - begin) / step) + 1)]
    return [news for at in times for news in episodes.see(at, motion())]


def test_motion_is_said_at_once_and_triggers_when_it_has_lasted():
    episodes = MotionEpisodes(50, trigger_time=0.5)
    assert episodes.see(10.0, motion()) == (MOTION,)
    assert episodes.see(10.2, motion()) == ()
    assert episodes.see(10.4, motion()) == ()
    assert episodes.see(10.6, motion()) == (MOTION, TRIGGER)


def test_without_a_trigger_time_the_first_picture_triggers():
    assert MotionEpisodes(50, 0.0).see(10.0, motion()) == (MOTION, TRIGGER)


def test_an_episode_triggers_once():
    said = moving(MotionEpisodes(50, 0.5), 0.0, 20.0)
    assert said.count(TRIGGER) == 1


def test_motion_is_said_at_most_twice_a_second():
    said = moving(MotionEpisodes(50, 0.5), 0.0, 10.0, step=0.04)
    assert 15 <= said.count(MOTION) <= 21


def test_two_moments_of_motion_are_not_motion_that_lasts():
    """A flicker now and then is seen, and triggers nothing."""
    episodes = MotionEpisodes(50, 0.5)
    said = [news for at in range(100) for news in episodes.see(at * 0.5, motion() if at % 2 == 0 else None)]
    assert TRIGGER not in said


def test_pictures_far_apart_do_not_make_motion_last():
    """Between two key frames anything may have happened."""
    episodes = MotionEpisodes(50, trigger_time=1.0)
    episodes.see(0.0, motion())
    assert TRIGGER not in episodes.see(10.0, motion())


def test_it_ends_when_nothing_has_moved_for_a_while():
    episodes = MotionEpisodes(50, 0.5)
    moving(episodes, 0.0, 1.0)
    assert episodes.see(1.0 + QUIET_SECONDS - 0.1, None) == ()
    assert episodes.see(1.0 + QUIET_SECONDS, None) == (MOTION_END,)
    assert episodes.see(1.0 + QUIET_SECONDS + 0.2, None) == ()


def test_the_next_episode_must_last_anew():
    episodes = MotionEpisodes(50, 0.5)
    moving(episodes, 0.0, 1.0)
    episodes.see(4.0, None)
    assert episodes.see(5.0, motion()) == (MOTION,)


def test_an_end_by_force_is_said_once():
    """The camera goes away, then the server stops."""
    episodes = MotionEpisodes(50, 0.5)
    moving(episodes, 0.0, 1.0)
    assert episodes.end() == (MOTION_END,)
    assert episodes.end() == ()


@pytest.mark.parametrize(
    ("sensitivity", "score", "is_seen"), [(50, 50, True), (50, 49, False), (100, 0.1, True), (0, 99, False)]
)
def test_only_what_is_sure_enough_counts(sensitivity, score, is_seen):
    assert (MotionEpisodes(sensitivity, 0.5).see(0.0, motion(score)) != ()) is is_seen


def test_what_the_camera_reports_lasts_until_it_says_so():
    """Its own detection says when it begins and ends, and nothing in between."""
    episodes = MotionEpisodes(50, 0.5)
    assert episodes.report(0.0, EVERYWHERE) == (News(Said.MOTION, EVERYWHERE),)
    assert episodes.see(30.0, None) == (News(Said.MOTION, EVERYWHERE),)
    assert episodes.report(40.0, None) == ()
    assert episodes.pass_time(40.0 + QUIET_SECONDS) == (MOTION_END,)


def test_what_a_camera_reports_is_no_trigger_of_the_detector():
    """It has a reason of its own."""
    episodes = MotionEpisodes(50, 0.0)
    assert TRIGGER not in episodes.report(0.0, EVERYWHERE)
    assert episodes.state is State.MOVING


def test_the_end_of_what_the_camera_reports_does_not_end_what_the_detector_sees():
    episodes = MotionEpisodes(50, 0.5)
    episodes.report(0.0, EVERYWHERE)
    episodes.report(0.1, None)
    assert MOTION_END not in moving(episodes, 1.0, 9.0)


steps = st.lists(
    st.tuples(st.sampled_from(["motion", "nothing", "report", "report nothing", "end"]), st.floats(0.0, 3.0)),
    max_size=60,
)


@given(steps)
def test_every_episode_begins_with_motion_and_has_one_end(steps):
    """Whatever comes in whatever order; and MOTION is never said too often."""
    episodes, at, said = MotionEpisodes(50, 0.5), 0.0, []
    acts = {
        "motion": lambda: episodes.see(at, motion()),
        "nothing": lambda: episodes.see(at, None),
        "report": lambda: episodes.report(at, EVERYWHERE),
        "report nothing": lambda: episodes.report(at, None),
        "end": episodes.end,
    }
    for act, step in [*steps, ("end", 0.0)]:
        at += step
        said += [(at, news.said) for news in acts[act]()]
    on, motion_at, triggers = False, float("-inf"), 0
    for when, what in said:
        if what is Said.MOTION:
            assert not on or when - motion_at >= REPEAT_SECONDS - 0.002
            triggers, on, motion_at = triggers if on else 0, True, when
        else:
            assert on
            triggers += what is Said.TRIGGER
            on = what is not Said.MOTION_END
        assert triggers <= 1
    assert not on
