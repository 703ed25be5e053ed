"""Hearing through a camera, and speaking."""

from collections.abc import Awaitable
from typing import Any

import pytest
from twisted.logger import Logger

from ssplug.cameras.camera import Camera
from ssplug.cameras.talkback import Talkback, Talking
from ssplug.media.access_unit import PCMU, Track
from ssplug.servers.web import incoming
from ssplug.servers.web.request import HEAR_OUT_SECONDS
from ssplug.testing import a_video_track, an_access_unit
from ssplug.testing.talkback import a_tone
from tests.unit.cameras.test_talkback import FakeTalk, FakeTalkback
from tests.unit.web.scene import ADMIN, ADMIN_AUTH, GUEST, GUEST_AUTH, Client, Scene, a_camera_at_work

MULAW = Track(PCMU, 8000, channels=1)
SPEAK = "POST /++audio?cameraNum=0 HTTP/1.1\r\nHost: nvr\r\nContent-Type: audio/g711-ulaw\r\n"


def a_scene(*tracks: Track, users: tuple[Any, ...] = (), online: bool = True) -> Scene:
    return Scene(a_camera_at_work(tracks=tracks or (a_video_track(), MULAW), online=online), users=users)


def a_listener(scene: Scene) -> Client:
    return scene.client().send("GET /++audio?cameraNum=0 HTTP/1.1\r\nHost: nvr\r\n\r\n")


def publish(scene: Scene, samples: bytes) -> None:
    camera = scene.roster.get(0)
    assert camera is not None
    camera.hub.publish(an_access_unit(data=samples, track=MULAW))


def with_loudspeaker(scene: Scene) -> FakeTalkback:
    """The camera can be spoken through from now on."""
    driver = FakeTalkback()
    anything: Any = driver
    talkback = Talkback(anything, scene.clock, Logger())

    def talk(camera: Camera) -> Awaitable[Talking]:
        return talkback.begin()

    object.__setattr__(scene.context, "talk", talk)
    return driver


def a_speaker(scene: Scene) -> tuple[Client, FakeTalk]:
    """Somebody who has begun to speak, in chunks."""
    driver = with_loudspeaker(scene)
    client = scene.client().send(f"{SPEAK}Transfer-Encoding: chunked\r\n\r\n")
    [talk] = driver.talks
    return client, talk


def test_sound_is_sent_as_it_comes_and_nothing_else() -> None:
    scene = a_scene()
    client = a_listener(scene)
    publish(scene, b"\x01\x02")
    publish(scene, b"\x03")
    head, _, body = client.received.partition(b"\r\n\r\n")
    assert b"\r\nContent-Type: audio/basic\r\n" in head
    assert b"Content-Length" not in head
    assert body == b"\x01\x02\x03"


def test_a_listener_that_is_slow_misses_something_and_is_not_behind() -> None:
    scene = a_scene()
    client = a_listener(scene)
    client.transport.producer.pauseProducing()
    publish(scene, b"missed")
    client.transport.producer.resumeProducing()
    publish(scene, b"heard")
    assert client.received.endswith(b"\r\n\r\nheard")
    assert scene.context.counters.sounds_skipped == 1


@pytest.mark.parametrize(
    ("scene", "reason"),
    [
        (a_scene(online=False), b"The camera is offline."),
        (a_scene(a_video_track()), b"The camera sends no sound."),
    ],
    ids=["offline", "silent"],
)
def test_where_there_is_nothing_to_hear_it_is_said(scene: Scene, reason: bytes) -> None:
    response = scene.get("/audio?cameraNum=0")
    assert (response.status, response.body) == (404, reason)


def test_who_leaves_is_sent_nothing_more() -> None:
    scene = a_scene()
    client = a_listener(scene)
    client.leave()
    client.clear()
    publish(scene, b"nobody")
    assert client.received == b""


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_hearing_and_speaking_are_permissions_of_their_own(method: str) -> None:
    scene = a_scene(users=(ADMIN, GUEST))
    driver = with_loudspeaker(scene)
    body = "Content-Length: 0\r\n" if method == "POST" else ""
    client = scene.client().send(f"{method} /audio?cameraNum=0&auth={GUEST_AUTH} HTTP/1.1\r\nHost: nvr\r\n{body}\r\n")
    assert client.received.startswith(b"HTTP/1.1 401 ")
    assert driver.talks == []


def test_what_is_posted_is_heard_while_it_comes() -> None:
    """Long before its end, if it has one."""
    scene = a_scene()
    client, talk = a_speaker(scene)
    client.send(b"3\r\nabc\r\n").send(b"2\r\nde\r\n")
    assert talk.heard == b"abcde"
    assert client.received == b""
    client.send(b"0\r\n\r\n")
    assert talk.closed == 1
    assert client.received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert client.received.endswith(b"\r\n\r\nOK")


def test_a_body_of_known_length_is_the_same_and_may_be_a_long_one() -> None:
    """More than other requests may send; the connection can be used again."""
    scene = a_scene()
    driver = with_loudspeaker(scene)
    sound = a_tone(200)
    client = scene.client().send(f"{SPEAK}Content-Length: {len(sound)}\r\n\r\n")
    client.send(sound)
    scene.clock.pump([0.05] * 4000)
    assert driver.talks[0].heard == sound
    assert client.received.endswith(b"\r\n\r\nOK")
    assert client.get("/systemInfo", f"Authorization: Basic {ADMIN_AUTH}").status == 200


def test_a_client_that_asks_first_is_told_to_go_on() -> None:
    scene = a_scene()
    with_loudspeaker(scene)
    client = scene.client().send(f"{SPEAK}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
    assert client.received == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_who_sends_faster_than_one_speaks_has_to_wait() -> None:
    """Not in our memory: the connection is not read any more."""
    scene = a_scene()
    client, talk = a_speaker(scene)
    size = incoming.QUEUE_LIMIT
    for _ in range(2):
        client.send(f"{size:x}\r\n".encode() + bytes(size) + b"\r\n")
    assert client.transport.producerState == "paused"
    scene.clock.pump([0.05] * 100)
    assert client.transport.producerState == "producing"
    assert len(talk.heard) > size


def test_a_second_speaker_is_refused_and_can_read_why() -> None:
    """The connection stays open for a while, for the client is still sending."""
    scene = a_scene()
    driver = with_loudspeaker(scene)
    scene.client().send(f"{SPEAK}Transfer-Encoding: chunked\r\n\r\n")
    second = scene.client().send(f"{SPEAK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    assert second.received.startswith(b"HTTP/1.1 409 ")
    assert second.received.endswith(b"\r\n\r\nSomebody is speaking through this camera.")
    assert b"\r\nConnection: close\r\n" in second.received
    second.send(b"3\r\nabc\r\n")
    assert second.is_open
    second.send(b"0\r\n\r\n")
    assert not second.is_open
    assert len(driver.talks) == 1


def test_one_that_was_refused_and_goes_on_is_disconnected_in_the_end() -> None:
    scene = a_scene()
    client = scene.client().send(f"{SPEAK}Transfer-Encoding: chunked\r\n\r\n")
    assert client.received.endswith(b"The camera takes no sound: it has no talkback in the site file.")
    client.send(b"3\r\nabc\r\n")
    scene.clock.advance(HEAR_OUT_SECONDS)
    assert not client.is_open


def test_another_site_cannot_make_a_browser_speak() -> None:
    """With the password that it keeps."""
    scene = a_scene()
    driver = with_loudspeaker(scene)
    response = scene.post("/audio?cameraNum=0", b"abc", "Origin: https://elsewhere.example")
    assert (response.status, driver.talks) == (403, [])


def test_a_speaker_who_goes_makes_room_for_the_next() -> None:
    scene = a_scene()
    client, talk = a_speaker(scene)
    client.send(b"3\r\nabc\r\n")
    client.leave()
    assert (talk.heard, talk.closed) == (b"abc", 1)


def test_a_camera_that_is_not_there_is_a_bad_gateway() -> None:
    scene = a_scene()
    with_loudspeaker(scene).failure = OSError("10.0.0.5:80: connection refused")
    response = scene.post("/audio?cameraNum=0", b"abc")
    assert response.status == 502
    assert response.body == b"The camera cannot be spoken through: 10.0.0.5:80: connection refused"


def test_a_camera_that_ends_it_ends_the_request() -> None:
    scene = a_scene()
    client, talk = a_speaker(scene)
    talk.lost.callback("the camera hung up")
    client.send(b"3\r\nabc\r\n")
    assert client.received.startswith(b"HTTP/1.1 502 ")
    assert client.received.endswith(b"The camera takes no more sound: the camera hung up")
    client.leave()


def test_no_other_camera_can_be_spoken_through() -> None:
    scene = a_scene()
    with_loudspeaker(scene)
    assert scene.post("/audio?cameraNum=9", b"abc").status == 404
