"""From commands to requests, by a table: also by those of the manual."""

import dataclasses
import io
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import ssplug_http
from ssplug.model.ptz import GoToPreset, PTZCapability, PTZMove, SavePreset
from ssplug_http.settings import HTTPSettings
from ssplug_http.table import COMMANDS, Request, Table, moving_word

MANUAL = (Path(__file__).parents[3] / "docs/ptz.md").read_text("utf-8")
[DRIVER] = ssplug_http.ssplug_ptz_drivers()
LEFT, RIGHT, ZOOM_IN, STOP, HOME = PTZMove.LEFT, PTZMove.RIGHT, PTZMove.ZOOM_IN, PTZMove.STOP, PTZMove.HOME


def a_table(commands, **settings):
    return Table(HTTPSettings("http://camera", commands, **settings))


def the_table_of(maker):
    """As the manual has it, with a password in the place of the reference to one."""
    text = re.search(rf"^### {maker}.*?```yaml\n(.*?)```", MANUAL, re.MULTILINE | re.DOTALL)[1]
    settings = YAML(typ="safe").load(io.StringIO(text))["ptz"]
    assert settings.pop("driver") == "http"
    settings["password"] = "p&ss"
    Draft202012Validator(DRIVER.schema).validate(settings)
    return Table(HTTPSettings(**settings))


def test_a_path_is_asked_for():
    """With the speed and what else stands in braces."""
    table = a_table({"left": "/go?left={speed}", "preset": "/go?to={preset}", "save_preset": "/save?{preset}={name}"})
    assert table.request(LEFT, 80) == Request("GET", "/go?left=80")
    assert table.request(GoToPreset(3), 50) == Request("GET", "/go?to=3")
    assert table.request(SavePreset(3), 50) == Request("GET", "/save?3=Preset%203")
    assert table.request(RIGHT, 50) is None


def test_other_braces_are_none_of_ours():
    """JSON is full of them."""
    body = '[{"op": "Left", "speed": {speed}, "name": "{name}", "x": {y}}]'
    table = a_table(
        {"preset": {"path": "/api", "body": body, "content_type": "application/json"}}, preset_names=['"A"']
    )
    expected = b'[{"op": "Left", "speed": 50, "name": "\\"A\\"", "x": {y}}]'
    assert table.request(GoToPreset(1), 50).body == expected


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/xml", b"<n>A &amp; &lt;B&gt;</n>"),
        ("application/json", b"<n>A & <B></n>"),
        ("", b"<n>A%20%26%20%3CB%3E</n>"),
    ],
)
def test_values_are_written_as_the_place_asks_for(content_type, body):
    """What a name contains is never markup."""
    table = a_table(
        {"preset": {"path": "/x", "body": "<n>{name}</n>", "content_type": content_type}}, preset_names=["A & <B>"]
    )
    assert table.request(GoToPreset(1), 50).body == body


@pytest.mark.parametrize(("speed", "written"), [(1, "1"), (50, "4"), (100, "8")])
def test_speeds_are_the_cameras(speed, written):
    """From its slowest to its fastest."""
    assert a_table({"left": "{speed}"}, speeds=[1, 8]).request(LEFT, speed).path == written


def test_presets_are_counted_as_the_camera_does():
    """From 0, for example."""
    assert a_table({"preset": "{preset}"}, first_preset=0).request(GoToPreset(1), 50).path == "0"


@pytest.mark.parametrize(
    ("commands", "capabilities"),
    [
        ({"left": "/l"}, PTZCapability.PAN_TILT),
        ({"left": "/l?{speed}", "stop": "/s"}, PTZCapability(1 + 16 + 32)),
        ({"zoom_in": {"path": "/z", "stop": "/s"}}, PTZCapability(4 + 32)),
        ({"home": "/h", "preset": "/p"}, PTZCapability(2 + 8)),
        ({"save_preset": "/p"}, PTZCapability(0)),
    ],
)
def test_a_camera_can_do_what_there_are_requests_for(commands, capabilities):
    """And nothing else."""
    assert a_table(commands).capabilities == capabilities


def test_what_moves_is_ended_as_it_says():
    """By its own request, or by the one that ends all; each once."""
    own = {"path": "/z", "stop": "/zs"}
    table = a_table({"left": "/l", "zoom_in": own, "zoom_out": own, "stop": "/s"})
    assert [request.path for request in table.stops(frozenset({"zoom_in", "zoom_out"}))] == ["/zs"]
    assert [request.path for request in table.stops(frozenset({"zoom_in", "left"}))] == ["/zs", "/s"]
    assert [request.path for request in table.stops(frozenset())] == ["/s"]
    assert a_table({"zoom_in": own}).stops(frozenset()) == ()


def test_a_movement_is_ended_with_the_method_that_began_it():
    """But without its body."""
    stop = {"path": "/go", "method": "PUT", "body": "1", "content_type": "text/plain", "stop": "/go"}
    assert a_table({"left": stop}).stops(frozenset({"left"})) == (Request("PUT", "/go", None, "text/plain"),)


def test_only_movements_have_to_be_ended():
    """What goes to a place ends there."""
    assert [moving_word(command) for command in (LEFT, HOME, STOP, GoToPreset(1))] == ["left", None, None, None]


def test_a_diagonal_that_is_missing_is_made_of_its_halves():
    """Where these are there."""
    up_left = PTZMove.UP_LEFT
    assert a_table({"left": "/l", "up": "/u"}).steps(up_left) == (LEFT, PTZMove.UP)
    assert a_table({"left": "/l", "up": "/u", "up_left": "/ul"}).steps(up_left) == (up_left,)
    assert a_table({"left": "/l"}).steps(up_left) == (up_left,)
    assert a_table({"left": "/l"}).steps(GoToPreset(1)) == (GoToPreset(1),)


def test_the_schema_knows_all_commands():
    """None missing, none too many."""
    assert set(DRIVER.schema["properties"]["commands"]["properties"]) == set(COMMANDS)


def test_defaults_are_as_the_schema_says():
    """The schema's defaults are documentation of the dataclass's."""
    documented = {name: s["default"] for name, s in DRIVER.schema["properties"].items() if "default" in s}
    defaults = dataclasses.asdict(HTTPSettings("x", {}))
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in defaults.items()}
    assert {"url": "x", "commands": {}, "password": "", **documented} == given


def test_settings_do_not_show_secrets():
    """Nor a table, in which they may stand."""
    shown = repr(HTTPSettings("http://u:hunter2@camera", {"left": "/?p=hunter2"}, "u", "hunter2"))
    assert "hunter2" not in shown


def test_foscam():
    """Credentials in the path, and presets by name."""
    table = the_table_of("Foscam")
    base = "/cgi-bin/CGIProxy.fcgi?cmd={}&usr=operator&pwd=p%26ss"
    assert table.request(LEFT, 50).path == base.format("ptzMoveLeft")
    assert table.request(PTZMove.DOWN_LEFT, 50).path == base.format("ptzMoveBottomLeft")
    assert table.request(SavePreset(2), 50).path == base.format("ptzAddPresetPoint&name=Gate")
    assert [r.path for r in table.stops(frozenset({"zoom_in"}))] == [base.format("zoomStop")]
    assert table.capabilities == PTZCapability(1 + 2 + 4 + 8 + 32)


def test_dahua_and_amcrest():
    """Each movement with an end of its own."""
    table = the_table_of("Dahua and Amcrest")
    start = "/cgi-bin/ptz.cgi?action=start&channel=0&code=Left&arg1=0&arg2=8&arg3=0"
    assert table.request(LEFT, 100) == Request("GET", start)
    assert table.request(PTZMove.UP_RIGHT, 100).path == start.replace("Left", "RightUp").replace("arg1=0", "arg1=8")
    assert "action=stop&channel=0&code=Left" in table.stops(frozenset({"left"}))[0].path
    assert table.capabilities == PTZCapability(1 + 4 + 8 + 16 + 32)


def test_hikvision():
    """XML, put."""
    table = the_table_of("Hikvision")
    expected = Request(
        "PUT",
        "/ISAPI/PTZCtrl/channels/1/continuous",
        b"<PTZData><pan>-30</pan><tilt>0</tilt></PTZData>",
        "application/xml",
    )
    assert table.request(LEFT, 30) == expected
    assert table.request(PTZMove.DOWN_RIGHT, 9).body == b"<PTZData><pan>9</pan><tilt>-9</tilt></PTZData>"
    assert table.request(GoToPreset(2), 50).path == "/ISAPI/PTZCtrl/channels/1/presets/2/goto"
    assert table.capabilities == PTZCapability(63)
