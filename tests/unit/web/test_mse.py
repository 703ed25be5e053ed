"""Live video over a WebSocket: who may have it, and what a browser gets that is slow, silent or gone."""

import json

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, Request, TextMessage

from ssplug.media.access_unit import MJPEG
from ssplug.servers.web import mse
from ssplug.servers.web.websocket import MESSAGE_LIMIT, PING_SECONDS
from ssplug.testing import a_video_track
from ssplug.testing.clips import a_clip, a_sound
from tests.unit.web.scene import ADMIN, ADMIN_AUTH, CLERK, CLERK_AUTH, GUEST, GUEST_AUTH, Scene, a_camera_at_work

VIDEO, PICTURES = a_clip(pictures=50, gop=25)
SOUND, SOUNDS = a_sound(1.0)
UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


class Browser:
    """One that has asked for `mse`."""

    def __init__(self, scene: Scene, parameters: str = "cameraNum=0", *headers: tuple[str, str]) -> None:
        self.client = scene.client()
        self.scene = scene
        self.protocol = WSConnection(ConnectionType.CLIENT)
        target = f"/mse?{parameters}"
        extra = [(name.encode(), value.encode()) for name, value in headers]
        self.client.send(self.protocol.send(Request(host="nvr.local:8000", target=target, extra_headers=extra)))

    def events(self) -> list:
        """What came since the last time."""
        self.protocol.receive_data(self.client.received)
        self.client.clear()
        return list(self.protocol.events())

    def texts(self, events: list) -> list[dict]:
        return [json.loads(event.data) for event in events if isinstance(event, TextMessage)]

    def send(self, event) -> None:
        self.client.send(self.protocol.send(event))

    def answer_pings(self) -> int:
        pings = [event for event in self.events() if isinstance(event, Ping)]
        for ping in pings:
            self.send(ping.response())
        return len(pings)


def a_scene(*users, online: bool = True) -> Scene:
    return Scene(a_camera_at_work(tracks=(VIDEO, SOUND), online=online), users=users)


def show(scene: Scene, units) -> None:
    for unit in units:
        scene.roster.get(0).hub.publish(unit)


def binaries(events: list) -> list[bytes]:
    return [bytes(event.data) for event in events if isinstance(event, BytesMessage)]


def test_a_browser_is_told_the_codecs_then_gets_the_init_segment_then_fragments() -> None:
    scene = a_scene()
    show(scene, PICTURES[:10])
    browser = Browser(scene)
    events = browser.events()
    [codecs] = browser.texts(events)
    assert codecs["type"] == "codecs"
    assert codecs["mimeType"].startswith('video/mp4; codecs="avc1.')
    assert "mp4a" in codecs["mimeType"]
    init, *fragments = binaries(events)
    assert init[4:8] == b"ftyp"
    assert [piece[4:8] for piece in fragments] == [b"moof"] * 10
    show(scene, [PICTURES[10], SOUNDS[7]])
    assert len(binaries(browser.events())) == 2
    assert scene.web.counters.fragments_sent == 12


def test_what_the_camera_does_is_told() -> None:
    """Gone, and back with another picture."""
    scene = a_scene()
    browser = Browser(scene)
    hub = scene.roster.get(0).hub
    hub.went_offline("the cable was cut")
    assert browser.texts(browser.events()) == [{"type": "offline", "reason": "the cable was cut"}]
    video, pictures = a_clip(pictures=1, size=(128, 96))
    hub.came_online((video,))
    show(scene, pictures)
    events = browser.events()
    assert browser.texts(events)[0]["width"] == 128
    assert len(binaries(events)) == 2


def test_a_browser_may_ask_for_a_camera_that_is_offline() -> None:
    """It waits."""
    browser = Browser(a_scene(online=False))
    assert browser.texts(browser.events()) == [{"type": "offline", "reason": "The camera is offline."}]


def test_credentials_are_those_of_every_request() -> None:
    """In the header or in the address; sound only for those who may hear it."""
    scene = a_scene(ADMIN, GUEST, CLERK)
    show(scene, PICTURES[:1])
    by_header = Browser(scene, "cameraNum=0", ("Authorization", f"Basic {ADMIN_AUTH}"))
    assert "mp4a" in by_header.texts(by_header.events())[0]["mimeType"]
    guest = Browser(scene, f"cameraNum=0&auth={GUEST_AUTH}")
    assert "mp4a" not in guest.texts(guest.events())[0]["mimeType"]
    silent = Browser(scene, f"cameraNum=0&acodec=none&auth={ADMIN_AUTH}")
    assert "mp4a" not in silent.texts(silent.events())[0]["mimeType"]
    assert scene.get("/mse?cameraNum=0", *UPGRADE).status == 401
    assert scene.get(f"/mse?cameraNum=0&auth={CLERK_AUTH}", *UPGRADE).status == 401


def test_pages_of_other_sites_are_refused() -> None:
    """Whatever the browser knows of our passwords."""
    scene = a_scene()
    assert scene.get("/mse?cameraNum=0", *UPGRADE, "Origin: http://evil.example").status == 403
    browser = Browser(scene, "cameraNum=0", ("Origin", "http://nvr.local:8000"))
    assert browser.events()


@pytest.mark.parametrize(
    ("uri", "headers", "status"),
    [
        ("/mse?cameraNum=0", (), 426),
        ("/mse?cameraNum=0", UPGRADE[:2], 400),
        ("/mse?cameraNum=7", UPGRADE, 404),
        ("/mse?cameraNum=0&quality=9", UPGRADE, 400),
    ],
)
def test_what_is_no_handshake_or_asks_for_nothing_is_refused(uri: str, headers: tuple, status: int) -> None:
    """And the connection goes on."""
    client = a_scene().client()
    assert client.get(uri, *headers).status == status
    assert client.get("/systemInfo").status == 200


def test_a_head_request_is_no_handshake() -> None:
    assert a_scene().get("/mse?cameraNum=0", *UPGRADE, method="HEAD").status == 400


def test_a_camera_without_pictures_is_refused() -> None:
    assert Scene(a_camera_at_work(tracks=(SOUND,))).get("/mse?cameraNum=0", *UPGRADE).status == 415


def test_what_would_have_to_be_encoded_is_refused_when_that_is_too_much() -> None:
    camera = a_camera_at_work(tracks=(a_video_track(MJPEG),))
    camera.forms.budget.set_limit(0)
    assert Scene(camera).get("/mse?cameraNum=0", *UPGRADE).status == 503


def test_a_browser_that_is_a_little_slow_misses_nothing() -> None:
    scene = a_scene()
    browser = Browser(scene)
    show(scene, PICTURES[:1])
    browser.events()
    browser.client.channel.pauseProducing()
    show(scene, PICTURES[1:10])
    assert binaries(browser.events()) == []
    browser.client.channel.resumeProducing()
    assert len(binaries(browser.events())) == 9
    assert scene.web.counters.fragments_skipped == 0


def test_a_browser_that_is_too_slow_goes_on_with_the_next_key_frame() -> None:
    """What it did not get is counted."""
    scene = a_scene()
    browser = Browser(scene)
    show(scene, PICTURES[:1])
    browser.events()
    browser.client.channel.pauseProducing()
    show(scene, PICTURES[1:10])
    scene.clock.advance(mse.BEHIND_SECONDS + 0.1)
    show(scene, PICTURES[10:30])
    browser.client.channel.resumeProducing()
    assert len(binaries(browser.events())) == 5
    assert scene.web.counters.fragments_skipped == 9 + 15


def test_the_bytes_that_wait_for_a_browser_are_bounded(monkeypatch) -> None:
    monkeypatch.setattr(mse, "QUEUE_LIMIT", 3 * len(PICTURES[0].data))
    scene = a_scene()
    browser = Browser(scene)
    browser.client.channel.pauseProducing()
    show(scene, PICTURES[:25])
    assert scene.web.counters.fragments_skipped > 10


def test_a_beginning_is_not_skipped() -> None:
    """However slow a browser is: without it, it could play nothing that follows."""
    scene = a_scene()
    browser = Browser(scene)
    show(scene, PICTURES[:5])
    browser.events()
    browser.client.channel.pauseProducing()
    show(scene, PICTURES[5:10])
    video, pictures = a_clip(pictures=1, size=(128, 96))
    scene.roster.get(0).hub.came_online((video,))
    show(scene, pictures)
    browser.client.channel.resumeProducing()
    events = browser.events()
    assert [message["width"] for message in browser.texts(events)] == [128]
    assert [piece[4:8] for piece in binaries(events)] == [b"ftyp", b"moof"]


def test_a_browser_that_answers_pings_stays() -> None:
    scene = a_scene()
    browser = Browser(scene)
    for _ in range(5):
        assert browser.answer_pings() == 1
        scene.clock.advance(PING_SECONDS)
    assert browser.client.is_open


def test_a_browser_that_does_not_answer_is_disconnected() -> None:
    """Its cable was pulled, or its tab sleeps."""
    scene = a_scene()
    browser = Browser(scene)
    scene.clock.advance(PING_SECONDS - 1)
    assert browser.client.is_open
    scene.clock.advance(2)
    assert not browser.client.is_open
    assert (scene.web.counters.dropped, scene.context.live.browsers, scene.web.connections) == (1, 0, 0)


def test_a_browser_that_leaves_is_forgotten() -> None:
    """By every part: nothing is muxed for it, nothing of it is left in the reactor."""
    scene = a_scene()
    before = len(scene.clock.getDelayedCalls())
    browser = Browser(scene)
    assert (scene.context.live.browsers, scene.web.connections) == (1, 1)
    browser.client.leave()
    assert (scene.context.live.browsers, scene.web.connections) == (0, 0)
    assert scene.roster.get(0).hub.subscribers == 0
    assert len(scene.clock.getDelayedCalls()) == before
    show(scene, PICTURES[:2])


def test_a_goodbye_is_answered_and_nothing_is_sent_behind_it() -> None:
    scene = a_scene()
    browser = Browser(scene)
    browser.events()
    browser.send(CloseConnection(1000))
    show(scene, PICTURES[:2])
    scene.roster.get(0).hub.went_offline("gone")
    [goodbye] = browser.events()
    assert isinstance(goodbye, CloseConnection)
    assert not browser.client.is_open


def test_what_a_browser_says_changes_nothing() -> None:
    scene = a_scene()
    browser = Browser(scene)
    browser.events()
    browser.send(TextMessage("hello"))
    browser.send(BytesMessage(b"hello"))
    browser.send(Ping(b"?"))
    [pong] = browser.events()
    assert isinstance(pong, Pong)
    assert browser.client.is_open


@pytest.mark.parametrize("kind", [TextMessage, BytesMessage])
def test_a_message_without_end_is_cut_off(kind) -> None:
    """In however many pieces it comes."""
    scene = a_scene()
    browser = Browser(scene)
    browser.events()
    piece = "x" * 100 if kind is TextMessage else b"x" * 100
    for _ in range(MESSAGE_LIMIT // 100 + 1):
        assert browser.client.is_open
        browser.send(kind(piece, message_finished=False))
    assert not browser.client.is_open


def test_bytes_that_are_no_frames_end_the_connection() -> None:
    """With a goodbye that says so; the next bytes are not looked at."""
    browser = Browser(a_scene())
    browser.events()
    browser.client.send(b"\xff\xff\xff\xff")
    [goodbye] = browser.events()
    assert isinstance(goodbye, CloseConnection)
    browser.client.send(b"more")
    assert not browser.client.is_open


def test_all_browsers_get_the_same_bytes() -> None:
    """Muxed once."""
    scene = a_scene()
    browsers = [Browser(scene) for _ in range(3)]
    show(scene, PICTURES[:5])
    received = [binaries(browser.events()) for browser in browsers]
    assert received[0] == received[1] == received[2]
    assert scene.roster.get(0).hub.subscribers == 1
