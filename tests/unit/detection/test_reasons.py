"""What triggers what."""

import pytest

from ssplug.detection.reasons import wanted, wanted_words
from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.site.types import ActionsConfig, CameraConfig, MotionConfig, Slot
from ssplug.testing import a_camera


def a_config(motion: tuple[str, ...], actions: tuple[str, ...] = ()) -> CameraConfig:
    return CameraConfig(
        a_camera(), Slot("pattern"), motion=MotionConfig(trigger_on=motion), actions=ActionsConfig(trigger_on=actions)
    )


def test_actions_follow_motion_capture_unless_they_have_words_of_their_own():
    assert wanted_words(a_config(("motion",)))[CaptureMode.ACTIONS] == {"motion"}
    assert wanted_words(a_config(("motion",), ("sound",)))[CaptureMode.ACTIONS] == {"sound"}


def test_sound_that_is_enabled_needs_no_word():
    """As in clients, where it is a box to tick."""
    config = CameraConfig(a_camera(), Slot("pattern"), motion=MotionConfig(sound_enabled=True))
    assert wanted_words(config)[CaptureMode.MOTION] == {"motion", "sound"}


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (TriggerReason.MOTION, "motion"),
        (TriggerReason.AUDIO, "sound"),
        (TriggerReason.CAMERA, "camera"),
        (TriggerReason.HUMAN, "human"),
        (TriggerReason.VEHICLE, "vehicle"),
        (TriggerReason.ANIMAL, "animal"),
    ],
)
def test_what_is_noticed_triggers_if_it_is_asked_for(reason, word):
    assert wanted(reason, {word})
    assert not wanted(reason, {"camera:drive"})


@pytest.mark.parametrize("reason", [TriggerReason.WEB, TriggerReason.MANUAL, TriggerReason.SCRIPT])
def test_what_somebody_demands_always_triggers(reason):
    assert wanted(reason, frozenset())


def test_another_camera_triggers_if_it_is_named():
    assert wanted(TriggerReason.OTHER_CAMERA, {"camera:drive"}, "drive")
    assert not wanted(TriggerReason.OTHER_CAMERA, {"camera:drive", "camera"}, "porch")
