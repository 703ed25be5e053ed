"""Opening the ports, and telling others which they are.

`ports.json` in the state folder says what is in use while the server runs; with `port: 0` it is the
only way to know. It also says which process that is, for `ssplug reload`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocolFactory

from ssplug.running import this_process
from ssplug.site.atomic import write_atomically

PORTS_FILE = "ports.json"
BACKLOG = 1024


class ListenError(Exception):
    """A port cannot be had; the text says which, why, and where it is configured."""


@dataclass(slots=True)
class Ports:
    """The ports of the server. Reactor thread."""

    reactor: Any
    """IReactorTCP and IReactorSSL."""
    factory: IProtocolFactory
    interface: str
    wanted: int
    wanted_tls: int | None
    tls_options: Any
    """What TLS connections are made with; None where there is no TLS port."""
    state: Path
    _open: list[Any] = field(default_factory=list)
    port: int = 0
    """In use, once listening."""
    tls_port: int | None = None

    def listen(self) -> None:
        """Open them and write `ports.json`; raises ListenError."""
        self.port = self._listen("port", self.wanted)
        if self.wanted_tls is not None:
            self.tls_port = self._listen("tls_port", self.wanted_tls)
        text = json.dumps({"port": self.port, "tls_port": self.tls_port, **this_process()}) + "\n"
        write_atomically(self.state / PORTS_FILE, text)

    def close(self) -> "Deferred[Any]":
        """Close them; fires when nobody can connect any more."""
        (self.state / PORTS_FILE).unlink(missing_ok=True)
        closing = [maybeDeferred(port.stopListening) for port in self._open]
        self._open.clear()
        return DeferredList(closing)

    def urls(self) -> Iterator[str]:
        """What to open in a browser."""
        yield f"http://{self._host}:{self.port}/"
        if self.tls_port is not None:
            yield f"https://{self._host}:{self.tls_port}/"

    def rtsp_url(self) -> str:
        """What the URL of a stream begins with."""
        return f"rtsp://{self._host}:{self.port}/"

    @property
    def _host(self) -> str:
        """The interface as a URL names it; nobody can open a wildcard."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.interface, self.interface)  # noqa: S104 - compared
        return f"[{host}]" if ":" in host else host

    def _listen(self, setting: str, wanted: int) -> int:
        try:
            if setting == "tls_port":
                port = self.reactor.listenSSL(wanted, self.factory, self.tls_options, BACKLOG, self.interface)
            else:
                port = self.reactor.listenTCP(wanted, self.factory, BACKLOG, self.interface)
        except CannotListenError as error:
            raise ListenError(
                f"cannot listen on {self.interface}, port {wanted} (server.{setting}): {error.socketError}"
            ) from error
        self._open.append(port)
        return int(port.getHost().port)
