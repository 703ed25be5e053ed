"""The actions `ptz` and `sound`: what the server is asked for."""

import pytest

from ssplug.model.action import CameraState
from ssplug.model.ptz import GoToPreset
from ssplug.testing import a_camera
from ssplug.testing.actions import FakeServerAtWork, a_trigger
from ssplug_ptz.preset import PTZAction, PTZSettings
from ssplug_sound.sound import Sound, SoundSettings

YARD = a_camera(7, "Yard", "yard")


def a_server():
    return FakeServerAtWork(CameraState(a_camera(), True, frozenset()), CameraState(YARD, True, frozenset()))


@pytest.mark.parametrize(("camera", "number"), [(None, 0), ("yard", 7)])
def test_a_camera_is_turned(camera, number):
    """The one that saw something, or another."""
    server = a_server()
    assert PTZAction(PTZSettings(3, camera, 80)).perform(a_trigger(), server).called
    assert server.moves == [(number, GoToPreset(3), 80)]


def why(performed):
    reasons = []
    performed.addErrback(lambda failure: reasons.append(failure.getErrorMessage()))
    return reasons


def test_a_camera_that_is_not_there_is_said():
    server = a_server()
    assert why(PTZAction(PTZSettings(3, "gate")).perform(a_trigger(), server)) == [
        "there is no camera 'gate' that is enabled"
    ]
    assert server.moves == []


def test_what_the_server_cannot_do_is_the_failure():
    server = a_server()
    server.refusal = RuntimeError("this camera cannot be moved")
    assert why(PTZAction(PTZSettings(1)).perform(a_trigger(), server)) == ["this camera cannot be moved"]
    assert why(Sound(SoundSettings("bark.wav")).perform(a_trigger(), server)) == ["this camera cannot be moved"]
    assert server.played == ["bark.wav"]
