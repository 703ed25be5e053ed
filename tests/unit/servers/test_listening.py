"""Ports are opened, named in a file, and closed again."""

import json
import os
import socket

import pytest
from twisted.internet.protocol import Factory, Protocol

from ssplug.servers.listening import PORTS_FILE, ListenError, Ports
from ssplug.testing.reactor import in_reactor, the_reactor


def ports(tmp_path, wanted=0, interface="127.0.0.1"):
    return Ports(the_reactor(), Factory.forProtocol(Protocol), interface, wanted, None, None, tmp_path)


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
