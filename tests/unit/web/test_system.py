"""System information, and the small lists of cameras."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from zope.interface import implementer

from ssplug.interfaces import IDeviceInformation
from ssplug.media.access_unit import H265, PCMU
from ssplug.model.camera import CaptureMode, Transform
from ssplug.model.event import EventType, Failure
from ssplug.model.ptz import PTZCapability
from ssplug.site.types import (
    ActionsConfig,
    ContinuousConfig,
    ImagesConfig,
    MotionCaptureConfig,
    MotionConfig,
    MovieConfig,
    Overlay,
    ServerConfig,
    Slot,
    UploadConfig,
)
from ssplug.streams.hub import HubCounters
from ssplug.testing import a_video_track, an_access_unit, an_audio_track
from tests.unit.ptz.scene import a_head
from tests.unit.web.scene import (
    ADMIN,
    ADMIN_AUTH,
    CLERK,
    CLERK_AUTH,
    GUEST,
    GUEST_AUTH,
    UUID,
    FakeModeState,
    Scene,
    a_camera_at_work,
)


@implementer(IDeviceInformation)
class FakeDevice:
    device_name = "AXIS Q6045-E"
    address = "192.0.2.21"
    port = 554
    path = "/stream1"


def document(scene: Scene, auth: str = "") -> dict[str, Any]:
    response = scene.get(f"/systemInfo?format=json&auth={auth}")
    assert response.status == 200
    found: dict[str, Any] = json.loads(response.body)
    return found


def camera(scene: Scene) -> dict[str, Any]:
    [found] = document(scene)["camera-list"]
    return dict(found)


def test_three_documents_are_told_apart_by_format() -> None:
    scene = Scene(a_camera_at_work())
    legacy, xml = (ET.fromstring(scene.get(f"/systemInfo{query}").body) for query in ("", "?format=xml"))
    assert [legacy.findtext("cameralist/camera/name"), xml.findtext("camera-list/camera/name")] == ["Front Porch"] * 2
    assert document(scene)["camera-list"][0]["name"] == "Front Porch"
    assert scene.get("/systemInfo?format=json").header("Content-Type") == "application/json"


def test_the_dialect_follows_the_document() -> None:
    """Who asks without a format gets version 5 in all things, who asks for a format version 6."""
    one = a_camera_at_work()
    one.ptz = a_head(PTZCapability.PAN_TILT | PTZCapability.CONTINUOUS)
    scene = Scene(one)
    legacy = ET.fromstring(scene.get("/systemInfo").body)
    assert legacy.findtext("server/version") == "5.6.9"
    assert legacy.findtext("cameralist/camera/ptzcapabilities") == "17"
    modern = document(scene)
    assert (modern["server"]["version"], modern["camera-list"][0]["ptz-features"]) == ("6.20", 33)


@pytest.mark.parametrize(("dialect", "version"), [(5, "5.6.9"), (6, "6.20")])
def test_the_site_file_can_settle_the_dialect(dialect: int, version: str) -> None:
    scene = Scene(a_camera_at_work(), server=ServerConfig(dialect=dialect))
    legacy = ET.fromstring(scene.get("/systemInfo").body)
    assert legacy.findtext("server/version") == document(scene)["server"]["version"] == version


def test_each_account_is_told_of_its_cameras_and_what_it_may() -> None:
    cameras = (a_camera_at_work(), a_camera_at_work(3, "Garage", "garage"))
    scene = Scene(*cameras, users=(ADMIN, GUEST, CLERK))
    seen = {
        auth: {camera["number"]: camera["permissions"] for camera in document(scene, auth)["camera-list"]}
        for auth in (ADMIN_AUTH, GUEST_AUTH, CLERK_AUTH)
    }
    assert seen == {ADMIN_AUTH: {0: 12255, 3: 12255}, GUEST_AUTH: {0: 1}, CLERK_AUTH: {}}
    assert document(scene, GUEST_AUTH)["server"]["camera-count"] == 1


def test_a_disabled_camera_is_left_out() -> None:
    scene = Scene(a_camera_at_work(), a_camera_at_work(1, "Off", "off", enabled=False))
    assert [camera["number"] for camera in document(scene)["camera-list"]] == [0]


def test_groups_have_the_cameras_that_the_account_sees() -> None:
    cameras = (a_camera_at_work(), a_camera_at_work(3, "Garage", "garage"))
    groups = {"outside": ("porch", "garage"), "inside": ("garage",)}
    scene = Scene(*cameras, users=(ADMIN, GUEST), groups=groups)
    assert document(scene, ADMIN_AUTH)["group-list"] == [
        {"cameras": "3", "name": "inside", "number": 0},
        {"cameras": "0,3", "name": "outside", "number": 1},
    ]
    assert document(scene, GUEST_AUTH)["group-list"] == [{"cameras": "0", "name": "outside", "number": 0}]


def test_the_server_says_what_it_is() -> None:
    server = document(Scene(a_camera_at_work()))["server"]
    expected = {
        "server-name": "House NVR",
        "uuid": UUID,
        "http-port": 8000,
        "https-enabled": True,
        "https-port": 8001,
        "ip1": "127.0.0.1",
        "current-local-time": "2026-11-22T13:00:00+01:00",
        "seconds-from-gmt": 3600,
        "bonjour-name": "",
    }
    assert {key: server[key] for key in expected} == expected


def test_a_camera_that_is_online_says_what_it_sends() -> None:
    one = a_camera_at_work(tracks=(a_video_track(H265, 1920, 1080), an_audio_track(PCMU)))
    one.rates.sample(0.0, HubCounters())
    one.rates.sample(1.0, HubCounters(pictures=20, bytes=500_000))
    one.hub.publish(an_access_unit(track=one.hub.tracks[0], received_at=0.0))
    scene = Scene(one)
    scene.clock.advance(7.5)
    expected = {
        "connected": True,
        "video-format": "H.265",
        "audio-format": "u-Law",
        "has-audio": True,
        "video-width": 1920,
        "video-height": 1080,
        "current-fps": 20.0,
        "data-rate": 500_000,
        "time-since-last-frame": 7,
        "time-since-last-motion": "",
        "last-error": 0,
    }
    found = camera(scene)
    assert {key: found[key] for key in expected} == expected


def test_a_camera_that_is_offline_says_why() -> None:
    """And what size its pictures had; there is no sound to be had from it."""
    one = a_camera_at_work()
    one.hub.went_offline("Timeout")
    one.failure = Failure(800, "Timeout")
    expected = {
        "connected": False,
        "video-format": "",
        "has-audio": False,
        "video-width": 640,
        "last-error": 800,
        "last-error-description": "Timeout",
        "permissions": 12255 & ~(512 | 2048),
    }
    found = camera(Scene(one))
    assert {key: found[key] for key in expected} == expected


def test_a_camera_that_was_never_online_has_no_size() -> None:
    found = camera(Scene(a_camera_at_work(online=False)))
    assert (found["video-width"], found["video-height"], found["time-since-last-frame"]) == (0, 0, "")


def test_a_turned_camera_has_its_sides_swapped() -> None:
    found = camera(Scene(a_camera_at_work(transform=Transform.ROTATE_LEFT)))
    assert (found["video-width"], found["video-height"], found["transformation"]) == (360, 640, 2)


@pytest.mark.parametrize(
    ("url", "port", "rtsp_port"), [("rtsp://192.0.2.21/stream1", 0, 554), ("http://192.0.2.21/mjpg", 554, 0)]
)
def test_a_device_on_the_network_says_where(url: str, port: int, rtsp_port: int) -> None:
    found = camera(Scene(a_camera_at_work(driver=FakeDevice(), source=Slot("rtsp", {"url": url}))))
    assert (found["device-name"], found["device-type"]) == ("AXIS Q6045-E", "Network")
    assert (found["address"], found["path"]) == ("192.0.2.21", "/stream1")
    assert (found["port"], found["port-rtsp"]) == (port, rtsp_port)


def test_a_camera_without_a_device_is_local() -> None:
    found = camera(Scene(a_camera_at_work()))
    assert (found["device-name"], found["device-type"], found["address"]) == ("pattern", "Local", "")


def test_modes_say_whether_they_are_armed_and_why() -> None:
    scene = Scene(a_camera_at_work())
    scene.arming.states[0, CaptureMode.MOTION] = FakeModeState(armed=True, schedule_id=4903, override_id=4)
    found = camera(scene)
    assert (found["mc-mode"], found["mc-schedule-id"], found["mc-schedule-override"]) == ("armed", 4903, 4)
    assert (found["cc-mode"], found["a-mode"]) == ("disarmed", "disarmed")


ACTIONS = (
    Slot("webhook", {"url": "http://10.0.0.9/"}),
    Slot("script", {"path": "/etc/ssplug/scripts/on.sh"}),
    Slot("script", {"path": "off.sh"}),
    Slot("sound", {"file": "bark.wav"}),
)


def test_what_the_site_file_says_of_a_camera_is_told() -> None:
    found = camera(
        Scene(
            a_camera_at_work(
                overlay=Overlay(enabled=True, text="%c"),
                motion=MotionConfig(sensitivity=70, sound_enabled=True, sound_level=30),
                motion_capture=MotionCaptureConfig(movie=MovieConfig(pre_capture=3, post_capture=15, fps=12.5)),
                continuous=ContinuousConfig(images=ImagesConfig(enabled=True)),
                actions=ActionsConfig(trigger_on=("human",), delay=2, reset=10, run=ACTIONS),
            )
        )
    )
    expected = {
        "overlay-text": "%c",
        "motion-sensitivity": 70,
        "mc-trigger-audio": True,
        "audio-sensitivity": 30,
        "mc-movie-fps": 12,
        "mc-movie-pre": 3,
        "mc-movie-post": 15,
        "cc-image": True,
        "a-trigger-video": True,
        "a-trigger-audio": False,
        "a-delay-time": 2,
        "a-reset-time": 10,
        "a-script": "on.sh",
        "a-sound-mac": "bark.wav",
    }
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(("what", "told"), [(("motion-images",), "yes"), (("motion-movies",), "no")])
def test_whether_images_of_motion_are_uploaded_is_told(what: tuple[str, ...], told: str) -> None:
    """To those who ask as version 5 did."""
    scene = Scene(a_camera_at_work(uploads=(UploadConfig(Slot("ftp"), what),)))
    legacy = ET.fromstring(scene.get("/systemInfo").body)
    assert legacy.findtext("cameralist/camera/md_uploadimages") == told


def test_a_change_is_seen_at_once_although_documents_are_kept_for_a_second() -> None:
    """Home Assistant would flip a switch back that a stale document contradicts."""
    scene = Scene(a_camera_at_work())
    assert camera(scene)["mc-mode"] == "disarmed"
    scene.arming.states[0, CaptureMode.MOTION] = FakeModeState(armed=True)
    scene.bus.publish(EventType.ARM_M, 0)
    assert camera(scene)["mc-mode"] == "armed"


def test_what_is_no_event_is_seen_within_a_second() -> None:
    one = a_camera_at_work()
    scene = Scene(one)
    assert camera(scene)["ptz-features"] == 0
    one.ptz = a_head(PTZCapability.ZOOM)
    assert camera(scene)["ptz-features"] == 0
    scene.clock.advance(1)
    assert camera(scene)["ptz-features"] == 4


def test_documents_of_one_account_are_not_shown_to_another() -> None:
    scene = Scene(a_camera_at_work(), a_camera_at_work(3, "Garage", "garage"), users=(ADMIN, GUEST))
    for _ in range(2):
        assert len(document(scene, ADMIN_AUTH)["camera-list"]) == 2
        assert len(document(scene, GUEST_AUTH)["camera-list"]) == 1


def test_camera_status_names_every_camera_to_everybody() -> None:
    off = a_camera_at_work(1, "Off", "off", enabled=False, online=False)
    scene = Scene(a_camera_at_work(), off, users=(GUEST,))
    response = scene.get(f"/++camStatus?auth={GUEST_AUTH}")
    assert response.header("Content-Type") == "application/json"
    assert [(entry["num"], entry["enabled"], entry["online"]) for entry in json.loads(response.body)] == [
        (0, True, True),
        (1, False, False),
    ]


def test_the_screen_saver_gets_its_list() -> None:
    """Any other type is a failed connection to it."""
    scene = Scene(a_camera_at_work(), a_camera_at_work(3, "Garage", "garage"), users=(ADMIN, GUEST))
    response = scene.get(f"/++inputListData?auth={ADMIN_AUTH}", "User-Class: 53", "Connection-Timeout: off")
    assert (response.header("Content-Type"), len(response.body)) == ("camdata/ss", 216)
    assert len(scene.get(f"/++inputListData?auth={GUEST_AUTH}").body) == 108


def test_ptz_capabilities_are_a_number_in_the_dialect_of_the_client() -> None:
    one = a_camera_at_work()
    one.ptz = a_head(PTZCapability.PAN_TILT | PTZCapability.CONTINUOUS)
    scene = Scene(one)
    assert scene.get("/getptzcapabilities?cameraNum=0").body == b"17"
    document(scene)
    assert scene.get("/getptzcapabilities?cameraNum=0").body == b"33"


def test_camera_modes_are_three_lines() -> None:
    scene = Scene(a_camera_at_work())
    scene.arming.states[0, CaptureMode.CONTINUOUS] = FakeModeState(armed=True)
    response = scene.get("/++cameramodes?cameraNum=0")
    assert (response.header("Content-Type"), response.body) == ("text/plain", b"C:ARMED\nM:DISARMED\nA:DISARMED\n")
