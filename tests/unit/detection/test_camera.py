"""What one camera says."""

import pytest
from twisted.python.failure import Failure

from ssplug.detection.camera import CameraDetection
from ssplug.detection.examiner import Examined
from ssplug.detection.recognizer import Recognized
from ssplug.model.camera import CaptureMode
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import EventType, Region, Scores, TriggerReason
from ssplug.model.motion import Motion, MovingRegion
from ssplug.site.types import ActionsConfig, CameraConfig, MotionConfig, Slot, Zone
from ssplug.testing import a_camera

SOMETHING = Motion((MovingRegion(Region(8, 8, 16, 16), 80.0),))
MOTION, CLASSIFY, MOTION_END = ("MOTION", None), ("CLASSIFY", None), ("MOTION_END", None)
HUMAN, VEHICLE = Classification.HUMAN, Classification.VEHICLE


class Porch:
    """A camera with 1280x720 pixels, looked at in 320x180."""

    def __init__(self, site, trigger_on=("motion",), actions_on=(), **motion):
        config = CameraConfig(
            a_camera(),
            Slot("pattern"),
            motion=MotionConfig(trigger_on=trigger_on, **motion),
            actions=ActionsConfig(trigger_on=actions_on),
        )
        self.followed = []
        self.observers = []
        self.detection = CameraDetection(
            config,
            site.bus,
            lambda mode: site.is_armed(0, mode),
            lambda: (1280, 720),
            self.followed.append,
            self.observers,
        )

    def see(self, begin, end, motion=SOMETHING):
        """A detector that looks five times a second."""
        for number in range(round(begin * 5), round(end * 5)):
            self.detection.saw(Examined(number / 5, motion, (320, 180)))

    def recognize(self, begin, end, *kinds, score=80.0, motion=SOMETHING):
        """The same, with a classifier that finds `kinds` in all of it, and is asked twice a second."""
        self.detection.attention.classifies = True
        findings = tuple(Finding(kind, score, Region(16, 16, 32, 32)) for kind in kinds)
        for number in range(round(begin * 5), round(end * 5)):
            recognized = Recognized(findings, (640, 360)) if number % 3 == 0 else None
            self.detection.saw(Examined(number / 5, motion, (320, 180), recognized))


def test_motion_is_said_in_pixels_of_the_camera(site):
    Porch(site).see(0, 0.2)
    assert [event.info for event in site.events] == [Region(32, 32, 64, 64)]


def test_an_episode_is_motion_a_trigger_and_an_end(site):
    porch = Porch(site)
    porch.see(0, 1)
    porch.see(1, 4, motion=None)
    assert site.heard() == [MOTION, MOTION, ("TRIGGER_M", TriggerReason.MOTION), MOTION_END]


def test_motion_capture_is_not_triggered_while_it_is_not_armed(site):
    site.armed = set()
    porch = Porch(site)
    porch.see(0, 1)
    assert site.heard() == [MOTION, MOTION]
    assert porch.followed == [TriggerReason.MOTION]


def test_actions_are_triggered_while_they_are_armed(site):
    site.armed = {CaptureMode.MOTION, CaptureMode.ACTIONS}
    Porch(site).see(0, 1)
    assert site.heard()[2:] == [("TRIGGER_M", TriggerReason.MOTION), ("TRIGGER_A", TriggerReason.MOTION)]


def test_actions_may_have_reasons_of_their_own(site):
    site.armed = {CaptureMode.MOTION, CaptureMode.ACTIONS}
    porch = Porch(site, trigger_on=("motion",), actions_on=("sound",))
    porch.see(0, 1)
    porch.detection.trigger(TriggerReason.AUDIO)
    assert site.heard()[2:] == [("TRIGGER_M", TriggerReason.MOTION), ("TRIGGER_A", TriggerReason.AUDIO)]


def test_a_mode_that_is_armed_in_mid_episode_is_triggered_then(site):
    site.armed = set()
    porch = Porch(site)
    porch.see(0, 1)
    site.armed = {CaptureMode.MOTION}
    porch.detection.armed(CaptureMode.MOTION)
    assert site.heard()[-1] == ("TRIGGER_M", TriggerReason.MOTION)


def test_a_mode_that_is_armed_while_nothing_happens_is_not_triggered(site):
    porch = Porch(site)
    porch.detection.armed(CaptureMode.MOTION)
    assert site.heard() == []


@pytest.mark.parametrize("reason", [TriggerReason.WEB, TriggerReason.MANUAL])
def test_what_somebody_asks_for_triggers_whatever_is_configured(site, reason):
    Porch(site, trigger_on=()).detection.trigger(reason)
    assert site.heard() == [("TRIGGER_M", reason)]


def test_another_camera_triggers_where_it_is_named(site):
    Porch(site, trigger_on=("camera:drive",)).detection.trigger(TriggerReason.OTHER_CAMERA, "drive")
    Porch(site, trigger_on=("camera:drive",)).detection.trigger(TriggerReason.OTHER_CAMERA, "yard")
    assert site.heard() == [("TRIGGER_M", TriggerReason.OTHER_CAMERA)]


def test_what_the_camera_notices_itself_is_motion_of_all_the_picture(site):
    porch = Porch(site, trigger_on=("camera",))
    porch.detection.camera_reports(10.0, moving=True)
    porch.detection.camera_reports(11.0, moving=True)
    porch.detection.camera_reports(12.0, moving=False)
    porch.detection.pass_time(20.0)
    assert site.heard() == [MOTION, ("TRIGGER_M", TriggerReason.CAMERA), MOTION, MOTION_END]
    assert site.events[0].info == Region(0, 0, 1280, 720)


def test_what_the_camera_notices_is_not_said_where_nobody_wants_it(site):
    porch = Porch(site, trigger_on=("motion",))
    porch.detection.camera_reports(10.0, moving=True)
    assert site.heard() == []


def test_a_camera_that_goes_away_ends_its_episode_once(site):
    porch = Porch(site, trigger_on=("motion", "camera"))
    porch.see(0, 1)
    porch.detection.camera_reports(1.0, moving=True)
    porch.detection.end()
    porch.detection.end()
    assert site.heard().count(MOTION_END) == 1
    assert site.events[-1].type is EventType.MOTION_END


def test_motion_then_what_it_is_then_the_trigger(site):
    """The order that clients like."""
    porch = Porch(site, trigger_on=("human",))
    porch.recognize(0, 1, HUMAN)
    porch.see(1, 4, motion=None)
    human = ("TRIGGER_M", TriggerReason.HUMAN)
    assert site.heard() == [MOTION, CLASSIFY, MOTION, CLASSIFY, human, MOTION_END]
    assert site.events[1].info == Scores(human=80)


def test_somebody_triggers_once_an_episode(site):
    porch = Porch(site, trigger_on=("human",))
    porch.recognize(0, 5, HUMAN)
    porch.see(5, 8, motion=None)
    porch.recognize(8, 10, HUMAN)
    assert [info for name, info in site.heard() if name == "TRIGGER_M"] == [TriggerReason.HUMAN] * 2


@pytest.mark.parametrize(("trigger_on", "reasons"), [(("human",), []), (("vehicle",), [TriggerReason.VEHICLE])])
def test_a_class_triggers_where_it_is_named(site, trigger_on, reasons):
    Porch(site, trigger_on=trigger_on).recognize(0, 2, VEHICLE)
    assert [info for name, info in site.heard() if name == "TRIGGER_M"] == reasons
    assert CLASSIFY in site.heard()


def test_with_motion_named_alone_the_reason_is_motion(site):
    Porch(site).recognize(0, 2, HUMAN)
    assert [info for name, info in site.heard() if name == "TRIGGER_M"] == [TriggerReason.MOTION]


def test_motion_that_is_a_reason_later_keeps_what_is_known(site):
    """Clients show the reason that came last, and a class before all others."""
    Porch(site, trigger_on=("motion", "human"), trigger_time=2.0).recognize(0, 3, HUMAN)
    reasons = [info for name, info in site.heard() if name == "TRIGGER_M"]
    assert reasons == [TriggerReason.HUMAN, TriggerReason.MOTION | TriggerReason.HUMAN]


def test_actions_may_want_another_class_than_motion_capture(site):
    site.armed = {CaptureMode.MOTION, CaptureMode.ACTIONS}
    Porch(site, trigger_on=("motion",), actions_on=("vehicle",)).recognize(0, 2, HUMAN, VEHICLE)
    triggers = {name: info for name, info in site.heard() if name.startswith("TRIGGER")}
    assert triggers == {"TRIGGER_M": TriggerReason.MOTION, "TRIGGER_A": TriggerReason.VEHICLE}


def test_who_is_there_when_a_mode_is_armed_triggers_it(site):
    site.armed = set()
    porch = Porch(site, trigger_on=("human",))
    porch.recognize(0, 2, HUMAN)
    site.armed = {CaptureMode.MOTION}
    porch.detection.armed(CaptureMode.MOTION)
    porch.see(2, 5, motion=None)
    porch.detection.armed(CaptureMode.MOTION)
    assert [info for name, info in site.heard() if name == "TRIGGER_M"] == [TriggerReason.HUMAN]


def test_what_is_not_sure_enough_is_not_said(site):
    porch = Porch(site, trigger_on=("human",), human_sensitivity=20)
    porch.recognize(0, 2, HUMAN, score=79.0)
    assert {name for name, _ in site.heard()} == {"MOTION"}


def test_what_is_found_where_motion_does_not_count_is_not_said(site):
    """It is faint, for this sensitivity."""
    Porch(site, trigger_on=("human",), sensitivity=10).recognize(0, 2, HUMAN)
    assert site.heard() == []


def test_in_a_zone_of_people_a_cat_is_no_motion_and_somebody_is(site):
    everywhere = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    porch = Porch(site, zones=(Zone("path", everywhere, frozenset({"human"})),))
    porch.recognize(0, 2, Classification.ANIMAL)
    assert site.heard() == []
    porch.recognize(2, 4, HUMAN)
    porch.see(4, 8, motion=None)
    names = [name for name, _ in site.heard()]
    assert list(dict.fromkeys(names)) == ["MOTION", "CLASSIFY", "TRIGGER_M", "MOTION_END"]


def test_a_classifier_that_fails_is_said_once_and_motion_goes_on(site):
    porch = Porch(site)
    failed = Recognized((), (640, 360), Failure(RuntimeError("out of memory")))
    for number in range(10):
        porch.detection.saw(Examined(number / 5, SOMETHING, (320, 180), failed))
    (error,) = [event for event in site.events if event.type is EventType.ERROR]
    assert error.info.code == 840
    assert error.info.text == "the classifier failed: RuntimeError: out of memory"
    assert ("TRIGGER_M", TriggerReason.MOTION) in site.heard()
    assert not porch.detection.attention.classifies
    porch.recognize(2, 3, HUMAN)
    assert CLASSIFY in site.heard()


def test_what_was_done_is_counted(site):
    porch = Porch(site)
    porch.recognize(0, 2, HUMAN)
    porch.see(2, 5, motion=None)
    porch.see(5, 6)
    counters = porch.detection.counters
    assert (counters.looks, counters.classifications, counters.episodes) == (30, 4, 2)


def test_observers_are_shown_what_was_found(site):
    looks = []
    porch = Porch(site)
    porch.observers.append(looks.append)
    porch.recognize(0, 0.4, HUMAN)
    assert [look.findings for look in looks] == [(Finding(HUMAN, 80.0, Region(32, 32, 64, 64)),), None]
