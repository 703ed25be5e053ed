"""Triggering by request."""

import pytest

from ssplug.model.access import Permission
from ssplug.model.event import TriggerReason
from ssplug.site.types import User
from tests.unit.web.scene import ADMIN, ADMIN_AUTH, CHEAP, Scene, a_camera_at_work

# Bob may trigger both cameras, Joe only the porch, Eve only look.
BOB = User("bob", CHEAP, permissions=Permission.LIVE | Permission.TRIGGER)
JOE = User("joe", CHEAP, permissions=Permission.LIVE | Permission.TRIGGER, cameras=frozenset({"porch"}))
EVE = User("eve", CHEAP, permissions=Permission.LIVE)
AUTH = {"bob": "Ym9iOnNlc2FtZQ==", "eve": "ZXZlOnNlc2FtZQ==", "joe": "am9lOnNlc2FtZQ=="}


def trigger(user: str, number: str):
    """The response, and what was triggered."""
    yard = a_camera_at_work(3, "Yard", "yard")
    scene = Scene(a_camera_at_work(), yard, a_camera_at_work(4, "Old", "old", enabled=False), users=(BOB, JOE, EVE))
    response = scene.get(f"/++triggermd?cameraNum={number}&auth={AUTH[user]}")
    return (response.status, response.text), scene.triggered


@pytest.mark.parametrize(
    ("user", "number", "triggered"), [("bob", "3", [3]), ("bob", "-1", [0, 3]), ("joe", "0", [0]), ("joe", "-1", [0])]
)
def test_who_may_triggers_one_camera_or_all(user, number, triggered):
    """All that exist for the account and are enabled; the reason is always the web."""
    assert trigger(user, number) == ((200, "OK"), [(each, TriggerReason.WEB) for each in triggered])


@pytest.mark.parametrize(("user", "number"), [("bob", "9"), ("bob", "4"), ("bob", ""), ("joe", "3")])
def test_a_camera_that_does_not_exist_is_not_found(user, number):
    """Nor one that this account does not see."""
    (status, _), triggered = trigger(user, number)
    assert (status, triggered) == (404, [])


@pytest.mark.parametrize("number", ["0", "-1"])
def test_who_may_not_is_refused(number):
    (status, _), triggered = trigger("eve", number)
    assert (status, triggered) == (401, [])


def press(user: str, number: str, *headers: str):
    """The button of the home page: the response, and what was triggered."""
    scene = Scene(a_camera_at_work(), a_camera_at_work(3, "Yard", "yard"), users=(BOB, JOE, EVE))
    return scene.post(f"/trigger?auth={AUTH[user]}", f"cameraNum={number}", *headers), scene.triggered


def test_the_button_triggers_by_hand():
    """A program is told OK, a browser is sent to the page again."""
    response, triggered = press("bob", "3")
    assert (response.text, triggered) == ("OK", [(3, TriggerReason.MANUAL)])
    response, _ = press("bob", "3", "Accept: text/html,*/*")
    assert (response.status, response.header("Location")) == (303, f"./?auth={AUTH['bob']}")


@pytest.mark.parametrize(("user", "number", "status"), [("eve", "0", 401), ("joe", "3", 404), ("bob", "-1", 404)])
def test_the_button_is_not_for_everybody(user, number, status):
    response, triggered = press(user, number)
    assert (response.status, triggered) == (status, [])


def test_another_site_cannot_press_the_button():
    """With the password that a browser keeps."""
    for header in ("Origin: https://elsewhere.example", "Sec-Fetch-Site: cross-site"):
        response, triggered = press("bob", "3", header, f"Authorization: Basic {AUTH['bob']}")
        assert (response.status, triggered) == (403, [])


def test_another_site_cannot_trigger_by_an_address():
    """With the password that a browser keeps."""
    scene = Scene(a_camera_at_work())
    assert scene.get("/triggermd?cameraNum=0", "Sec-Fetch-Site: cross-site").status == 403
    assert scene.get("/triggermd?cameraNum=0", "Sec-Fetch-Site: none").status == 200


def test_the_button_is_shown_to_whoever_may_press_it():
    scene = Scene(a_camera_at_work(), a_camera_at_work(3, "Yard", "yard"), users=(BOB, JOE, EVE))
    shown = {user: scene.get(f"/?auth={AUTH[user]}").text.count('class="trigger"') for user in AUTH}
    assert shown == {"bob": 2, "joe": 1, "eve": 0}


def test_a_page_elsewhere_that_knows_the_password_may_trigger() -> None:
    """It has it in its addresses; what a browser remembers would go with any page's."""
    scene = Scene(a_camera_at_work(), users=(ADMIN,))
    assert scene.get(f"/triggermd?cameraNum=0&auth={ADMIN_AUTH}", "Sec-Fetch-Site: cross-site").status == 200
    remembered = f"Authorization: Basic {ADMIN_AUTH}"
    assert scene.get("/triggermd?cameraNum=0", remembered, "Sec-Fetch-Site: cross-site").status == 403
    assert (
        scene.get(f"/triggermd?cameraNum=0&auth={ADMIN_AUTH}", remembered, "Sec-Fetch-Site: cross-site").status == 403
    )
