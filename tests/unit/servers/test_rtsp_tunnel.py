"""RTSP in HTTP: two connections that are one client."""

import base64

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from ssplug.servers.port import ProtocolDetectingFactory
from tests.unit.servers.rtsp_scene import ADMIN, URI, Scene, a_picture

GET = b"GET /stream?cameraNum=3 HTTP/1.1\r\nx-sessioncookie: abc\r\n\r\n"
POST = b"POST /stream?cameraNum=3 HTTP/1.1\r\nx-sessioncookie: abc\r\nContent-Length: 32767\r\n\r\n"


class Connection:
    """One TCP connection to the port."""

    def __init__(self, factory):
        self.protocol = factory.buildProtocol(IPv4Address("TCP", "192.0.2.1", 5000))
        self.transport = StringTransport(peerAddress=IPv4Address("TCP", "192.0.2.1", 5000))
        self.protocol.makeConnection(self.transport)

    def send(self, data):
        self.protocol.dataReceived(data)

    def leave(self):
        self.protocol.connectionLost(Failure(ConnectionDone()))

    def taken(self):
        data = self.transport.value()
        self.transport.clear()
        return data


class Port:
    """A server with camera 3, behind its port."""

    def __init__(self):
        self.scene = Scene()
        self.factory = ProtocolDetectingFactory(None, self.scene.factory, self.scene.clock, "BBVS/6.0/abc")

    def connect(self, head):
        connection = Connection(self.factory)
        connection.send(head)
        return connection

    def tunnel(self):
        return self.connect(GET), self.connect(POST)


def coded(method, uri=URI, *fields):
    """A request as it travels in a tunnel."""
    lines = [f"{method} {uri} RTSP/1.0", "CSeq: 1", *(f"{name}: {value}" for name, value in (ADMIN, *fields)), "", ""]
    return base64.b64encode("\r\n".join(lines).encode())


def test_requests_of_one_are_answered_on_the_other():
    port = Port()
    out, way_in = port.tunnel()
    assert b"application/x-rtsp-tunnelled" in out.taken()
    way_in.send(coded("DESCRIBE"))
    assert out.taken().startswith(b"RTSP/1.0 200 OK\r\n")
    assert way_in.taken() == b""
    assert port.factory.counters.tunnel == 2


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_a_whole_session_goes_through_however_it_is_cut(piece):
    port = Port()
    out, way_in = port.tunnel()
    transport = ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")
    session = coded("DESCRIBE") + coded("SETUP", f"{URI}/trackID=0", transport) + coded("PLAY")
    for begin in range(0, len(session), piece):
        way_in.send(session[begin : begin + piece])
    assert out.taken().count(b"RTSP/1.0 200 OK\r\n") == 3
    port.scene.publish(a_picture(key=True))
    assert out.taken().startswith(b"$\0")


def test_the_first_request_may_come_with_the_head():
    port = Port()
    out = port.connect(GET)
    out.taken()
    port.connect(POST + coded("OPTIONS"))
    assert out.taken().startswith(b"RTSP/1.0 200 OK\r\n")


def test_a_client_may_go_on_with_another_post():
    """Its Content-Length may be used up; the one before is closed."""
    port = Port()
    out, first = port.tunnel()
    second = port.connect(POST)
    assert first.transport.disconnecting
    out.taken()
    first.send(coded("OPTIONS"))
    assert out.taken() == b""
    first.leave()
    second.send(coded("OPTIONS"))
    assert out.taken().startswith(b"RTSP/1.0 200 OK\r\n")


def test_when_the_way_out_is_gone_all_is():
    port = Port()
    out, way_in = port.tunnel()
    out.leave()
    assert way_in.transport.disconnecting
    assert port.scene.factory.counters.connections == 0
    assert b"404" in port.connect(POST).taken()


def test_when_the_way_in_is_gone_the_picture_goes_on():
    port = Port()
    out, way_in = port.tunnel()
    way_in.send(
        coded("SETUP", f"{URI}/trackID=0", ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")) + coded("PLAY")
    )
    way_in.leave()
    out.taken()
    port.scene.publish(a_picture(key=True))
    assert out.taken().startswith(b"$\0")


@pytest.mark.parametrize(
    ("before", "head", "status"),
    [((), POST, b"HTTP/1.0 404 "), ((GET,), GET, b"HTTP/1.0 409 ")],
    ids=["a way in alone", "a cookie that is taken"],
)
def test_what_makes_no_tunnel_is_refused(before, head, status):
    port = Port()
    kept = [port.connect(each) for each in before]
    connection = port.connect(head)
    assert connection.taken().startswith(status)
    assert connection.transport.disconnecting
    connection.send(coded("OPTIONS"))
    assert not any(each.transport.disconnecting for each in kept)


def test_what_is_no_base64_ends_the_tunnel():
    port = Port()
    out, way_in = port.tunnel()
    way_in.send(b"DESCRIBE rtsp://nvr/ RTSP/1.0\r\n\r\n")
    assert way_in.transport.disconnecting
    assert out.transport.disconnecting


def test_a_client_that_does_not_read_is_not_read_from():
    """What it asks for meanwhile waits at its own end."""
    port = Port()
    out, way_in = port.tunnel()
    out.transport.producer.pauseProducing()
    assert way_in.transport.producerState == "paused"
    assert out.transport.producerState == "producing"
    out.transport.producer.resumeProducing()
    assert way_in.transport.producerState == "producing"
