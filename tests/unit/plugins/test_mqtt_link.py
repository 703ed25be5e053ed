"""The connection to a broker that takes nothing: a small one of our own, for no real one can be told to."""

import contextlib
import socket
import struct
import threading

import pytest

from ssplug.testing import a_real_context, in_reactor, pause

pytest.importorskip("paho.mqtt", reason="the extra mqtt is not installed")

from ssplug_mqtt import link as link_module
from ssplug_mqtt.link import AT_ONCE, HELD_LIMIT, Broker, Connected, Link, LinkError
from ssplug_mqtt.topics import Message

CONNECT, PUBLISH, SUBSCRIBE, PING = 1, 3, 8, 12
WAIT_SECONDS = 20


class StingyBroker:
    """Lets everybody in; says nothing about what its first client publishes, and takes all of the second.

    To the first it may say something else, and goes.
    """

    def __init__(self, nonsense=b""):
        self._nonsense = nonsense
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.taken = []
        self.client = None
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def end(self):
        self._thread.join(WAIT_SECONDS)
        self._listening.close()

    def _serve(self):
        for takes in (False, True):
            self.client, _ = self._listening.accept()
            with self.client:
                while (packet := self._packet()) is not None:
                    self._answer(*packet, takes)

    def _packet(self):
        try:
            [first] = self.client.recv(1)
            length, shift, more = 0, 0, 0x80
            while more:
                [byte] = self.client.recv(1)
                length, shift, more = length | (byte & 0x7F) << shift, shift + 7, byte & 0x80
            return first >> 4, self.client.recv(length, socket.MSG_WAITALL) if length else b""
        except (ValueError, OSError):
            return None

    def _answer(self, kind, body, takes):
        if kind == CONNECT:
            self.client.sendall(b"\x20\x02\x00\x00")
        elif kind == SUBSCRIBE:
            self.client.sendall(b"\x90\x03" + body[:2] + b"\x01")
            if self._nonsense and not takes:
                self.client.sendall(self._nonsense)
                self.client.shutdown(socket.SHUT_WR)
        elif kind == PING:
            self.client.sendall(b"\xd0\x00")
        elif kind == PUBLISH and takes:
            [topic_length] = struct.unpack("!H", body[:2])
            self.taken.append(body[2 : 2 + topic_length].decode())
            self.client.sendall(b"\x40\x02" + body[2 + topic_length :][:2])


@in_reactor
async def test_a_broker_that_is_connected_and_takes_nothing_fills_no_memory(tmp_path, monkeypatch):
    """Each attempt fails with the reason; when it takes something again, it is not told all that was tried before."""
    monkeypatch.setattr(link_module, "ACCEPT_SECONDS", 0.3)
    broker = StingyBroker()
    workers = a_real_context(tmp_path).workers
    connections = Connections()
    link = Link(workers, Broker("127.0.0.1", broker.port), ["none"], Message("will", b""), connections.heard)
    await link.open()
    await workers.worker("wait").call(connections.wait_for, 1)
    for batch in range(5):
        with pytest.raises(LinkError, match="the broker took nothing"):
            await link.publish([Message(f"old/{batch}/{number}", b"x") for number in range(AT_ONCE)])
    broker.client.shutdown(socket.SHUT_RDWR)
    await workers.worker("wait again").call(connections.wait_for, 2)
    await link.publish([Message(f"new/{number}", b"x") for number in range(3 * AT_ONCE)])
    await link.close([])
    broker.end()
    assert len([topic for topic in broker.taken if topic.startswith("old/")]) <= HELD_LIMIT
    assert [topic for topic in broker.taken if topic.startswith("new/")] == [f"new/{n}" for n in range(3 * AT_ONCE)]
    await workers.stop()


# paho's thread may end with an exception; that is what this is about.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("nonsense", [b"\x30\x01\x00", b"\x30\x03\x00\x01\xff", b"\x90\x00", b"HTTP/1.1 400 Bad"])
@in_reactor
async def test_a_broker_that_talks_nonsense_is_connected_to_again(tmp_path, nonsense):
    """A packet too short, a topic that is no UTF-8, an answer without a question, no MQTT at all."""
    broker = StingyBroker(nonsense)
    workers = a_real_context(tmp_path).workers
    connections = Connections()
    link = Link(workers, Broker("127.0.0.1", broker.port), ["none"], Message("will", b""), connections.heard)
    await link.open()
    await workers.worker("wait").call(connections.wait_for, 1)
    while "news" not in broker.taken:
        with contextlib.suppress(LinkError):  # there is no connection for a second
            await link.publish([Message("news", b"x")])
        await pause(0.05)
    await link.close([])
    broker.end()
    await workers.stop()


class Connections:
    """How often there was one."""

    def __init__(self):
        self._count = 0
        self._news = threading.Condition()

    def heard(self, news):
        with self._news:
            self._count += isinstance(news, Connected)
            self._news.notify_all()

    def wait_for(self, count):
        with self._news:
            assert self._news.wait_for(lambda: self._count >= count, WAIT_SECONDS)
