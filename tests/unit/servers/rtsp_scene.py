"""An RTSP server without a network: cameras, accounts and clients of a test, and a clock that stands."""

import base64
import re
from dataclasses import dataclass

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from ssplug.access.accounts import LoginError, TooManyLoginsError
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.media.nal import annex_b
from ssplug.media.video_encoder import Look
from ssplug.model.access import EVERYTHING, Avatar, Permission
from ssplug.model.ptz import PTZCapability
from ssplug.servers.presentations import Presenter
from ssplug.servers.rtsp import RTSPFactory
from ssplug.site.types import CameraConfig, Slot
from ssplug.streams.audio_form import AudioForms
from ssplug.streams.encoder_budget import EncoderBudget
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import JPEGViews
from ssplug.streams.rates import Rates
from ssplug.streams.rtp_streams import RTPStreams
from ssplug.streams.video_form import VideoForms
from ssplug.testing import InlineWorkers, a_camera, a_video_track, an_access_unit, an_audio_track
from ssplug.wire.rtp.packetizer import Origin
from tests.unit.ptz.scene import a_head

SPS, PPS = bytes.fromhex("6742c01eda0280bfe5c044000003000400000300ca3c58ba80"), bytes.fromhex("68ce3c80")
VIDEO = a_video_track(extradata=annex_b([SPS, PPS]))
SOUND = an_audio_track()
URI = "rtsp://nvr:8000/stream?cameraNum=3"
IDENTITY = (("Server", "BBVS/6.0/abc"), ("SS-UUID", "abc"))


def basic(user: str, password: str) -> tuple[str, str]:
    """An Authorization header."""
    return "Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


ADMIN = basic("admin", "sesame")


class FakeAccounts:
    """Whoever knows the word is let in; `hold` keeps everybody waiting."""

    def __init__(self):
        self.avatars = {
            "admin": Avatar("admin", EVERYTHING),
            "deaf": Avatar("deaf", Permission.LIVE),
            "guest": Avatar("guest", EVERYTHING, frozenset({"elsewhere"})),
        }
        self.logins = []
        self.waiting = None
        self.is_full = False

    def hold(self):
        self.waiting = []

    def release(self):
        waiting, self.waiting = self.waiting, None
        for answer, credentials in waiting:
            self._answer(credentials).chainDeferred(answer)

    def login(self, credentials, address):
        self.logins.append((credentials, address))
        if self.waiting is not None:
            answer = Deferred()
            self.waiting.append((answer, credentials))
            return answer
        return self._answer(credentials)

    def _answer(self, credentials):
        if self.is_full:
            return fail(TooManyLoginsError("full"))
        if credentials is None or credentials.password != "sesame":
            return fail(LoginError("no"))
        return succeed(self.avatars[credentials.user])


@dataclass
class Reply:
    """A response as a client reads it."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One connection, and what came over it."""

    def __init__(self, factory):
        self.address = IPv4Address("TCP", "192.0.2.1", 5000)
        self.protocol = factory.buildProtocol(self.address)
        self.transport = StringTransport(peerAddress=self.address)
        self.protocol.makeConnection(self.transport)
        self.frames = []
        self._cseq = 0

    @property
    def is_open(self):
        return not (self.transport.disconnecting or self.transport.disconnected)

    def send(self, data):
        self.protocol.dataReceived(data)

    def leave(self):
        self.protocol.connectionLost(Failure(ConnectionDone()))

    def request(self, method, uri=URI, *fields, body=b""):
        """Send a request and read its reply."""
        self._cseq += 1
        lines = [f"{method} {uri} RTSP/1.0", f"CSeq: {self._cseq}", *(f"{name}: {value}" for name, value in fields)]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join([*lines, "", ""]).encode() + body)
        [reply] = self.replies()
        return reply

    def replies(self):
        """The replies that have come; frames go to `frames`."""
        data = self.transport.value()
        self.transport.clear()
        found = []
        while data:
            if data[:1] == b"$":
                end = 4 + int.from_bytes(data[2:4], "big")
                self.frames.append((data[1], data[4:end]))
                data = data[end:]
            else:
                reply, data = _reply(data)
                found.append(reply)
        return found

    def play(self, *fields, tracks=(0,), uri=URI):
        """Go through the whole handshake; the reply to PLAY."""
        fields = fields or (ADMIN,)
        self.request("DESCRIBE", uri, *fields)
        for track in tracks:
            transport = f"RTP/AVP/TCP;unicast;interleaved={2 * track}-{2 * track + 1}"
            self.request("SETUP", f"{uri}/trackID={track}", ("Transport", transport), *fields)
        return self.request("PLAY", uri, *fields)


def _reply(data):
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    length = int(headers.get("Content-Length", 0))
    return Reply(int(re.match(r"RTSP/1.0 (\d+) ", first)[1]), headers, rest[:length]), rest[length:]


class Scene:
    """The server, with camera 3 (Front Porch) online."""

    def __init__(self, *tracks):
        self.clock = Clock()
        self.accounts = FakeAccounts()
        self.hub = StreamHub()
        self.encoders = EncoderBudget(100)
        workers, name = InlineWorkers(), "camera 3"
        views = JPEGViews(self.hub, workers, name, self.clock, self.clock.seconds)
        self.camera = Camera(
            CameraConfig(a_camera(3), Slot("fake")),
            self.hub,
            Rates(),
            views,
            AudioForms(self.hub, workers, name),
            VideoForms(self.hub, views.pictures, workers, self.encoders, name, self.clock, Look),
            ptz=a_head(PTZCapability(61)),
        )
        self._origins = iter(Origin(ssrc=number, sequence=10 * number, timestamp=0) for number in range(1, 99))
        self.presenter = Presenter(Roster([self.camera]), self.accounts.login, self._streams, "SecuritySpy")
        self.factory = RTSPFactory(self.presenter, IDENTITY, self.clock, self.clock.seconds, lambda bits: 0x5E5510)
        self.factory.doStart()
        self.hub.came_online(tracks or (VIDEO, SOUND))

    def _streams(self, camera, hub):
        return RTPStreams(hub, camera.audio, lambda: next(self._origins), self.clock.seconds, lambda: 0.0, "camera-3")

    @property
    def counters(self):
        """Of the camera."""
        return self.presenter.cameras[3].counters

    def client(self):
        return Client(self.factory)

    def publish(self, *units):
        for unit in units:
            self.hub.publish(unit)


def a_picture(seconds=0.0, key=False, size=50, track=VIDEO):
    """An access unit of the camera."""
    return an_access_unit(seconds, key, annex_b([(b"\x65" if key else b"\x41") + b"x" * size]), track)
