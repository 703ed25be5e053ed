"""What is repeated while a camera is away, and only then."""

import pytest
from twisted.internet.task import Clock

from ssplug.media import h264
from ssplug.media.access_unit import VIDEO_CLOCK_RATE
from ssplug.streams.no_signal import REPEAT_SECONDS, NoSignal
from ssplug.testing import InlineWorkers, a_video_track

TRACK = a_video_track()


@pytest.fixture
def clock():
    return Clock()


def no_signal(clock, workers=None):
    return NoSignal(workers or InlineWorkers(), clock, clock.seconds, lambda: "Front Porch")


def test_key_frames_come_again_and_again_at_the_times_that_they_are_shown_at(clock):
    clock.advance(100)
    units = []
    shown = no_signal(clock)
    shown.begin(TRACK, units.append)
    for _ in range(4):
        clock.advance(REPEAT_SECONDS)
    assert [unit.seconds for unit in units] == [101, 102, 103, 104]
    assert (
        [unit.pts for unit in units] == [unit.dts for unit in units] == [(101 + n) * VIDEO_CLOCK_RATE for n in range(4)]
    )
    assert all(unit.key and h264.is_key(unit.data) for unit in units)
    assert units[0].data != units[1].data
    assert units[0].data == units[2].data, "it is encoded once"
    shown.end()


def test_nothing_comes_when_it_has_ended(clock):
    units = []
    shown = no_signal(clock)
    shown.end()
    shown.begin(TRACK, units.append)
    clock.advance(REPEAT_SECONDS)
    shown.end()
    clock.advance(10)
    assert len(units) == 1
    assert not clock.getDelayedCalls()


def test_it_may_begin_once_more(clock):
    """With what the camera was by then."""
    units = []
    shown = no_signal(clock)
    for width in (640, 320):
        shown.begin(a_video_track(width=width), units.append)
        shown.begin(a_video_track(width=width), units.append)
        clock.advance(REPEAT_SECONDS)
        shown.end()
    assert [unit.track.width for unit in units] == [640, 320]


def test_what_is_made_too_late_is_not_shown(clock, held_workers):
    """The camera was back before the picture was encoded, and away again before that."""
    first, second = [], []
    shown = no_signal(clock, held_workers)
    shown.begin(TRACK, first.append)
    shown.end()
    shown.begin(TRACK, second.append)
    held_workers.run()
    clock.advance(REPEAT_SECONDS)
    assert (len(first), len(second)) == (0, 1)
    shown.end()
    assert all(worker.stopped for worker in held_workers.made)


@pytest.mark.parametrize("track", [None, a_video_track("vp9")])
def test_what_cannot_be_shown_is_not(clock, track):
    units = []
    shown = no_signal(clock)
    shown.begin(track, units.append)
    clock.advance(10)
    assert units == []
    shown.end()
