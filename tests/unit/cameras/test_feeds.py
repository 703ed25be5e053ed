"""What ONLINE, OFFLINE and ERROR are published, and when."""

import pytest
from twisted.internet.defer import succeed
from twisted.internet.task import Clock
from zope.interface import implementer

from ssplug.cameras.camera import Camera
from ssplug.cameras.feeds import STAGGER_SECONDS, Feeds
from ssplug.cameras.roster import Roster
from ssplug.events.bus import EventBus
from ssplug.interfaces import ICameraSource
from ssplug.logs import camera_logger
from ssplug.media.video_encoder import Look
from ssplug.model.event import EventType, Failure
from ssplug.site.types import CameraConfig, Slot
from ssplug.streams.audio_form import AudioForms
from ssplug.streams.encoder_budget import EncoderBudget
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import JPEGViews
from ssplug.streams.rates import Rates
from ssplug.streams.source import ERROR_SOURCE, Source
from ssplug.streams.video_form import VideoForms
from ssplug.testing import InlineWorkers, a_camera, a_video_track, an_access_unit


@implementer(ICameraSource)
class ObedientDriver:
    """A driver whose fate the test decides."""

    def __init__(self):
        self.sink = None
        self.started_at = []
        self.clock = None

    def start(self, sink):
        self.sink = sink
        self.started_at.append(self.clock.seconds())

    def stop(self):
        return succeed(None)


class Stage:
    """Some cameras with obedient drivers, a clock, and the events that were published."""

    def __init__(self, count=1):
        self.clock = Clock()
        self.events = []
        self.bus = EventBus(self.clock.seconds)
        self.bus.listen(self.events.append)
        self.roster = Roster([self._camera(number) for number in range(count)])
        self.feeds = Feeds(self.roster, self.bus, self.clock, self.clock.seconds)
        for camera in self.roster:
            self._connect(camera)

    def _camera(self, number):
        identity = a_camera(number, f"Camera {number}", f"camera{number}")
        hub, workers = StreamHub(), InlineWorkers()
        views = JPEGViews(hub, workers, identity.name, self.clock, self.clock.seconds)
        return Camera(
            CameraConfig(identity, Slot("obedient")),
            hub,
            Rates(),
            views=views,
            audio=AudioForms(hub, workers, identity.name),
            forms=VideoForms(hub, views.pictures, workers, EncoderBudget(), identity.name, self.clock, Look),
            driver=ObedientDriver(),
        )

    def _connect(self, camera):
        log = camera_logger(camera.identity)
        camera.driver.clock = self.clock
        camera.source = Source(
            camera.driver,
            camera.hub,
            self.clock,
            self.clock.seconds,
            lambda: 0.5,
            log,
            lambda state, failure: self.feeds.changed(camera, log, state, failure),
        )

    @property
    def kinds(self):
        return [(event.type, event.camera) for event in self.events]


@pytest.fixture
def stage():
    stage = Stage()
    stage.feeds.start()
    stage.clock.advance(0)
    return stage


def test_a_camera_that_answers_is_online_once(stage):
    """One ONLINE for one connection, however often its tracks are told."""
    camera = stage.roster.get(0)
    camera.driver.sink.online((a_video_track(),))
    camera.driver.sink.online((a_video_track(width=1920),))
    assert stage.kinds == [(EventType.ONLINE, 0)]
    camera.driver.sink.offline("gone")
    assert camera.video.width == 1920


def test_a_camera_that_goes_is_offline_with_a_reason(stage):
    """OFFLINE, then ERROR with the driver's own words."""
    camera = stage.roster.get(0)
    camera.driver.sink.online((a_video_track(),))
    camera.driver.sink.offline("the cable was pulled")
    assert stage.kinds[1:] == [(EventType.OFFLINE, 0), (EventType.ERROR, 0)]
    assert camera.failure == Failure(ERROR_SOURCE, "the cable was pulled")
    assert not camera.online


def test_a_camera_that_stays_away_is_reported_once_a_reason(stage):
    """No ERROR for every attempt, but one when the reason changes."""
    camera = stage.roster.get(0)
    for reason in ("no route", "no route", "no route", "password refused"):
        camera.driver.sink.offline(reason)
        stage.clock.advance(200)
    assert [event.info.text for event in stage.events if "ERROR" in event.type][:2] == ["no route", "password refused"]
    assert EventType.OFFLINE not in [event.type for event in stage.events]


def test_a_stalled_camera_is_offline_within_ten_seconds(stage):
    """Connected but silent counts as gone."""
    camera = stage.roster.get(0)
    camera.driver.sink.online((a_video_track(),))
    camera.driver.sink.access_unit(an_access_unit())
    for _ in range(10):
        stage.clock.advance(1)
    assert (EventType.OFFLINE, 0) in stage.kinds
    assert "no data" in camera.failure.text


def test_cameras_are_connected_one_after_the_other():
    """The first attempts are staggered."""
    stage = Stage(count=4)
    stage.feeds.start()
    for _ in range(100):
        stage.clock.advance(0.01)
    starts = [camera.driver.started_at[0] for camera in stage.roster]
    assert starts == pytest.approx([number * STAGGER_SECONDS for number in range(4)], abs=0.02)


def test_a_camera_without_a_driver_is_an_error_event():
    """What could not be built is said to whoever listens."""
    stage = Stage()
    camera = stage.roster.get(0)
    camera.source, camera.failure = None, Failure(802, "no such thing")
    stage.feeds.start()
    assert stage.kinds == [(EventType.ERROR, 0)]


def test_stopping_and_starting_again_works_twice(stage):
    """start and stop are symmetric."""
    for _ in range(2):
        assert stage.feeds.stop().called
        stage.feeds.start()
        stage.clock.advance(0)
    assert len(stage.roster.get(0).driver.started_at) == 3
