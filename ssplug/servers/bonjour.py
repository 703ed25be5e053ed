"""Announcing the server on the local network (RFC 6763), so that clients find it by themselves.

zeroconf probes for the name and waits for answers: it is used in a thread of its own.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from zeroconf import InterfaceChoice, ServiceInfo, Zeroconf

from ssplug.servers.web.host import own_address
from ssplug.site.types import ServerConfig
from ssplug.workers import Worker

VENDOR_TYPE: Final = "_securityspy._tcp.local."
WEB_TYPE: Final = "_http._tcp.local."
_LABEL_LIMIT: Final = 63
"""Bytes of one label of a name (RFC 1035, 2.3.4)."""

_log = Logger()


@dataclass(frozen=True, slots=True)
class Announcement:
    """What others are told."""

    name: str
    address: str
    port: int

    def services(self) -> list[ServiceInfo]:
        """One for the clients of this protocol, which look for the port in the TXT record, one for browsers."""
        label = self.name.encode()[:_LABEL_LIMIT].decode(errors="ignore").replace(".", " ")
        address = ipaddress.ip_address(self.address).packed
        host = f"{socket.gethostname().partition('.')[0]}.local."
        return [
            ServiceInfo(kind, f"{label}.{kind}", self.port, addresses=[address], properties=texts, server=host)
            for kind, texts in ((VENDOR_TYPE, {"portp": str(self.port)}), (WEB_TYPE, {"path": "/"}))
        ]


def announcement(config: ServerConfig, port: int) -> Announcement | None:
    """What to announce of a server that listens on `port`; None where nobody else can reach it, or none is wanted."""
    is_local = config.interface == "localhost" or ipaddress.ip_address(config.interface).is_loopback
    if is_local or not config.bonjour:
        return None
    return Announcement(config.name, own_address(config.interface), port)


class Bonjour:
    """Keeps one announcement up to date. Reactor thread."""

    def __init__(self, worker: Worker, interfaces: Sequence[str] | None = None) -> None:
        """`interfaces` are addresses to announce at; None: all."""
        self._worker = worker
        self._interfaces = interfaces
        self._announced: Announcement | None = None
        self._zeroconf: Any = None

    def announce(self, wanted: Announcement | None) -> "Deferred[None]":
        """Announce `wanted` and nothing else; fires when others can know. What goes wrong is logged."""
        if wanted == self._announced:
            return succeed(None)
        self._announced = wanted
        announcing = self._worker.call(self._renew, wanted)
        return announcing.addErrback(lambda failure: _log.error("not announced by Bonjour: {why}", why=failure.value))

    def stop(self) -> "Deferred[None]":
        """Take the announcement back."""
        return self.announce(None)

    def _renew(self, wanted: Announcement | None) -> None:
        """The worker's thread."""
        if self._zeroconf is not None:
            self._zeroconf.unregister_all_services()
            self._zeroconf.close()
            self._zeroconf = None
        if wanted is not None:
            self._zeroconf = Zeroconf(self._interfaces or InterfaceChoice.All)
            for service in wanted.services():
                self._zeroconf.register_service(service, allow_name_change=True)
