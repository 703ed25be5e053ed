"""Moving cameras by request."""

import pytest

from ssplug.model.access import Permission
from ssplug.model.ptz import GoToPreset, PTZCapability, PTZMove, SavePreset
from ssplug.site.types import User
from ssplug.testing.ptz import RecordingPTZ
from tests.unit.ptz.scene import a_head
from tests.unit.web.scene import CHEAP, Scene, a_camera_at_work

# Eve may only look, Bob may move, Joe may save presets too.
BOB = User("bob", CHEAP, permissions=Permission.LIVE | Permission.CONTROL)
JOE = User("joe", CHEAP, permissions=Permission.LIVE | Permission.CONTROL | Permission.PRESETS)
EVE = User("eve", CHEAP, permissions=Permission.LIVE | Permission.PRESETS)
AUTH = {"bob": "Ym9iOnNlc2FtZQ==", "eve": "ZXZlOnNlc2FtZQ==", "joe": "am9lOnNlc2FtZQ=="}

COMMANDS = {
    1: PTZMove.LEFT,
    2: PTZMove.RIGHT,
    3: PTZMove.UP,
    4: PTZMove.DOWN,
    5: PTZMove.ZOOM_IN,
    6: PTZMove.ZOOM_OUT,
    7: PTZMove.HOME,
    8: PTZMove.UP_LEFT,
    9: PTZMove.UP_RIGHT,
    10: PTZMove.DOWN_LEFT,
    11: PTZMove.DOWN_RIGHT,
    **{11 + number: GoToPreset(number) for number in range(1, 9)},
    99: PTZMove.STOP,
    **{111 + number: SavePreset(number) for number in range(1, 9)},
}


class Stage:
    """A camera 0 that can be moved, and a camera 3 that cannot."""

    def __init__(self):
        self.driver = RecordingPTZ()
        self.camera = a_camera_at_work()
        self.camera.ptz = a_head(driver=self.driver)
        self.scene = Scene(self.camera, a_camera_at_work(3, "Garage", "garage"), users=(BOB, JOE, EVE))

    def ask(self, uri, user="joe", method="GET"):
        """Status and text."""
        response = self.scene.client().get(f"{uri}&auth={AUTH[user]}", method=method)
        return response.status, response.text


@pytest.mark.parametrize(("number", "command"), COMMANDS.items())
@pytest.mark.parametrize("form", ["/++ptz/command?cameraNum=0&command={0}", "/ptzcommand?cameraNum=0&code={0}"])
def test_every_command_reaches_the_camera(form, number, command):
    """In both ways to ask for it."""
    stage = Stage()
    assert stage.ask(form.format(number)) == (200, "OK")
    assert stage.driver.told == [(command, 50)]


@pytest.mark.parametrize("speed", [1, 40, 80, 100])
def test_the_speed_reaches_the_camera(speed):
    """As it is."""
    stage = Stage()
    assert stage.ask(f"/ptz/command/?cameraNum=0&command=1&speed={speed}") == (200, "OK")
    assert stage.driver.told == [(PTZMove.LEFT, speed)]


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("", "command: not one of 1-19, 99 and 112-119"),
        ("command=", "command: not one of 1-19, 99 and 112-119"),
        ("command=0", "command: not one of 1-19, 99 and 112-119"),
        ("command=20", "command: not one of 1-19, 99 and 112-119"),
        ("command=111", "command: not one of 1-19, 99 and 112-119"),
        ("command=120", "command: not one of 1-19, 99 and 112-119"),
        ("command=-1", "command: not one of 1-19, 99 and 112-119"),
        ("command=x", "command: not a whole number"),
        ("command=1&speed=0", "speed: not between 1 and 100"),
        ("command=1&speed=101", "speed: not between 1 and 100"),
        ("command=1&speed=abc", "speed: not a whole number"),
        ("command=1&speed=1.5", "speed: not a whole number"),
    ],
)
def test_what_is_no_command_is_refused(command, text):
    """And the camera stays as it is."""
    stage = Stage()
    assert stage.ask(f"/ptz/command?cameraNum=0&{command}") == (400, text)
    assert stage.driver.told == []


def test_an_old_client_adds_a_format_and_a_slash():
    """Both change nothing."""
    stage = Stage()
    assert stage.ask("/++ptz/command?format=xml&cameraNum=0&command=7/") == (200, "OK")
    assert stage.driver.commands == [PTZMove.HOME]


def test_a_camera_that_nothing_moves_stays_where_it_is():
    """`OK` all the same, as clients are used to."""
    assert Stage().ask("/ptz/command?cameraNum=3&command=1") == (200, "OK")


def test_what_the_camera_cannot_do_is_refused():
    """It would be the same the next time."""
    stage = Stage()
    stage.camera.ptz = a_head(PTZCapability.PAN_TILT)
    assert stage.ask("/ptz/command?cameraNum=0&command=5") == (400, "the camera does not zoom")


def test_a_camera_that_refuses_is_no_success():
    """What it said is for whoever asked."""
    stage = Stage()
    stage.driver.problem = OSError("401: user name or password refused")
    assert stage.ask("/ptz/command?cameraNum=0&command=1") == (502, "401: user name or password refused")


@pytest.mark.parametrize(
    ("user", "command", "status"),
    [("eve", 1, 401), ("eve", 99, 401), ("eve", 112, 401), ("bob", 1, 200), ("bob", 12, 200), ("bob", 112, 401)],
)
def test_who_may_do_what(user, command, status):
    """Moving takes `control`, and saving presets `presets` as well."""
    stage = Stage()
    assert stage.ask(f"/ptz/command?cameraNum=0&command={command}", user)[0] == status
    assert len(stage.driver.told) == (status == 200)


@pytest.mark.parametrize("number", ["9", "", "x"])
def test_a_camera_that_does_not_exist_is_not_found(number):
    assert Stage().ask(f"/ptz/command?cameraNum={number}&command=1")[0] == 404


def test_to_look_at_the_head_of_an_answer_moves_nothing():
    """HEAD is for those who change nothing."""
    stage = Stage()
    assert stage.ask("/ptz/command?cameraNum=0&command=1", method="HEAD")[0] == 405
    assert stage.driver.told == []


def test_presets_have_names_without_gaps():
    """Some clients count only names."""
    stage = Stage()
    document = stage.ask("/systemInfo?format=xml")[1]
    for number, name in enumerate(("Door", "Preset 2", "Gate"), 1):
        assert f"<preset-name-{number}>{name}</preset-name-{number}>" in document
    assert "Preset 4" not in document
