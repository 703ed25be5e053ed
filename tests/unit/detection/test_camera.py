"""What one camera says."""

import pytest

from ssplug.detection.camera import CameraDetection
from ssplug.detection.examiner import Examined
from ssplug.model.camera import CaptureMode
from ssplug.model.event import EventType, Region, TriggerReason
from ssplug.model.motion import Motion, MovingRegion
from ssplug.site.types import ActionsConfig, CameraConfig, MotionConfig, Slot
from ssplug.testing import a_camera

SOMETHING = Motion((MovingRegion(Region(8, 8, 16, 16), 80.0),))
MOTION, MOTION_END = ("MOTION", None), ("MOTION_END", None)


class Porch:
    """A camera with 1280x720 pixels, looked at in 320x180."""

    def __init__(self, site, trigger_on=("motion",), actions_on=(), trigger_time=0.5):
        config = CameraConfig(
            a_camera(),
            Slot("pattern"),
            motion=MotionConfig(trigger_on=trigger_on, trigger_time=trigger_time),
            actions=ActionsConfig(trigger_on=actions_on),
        )
        self.followed = []
        self.detection = CameraDetection(
            config, site.bus, lambda mode: site.is_armed(0, mode), lambda: (1280, 720), self.followed.append
        )

    def see(self, begin, end, motion=SOMETHING):
        """A detector that looks five times a second."""
        for number in range(round(begin * 5), round(end * 5)):
            self.detection.saw(Examined(number / 5, motion, (320, 180)))


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
