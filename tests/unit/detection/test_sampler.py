"""The ladder: which pictures are decoded."""

from ssplug.detection.sampler import AWAKE_SECONDS, Sampler
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
    """Five looks a second, until things have been as usual for a while."""
    sampler = a_sampler_at_rest()
    times = looked_at(sampler, stream(10.1, 10.3, size=2000)) + looked_at(sampler, stream(10.3, 20))
    awake = [at for at in times if at < 10.25 + AWAKE_SECONDS]
    assert len(awake) >= 5 * AWAKE_SECONDS
    assert [at for at in times if at > 10.3 + AWAKE_SECONDS] == [16, 18]


def test_what_else_wakes_it_does_so_for_as_long():
    """The camera's own events, or what the detector saw in a key frame."""
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


def restless(begin: float, end: float):
    """An encoder that spends its bits on noise: every third picture is twice as large."""
    sizes = [1000, 1000, 2000]
    for number in range(round(begin * 20), round(end * 20)):
        key = number % 40 == 0
        yield an_access_unit(number / 20, key, b"x" * (10_000 if key else sizes[number % 3]))


def test_pictures_that_swell_for_nothing_wake_it_less_and_less():
    sampler = Sampler()
    looked_at(sampler, restless(0, 60))
    assert looked_at(sampler, restless(60, 70)) == [60, 62, 64, 66, 68]


def test_pictures_that_swell_when_something_moves_go_on_waking_it():
    sampler = Sampler()
    for unit in restless(0, 60):
        sampler.note(unit)
        sampler.saw_motion(unit.seconds)
    assert len(looked_at(sampler, restless(70, 80))) == 50
