"""Finding devices by WS-Discovery (ONVIF Core, 7.3). Reactor thread.

A probe goes to everybody in the local network, or to certain hosts; who is a camera answers. Datagrams
get lost, so the probe is sent three times; who answers more than once is found once.
"""

import secrets
import uuid
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from onveef.wsdiscovery import DiscoveredDevice, build_probe, parse_probe_matches
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import deferLater

from ssplug.model.discovery import Found, Search
from ssplug_onvif.addresses import DEVICE_SERVICE

GROUP: Final = "239.255.255.250"
PORT: Final = 3702
_TYPES: Final = "dn:NetworkVideoTransmitter"
_PROBES: Final = 3
_TTL: Final = 2
_LIMIT: Final = 1000
"""Devices; whoever answers by more is not counted any further."""


async def search_devices(reactor: Any, search: Search) -> list[Found]:
    """Those that answered, by address; OSError where the network card is none of ours, or a name is unknown."""
    targets = [await _resolved(reactor, host) for host in search.hosts] or [(GROUP, PORT)]
    listener = _Listener()
    port = reactor.listenMulticast(0, listener, interface=search.interface)
    try:
        if search.interface:
            await port.setOutgoingInterface(search.interface)
        port.setTTL(_TTL)
        for _ in range(_PROBES):
            for target in targets:
                _send(port, target)
            await deferLater(reactor, search.seconds / _PROBES)
    finally:
        await port.stopListening()
    return found(listener.matches.values())


async def _resolved(reactor: Any, host: str) -> tuple[str, int]:
    parts = urlsplit(f"//{host}")
    return await reactor.resolve(parts.hostname or host), parts.port or PORT


def _send(port: Any, target: tuple[str, int]) -> None:
    message = uuid.UUID(bytes=secrets.token_bytes(16), version=4).urn
    port.write(build_probe(message_id=message, types=_TYPES).encode(), target)


class _Listener(DatagramProtocol):
    """Collects the answers."""

    def __init__(self) -> None:
        self.matches: dict[str, tuple[str, DiscoveredDevice]] = {}
        """Sender and answer, by what names the device."""

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:  # noqa: N802 - Twisted's name
        """One answer, or something else that came to this port."""
        for match in parse_probe_matches(datagram.decode("utf-8", "replace")):
            if len(self.matches) < _LIMIT:
                self.matches[match.endpoint_reference or addr[0]] = (addr[0], match)


def found(matches: Iterable[tuple[str, DiscoveredDevice]]) -> list[Found]:
    """What `ssplug discover` is told, by address: of each device once, with the address that answered."""
    known = {_found(sender, match).place: _found(sender, match) for sender, match in matches}
    return [known[place] for place in sorted(known)]


def _found(sender: str, match: DiscoveredDevice) -> Found:
    name = " ".join(unquote(match.name or match.hardware).split())
    addresses = [urlsplit(address) for address in match.xaddrs if _is_http(address)]
    own = next((each for each in addresses if each.hostname == sender), next(iter(addresses), None))
    if own is None:
        return Found(name, f"http://{sender}:80{DEVICE_SERVICE}", {"driver": "onvif", "host": sender})
    # A device may tell an address that nobody can reach; the one it answered from, somebody can.
    bracketed = f"[{sender}]" if ":" in sender else sender
    port = own.port or (443 if own.scheme == "https" else 80)
    url = f"{own.scheme}://{bracketed}:{port}{own.path or DEVICE_SERVICE}"
    if own.scheme == "https" or own.path not in ("", "/", DEVICE_SERVICE):
        return Found(name, url, {"driver": "onvif", "url": url})
    return Found(name, url, {"driver": "onvif", "host": sender} | ({"port": port} if port != 80 else {}))


def _is_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
