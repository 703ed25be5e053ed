"""Pictures: one, or one after the other."""

import pytest

from ssplug.model.ptz import PTZCapability
from ssplug.servers.web import live_video
from ssplug.streams.jpeg_view import JPEGForm
from tests.unit.ptz.scene import a_head
from tests.unit.web.scene import Client, FakeViews, Scene, a_camera_at_work

PICTURE = b"\xff\xd8picture\xff\xd9"
PART = b"--ssBoundary8345\r\nContent-Type: image/jpeg\r\nContent-Length: 11\r\n\r\n" + PICTURE + b"\r\n"


def a_scene() -> tuple[Scene, FakeViews]:
    camera = a_camera_at_work()
    return Scene(camera), camera.views


def a_viewer(scene: Scene, parameters: str = "cameraNum=0") -> Client:
    return scene.client().send(f"GET /++video?{parameters} HTTP/1.1\r\n\r\n")


def test_a_still_is_one_jpeg() -> None:
    """The vendor's screen saver wants exactly this type."""
    scene, views = a_scene()
    response = scene.get("/++image?cameraNum=0")
    assert (response.status, response.header("Content-Type"), response.body) == (200, "image/jpeg", PICTURE)
    assert response.header("Content-Length") == str(len(PICTURE))
    assert views.asked == [JPEGForm()]


@pytest.mark.parametrize(
    ("parameters", "form"),
    [
        ("width=320", JPEGForm(width=320)),
        ("height=240&_=1700000000", JPEGForm(height=240)),
        ("width=640&height=480&quality=75", JPEGForm(640, 480, 75)),
        ("quality=1", JPEGForm(quality=1)),
    ],
)
def test_a_still_comes_in_the_size_that_was_asked_for(parameters: str, form: JPEGForm) -> None:
    """One side alone keeps the aspect, both are taken as they are: the views see to it."""
    scene, views = a_scene()
    scene.get(f"/image?cameraNum=0&{parameters}")
    assert views.asked == [form]


def test_a_camera_without_a_picture_is_not_found() -> None:
    """golift stops trying at 404; a page in place of a picture would be shown as one."""
    scene, views = a_scene()
    views.jpeg = None
    response = scene.get("/image?cameraNum=0")
    assert (response.status, response.body) == (404, b"The camera is offline.")


def test_video_of_a_camera_that_is_offline_is_not_found() -> None:
    assert Scene(a_camera_at_work(online=False)).get("/video?cameraNum=0").status == 404


def test_video_is_framed_to_the_byte_as_the_specification_says() -> None:
    scene, views = a_scene()
    client = a_viewer(scene)
    head = client.received.decode()
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "\r\nContent-Type: multipart/x-mixed-replace;boundary=ssBoundary8345\r\n" in head
    assert "Transfer-Encoding" not in head
    assert "Content-Length" not in head
    client.clear()
    views.show(PICTURE)
    views.show(PICTURE)
    assert client.received == PART + PART


def test_video_says_what_the_camera_can_do() -> None:
    """To the letter: the screen saver reads this header."""
    camera = a_camera_at_work()
    camera.ptz = a_head(PTZCapability.PAN_TILT | PTZCapability.ZOOM)
    assert b"\r\nSS-PTZ: 5\r\n" in a_viewer(Scene(camera)).received


@pytest.mark.parametrize("name", ["fps", "req_fps"])
def test_video_is_asked_for_in_size_quality_and_rate(name: str) -> None:
    scene, views = a_scene()
    a_viewer(scene, f"cameraNum=0&width=640&height=360&quality=50&{name}=5")
    [(form, fps, _)] = views.viewers
    assert (form, fps) == (JPEGForm(640, 360, 50), 5.0)


def test_a_slow_viewer_costs_one_picture() -> None:
    """While it does not take what was sent, only the newest is kept for it."""
    scene, views = a_scene()
    client = a_viewer(scene)
    client.clear()
    client.channel.pauseProducing()
    for number in range(100):
        views.show(b"\xff\xd8%3d" % number)
    assert client.received == b""
    client.channel.resumeProducing()
    assert client.received.count(b"--ssBoundary8345") == 1
    assert b"\xff\xd8 99" in client.received
    assert (scene.web.counters.pictures_sent, scene.web.counters.pictures_skipped) == (1, 99)


def test_a_viewer_that_stopped_reading_is_disconnected() -> None:
    scene, views = a_scene()
    client = a_viewer(scene)
    client.channel.pauseProducing()
    views.show(PICTURE)
    scene.clock.advance(live_video.STALL_SECONDS)
    views.show(PICTURE)
    assert client.is_open
    scene.clock.advance(1)
    views.show(PICTURE)
    assert not client.is_open


def test_when_a_viewer_leaves_nobody_makes_pictures_for_it() -> None:
    scene, views = a_scene()
    client = a_viewer(scene)
    assert len(views.viewers) == 1
    client.leave()
    assert views.viewers == []


def test_head_of_video_watches_nothing() -> None:
    scene, views = a_scene()
    response = scene.get("/video?cameraNum=0", method="HEAD")
    assert (response.status, response.header("SS-PTZ")) == (200, "0")
    assert views.viewers == []
