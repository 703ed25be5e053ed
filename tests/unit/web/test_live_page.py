"""The pages `live` and `multiplex`: cameras that the request names, shown as it says."""

import pytest

from ssplug.model.camera import CaptureMode, Transform
from ssplug.testing import a_video_track
from tests.unit.web.scene import (
    ADMIN,
    ADMIN_AUTH,
    GUEST,
    GUEST_AUTH,
    FakeArming,
    FakeModeState,
    Scene,
    a_camera_at_work,
)
from tests.unit.web.test_home import Elements


def a_scene() -> Scene:
    cameras = (a_camera_at_work(), a_camera_at_work(3, "Garage", "garage"), a_camera_at_work(5, "Attic", "attic"))
    return Scene(*cameras, users=(ADMIN, GUEST))


def a_page(uri: str, scene: Scene | None = None, auth: str = ADMIN_AUTH) -> Elements:
    response = (scene or a_scene()).get(f"{uri}&auth={auth}")
    assert (response.status, response.header("Content-Type")) == (200, "text/html; charset=utf-8")
    return Elements(response.text)


def shown(page: Elements) -> list[str | None]:
    return [tile["data-camera"] for tile in page.all("article")]


@pytest.mark.parametrize(
    ("uri", "cameras"),
    [
        ("/++live?cameraNum=5&cameraNum=0", ["5", "0"]),
        ("/++live?x", ["0", "3", "5"]),
        ("/++multiplex?cameras=3%2C0", ["3", "0"]),
    ],
)
def test_the_cameras_that_are_named_are_shown_in_their_order(uri: str, cameras: list[str]) -> None:
    assert shown(a_page(uri)) == cameras


def test_a_camera_that_the_account_does_not_see_is_not_there() -> None:
    assert a_scene().get(f"/live?cameraNum=0&cameraNum=3&auth={GUEST_AUTH}").status == 404
    assert shown(a_page("/live?x", auth=GUEST_AUTH)) == ["0"]


def test_the_page_tells_its_script_how_pictures_are_to_be_shown() -> None:
    [body] = a_page("/live?cameraNum=0&viewMethod=4&fps=5").all("body")
    assert (body["data-method"], body["data-fps"]) == ("4", "5")
    [body] = a_page("/multiplex?cameras=0&cropMode=1&border=0&camInfo=0").all("body")
    assert {"data-crops", "data-no-border", "data-no-names"} <= set(body)


@pytest.mark.parametrize(("size", "pixels"), [("640x480", "640x480"), ("scale0.5", "180x320"), ("", None)])
def test_a_size_is_that_of_the_picture_as_it_is_turned(size: str, pixels: str | None) -> None:
    camera = a_camera_at_work(tracks=(a_video_track(width=640, height=360),), transform=Transform.ROTATE_LEFT)
    [tile] = a_page(f"/live?cameraNum=0&imageSize={size}", Scene(camera, users=(ADMIN,))).all("article")
    assert tile.get("data-shown") == pixels


def test_the_modes_that_are_armed_are_marked() -> None:
    arming = FakeArming({(0, CaptureMode.MOTION): FakeModeState(armed=True)})
    page = a_page("/live?cameraNum=0", Scene(a_camera_at_work(), users=(ADMIN,), arming=arming))
    armed = {each["data-mode"]: "data-armed" in each for each in page.all("li") if each.get("data-mode")}
    assert armed == {"C": False, "M": True, "A": False}


def test_sound_is_offered_where_there_is_some_and_the_account_may_hear_it() -> None:
    silent = a_camera_at_work(3, "Garage", "garage", tracks=(a_video_track(),))
    scene = Scene(a_camera_at_work(), silent, users=(ADMIN, GUEST))
    assert [button["aria-label"] for button in a_page("/live?x", scene).all("button")] == ["Sound of Front Porch"]
    assert a_page("/live?x", scene, GUEST_AUTH).all("button") == []


def test_a_page_of_one_camera_has_its_name() -> None:
    assert "<h1>Garage</h1>" in a_scene().get(f"/live?cameraNum=3&auth={ADMIN_AUTH}").text


def test_a_request_that_makes_no_sense_is_refused() -> None:
    response = a_scene().get(f"/live?viewMethod=6&auth={ADMIN_AUTH}")
    assert (response.status, response.body) == (400, b"viewMethod: not one of 0, 3, 4, 5, 7")
