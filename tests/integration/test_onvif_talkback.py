"""Talking through cameras by the back channel of RTSP: GStreamer's, and one that does what the test wants."""

import contextlib
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import EventLoggingObserver
from twisted.logger import globalLogPublisher

from ssplug.interfaces import ITalkback
from ssplug.testing import a_real_context, in_reactor, pause
from ssplug.testing.talkback import a_tone, say
from ssplug_onvif.connection import TalkError
from ssplug_onvif.settings import CameraSettings, TalkbackSettings
from ssplug_onvif.source import ONVIFSource
from ssplug_onvif.talkback import ONVIFTalkback
from tests.conformance.http_camera import a_silent_port, listening
from tests.integration.cameras import PASSWORD, USER, a_free_port, an_rtsp_camera
from tests.integration.onvif_device import a_device, recorded_answers

pytestmark = pytest.mark.integration

NOISE = random.Random(1).randbytes(4160)


def a_talkback(url, **settings):
    return ONVIFTalkback(a_real_context(Path("/nowhere")), TalkbackSettings(url=url, **settings))


# -- GStreamer --------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", ["none", "basic", "digest"])
def test_a_camera_of_gstreamer_hears_what_was_said(auth, tmp_path):
    """Every sample, in order. How late it writes them down is its own affair, so that is waited for."""
    heard = tmp_path / "heard.ulaw"
    credentials = {"username": USER, "password": PASSWORD} if auth != "none" else {}
    with an_rtsp_camera(audio="pcmu", auth=auth, heard=heard) as camera:

        @in_reactor
        async def run():
            talk = await a_talkback(camera.url, **credentials).open()
            await say(talk, NOISE)
            while heard.stat().st_size < len(NOISE):
                await pause(0.05)
            await talk.close()

        run()
        assert heard.read_bytes() == NOISE


def test_gstreamer_without_a_back_channel_says_so():
    """Nothing to talk by: the refusal of the feature, or a description without it."""
    with an_rtsp_camera(audio="pcmu") as camera:
        assert "back channel" in problem_of(a_talkback(camera.url))


def problem_of(talkback):
    problems = []

    @in_reactor
    async def run():
        with pytest.raises(TalkError) as caught:
            await talkback.open()
        problems.append(str(caught.value))

    run()
    assert PASSWORD not in problems[0]
    return problems[0]


# -- a camera of the test's own ---------------------------------------------------------------------


@dataclass
class Ear:
    """What a camera offers, refuses and hears."""

    formats: str = "m=audio 0 RTP/AVP 8"
    attributes: str = "a=sendonly"
    session: str = "42;timeout=60"
    refusals: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Methods with what they require."""
    packets: list[tuple[float, bytes]] = field(default_factory=list)
    """When each came."""
    connections: list["Camera"] = field(default_factory=list)
    ended: "Deferred[None]" = field(default_factory=Deferred)


class Camera(Protocol):
    def __init__(self, ear):
        self._ear = ear
        self._buffer = b""
        ear.connections.append(self)

    def dataReceived(self, data):
        self._buffer += data
        while self._took_one():
            pass

    def connectionLost(self, reason):
        if not self._ear.ended.called:
            self._ear.ended.callback(None)

    def _took_one(self):
        if self._buffer.startswith(b"$"):
            size = 4 + int.from_bytes(self._buffer[2:4], "big")
            if len(self._buffer) < max(4, size):
                return False
            self._ear.packets.append((time.monotonic(), self._buffer[4:size]))
            self._buffer = self._buffer[size:]
            return True
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        self._buffer = rest
        self._answer(head.decode().split("\r\n"))
        return True

    def _answer(self, lines):
        method = lines[0].split()[0]
        fields = dict(line.split(": ", 1) for line in lines[1:])
        self._ear.asked.append(f"{method} {fields.get('Require', '')}".strip())
        status = self._ear.refusals.get(method, 200)
        if status == 0:
            return
        sdp = f"v=0\r\nm=video 0 RTP/AVP 96\r\n{self._ear.formats}\r\n{self._ear.attributes}\r\na=control:back\r\n"
        body = sdp if (method, status) == ("DESCRIBE", 200) else ""
        head = [f"RTSP/1.0 {status} Said", f"CSeq: {fields['CSeq']}", f"Session: {self._ear.session}"]
        self.transport.write("\r\n".join([*head, f"Content-Length: {len(body)}", "", body]).encode())


@contextlib.contextmanager
def an_ear(**offers):
    """A camera with an ear, and its URL."""
    ear = Ear(**offers)
    factory = Factory()
    factory.buildProtocol = lambda _: Camera(ear)
    with listening(factory) as port:
        yield ear, f"rtsp://127.0.0.1:{port}/live"


def talked(url, samples, **settings):
    """Say `samples` and close."""

    @in_reactor
    async def run():
        talk = await a_talkback(url, **settings).open()
        await say(talk, samples)
        await talk.close()

    run()


BACK_CHANNEL = "www.onvif.org/ver20/backchannel"


def test_every_request_asks_for_the_back_channel():
    """As ONVIF Streaming, 5.3 has it; and it ends with TEARDOWN."""
    with an_ear() as (ear, url):
        talked(url, NOISE[:320])
    assert ear.asked == [f"{method} {BACK_CHANNEL}" for method in ("DESCRIBE", "SETUP", "PLAY", "TEARDOWN")]


@pytest.mark.parametrize(
    ("formats", "attributes", "payload_type"),
    [
        ("m=audio 0 RTP/AVP 0", "a=sendonly", 0),
        ("m=audio 0 RTP/AVP 8", "a=sendonly", 8),
        ("m=audio 0 RTP/AVP 97", "a=rtpmap:97 MPEG4-GENERIC/16000/1\r\na=sendonly", 97),
    ],
)
def test_the_camera_gets_the_codec_that_it_offers(formats, attributes, payload_type):
    """Numbered without a gap."""
    with an_ear(formats=formats, attributes=attributes) as (ear, url):
        talked(url, a_tone(0.4))
    assert {packet[1] & 0x7F for _, packet in ear.packets} == {payload_type}
    first = int.from_bytes(ear.packets[0][1][2:4], "big")
    numbers = [int.from_bytes(packet[2:4], "big") for _, packet in ear.packets]
    assert numbers == [(first + count) % 65536 for count in range(len(ear.packets))]
    assert len(ear.packets) >= 5


def test_what_is_said_at_once_is_heard_at_the_pace_of_speech():
    """A camera has little room: 50 packets of 20 ms each do not come in much less than a second."""
    with an_ear() as (ear, url):
        talked(url, a_tone(1.0))
    times = [when for when, _ in ear.packets]
    assert len(times) == 50
    assert times[-1] - times[0] > 0.9


def test_the_last_packet_is_filled_up_with_silence():
    """Cameras expect packets of one length."""
    with an_ear(formats="m=audio 0 RTP/AVP 0") as (ear, url):
        talked(url, NOISE[:200])
    assert b"".join(packet[12:] for _, packet in ear.packets) == NOISE[:200] + b"\xff" * 120


def test_more_is_welcome_only_when_there_is_room():
    """Whoever waits may also give up waiting."""
    with an_ear() as (_, url):

        @in_reactor
        async def run():
            talk = await a_talkback(url).open()
            assert talk.write(a_tone(0.1)).called
            waiting = talk.write(a_tone(0.4))
            assert not waiting.called
            given_up = talk.write(a_tone(0.1))
            given_up.addErrback(lambda _: None)
            given_up.cancel()
            await waiting
            await talk.close()

        run()


def test_who_does_not_wait_is_not_remembered_for_ever(request):
    """Ten seconds are kept, and the rest is left out."""
    said = EventLoggingObserver()
    globalLogPublisher.addObserver(said)
    request.addfinalizer(lambda: globalLogPublisher.removeObserver(said))
    with an_ear() as (ear, url):

        @in_reactor
        async def run():
            talk = await a_talkback(url).open()
            for _ in range(30):
                talk.write(a_tone(1.0))
            ear.connections[0].transport.abortConnection()
            await talk.lost
            await talk.close()

        run()
    (left_out,) = [event["count"] for event in said if "left out" in event.get("log_format", "")]
    assert left_out == 20 * 8000


def test_a_camera_that_hangs_up_is_lost_with_a_reason():
    """And what is said then goes nowhere, without harm."""
    with an_ear() as (ear, url):

        @in_reactor
        async def run():
            talk = await a_talkback(url).open()
            waiting = talk.write(a_tone(1.0))
            ear.connections[0].transport.loseConnection()
            reason = await talk.lost
            assert "the connection was lost" in reason
            await waiting
            await talk.write(a_tone(1.0))
            await talk.close()

        run()


def test_a_camera_is_kept_awake():
    """In half of the time that it waits, or it would hang up while nobody says anything."""
    with an_ear(session="42;timeout=1") as (ear, url):

        @in_reactor
        async def run():
            talk = await a_talkback(url).open()
            while f"OPTIONS {BACK_CHANNEL}" not in ear.asked:
                await pause(0.1)
            await talk.close()

        run()
    assert f"OPTIONS {BACK_CHANNEL}" in ear.asked


@pytest.mark.parametrize(
    ("refusals", "text"),
    [
        ({"DESCRIBE": 551}, "551: the camera has no back channel"),
        ({"DESCRIBE": 404}, "404: the camera has no such stream"),
        ({"DESCRIBE": 401}, "401: the camera asks for a user name and a password"),
        ({"SETUP": 453}, "453: somebody else talks already"),
        ({"PLAY": 500}, "500: the camera refuses PLAY"),
    ],
)
def test_refusals_have_reasons(refusals, text):
    """And nothing stays open."""
    with an_ear(refusals=refusals) as (_, url):
        assert text in problem_of(a_talkback(url))


def test_a_camera_without_an_ear_is_told_so():
    """It describes what it sends only."""
    with an_ear(attributes="a=recvonly") as (_, url):
        assert "it has no loudspeaker" in problem_of(a_talkback(url))


def test_who_gives_up_while_connecting_leaves_nothing_open():
    """The camera never answers."""
    with a_silent_port() as port:

        @in_reactor
        async def run():
            opening = a_talkback(f"rtsp://127.0.0.1:{port}/live").open()
            opening.addErrback(lambda _: None)
            await pause(0.1)
            opening.cancel()
            await opening

        run()


def test_nobody_listens():
    """The connection is refused."""
    assert "connection refused" in problem_of(a_talkback(f"rtsp://127.0.0.1:{a_free_port()}/live"))


# -- by ONVIF ---------------------------------------------------------------------------------------


def test_the_device_tells_where_its_ear_is():
    """As it tells where its stream is: they are the same; the camera source is a talkback by itself."""
    with an_ear() as (ear, url), a_device(**recorded_answers("pelco")) as (device, port):
        rtsp = int(url.split(":")[2].split("/")[0])

        @in_reactor
        async def run():
            settings = CameraSettings(host="127.0.0.1", port=port, rtsp_port=rtsp, profile="Secondary")
            talk = await ITalkback(ONVIFSource(a_real_context(Path("/nowhere")), settings)).open()
            await say(talk, NOISE[:320])
            await talk.close()

        run()
    assert len(ear.packets) == 2
    assert [asked.text("ProfileToken") for asked in device.asked if asked.operation == "GetStreamUri"] == ["1"]
