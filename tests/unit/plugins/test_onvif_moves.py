"""From commands to requests of the PTZ service, for the nodes of three real cameras and for lesser ones."""

import re

import pytest

from ssplug.model.ptz import GoToPreset, PTZCapability, PTZMove, SavePreset
from ssplug_onvif import answers
from ssplug_onvif.answers import Node, Preset, Range, Space, answer
from ssplug_onvif.moves import CannotMoveError, Mover, Position, preset_of, slots
from tests.unit.plugins.onvif_recordings import MOVING, recorded

PAN_TILT = "http://www.onvif.org/ver10/tptz/PanTiltSpaces/VelocityGenericSpace"
DEGREES = Space("urn:degrees", Range(-180, 180), Range(-90, 30))
EVERYTHING = PTZCapability(63)


def mover(**spaces):
    return Mover("p<1", Node("n", spaces, presets=8, home=True))


def the_node(camera):
    return answer(recorded(camera, "ptz/GetNodes"), answers.nodes)[0]


def numbers(body):
    return {name: float(value) for name, value in re.findall(r' ([xy])="([^"]*)"', body)}


@pytest.mark.parametrize("camera", MOVING)
def test_real_cameras_can_do_everything(camera):
    """And move for as long as one likes."""
    moves = Mover("1", the_node(camera))
    assert moves.capabilities == EVERYTHING
    body = moves.move(PTZMove.UP_LEFT, 50)
    assert body.startswith("<tptz:ContinuousMove>")
    assert f'space="{PAN_TILT}"' in body
    assert numbers(body) == {"x": -0.5, "y": 0.5}


@pytest.mark.parametrize(
    ("command", "x", "y"),
    [
        (PTZMove.LEFT, -1, 0),
        (PTZMove.RIGHT, 1, 0),
        (PTZMove.UP, 0, 1),
        (PTZMove.DOWN, 0, -1),
        (PTZMove.UP_LEFT, -1, 1),
        (PTZMove.UP_RIGHT, 1, 1),
        (PTZMove.DOWN_LEFT, -1, -1),
        (PTZMove.DOWN_RIGHT, 1, -1),
    ],
)
def test_directions(command, x, y):
    """Right and up are positive (ONVIF PTZ, 5.1)."""
    body = mover(continuous_pan_tilt=Space("")).move(command, 100)
    assert numbers(body) == {"x": x, "y": y}
    assert "space=" not in body


@pytest.mark.parametrize(("command", "x"), [(PTZMove.ZOOM_IN, 0.25), (PTZMove.ZOOM_OUT, -0.25)])
def test_zoom(command, x):
    """Towards tele is positive; speed is a part of the highest."""
    body = mover(continuous_zoom=Space("urn:z")).move(command, 25)
    assert re.search(r"<tptz:Velocity><tt:Zoom x=\"-?0.25000\" space=\"urn:z\"/></tptz:Velocity>", body)
    assert numbers(body) == {"x": x}


def test_speeds_are_of_the_camera_s_range():
    """In each direction its own."""
    moves = mover(continuous_pan_tilt=DEGREES)
    assert numbers(moves.move(PTZMove.UP_RIGHT, 10)) == {"x": 18, "y": 3}
    assert numbers(moves.move(PTZMove.DOWN_LEFT, 10)) == {"x": -18, "y": -9}


def test_a_camera_that_knows_steps_makes_steps():
    """A tenth of its way at full speed, less at less."""
    moves = mover(relative_pan_tilt=DEGREES, absolute_pan_tilt=DEGREES)
    body = moves.move(PTZMove.UP_RIGHT, 50)
    assert body.startswith("<tptz:RelativeMove><tptz:ProfileToken>p&lt;1</tptz:ProfileToken><tptz:Translation>")
    assert numbers(body) == {"x": 9, "y": 1.5}
    assert not moves.needs_position(PTZMove.UP_RIGHT)


def test_a_camera_that_knows_places_goes_a_step_from_where_it_is():
    """But not beyond the end."""
    moves = mover(absolute_pan_tilt=DEGREES, absolute_zoom=Space("urn:z", Range(0, 1)))
    assert moves.needs_position(PTZMove.LEFT)
    assert not moves.needs_position(PTZMove.STOP)
    assert numbers(moves.move(PTZMove.UP_LEFT, 100, Position(10, 29, 0.5))) == {"x": -26, "y": 30}
    assert numbers(moves.move(PTZMove.ZOOM_IN, 100, Position(zoom=0.5))) == {"x": 0.6}


def test_a_camera_may_move_in_one_way_and_zoom_in_another():
    """Each by the best it can do."""
    moves = mover(continuous_pan_tilt=Space(""), absolute_zoom=Space("", Range(0, 1)))
    assert moves.move(PTZMove.LEFT, 100).startswith("<tptz:ContinuousMove>")
    assert moves.move(PTZMove.ZOOM_OUT, 100).startswith("<tptz:AbsoluteMove>")


@pytest.mark.parametrize(
    ("node", "able"),
    [
        (Node("n", {}), PTZCapability(0)),
        (Node("n", {}, home=True), PTZCapability.HOME),
        (Node("n", {}, presets=3), PTZCapability.PRESETS),
        (Node("n", {"relative_zoom": Space("")}), PTZCapability.ZOOM),
        (
            Node("n", {"continuous_pan_tilt": Space("")}),
            PTZCapability.PAN_TILT | PTZCapability.SPEED | PTZCapability.CONTINUOUS,
        ),
    ],
)
def test_capabilities_are_those_of_the_node(node, able):
    """Nothing is promised that the camera does not offer."""
    assert Mover("1", node).capabilities == able


@pytest.mark.parametrize(
    ("command", "text"), [(PTZMove.LEFT, "pan or tilt"), (PTZMove.ZOOM_IN, "zoom"), (PTZMove.HOME, "home")]
)
def test_what_a_camera_cannot_do_is_said(command, text):
    """Instead of a request that it would refuse."""
    with pytest.raises(CannotMoveError, match=text):
        Mover("1", Node("n", {})).move(command, 50)


def test_stop_stops_what_the_camera_can_move():
    """Some refuse to stop a zoom that they have not."""
    body = mover(continuous_pan_tilt=Space("")).move(PTZMove.STOP, 50)
    assert "<tptz:PanTilt>true</tptz:PanTilt><tptz:Zoom>false</tptz:Zoom>" in body


# -- presets ----------------------------------------------------------------------------------------


def names(presets):
    return [preset.name if preset else None for preset in slots(presets)]


FIRST = {
    "axis": 8,
    "hikvision": 8,
    "pelco": 6,
}


@pytest.mark.parametrize("camera", MOVING)
def test_eight_of_the_camera_s_presets_are_known(camera):
    """Or as many as it has."""
    presets = answer(recorded(camera, "ptz/GetPresets"), answers.presets)
    assert len([preset for preset in slots(presets) if preset is not None]) == FIRST[camera]
    assert len(slots(presets)) == 8


def test_presets_with_numbers_are_in_their_order():
    """The Axis lists the newest first, which would move all others by one."""
    presets = answer(recorded("axis", "ptz/GetPresets"), answers.presets)
    tokens = [int(preset.token) for preset in slots(presets) if preset]
    assert tokens == sorted(int(preset.token) for preset in presets)[:8]


def test_presets_without_numbers_are_in_the_camera_s_order():
    """The Pelco's tokens are UUIDs."""
    presets = answer(recorded("pelco", "ptz/GetPresets"), answers.presets)
    assert list(slots(presets))[:6] == list(presets)


def test_a_preset_that_was_saved_from_here_keeps_its_number():
    """Though the camera has fewer before it; the others fill what is free."""
    presets = [Preset("a", "door"), Preset("b", "ssplug 2"), Preset("c", "gate"), Preset("d", "ssplug 9")]
    assert names(presets) == ["door", "ssplug 2", "gate", "ssplug 9", None, None, None, None]


def test_saving_replaces_the_preset_or_makes_one_that_will_be_found():
    """With the token and the name that it had, or with a name of ours."""
    moves = mover()
    replaced = moves.save(1, Preset("t", "door & gate"))
    assert "<tptz:PresetName>door &amp; gate</tptz:PresetName><tptz:PresetToken>t</tptz:PresetToken>" in replaced
    made = moves.save(5, None)
    assert "PresetToken" not in made
    name = re.search("<tptz:PresetName>(.*)</tptz:PresetName>", made)[1]
    assert names([Preset("x", "door"), Preset("y", name)]) == ["door", None, None, None, name, None, None, None]


def test_commands_about_presets():
    """All others are about none."""
    assert [preset_of(command) for command in (GoToPreset(3), SavePreset(8), PTZMove.HOME)] == [3, 8, None]
