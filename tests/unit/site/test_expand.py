"""Shorthands and defaults: what a camera stands for."""

import pytest

from ssplug.site.types import Slot


def camera(load, text: str):
    """The only camera of a site."""
    [only] = load(text).cameras
    return only


def source(load, text: str) -> tuple[str, dict]:
    """Driver and settings of the only camera."""
    slot: Slot = camera(load, text).source
    return slot.driver, dict(slot.settings)


@pytest.mark.parametrize(
    ("written", "driver", "settings"),
    [
        ("rtsp://10.0.0.6/main", "rtsp", {"url": "rtsp://10.0.0.6/main"}),
        ("RTSPS://10.0.0.6/main", "rtsp", {"url": "RTSPS://10.0.0.6/main"}),
        ("http://10.0.0.7/video", "mjpeg", {"url": "http://10.0.0.7/video"}),
        ("https://10.0.0.7/video", "mjpeg", {"url": "https://10.0.0.7/video"}),
        ("/srv/clips/garage.mp4", "file", {"path": "/srv/clips/garage.mp4"}),
        ("{$env: GATE_PASSWORD}", None, None),
    ],
)
def test_an_address_or_a_path_is_a_whole_camera(load, complaints, written, driver, settings):
    text = f"cameras: {{drive: {written}}}"
    if driver is None:
        assert "neither an rtsp:// or http:// address" in complaints(text)[0]
    else:
        assert source(load, text) == (driver, settings)


def test_an_address_may_be_a_secret(load):
    text = "cameras: {drive: {$env: DRIVE}}"
    [drive] = load(text, {"DRIVE": "rtsp://user:pass@10.0.0.6/main"}).cameras
    assert drive.source.settings == {"url": "rtsp://user:pass@10.0.0.6/main"}


def test_a_misplaced_secret_is_not_told(complaints):
    [said] = complaints("cameras: {drive: {$env: DRIVE}}", {"DRIVE": "hunter2"})
    assert said.startswith("site.yaml:1:18: cameras.drive: {$env: DRIVE} is neither")


def test_defaults_are_merged_under_each_camera(load):
    text = """
        camera_defaults: {source: {driver: rtsp, username: viewer}, motion: {sensitivity: 20, trigger_on: [human]}}
        cameras:
          a: {source: {url: u}, motion: {sensitivity: 30}}
    """
    assert source(load, text) == ("rtsp", {"username": "viewer", "url": "u"})
    assert (camera(load, text).motion.sensitivity, camera(load, text).motion.trigger_on) == (30, ("human",))


def test_defaults_hold_for_a_camera_that_is_only_an_address(load):
    text = "camera_defaults: {source: {driver: rtsp, username: v}, enabled: false}\ncameras: {a: rtsp://x/y}"
    assert source(load, text) == ("rtsp", {"username": "v", "url": "rtsp://x/y"})
    assert camera(load, text).enabled is False


def test_settings_of_another_driver_are_not_inherited(load):
    text = "camera_defaults: {source: {driver: rtsp, username: v}}\ncameras: {a: {source: {driver: pattern}}}"
    assert source(load, text) == ("pattern", {})


def test_lists_are_replaced(load):
    text = "camera_defaults: {motion: {trigger_on: [human, vehicle]}}\n"
    text += "cameras: {a: {source: {driver: pattern}, motion: {trigger_on: [sound]}}}"
    assert camera(load, text).motion.trigger_on == ("sound",)


@pytest.mark.parametrize(
    ("defaults", "own", "pre_capture"),
    [
        ("{}", "{pre_capture: 9}", 9.0),
        ("{pre_capture: 7}", "{}", 7.0),
        ("{pre_capture: 7}", "{pre_capture: 9}", 9.0),
        ("{movie: {pre_capture: 7}}", "{pre_capture: 9}", 9.0),
        ("{pre_capture: 7}", "{movie: {pre_capture: 9}}", 9.0),
        ("{}", "{pre_capture: 8, movie: {pre_capture: 9}}", 9.0),
        ("{}", "{movie: {fps: 5}}", 5.0),
    ],
)
def test_capture_times_may_stand_beside_the_movie(load, defaults, own, pre_capture):
    """In both spellings the camera's own time wins over that of the defaults."""
    text = f"camera_defaults: {{motion_capture: {defaults}}}\n"
    text += f"cameras: {{a: {{source: {{driver: pattern}}, motion_capture: {own}}}}}"
    assert camera(load, text).motion_capture.movie.pre_capture == pre_capture


def test_post_capture_beside_the_movie_leaves_the_stills_alone(load):
    capture = camera(
        load, "cameras: {a: {source: {driver: pattern}, motion_capture: {post_capture: 9}}}"
    ).motion_capture
    assert (capture.movie.post_capture, capture.images.post_capture) == (9.0, 5.0)
