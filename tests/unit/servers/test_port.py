"""One port for two protocols."""

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import Site

from ssplug.servers.port import CLOSE_SECONDS, FIRST_LINE_SECONDS, ProtocolDetectingFactory

HTTP_REQUEST = b"GET /image HTTP/1.1\r\nHost: nvr\r\n\r\n"
RTSP_REQUEST = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"


class Listener(Protocol):
    """Remembers what it was told."""

    def __init__(self):
        self.received = b""
        self.lost = None

    def dataReceived(self, data):
        self.received += data

    def connectionLost(self, reason):
        self.lost = reason


class ListenerFactory(Factory):
    """Remembers its protocols, and whether it runs."""

    def __init__(self):
        self.made = []
        self.runs = False
        self.wants = True

    def startFactory(self):
        self.runs = True

    def stopFactory(self):
        self.runs = False

    def buildProtocol(self, addr):
        if not self.wants:
            return None
        listener = Listener()
        listener.address = addr
        self.made.append(listener)
        return listener


class Still(Resource):
    """The only resource."""

    isLeaf = True

    def render_GET(self, request):
        return b"picture"


class Scene:
    """The port, and one connection to it."""

    def __init__(self, http=None):
        self.clock = Clock()
        self.http, self.rtsp = http or ListenerFactory(), ListenerFactory()
        self.factory = ProtocolDetectingFactory(self.http, self.rtsp, self.clock, "BBVS/6.0/abc")
        self.address = IPv4Address("TCP", "192.0.2.1", 5000)
        self.protocol = self.factory.buildProtocol(self.address)
        self.transport = StringTransport(peerAddress=self.address)
        self.protocol.makeConnection(self.transport)


@pytest.mark.parametrize(("data", "kind"), [(HTTP_REQUEST, "http"), (RTSP_REQUEST, "rtsp")])
@pytest.mark.parametrize("piece", [1, 1 << 20], ids=["byte by byte", "whole"])
def test_everything_reaches_the_protocol_that_was_meant(data, kind, piece):
    scene = Scene()

    for start in range(0, len(data), piece):
        scene.protocol.dataReceived(data[start : start + piece])

    [listener] = getattr(scene, kind).made
    assert listener.received == data
    assert listener.transport is scene.transport
    assert listener.address == scene.address
    assert getattr(scene.factory.counters, kind) == 1


def test_later_bytes_go_straight_on():
    scene = Scene()
    scene.protocol.dataReceived(RTSP_REQUEST)

    scene.protocol.dataReceived(HTTP_REQUEST)

    assert scene.rtsp.made[0].received == RTSP_REQUEST + HTTP_REQUEST
    assert scene.http.made == []


def test_the_end_of_the_connection_is_passed_on():
    scene = Scene()
    scene.protocol.dataReceived(RTSP_REQUEST)
    reason = Failure(ConnectionDone())

    scene.protocol.connectionLost(reason)

    assert scene.rtsp.made[0].lost is reason


def test_a_client_that_says_nothing_is_closed():
    scene = Scene()
    scene.protocol.dataReceived(b"GET /")

    scene.clock.advance(FIRST_LINE_SECONDS)

    assert scene.transport.disconnecting
    assert scene.factory.counters.timed_out == 1


def test_one_byte_a_second_buys_no_time():
    scene = Scene()

    for byte in b"GET /image":
        scene.protocol.dataReceived(bytes((byte,)))
        scene.clock.advance(1)

    assert scene.transport.disconnecting


def test_a_protocol_that_was_found_has_all_the_time_it_gives():
    scene = Scene()
    scene.protocol.dataReceived(RTSP_REQUEST)

    assert scene.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"GET /\r\n", b"HTTP/1.1 400 Bad Request\r\nServer: BBVS/6.0/abc\r\n"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"HTTP/1.1 505 "),
        (b"GET /" + b"a" * 20_000, b"HTTP/1.1 414 "),
        (b"\x16\x03\x01\x02\x00", b""),
        (b"$\x00\x00\x04abcd", b""),
    ],
    ids=["malformed", "HTTP/2", "endless", "TLS", "interleaved"],
)
def test_what_nobody_here_understands_is_answered_and_closed(data, answer):
    scene = Scene()

    scene.protocol.dataReceived(data)
    scene.protocol.dataReceived(HTTP_REQUEST)

    assert scene.transport.value()[: len(answer)] == answer
    assert bool(scene.transport.value()) == bool(answer)
    assert scene.transport.disconnecting
    assert scene.factory.counters.refused == 1
    assert scene.http.made == []


def test_a_refused_peer_that_does_not_go_is_cut_off():
    scene = Scene()
    scene.protocol.dataReceived(b"\x00")

    scene.clock.advance(CLOSE_SECONDS)

    assert scene.transport.disconnected


def test_a_peer_that_goes_leaves_nothing_behind():
    for data in (b"", b"\x00", RTSP_REQUEST):
        scene = Scene()
        scene.protocol.dataReceived(data)

        scene.protocol.connectionLost(Failure(ConnectionDone()))

        assert scene.clock.getDelayedCalls() == []


def test_a_factory_that_wants_nobody_closes():
    scene = Scene()
    scene.rtsp.wants = False

    scene.protocol.dataReceived(RTSP_REQUEST)

    assert scene.transport.disconnecting


def test_both_factories_run_while_any_port_listens():
    scene = Scene()

    scene.factory.doStart()
    scene.factory.doStart()
    assert (scene.http.runs, scene.rtsp.runs) == (True, True)

    scene.factory.doStop()
    assert (scene.http.runs, scene.rtsp.runs) == (True, True)
    scene.factory.doStop()
    assert (scene.http.runs, scene.rtsp.runs) == (False, False)


def test_twisted_web_is_served_on_the_real_transport():
    """It registers its producer there, and finds the address of its client."""
    scene = Scene(http=Site(Still(), reactor=Clock()))

    scene.protocol.dataReceived(HTTP_REQUEST)

    assert scene.transport.value().startswith(b"HTTP/1.1 200 OK\r\n")
    assert scene.transport.producer is not None
