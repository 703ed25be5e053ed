"""Writing to a connection by trying its socket first: real sockets, and a reactor that a test plays."""

import socket
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import CertificateOptions
from twisted.internet.tcp import Connection
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from ssplug.servers.certificate import kept_certificate
from ssplug.servers.write_through import WriteThrough


class Producer:
    """Remembers what its transport asked for."""

    def __init__(self):
        self.asked = []

    def pauseProducing(self):
        self.asked.append("pause")

    def resumeProducing(self):
        self.asked.append("resume")

    def stopProducing(self):
        self.asked.append("stop")


class Line:
    """A server's connection over a pair of sockets, with a small buffer in the kernel, and the client's end."""

    def __init__(self):
        self.ours, self.client = socket.socketpair()
        self.ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.client.setblocking(False)
        self.reactor = MemoryReactorClock()
        self.connection = Connection(self.ours, Protocol(), self.reactor)
        self.connection.connected = 1
        self.writer = WriteThrough(self.connection)
        self.received = b""

    def read(self):
        """What the client can read now."""
        with suppress(BlockingIOError):
            while data := self.client.recv(1 << 16):
                self.received += data

    def read_all(self):
        """Let the reactor write and the client read until nothing waits."""
        self.read()
        while self.connection in self.reactor.getWriters():
            self.connection.doWrite()
            self.read()

    def close(self):
        self.client.close()
        self.ours.close()


@pytest.fixture
def line():
    line = Line()
    yield line
    line.close()


def test_what_the_socket_takes_never_meets_the_reactor(line):
    line.writer.write(b"picture")

    line.read()
    assert line.received == b"picture"
    assert line.reactor.getWriters() == []
    assert line.writer.queued == 0


def test_what_the_socket_does_not_take_is_queued_and_counted(line):
    line.writer.write(b"x" * 100_000)

    line.read()
    assert line.writer.queued == 100_000 - len(line.received) > 0
    line.read_all()
    assert line.received == b"x" * 100_000
    assert line.writer.queued == 0


def test_nothing_overtakes_what_is_queued(line):
    line.writer.write(b"x" * 100_000)
    line.read()

    line.writer.write(b"later")

    line.read_all()
    assert line.received == b"x" * 100_000 + b"later"


def test_nothing_overtakes_what_others_wrote(line):
    line.connection.write(b"response")

    line.writer.write(b"picture")

    line.read_all()
    assert line.received == b"responsepicture"


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 60_000), st.booleans(), st.booleans()), max_size=12))
def test_both_roads_give_the_same_bytes(writes):
    line = Line()
    try:
        expected = b""
        for number, (size, through, reads) in enumerate(writes):
            data = bytes((number,)) * size
            expected += data
            (line.writer if through else line.connection).write(data)
            if reads:
                line.read()
        line.read_all()
        assert line.received == expected
    finally:
        line.close()


def test_a_producer_is_paused_and_resumed_as_ever(line):
    producer = Producer()
    line.connection.registerProducer(producer, True)

    line.writer.write(b"x" * 500_000)
    assert producer.asked == ["pause"]

    line.read_all()
    assert producer.asked == ["pause", "resume"]


def test_a_broken_connection_is_left_to_the_transport(line):
    line.client.close()

    line.writer.write(b"picture")

    assert line.reactor.getWriters() == [line.connection]
    assert isinstance(line.connection.doWrite(), Exception)


def test_after_the_end_nothing_is_written(line):
    line.connection.connectionLost(Failure(ConnectionDone()))

    line.writer.write(b"picture")

    line.read()
    assert line.received == b""
    assert line.writer.queued == 0


def test_a_connection_that_is_being_closed_keeps_its_order(line):
    line.connection.loseConnection()

    line.writer.write(b"last words")

    line.read_all()
    assert line.received == b"last words"


def test_any_other_transport_takes_its_own_road():
    transport = StringTransport()

    WriteThrough(transport).write(b"picture")

    assert transport.value() == b"picture"
    assert WriteThrough(transport).queued == 0


class Collector(Protocol):
    """A client that keeps what comes."""

    def connectionMade(self):
        self.factory.protocol_made = self
        self.received = b""

    def dataReceived(self, data):
        self.received += data


def _tls(line, tmp_path):
    """Both ends of `line` under TLS: what the server writes with, what the client has got, and how to go on."""
    options = kept_certificate(tmp_path, ["localhost"], datetime.now(UTC)).options
    server_factory, client_factory = Factory.forProtocol(Collector), Factory.forProtocol(Collector)
    server = TLSMemoryBIOFactory(options, False, server_factory, line.reactor).buildProtocol(None)
    client = TLSMemoryBIOFactory(CertificateOptions(), True, client_factory, line.reactor).buildProtocol(None)
    far = Connection(line.client, client, line.reactor)
    near = line.connection
    near.protocol, far.connected = server, 1
    server.makeConnection(near)
    client.makeConnection(far)

    def go_on():
        for _ in range(200):
            line.reactor.advance(0)
            for end in (far, near):
                if end in line.reactor.getWriters():
                    end.doWrite()
                end.doRead()

    go_on()
    return WriteThrough(server), client_factory.protocol_made, go_on


def test_under_tls_the_bytes_are_the_same_and_what_waits_is_counted(line, tmp_path):
    writer, client, go_on = _tls(line, tmp_path)

    writer.write(b"picture" * 20_000)
    line.reactor.advance(0)
    assert writer.queued > 100_000

    go_on()
    assert client.received == b"picture" * 20_000
    assert writer.queued == 0
