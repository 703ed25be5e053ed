"""Moving cameras by request."""

import re

import pytest

from ssplug.model.access import Permission
from ssplug.model.event import Failure
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

    def ask(self, uri, user="joe", *headers, method="GET"):
        """Status and text."""
        response = self.scene.client().get(f"{uri}&auth={AUTH[user]}", *headers, method=method)
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


def test_a_camera_that_can_do_nothing_is_one_that_nothing_moves():
    """Although it speaks ONVIF."""
    stage = Stage()
    stage.camera.ptz = a_head(PTZCapability(0))
    assert stage.ask("/ptz/command?cameraNum=0&command=1") == (200, "OK")
    assert "cannot be moved" in stage.ask("/ptz/controls?cameraNum=0")[1]
    assert "ptz/controls?cameraNum=0" not in stage.ask("/?")[1]


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


@pytest.mark.parametrize("header", ["Sec-Fetch-Site: cross-site", "Origin: https://elsewhere.example"])
def test_another_site_cannot_move_the_camera(header):
    """By a picture of that address, say, with the password that a browser keeps."""
    stage, kept = Stage(), f"Authorization: Basic {AUTH['joe']}"
    assert stage.ask("/ptz/command?cameraNum=0&command=1", "joe", header, kept)[0] == 403
    assert stage.driver.told == []


def test_presets_have_names_without_gaps():
    """Some clients count only names."""
    stage = Stage()
    document = stage.ask("/systemInfo?format=xml")[1]
    for number, name in enumerate(("Door", "Preset 2", "Gate"), 1):
        assert f"<preset-name-{number}>{name}</preset-name-{number}>" in document
    assert "Preset 4" not in document


# -- the page ------------------------------------------------------------------------------------------


def controls(page):
    """The commands that a page has buttons for."""
    return sorted(int(number) for number in re.findall(r'<button[^>]* data-command="(\d+)"', page))


@pytest.mark.parametrize(
    ("capability", "numbers", "has_stop"),
    [
        (PTZCapability.PAN_TILT, [1, 2, 3, 4, 8, 9, 10, 11], False),
        (PTZCapability.PAN_TILT | PTZCapability.CONTINUOUS, [1, 2, 3, 4, 8, 9, 10, 11], True),
        (PTZCapability.ZOOM | PTZCapability.CONTINUOUS, [5, 6], True),
        (PTZCapability.HOME, [7], False),
        (PTZCapability.PRESETS, [*range(12, 20)], False),
    ],
)
def test_the_page_has_what_the_camera_can_do(capability, numbers, has_stop):
    """And nothing else."""
    stage = Stage()
    stage.camera.ptz = a_head(capability)
    status, page = stage.ask("/ptz/controls?cameraNum=0")
    assert (status, controls(page), 'id="stop"' in page) == (200, numbers, has_stop)
    assert ('id="speed"' in page) is (PTZCapability.SPEED in capability)


def test_who_may_not_save_sees_only_presets_that_are_there():
    """And no way to save one."""
    bob, joe = (Stage().ask("/PTZ/Controls/?cameraNum=0", user)[1] for user in ("bob", "joe"))
    assert ("1 Door" in bob, "Not set" in bob, "Save" in bob) == (True, False, False)
    assert ("1 Door" in joe, "Not set" in joe, "Save" in joe) == (True, True, True)


def test_the_page_goes_on_as_its_reader_came():
    """With the credentials of the address, and with nothing that is not escaped."""
    stage = Stage()
    stage.driver.names = ("<Door>",)
    stage.camera.ptz = a_head(driver=stage.driver)
    page = stage.ask("/ptz/controls?cameraNum=0")[1]
    assert f'data-auth="&amp;auth={AUTH["joe"]}"' in page
    assert f'href="../?auth={AUTH["joe"]}"' in page
    assert "1 &lt;Door&gt;" in page


@pytest.mark.parametrize(("user", "number", "status"), [("eve", 0, 401), ("bob", 0, 200), ("bob", 9, 404)])
def test_who_may_see_the_page(user, number, status):
    """Whoever may move the camera."""
    assert Stage().ask(f"/ptz/controls?cameraNum={number}", user)[0] == status


def test_the_page_says_why_a_camera_is_not_moved():
    """Whether that is as it is meant, or somebody should do something."""
    stage = Stage()
    assert "cannot be moved" in stage.ask("/ptz/controls?cameraNum=3")[1]
    stage.driver.problem = OSError("401")
    stage.camera.ptz = a_head(driver=stage.driver)
    assert "has not said yet what it can do" in stage.ask("/ptz/controls?cameraNum=0")[1]
    stage.camera.ptz_failure = Failure(803, "PTZ driver 'axis': 401: user name or password refused")
    assert "password refused" in stage.ask("/ptz/controls?cameraNum=0")[1]
    stage.camera.ptz = None
    assert "password refused" in stage.ask("/ptz/controls?cameraNum=0")[1]


def test_the_page_runs_nothing_that_is_not_ours():
    """Nothing inline, nothing from elsewhere."""
    stage = Stage()
    response = stage.scene.client().get(f"/ptz/controls?cameraNum=0&auth={AUTH['joe']}")
    assert "default-src 'self'" in response.header("Content-Security-Policy")
    assert not re.search(r"<style|style=|<script(?! type=\"module\" src=)| on\w+=", response.text)


@pytest.mark.parametrize(("user", "offered"), [("joe", True), ("eve", False)])
def test_the_first_page_leads_there(user, offered):
    """For a camera that can be moved, and whoever may."""
    page = Stage().ask("/?", user)[1]
    assert (f'href="ptz/controls?cameraNum=0&amp;auth={AUTH[user]}"' in page) is offered
    assert "ptz/controls?cameraNum=3" not in page
