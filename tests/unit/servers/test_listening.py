"""Ports are opened, named in a file, and closed again."""

import contextlib
import json
import os
import socket
from datetime import UTC, datetime

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread

from ssplug.servers.certificate import CurrentCertificate, kept_certificate
from ssplug.servers.listening import PORTS_FILE, Addresses, ListenError, Ports
from ssplug.testing.reactor import in_reactor, pause, the_reactor


class Echo(Protocol):
    """Says again what it hears, as long as its factory has a port."""

    def connectionMade(self):
        self.factory.connections.append(self)

    def dataReceived(self, data):
        self.transport.write(data)


class Echoes(Factory):
    """Ends its connections when it has no port any more, as the server's own does."""

    protocol = Echo
    noisy = False

    def __init__(self):
        self.connections = []

    def stopFactory(self):
        for connection in self.connections:
            connection.transport.abortConnection()


def ports(tmp_path, wanted=0, interface="127.0.0.1", tls_port=None):
    tls = CurrentCertificate(kept_certificate(tmp_path, ["localhost"], datetime.now(UTC)))
    return Ports(the_reactor(), Echoes(), Addresses(interface, wanted, tls_port), tls, tmp_path)


@contextlib.asynccontextmanager
async def listening(some):
    some.listen()
    try:
        yield some
    finally:
        await some.close()


def a_free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def connected(port, host="127.0.0.1"):
    connection = socket.create_connection((host, port), timeout=10)
    connection.settimeout(10)
    return connection


async def echoes(connection, text=b"still there"):
    """Whether the connection does what it is for."""
    connection.sendall(text)
    return await deferToThread(connection.recv, 100) == text


def is_open(port, host="127.0.0.1"):
    with contextlib.suppress(ConnectionRefusedError):
        connected(port, host).close()
        return True
    return False


@in_reactor
async def test_any_free_port_is_found_and_named(tmp_path):
    """`port: 0`, and the number in ports.json."""
    some = ports(tmp_path)
    some.listen()
    try:
        told = json.loads((tmp_path / PORTS_FILE).read_text())
        assert (told["port"], told["tls_port"], told["pid"]) == (some.port, None, os.getpid())
        assert list(some.urls()) == [f"http://127.0.0.1:{some.port}/"]
    finally:
        await some.close()
    assert not (tmp_path / PORTS_FILE).exists()


@in_reactor
async def test_a_port_in_use_is_named_with_its_setting(tmp_path):
    """The error says which setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        wanted = other.getsockname()[1]
        with pytest.raises(ListenError, match=rf"port {wanted} \(server.port\)"):
            ports(tmp_path, wanted).listen()


@in_reactor
async def test_a_wildcard_is_shown_as_an_address_one_can_open(tmp_path):
    """Nobody can open http://[::]/ ."""
    some = ports(tmp_path, interface="::")
    some.listen()
    try:
        assert next(some.urls()) == f"http://[::1]:{some.port}/"
    finally:
        await some.close()


@in_reactor
@pytest.mark.parametrize("tls_port", [None, 0])
async def test_a_port_moves_and_connections_stay(tmp_path, tls_port):
    """Nobody can connect at the old one any more; `ports.json` has the new one."""
    async with listening(ports(tmp_path, tls_port=tls_port)) as some:
        old, wanted = some.port, a_free_port()
        with connected(old) as connection:
            assert await echoes(connection)
            await some.move(Addresses("127.0.0.1", wanted, tls_port))
            assert await echoes(connection)
            with connected(wanted) as newcomer:
                assert await echoes(newcomer)
        assert (some.port, is_open(old)) == (wanted, False)
        assert json.loads((tmp_path / PORTS_FILE).read_text())["port"] == wanted


@in_reactor
async def test_another_interface_may_have_the_same_port(tmp_path):
    """The old one is in its way and must be closed first; connections stay all the same."""
    async with listening(ports(tmp_path, a_free_port())) as some:
        with connected(some.port) as connection:
            assert await echoes(connection)
            await some.move(Addresses("0.0.0.0", some.port, None))
            assert await echoes(connection)
            assert is_open(some.port, "127.0.0.2")


@in_reactor
async def test_a_port_that_cannot_be_had_leaves_all_as_it_was(tmp_path):
    """Also one that had been closed to make room, and none is open that was not."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken, free = other.getsockname()[1], a_free_port()
        async with listening(ports(tmp_path)) as some:
            before, told = some.wanted, (tmp_path / PORTS_FILE).read_text()
            for wanted in (Addresses("127.0.0.1", free, taken), Addresses("0.0.0.0", some.port, taken)):
                with pytest.raises(ListenError, match=rf"port {taken} \(server.tls_port\)"):
                    await some.move(wanted)
                assert (some.wanted, is_open(some.port)) == (before, True)
            assert (tmp_path / PORTS_FILE).read_text() == told
            await pause(0)
            assert not is_open(free)


@in_reactor
async def test_tls_comes_and_goes_without_the_other_port(tmp_path):
    """Which stays the port that it was."""
    async with listening(ports(tmp_path)) as some:
        plain = some.port
        await some.move(Addresses("127.0.0.1", 0, a_free_port()))
        tls_port = some.tls_port
        assert (some.port, is_open(tls_port)) == (plain, True)
        await some.move(Addresses("127.0.0.1", 0, None))
        assert (some.port, some.tls_port, is_open(tls_port)) == (plain, None, False)


@in_reactor
async def test_what_is_closed_is_not_opened_again(tmp_path):
    """A server that stops may be told to reload just then."""
    some = ports(tmp_path)
    some.listen()
    await some.close()
    wanted = a_free_port()
    await some.move(Addresses("127.0.0.1", wanted, None))
    assert not is_open(wanted)
