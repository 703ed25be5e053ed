"""What Axis cameras are told and answer."""

import dataclasses

import pytest

import ssplug_axis
from ssplug.model.ptz import GoToPreset, PTZCapability, PTZMove, SavePreset
from ssplug_axis import vapix
from ssplug_axis.ptz import AxisPTZSettings
from tests.unit.plugins.axis_answers import INFO, PRESETS

ALL = PTZCapability(63)
STEPS = PTZCapability.PAN_TILT | PTZCapability.ZOOM


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (PTZMove.LEFT, "continuouspantiltmove=-40,0"),
        (PTZMove.UP_RIGHT, "continuouspantiltmove=40,40"),
        (PTZMove.DOWN, "continuouspantiltmove=0,-40"),
        (PTZMove.ZOOM_IN, "continuouszoommove=40"),
        (PTZMove.ZOOM_OUT, "continuouszoommove=-40"),
        (PTZMove.STOP, "continuouspantiltmove=0,0&continuouszoommove=0"),
        (PTZMove.HOME, "move=home"),
        (GoToPreset(3), "gotoserverpresetno=3"),
        (SavePreset(8), "setserverpresetno=8"),
    ],
)
def test_a_camera_that_moves_continuously(command, told):
    """At the speed that was asked for, which counts as ours."""
    assert vapix.query(command, 40, ALL) == told


def test_a_camera_that_does_not():
    """It is moved in steps."""
    told = [vapix.query(move, 50, STEPS) for move in (PTZMove.LEFT, PTZMove.DOWN_RIGHT, PTZMove.ZOOM_OUT)]
    assert told == ["move=left", "move=downright", "rzoom=-500"]


def test_a_camera_that_only_zooms_is_told_to_stop_only_that():
    """It does not know the other."""
    zoom = PTZCapability.ZOOM | PTZCapability.CONTINUOUS
    assert vapix.query(PTZMove.STOP, 50, zoom) == "continuouszoommove=0"


@pytest.mark.parametrize(
    ("info", "abilities"),
    [
        (INFO, ALL),
        ("move={ home | up | down | left | right }\nrzoom=[offset]\n", PTZCapability(1 + 2 + 4 + 16)),
        ("continuouszoommove=[speed]\n", PTZCapability(4 + 16 + 32)),
        ("Available commands\n:\nwhoami=yes\n", PTZCapability(0)),
        ("", PTZCapability(0)),
        ("<html>move</html>", PTZCapability(0)),
    ],
)
def test_what_a_camera_can_do_it_lists(info, abilities):
    """Whatever else it may list."""
    assert vapix.abilities(info) == abilities


def test_presets_have_their_cameras_names():
    """By number; those above 8 are out of the protocol's reach."""
    assert vapix.preset_names(PRESETS) == ("Home", "", "Front door", "", "", "", "", "")
    assert vapix.preset_names("Error: none") == ("",) * 8


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [("", None), ("presetposno1=Error\n", None), ("Error:\nNo such  preset\n", "No such preset"), ("ERROR", "error")],
)
def test_an_error_is_an_answer_of_200(answer, wrong):
    """In the camera's words."""
    assert vapix.error(answer) == wrong


def test_defaults_are_as_the_schema_says():
    """The schema's defaults are documentation of the dataclass's."""
    [driver] = ssplug_axis.ssplug_ptz_drivers()
    documented = {name: s["default"] for name, s in driver.schema["properties"].items() if "default" in s}
    assert {"url": "x", **documented} == dataclasses.asdict(AxisPTZSettings("x"))


def test_settings_do_not_show_secrets():
    assert "hunter2" not in repr(AxisPTZSettings("http://u:hunter2@camera", "u", "hunter2"))
