"""The ladder: which pictures are decoded."""

import itertools

import pytest

from ssplug.detection.sampler import AWAKE_SECONDS, DISTRUST_SECONDS, PROBE_SECONDS, Sampler
from ssplug.testing import an_access_unit


def stream(begin: float, end: float, size: int = 1000, gop: float = 2.0, rate: int = 20):
    """Pictures of one size, and key frames ten times as large."""
    for number in range(round(begin * rate), round(end * rate)):
        at = number / rate
        key = number % round(gop * rate) == 0
        yield an_access_unit(at, key, b"x" * (10 * size if key else size))


def looked_at(sampler: Sampler, units) -> list[float]:
    """When the sampler wants a picture, and gets it."""
    times = []
    for unit in units:
        sampler.note(unit)
        if sampler.wants(unit):
            sampler.look(unit)
            times.append(unit.seconds)
    return times


def a_sampler_at_rest() -> Sampler:
    """Ten seconds of a scene in which nothing moves."""
    sampler = Sampler()
    looked_at(sampler, stream(0, 10))
    return sampler


def test_at_rest_key_frames_are_looked_at():
    assert looked_at(a_sampler_at_rest(), stream(10, 20)) == [10, 12, 14, 16, 18]


def test_key_frames_that_come_fast_are_not_all_looked_at():
    """As of a camera that sends JPEG: each picture is a key frame."""
    assert looked_at(a_sampler_at_rest(), stream(10, 12, gop=0.1)) == [10.0, 10.5, 11.0, 11.5]


def test_a_swollen_picture_wakes_it():
    """Five looks a second, for long enough to see whether anything moves."""
    sampler = a_sampler_at_rest()
    times = looked_at(sampler, stream(10.1, 10.3, size=2000)) + looked_at(sampler, stream(10.3, 20))
    assert len([at for at in times if at < 10.25 + PROBE_SECONDS]) >= 5 * PROBE_SECONDS
    assert [at for at in times if at > 10.3 + PROBE_SECONDS] == [12, 14, 16, 18]


def test_what_the_detector_sees_keeps_it_awake_for_longer():
    """So that the end of motion is seen."""
    sampler = a_sampler_at_rest()
    sampler.saw_motion(11.0, score=60)
    assert len(looked_at(sampler, stream(11, 11 + AWAKE_SECONDS))) == 5 * AWAKE_SECONDS


def test_faint_motion_is_worth_a_short_look():
    sampler = a_sampler_at_rest()
    sampler.saw_motion(11.0, score=10)
    assert looked_at(sampler, stream(11, 14)) == pytest.approx([11.0, 11.2, 11.4, 11.6, 11.8])


def test_it_can_be_woken_by_what_knows_without_looking():
    """The camera's own events."""
    sampler = a_sampler_at_rest()
    sampler.wake(11.0)
    assert len(looked_at(sampler, stream(11, 11 + AWAKE_SECONDS))) == 5 * AWAKE_SECONDS


def test_without_the_gate_it_never_rests():
    assert len(looked_at(Sampler(gated=False), stream(0, 10))) == 50


def test_another_stream_is_begun_with_everything():
    """Its sizes say nothing yet."""
    sampler = a_sampler_at_rest()
    sampler.forget()
    assert len(looked_at(sampler, stream(0, 1))) > 3


def restless(begin: float, end: float, gop: float = 2.0):
    """An encoder that spends its bits on noise: every third picture is twice as large."""
    sizes = [1000, 1000, 2000]
    for number in range(round(begin * 20), round(end * 20)):
        key = number % round(gop * 20) == 0
        yield an_access_unit(number / 20, key, b"x" * (10_000 if key else sizes[number % 3]))


def test_pictures_that_swell_for_nothing_wake_it_less_and_less():
    sampler = Sampler()
    looked_at(sampler, restless(0, 60))
    assert looked_at(sampler, restless(60, 70)) == [60, 62, 64, 66, 68]


def test_pictures_that_swell_when_something_moves_go_on_waking_it():
    sampler = Sampler()
    for unit in restless(0, 60):
        sampler.note(unit)
        sampler.saw_motion(unit.seconds, score=60)
    assert len(looked_at(sampler, restless(66, 67))) == 5


def test_motion_that_the_gate_did_not_notice_opens_it_wider():
    """What key frames have shown again and again, it should have."""
    sampler = Sampler()
    looked_at(sampler, restless(0, 60))
    for at in range(60, 160, 10):
        sampler.saw_motion(float(at), score=60)
    assert len(looked_at(sampler, restless(166, 167))) == 5


def test_where_sizes_say_nothing_looks_are_not_as_far_apart_as_key_frames_may_be():
    """Cameras that save bits send one key frame in ten seconds or more."""
    sampler = Sampler()
    looked_at(sampler, restless(0, 60, gop=20))
    times = looked_at(sampler, restless(60, 80, gop=20))
    assert max(after - before for before, after in itertools.pairwise(times)) <= DISTRUST_SECONDS + 0.05
    assert len(times) < 12
