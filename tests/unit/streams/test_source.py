"""Keeping one camera connected."""

import dataclasses

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.logger import Logger
from zope.interface import implementer
from zope.interface.verify import verifyObject

from ssplug.interfaces import ICameraSource, ISourceSink
from ssplug.model.event import Failure
from ssplug.streams.hub import StreamHub
from ssplug.streams.source import (
    CONNECT_SECONDS,
    ERROR_SOURCE,
    ERROR_TIMEOUT,
    LONGEST_PAUSE,
    STABLE_SECONDS,
    STALL_SECONDS,
    Source,
    SourceState,
    next_pause,
)
from ssplug.testing import a_video_track, an_access_unit, an_audio_track

VIDEO = a_video_track()


@implementer(ICameraSource)
class Driver:
    """A camera driver that the test plays."""

    def __init__(self):
        self.sink = None
        self.starts = 0
        self.stops = 0
        self.stopped = succeed(None)
        self.fault = None

    def start(self, sink):
        verifyObject(ISourceSink, sink)
        self.starts += 1
        self.sink = sink
        if self.fault is not None:
            raise self.fault

    def stop(self):
        self.stops += 1
        return self.stopped


class Setting:
    """A source with its driver, its hub, and a clock."""

    def __init__(self, chance=0.5):
        self.clock = Clock()
        self.driver = Driver()
        self.hub = StreamHub()
        self.news = []
        self.source = Source(
            self.driver,
            self.hub,
            self.clock,
            self.clock.seconds,
            lambda: chance,
            Logger(),
            lambda state, failure: self.news.append((state, failure)),
        )

    def started(self):
        self.source.start()
        self.clock.advance(0)
        return self

    def online(self):
        self.driver.sink.online((VIDEO,))
        return self

    def wait(self, seconds):
        """Let time pass, as a reactor would: in small steps."""
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)
        return self

    def stream(self, seconds):
        """A camera that delivers for a while."""
        for _ in range(round(seconds)):
            self.wait(1)
            self.driver.sink.access_unit(an_access_unit(self.clock.seconds()))
        return self

    def pauses(self, count):
        """Seconds until each of the next attempts, all of which fail at once."""
        pauses = []
        for _ in range(count):
            self.driver.sink.offline("no route to host")
            began, starts = self.clock.seconds(), self.driver.starts
            while self.driver.starts == starts:
                self.clock.advance(0.25)
            pauses.append(self.clock.seconds() - began)
        return pauses


def test_a_camera_connects_when_it_is_its_turn():
    """Starting sixteen cameras at once would be a burst."""
    setting = Setting()
    setting.source.start(after=3.0)
    setting.wait(2.75)
    assert setting.driver.starts == 0
    setting.wait(0.25)
    assert (setting.driver.starts, setting.source.state) == (1, SourceState.CONNECTING)


def test_a_camera_that_answers_is_online():
    setting = Setting().started().online()
    assert setting.source.state is SourceState.ONLINE
    assert setting.hub.tracks == (VIDEO,)
    assert setting.news == [(SourceState.ONLINE, None)]


def test_units_are_placed_on_the_hub_s_time_line():
    """The first at its arrival."""
    setting = Setting().started()
    setting.wait(2)
    setting.online()
    setting.driver.sink.access_unit(an_access_unit(777.0))
    setting.wait(1)
    setting.driver.sink.access_unit(an_access_unit(778.0))
    (unit,) = setting.hub.buffer.last_gop()
    assert (unit.seconds, unit.received_at) == (3.0, 3.0)


def test_tracks_that_change_are_news_for_the_hub_but_not_for_the_log():
    setting = Setting().started().online()
    setting.driver.sink.online((a_video_track(width=1920, height=1080),))
    assert setting.hub.video.width == 1920
    assert len(setting.news) == 1


def test_tracks_that_do_not_change_interrupt_nothing():
    """A driver may repeat itself."""
    setting = Setting().started().online()
    setting.driver.sink.access_unit(an_access_unit())
    setting.online()
    assert len(setting.hub.buffer.last_gop()) == 1


def test_a_camera_that_goes_is_offline_with_the_reason_and_tried_again():
    setting = Setting().started().online()
    setting.driver.sink.offline("connection reset")
    failure = Failure(ERROR_SOURCE, "connection reset")
    assert (setting.source.state, setting.source.last_failure) == (SourceState.WAITING, failure)
    assert setting.news[-1] == (SourceState.WAITING, failure)
    assert not setting.hub.online
    assert setting.driver.stops == 1
    setting.wait(1)
    assert setting.driver.starts == 2


def test_an_attempt_that_fails_is_reported_although_the_camera_was_never_online():
    setting = Setting().started()
    setting.driver.sink.offline("wrong password")
    assert setting.news == [(SourceState.WAITING, Failure(ERROR_SOURCE, "wrong password"))]


def test_pauses_grow_up_to_a_minute():
    assert Setting().started().pauses(8) == [1, 2, 4, 8, 16, 32, 60, 60]
    assert next_pause(LONGEST_PAUSE) == LONGEST_PAUSE


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 45.0), (0.999999, 75.0)])
def test_pauses_are_up_to_a_quarter_longer_or_shorter(chance, pause):
    """So that cameras behind one switch do not all come back in the same moment."""
    assert Setting(chance).started().pauses(8)[-1] == pytest.approx(pause, abs=0.25)


def test_a_camera_that_was_stable_is_tried_again_soon():
    setting = Setting().started()
    setting.pauses(5)
    setting.online().stream(STABLE_SECONDS)
    assert setting.pauses(1) == [1]


def test_a_camera_that_is_online_only_for_moments_is_left_alone_longer_and_longer():
    setting = Setting().started()
    pauses = []
    for _ in range(4):
        setting.online().stream(5)
        pauses += setting.pauses(1)
    assert pauses == [1, 2, 4, 8]


def test_a_stall_is_noticed_within_ten_seconds():
    """Connected, but no data: TCP alone would wait for hours."""
    setting = Setting().started().online().stream(20)
    setting.wait(STALL_SECONDS - 1)
    assert setting.hub.online
    setting.wait(2)
    assert not setting.hub.online
    assert setting.source.last_failure.code == ERROR_TIMEOUT
    assert setting.driver.stops == 1


def test_sound_that_goes_on_does_not_hide_a_picture_that_does_not():
    """A camera whose encoder hangs often goes on to send sound."""
    setting = Setting().started()
    setting.driver.sink.online((a_video_track(), an_audio_track()))
    for second in range(12):
        setting.wait(1)
        setting.driver.sink.access_unit(an_access_unit(float(second), track=an_audio_track()))
    assert not setting.hub.online


def test_a_camera_that_never_answers_is_given_up_and_tried_again():
    setting = Setting().started()
    setting.wait(CONNECT_SECONDS + 1)
    assert setting.source.last_failure == Failure(ERROR_TIMEOUT, "no answer for 20 seconds")
    setting.wait(2)
    assert setting.source.attempts == 2


def test_the_next_attempt_waits_until_the_driver_has_let_go():
    """A demuxer that still blocks: two threads for one camera would be one too many, each time."""
    setting = Setting().started()
    setting.driver.stopped = Deferred()
    setting.driver.sink.offline("timeout")
    setting.wait(30)
    assert setting.driver.starts == 1
    setting.driver.stopped.callback(None)
    setting.wait(1)
    assert setting.driver.starts == 2


def test_a_driver_that_fails_to_stop_does_not_end_the_attempts():
    setting = Setting().started()
    setting.driver.stopped = fail(RuntimeError("broken"))
    setting.driver.sink.offline("timeout")
    setting.wait(1)
    assert setting.driver.starts == 2


def test_a_driver_that_fails_to_start_costs_its_own_camera_with_the_reason():
    setting = Setting()
    setting.driver.fault = RuntimeError("no such thing")
    setting.started()
    assert setting.source.last_failure == Failure(ERROR_SOURCE, "the driver failed: no such thing")
    setting.driver.fault = None
    setting.wait(1)
    setting.online()
    assert setting.hub.online


@pytest.mark.parametrize("nonsense", [None, "a picture", dataclasses.replace(an_access_unit(), pts=None, dts=None)])
def test_a_driver_that_gives_nonsense_costs_its_own_camera(nonsense):
    setting = Setting().started().online()
    setting.driver.sink.access_unit(nonsense)
    assert not setting.hub.online
    assert "makes no sense" in setting.source.last_failure.text


def test_what_an_ended_attempt_says_is_not_heard():
    """A thread's last words come late."""
    setting = Setting().started().online()
    old = setting.driver.sink
    old.offline("connection reset")
    old.online((VIDEO,))
    old.access_unit(an_access_unit())
    old.offline("and again")
    assert not setting.hub.online
    assert len(setting.news) == 2
    setting.wait(1)
    setting.online()
    old.offline("still here")
    assert setting.hub.online


def test_units_before_online_are_not_heard():
    setting = Setting().started()
    setting.driver.sink.access_unit(an_access_unit())
    assert setting.hub.counters.units == 0


def test_stopping_disconnects_for_good():
    setting = Setting().started().online()
    stopped = setting.source.stop()
    assert stopped.called
    assert setting.source.state is SourceState.STOPPED
    assert not setting.hub.online
    setting.wait(120)
    assert setting.driver.starts == 1
    assert setting.clock.getDelayedCalls() == []


def test_stopping_waits_for_the_driver():
    setting = Setting().started()
    setting.driver.stopped = Deferred()
    stopped = setting.source.stop()
    assert not stopped.called
    setting.driver.stopped.callback(None)
    assert stopped.called


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_stopping_while_waiting_ends_the_attempts(seconds):
    setting = Setting().started()
    setting.driver.sink.offline("timeout")
    setting.wait(seconds)
    setting.source.stop()
    setting.wait(120)
    assert setting.driver.starts == 1


def test_stopping_what_was_never_started_is_harmless():
    assert Setting().source.stop().called


def test_a_source_may_be_started_again():
    setting = Setting().started().online()
    setting.source.stop()
    setting.started().online()
    assert setting.hub.online
    assert setting.source.attempts == 2


def test_a_driver_that_ends_at_once_is_tried_again():
    """It says offline while it is being started."""
    setting = Setting()
    setting.driver.start = lambda sink: sink.offline("no such file")
    setting.started()
    assert setting.source.state is SourceState.WAITING
    setting.wait(4)
    assert setting.source.attempts == 3
