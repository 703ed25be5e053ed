"""Detection on all cameras of a site."""

from pathlib import Path

import pytest
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from zope.interface import implementer

from ssplug.cameras.build import CameraBuilder
from ssplug.cameras.detection import Detection
from ssplug.cameras.roster import Roster
from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.events.bus import EventBus
from ssplug.interfaces import ICameraEvents, ICameraSource, IClassifier, IMotionDetector
from ssplug.media.access_unit import AccessUnit
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import EventType, Region, TriggerReason
from ssplug.model.motion import Motion, MovingRegion
from ssplug.site.types import CameraConfig, MotionConfig, Slot
from ssplug.testing import InlineWorkers
from ssplug.testing.encoded import encoded_audio, encoded_video

CLOSED = {"type": "object", "additionalProperties": False}
SOMETHING = Motion((MovingRegion(Region(8, 8, 16, 16), 80.0),))


@implementer(ICameraSource, ICameraEvents)
class FakeCamera:
    """Gives what the test gives, and reports what the test wants reported."""

    def start(self, sink):
        self.sink = sink

    def stop(self):
        pass

    def watch(self, report):
        self.report = report


@implementer(IMotionDetector)
class FakeDetector:
    """Sees something in every picture, or nothing."""

    def __init__(self, motion):
        self.motion = motion

    def examine(self, picture, at):
        return self.motion

    def reset(self):
        pass


@implementer(IClassifier)
class FakeClassifier:
    """Finds a person wherever it is told that something moves, unless it is broken."""

    def __init__(self, broken):
        self.broken = broken

    def classify(self, picture, regions):
        if self.broken:
            raise RuntimeError("out of memory")
        return (Finding(Classification.HUMAN, 80.0, regions[0]),)


class House:
    """Cameras whose detector sees something all the time, and whose tracks a test feeds."""

    def __init__(self, **cameras):
        self.clock = Clock()
        self.bus = EventBus(self.clock.seconds)
        self.armed = set(CaptureMode)
        self.events = []
        self.bus.listen(self.events.append)
        drivers = Drivers()
        self.sources = []
        drivers.add(DriverKind.CAMERA, "fake", [Driver("fake", CLOSED, self._source)])
        seeing = {"sees": SOMETHING, "blind": None, "background": None}
        for name, motion in seeing.items():
            driver = Driver(name, CLOSED, lambda context, settings, motion=motion: FakeDetector(motion))
            drivers.add(DriverKind.MOTION_DETECTOR, f"fake {name}", [driver])
        for name in ("knows", "breaks"):
            driver = Driver(name, CLOSED, lambda context, settings, name=name: FakeClassifier(name == "breaks"))
            drivers.add(DriverKind.CLASSIFIER, f"fake {name}", [driver])
        builder = CameraBuilder(drivers, InlineWorkers(), self.clock, Path("/nowhere"), lambda *_: None)
        self.roster = Roster()
        for number, (id, settings) in enumerate(cameras.items()):  # noqa: A001
            config = CameraConfig(CameraIdentity(id, number, id), Slot("fake"), **settings)
            self.roster.add(builder.camera(config))
        self.detection = Detection(
            self.roster, self.bus, lambda number, mode: mode in self.armed, builder, self.clock.seconds
        )
        self.detection.start()
        self.track, self.units = encoded_video(count=20, gop=10, frame_rate=10)

    def _source(self, context, settings):
        self.sources.append(FakeCamera())
        return self.sources[-1]

    def film(self, number, seconds, begin=0.0):
        """Pictures of one camera."""
        hub = self.roster.get(number).hub
        if not hub.online:
            hub.came_online((self.track,))
        for index in range(round(begin * 10), round((begin + seconds) * 10)):
            unit, ticks = self.units[index % 20], index * 9000
            hub.publish(AccessUnit(self.track, unit.data, ticks, ticks, unit.key, index / 10))

    def heard(self, number=0):
        told = [event for event in self.events if event.camera == number]
        return [(event.type.value, *([event.info] if "TRIGGER" in event.type else [])) for event in told]


def a_house(detector="sees", **motion):
    return House(porch={"motion": MotionConfig(detector=Slot(detector), **motion)})


def triggers(heard):
    return [each for each in heard if each[0].startswith("TRIGGER")]


def test_from_pictures_to_events():
    house = a_house()
    house.film(0, 1.0)
    assert house.heard()[0] == ("MOTION",)
    assert triggers(house.heard()) == [("TRIGGER_M", TriggerReason.MOTION), ("TRIGGER_A", TriggerReason.MOTION)]


def test_the_end_of_motion_is_said_before_the_camera_is_offline():
    house = a_house()
    house.film(0, 1.0)
    house.roster.get(0).hub.went_offline("unplugged")
    assert house.heard()[-1] == ("MOTION_END",)


def test_the_end_of_motion_is_said_when_the_server_stops():
    house = a_house()
    house.film(0, 1.0)
    house.detection.stop()
    assert house.heard()[-1] == ("MOTION_END",)
    house.film(0, 1.0, begin=1.0)
    assert house.heard()[-1] == ("MOTION_END",)


def test_a_camera_may_be_looked_at_anew():
    """Its site file has changed."""
    house = a_house()
    house.film(0, 1.0)
    house.detection.drop(0)
    camera = house.roster.get(0)
    camera.config = CameraConfig(camera.identity, Slot("fake"), motion=MotionConfig(detector=Slot("blind")))
    house.detection.renew(camera)
    told = len(house.events)
    house.film(0, 1.0, begin=1.0)
    assert house.events[told:] == []


def test_when_it_last_moved_is_known():
    house = a_house()
    house.clock.advance(5)
    house.film(0, 1.0)
    assert house.roster.get(0).motion_at == 5


def test_without_motion_detection_nothing_is_decoded():
    house = a_house(enabled=False)
    house.film(0, 2.0)
    assert house.heard() == []
    assert house.roster.get(0).views.pictures.counters.decoded == 0


def test_a_detector_that_cannot_be_built_costs_the_looking_and_says_so():
    house = a_house("thermal")
    assert [event.type for event in house.events] == [EventType.ERROR]
    assert "no motion detector named 'thermal'" in house.events[0].info.text
    house.detection.trigger(0, TriggerReason.WEB)
    assert triggers(house.heard())


def test_a_disabled_camera_is_not_looked_at():
    house = House(porch={"enabled": False})
    house.detection.trigger(0, TriggerReason.WEB)
    assert house.events == []


def test_arming_in_mid_episode_triggers():
    house = a_house()
    house.armed = set()
    house.film(0, 1.0)
    assert triggers(house.heard()) == []
    house.armed = {CaptureMode.MOTION}
    house.bus.publish(EventType.ARM_M, 0)
    assert triggers(house.heard()) == [("TRIGGER_M", TriggerReason.MOTION)]


def test_a_camera_follows_another_that_is_not_armed_itself():
    """The drive sees something; the porch is to record it."""
    house = House(
        drive={"motion": MotionConfig(detector=Slot("sees"))},
        porch={"motion": MotionConfig(detector=Slot("blind"), trigger_on=("camera:drive",))},
    )
    house.armed = {CaptureMode.MOTION}
    house.film(0, 1.0)
    assert triggers(house.heard(1)) == [("TRIGGER_M", TriggerReason.OTHER_CAMERA)]


def test_cameras_that_follow_each_other_do_not_do_so_for_ever():
    blind = Slot("blind")
    house = House(
        porch={"motion": MotionConfig(detector=blind, trigger_on=("camera:drive",))},
        drive={"motion": MotionConfig(detector=blind, trigger_on=("camera:porch",))},
    )
    house.armed = {CaptureMode.MOTION}
    house.detection.trigger(0, TriggerReason.WEB)
    assert triggers(house.heard(0)) == [("TRIGGER_M", TriggerReason.WEB)]
    assert triggers(house.heard(1)) == [("TRIGGER_M", TriggerReason.OTHER_CAMERA)]


def test_what_the_camera_reports_is_an_episode_without_looking():
    """No picture is decoded for it, and it ends when the camera says so."""
    house = a_house("blind", enabled=False, trigger_on=("camera",))
    house.armed = {CaptureMode.MOTION}
    house.film(0, 1.0)
    report = house.roster.get(0).driver.report
    house.clock.advance(1.0)
    report(True, "CellMotion")
    house.film(0, 3.0, begin=1.0)
    house.clock.advance(3.0)
    report(False, "CellMotion")
    house.film(0, 3.0, begin=4.0)
    heard = house.heard()
    assert heard[0:2] == [("MOTION",), ("TRIGGER_M", TriggerReason.CAMERA)]
    assert heard[-1] == ("MOTION_END",)
    assert heard.count(("MOTION_END",)) == 1
    assert house.roster.get(0).views.pictures.counters.decoded == 0


def test_what_a_camera_reports_while_it_is_offline_is_not_heard():
    house = a_house("blind", trigger_on=("camera",))
    house.roster.get(0).driver.report(True, "CellMotion")
    assert house.heard() == []


@pytest.mark.parametrize("enabled", [True, False])
def test_loud_sound_triggers_if_that_is_enabled(enabled):
    house = a_house("blind", sound_enabled=enabled, sound_level=60)
    track, units = encoded_audio("pcm_mulaw", 8000)
    hub = house.roster.get(0).hub
    hub.came_online((track,))
    for unit in units:
        hub.publish(AccessUnit(track, unit.data, unit.pts, unit.dts, unit.key, unit.seconds))
    expected = [("TRIGGER_M", TriggerReason.AUDIO), ("TRIGGER_A", TriggerReason.AUDIO)]
    assert triggers(house.heard()) == (expected if enabled else [])


def test_motion_is_looked_for_in_the_detect_source_while_that_is_online():
    """And in the camera's own stream before, and afterwards."""
    house = House(porch={"motion": MotionConfig(detector=Slot("blind")), "detect_source": Slot("fake")})
    pictures = house.roster.get(0).views.pictures.counters
    house.film(0, 1.0)
    decoded = pictures.decoded
    assert decoded > 0
    house.clock.advance(0)
    _, detect_source = house.sources
    detect_source.sink.online((house.track,))
    house.film(0, 2.0, begin=1.0)
    assert pictures.decoded == decoded
    detect_source.sink.offline("unplugged")
    house.film(0, 2.0, begin=3.0)
    assert pictures.decoded > decoded
    house.detection.stop()


def test_every_look_is_shown_to_those_who_observe():
    """Five a second, whatever the ladder says, with regions in pixels of the camera; and not to those who left."""
    house = House(porch={"motion": MotionConfig(detector=Slot("blind"), sensitivity=10)})
    looks = []
    house.film(0, 2.0)
    stop = house.detection.observe(0, looks.append)
    house.film(0, 8.0, begin=2.0)
    assert [round(look.at, 1) for look in looks[:3]] == [2.0, 2.2, 2.4]
    assert len(looks) == 40
    stop()
    stop()
    house.film(0, 1.0, begin=10.0)
    assert len(looks) == 40


def test_a_look_tells_what_counts_and_what_does_not():
    """The sensitivity takes 90 and more."""
    house = a_house(sensitivity=10)
    looks = []
    house.detection.observe(0, looks.append)
    house.film(0, 0.1)
    (look,) = looks
    assert look.score == 80.0
    assert look.counting is None
    assert look.size == (house.track.width, house.track.height)
    assert house.heard() == []


def test_observers_stay_when_a_camera_is_set_up_anew():
    house = a_house()
    looks = []
    house.detection.observe(0, looks.append)
    house.detection.drop(0)
    house.detection.renew(house.roster.get(0))
    house.film(0, 1.0)
    assert len(looks) == 5


def test_from_pictures_to_what_moves_in_them():
    house = a_house(classifier=Slot("knows"), trigger_on=("human",))
    house.armed = {CaptureMode.MOTION}
    house.film(0, 1.0)
    assert list(dict.fromkeys(house.heard())) == [("MOTION",), ("CLASSIFY",), ("TRIGGER_M", TriggerReason.HUMAN)]
    assert house.detection.counters[0].classifications == 2


@pytest.mark.parametrize(("classifier", "code"), [("unknown", 802), ("breaks", 840)])
def test_a_classifier_that_does_not_work_costs_the_telling_apart_and_says_so_once(classifier, code):
    """Also where there are two streams to look at."""
    motion = MotionConfig(detector=Slot("sees"), classifier=Slot(classifier))
    house = House(porch={"motion": motion, "detect_source": Slot("fake")})
    house.film(0, 3.0)
    errors = [event.info.code for event in house.events if event.type is EventType.ERROR]
    assert errors == [code]
    assert triggers(house.heard()) == [("TRIGGER_M", TriggerReason.MOTION), ("TRIGGER_A", TriggerReason.MOTION)]


def test_what_needs_a_classifier_is_named_at_the_start():
    with capturedLogs() as logged:
        a_house(trigger_on=("human", "motion"))
    assert ["nothing is triggered by human without" in entry["missing"] for entry in logged if "missing" in entry] == [
        True
    ]


def test_what_was_counted_goes_on_when_a_camera_is_set_up_anew():
    house = a_house()
    house.film(0, 1.0)
    house.detection.drop(0)
    house.detection.renew(house.roster.get(0))
    house.film(0, 1.0, begin=1.0)
    assert house.detection.counters[0].looks == 10
    assert house.detection.counters[0].episodes == 2
