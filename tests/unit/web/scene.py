"""A web server without a network: cameras, accounts and clients of a test, and a clock that stands."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from argon2 import PasswordHasher
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from ssplug.access.accounts import Accounts
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.cameras.sites import Sites
from ssplug.drivers import Drivers
from ssplug.events.bus import EventBus
from ssplug.media.access_unit import Track
from ssplug.media.video_encoder import Look
from ssplug.model.access import EVERYTHING, Permission
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.servers.web.context import Ports, WebContext
from ssplug.servers.web.root import WebSite, web_site
from ssplug.site.types import CameraConfig, ServerConfig, Site, Slot, User
from ssplug.streams.audio_form import AudioForms
from ssplug.streams.encoder_budget import EncoderBudget
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import JPEGForm, NoPictureError
from ssplug.streams.pictures import Pictures
from ssplug.streams.rates import Rates
from ssplug.streams.video_form import VideoForms
from ssplug.testing import InlineWorkers, a_video_track, an_audio_track
from ssplug.testing.workers import InlineWorker

UUID = "0123456789abcdef"
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC).timestamp()
CET = timezone(timedelta(hours=1))

HOUSE = ServerConfig(name="House NVR", bonjour=False)

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("sesame")
ADMIN = User("admin", CHEAP, admin=True, permissions=EVERYTHING)
GUEST = User("guest", "guest", permissions=Permission.LIVE, cameras=frozenset({"porch"}))
CLERK = User("clerk", "clerk", permissions=Permission.SCHEDULE)
ADMIN_AUTH, GUEST_AUTH, CLERK_AUTH = "YWRtaW46c2VzYW1l", "Z3Vlc3Q6Z3Vlc3Q=", "Y2xlcms6Y2xlcms="


class FakeViews:
    """Pictures of a camera, as its views give them."""

    def __init__(self) -> None:
        self.jpeg: bytes | None = b"\xff\xd8picture\xff\xd9"
        self.asked: list[JPEGForm] = []
        self.viewers: list[tuple[JPEGForm, float | None, Callable[[bytes], None]]] = []

    def still(self, form: JPEGForm) -> "Deferred[bytes]":
        self.asked.append(form)
        return fail(NoPictureError("offline")) if self.jpeg is None else succeed(self.jpeg)

    def watch(self, form: JPEGForm, fps: float | None, deliver: Callable[[bytes], None]) -> Callable[[], None]:
        viewer = (form, fps, deliver)
        self.viewers.append(viewer)
        return lambda: self.viewers.remove(viewer)

    def show(self, jpeg: bytes) -> None:
        for _, _, deliver in tuple(self.viewers):
            deliver(jpeg)


@dataclass
class FakeModeState:
    armed: bool = False
    schedule_id: int = 0
    override_id: int = 0


@dataclass
class FakeArming:
    """Schedules as a test wants them."""

    states: dict[tuple[int, CaptureMode], FakeModeState] = field(default_factory=dict)
    zone: tzinfo = CET

    def state(self, number: int, mode: CaptureMode) -> FakeModeState:
        return self.states.get((number, mode), FakeModeState())

    def schedules(self) -> list[tuple[int, str]]:
        return [(0, "unarmed-24-7"), (1, "armed-24-7"), (4903, "night")]

    def presets(self) -> list[tuple[int, str]]:
        return [(100, "Home"), (101, "Away")]

    def explain(self, number: int, mode: CaptureMode, at: datetime | None = None) -> SimpleNamespace:
        return SimpleNamespace(text=f"{mode.value} of {number}")

    def arm(self, numbers: Sequence[int], modes: Sequence[CaptureMode], armed: bool) -> "Deferred[None]":
        return succeed(None)


class FakeFolder:
    """Sounds or scripts, whichever is asked for."""

    def __init__(self, *names: str, error: Exception | None = None) -> None:
        self.known = names
        self.done: list[str] = []
        self.error = error

    def names(self) -> "Deferred[tuple[str, ...]]":
        return succeed(self.known)

    def play(self, name: str) -> "Deferred[None]":
        self.done.append(name)
        return succeed(None) if self.error is None else fail(self.error)

    run = play


def a_camera_at_work(
    number: int = 0,
    name: str = "Front Porch",
    id: str = "porch",  # noqa: A002
    online: bool = True,
    tracks: tuple[Track, ...] = (a_video_track(), an_audio_track()),
    driver: Any = None,
    source: Slot | None = None,
    **config: Any,
) -> Camera:
    """A camera without a source: what a source would do, a test does."""
    hub = StreamHub()
    views: Any = FakeViews()
    pictures = Pictures(hub, InlineWorkers(), name, Clock())
    camera = Camera(
        CameraConfig(CameraIdentity(id, number, name), source or Slot("pattern"), **config),
        hub,
        Rates(),
        views,
        AudioForms(hub, InlineWorkers(), name),
        VideoForms(hub, pictures, InlineWorkers(), EncoderBudget(), name, Clock(), Look),
        driver=driver,
    )
    if online:
        camera.hub.came_online(tracks)
    else:
        views.jpeg = None
    return camera


@dataclass
class Response:
    """What a server answered, to the byte."""

    version: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, whose name is taken to the letter."""
        return next((value for known, value in self.headers if known == name), None)

    @property
    def text(self) -> str:
        return self.body.decode()


def responses(data: bytes, method: str = "GET") -> list[Response]:
    """Everything that was answered on a connection."""
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        version, code, reason = status.split(" ", 2)
        headers = [(name, value.lstrip(" ")) for name, _, value in (line.partition(":") for line in lines)]
        assert all(re.fullmatch(r"[A-Za-z0-9-]+: [^ ].*|[A-Za-z0-9-]+: ", line) for line in lines), lines
        length = next((int(value) for name, value in headers if name == "Content-Length"), len(data))
        length = 0 if method == "HEAD" else length
        found.append(Response(version, int(code), reason, headers, data[:length]))
        data = data[length:]
    return found


class FakeTransport(StringTransport):
    """Loses the connection as a real one does: not before the caller has returned."""

    def __init__(self, clock: Clock, lost: Callable[[Failure], None], address: IPv4Address) -> None:
        super().__init__(peerAddress=address)
        self.clock = clock
        self.lost = lost

    def loseConnection(self) -> None:
        if not self.disconnecting:
            self.disconnecting = True
            self.clock.callLater(0, self.lost, Failure(ConnectionDone()))

    def abortConnection(self) -> None:
        self.loseConnection()


class Client:
    """One connection."""

    def __init__(self, scene: "Scene", address: str = "192.0.2.7") -> None:
        peer = IPv4Address("TCP", address, 50000)
        self.channel = scene.web.buildProtocol(peer)
        self.transport = FakeTransport(scene.clock, self.channel.connectionLost, peer)
        self.channel.makeConnection(self.transport)

    @property
    def is_open(self) -> bool:
        return not self.transport.disconnecting

    @property
    def received(self) -> bytes:
        """All that came since the last `clear`."""
        return self.transport.value()

    def clear(self) -> None:
        self.transport.clear()

    def send(self, data: str | bytes) -> "Client":
        self.channel.dataReceived(data.encode() if isinstance(data, str) else data)
        return self

    def get(self, uri: str, *headers: str, method: str = "GET") -> Response:
        """One request; its whole response, or what there is of a stream."""
        self.clear()
        self.send("\r\n".join((f"{method} {uri} HTTP/1.1", "Host: nvr.local:8000", *headers, "", "")))
        [response] = responses(self.received, method)
        return response

    def post(self, uri: str, body: str | bytes, *headers: str) -> Response:
        """One request with a body; its whole response."""
        data = body.encode() if isinstance(body, str) else body
        self.clear()
        head = (f"POST {uri} HTTP/1.1", "Host: nvr.local:8000", f"Content-Length: {len(data)}", *headers, "", "")
        self.send("\r\n".join(head).encode() + data)
        [response] = responses(self.received, "POST")
        return response

    def leave(self) -> None:
        """Close the connection from the client's side."""
        self.transport.loseConnection()
        self.transport.clock.advance(0)


class Scene:
    """A server with its cameras and accounts."""

    def __init__(
        self,
        *cameras: Camera,
        users: Sequence[User] = (),
        server: ServerConfig = HOUSE,
        groups: dict[str, tuple[str, ...]] | None = None,
        arming: Any = None,
        footage: Any = None,
        site: Site | None = None,
        drivers: Drivers | None = None,
        **parts: Any,
    ) -> None:
        """`site` may be one from a file, to be changed; `server`, `users` and `groups` are for one that is not.

        `parts` are others of the context's fields.
        """
        self.clock = Clock()
        self.bus = EventBus(self.now)
        self.roster = Roster(cameras)
        self.arming = FakeArming() if arming is None else arming
        self.triggered: list[tuple[int, TriggerReason]] = []
        self.accounts = Accounts(users, InlineWorker("passwords"), self.clock, self.clock.seconds, b"k" * 32)
        site = site or Site(Path("site.yaml"), server=server, users=tuple(users), groups=groups or {})
        self.sites = Sites(site, drivers or Drivers(), self.bus, InlineWorker("site"))
        self.context = WebContext(
            sites=self.sites,
            uuid=UUID,
            roster=self.roster,
            accounts=self.accounts,
            bus=self.bus,
            arming=self.arming,
            reactor=self.clock,
            monotonic=self.clock.seconds,
            now=self.now,
            ports=lambda: Ports(8000, 8001),
            footage=footage,
            trigger=lambda number, reason: self.triggered.append((number, reason)),
            **parts,
        )
        self.web: WebSite = web_site(self.context)

    def now(self) -> float:
        return NOON + self.clock.seconds()

    def client(self, address: str = "192.0.2.7") -> Client:
        return Client(self, address)

    def get(self, uri: str, *headers: str, method: str = "GET") -> Response:
        """One request on a connection of its own."""
        return self.client().get(uri, *headers, method=method)

    def post(self, uri: str, body: str | bytes, *headers: str) -> Response:
        """The same with a body."""
        return self.client().post(uri, body, *headers)
