"""Opening the ports, moving them while the server runs, and telling others which they are.

`ports.json` in the state folder says what is in use while the server runs; with `port: 0` it is the
only way to know. It also says which process that is, for `ssplug reload`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.logger import Logger

from ssplug.running import this_process
from ssplug.site.atomic import write_atomically

PORTS_FILE = "ports.json"
BACKLOG = 1024

_PLAIN: Final = "port"
_TLS: Final = "tls_port"

_log = Logger()


class ListenError(Exception):
    """A port cannot be had; the text says which, why, and where it is configured."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to listen."""

    interface: str
    port: int
    """0: any that is free."""
    tls_port: int | None
    """None: not at all."""

    def numbers(self) -> dict[str, int]:
        """By the setting that says so, those that there are."""
        wanted = {_PLAIN: self.port, _TLS: self.tls_port}
        return {setting: number for setting, number in wanted.items() if number is not None}


@dataclass(slots=True)
class Ports:
    """The ports of the server. Reactor thread."""

    reactor: Any
    """IReactorTCP and IReactorSSL."""
    factory: Factory
    wanted: Addresses
    tls: Any
    """What TLS connections are made with: an IOpenSSLContextFactory."""
    state: Path
    _open: dict[str, Any] = field(default_factory=dict)
    """IListeningPorts, by their setting."""
    port: int = 0
    """In use, once listening."""
    tls_port: int | None = None

    def listen(self) -> None:
        """Open them and write `ports.json`; raises ListenError."""
        self._add(self._open, self.wanted.interface, self.wanted.numbers())
        self._take(self.wanted, self._open)

    async def move(self, wanted: Addresses) -> None:
        """Listen at `wanted` from now on, and no longer elsewhere; raises ListenError, and all is as it was.

        Connections stay, and so do ports that are wanted as they are. New ports are open before old
        ones are closed, but for those that are in their way: the same number at another interface.
        """
        if wanted == self.wanted or not self._open:  # closed for good
            return
        staying = set(self.wanted.numbers().items()) if wanted.interface == self.wanted.interface else set()
        new = {setting: number for setting, number in wanted.numbers().items() if (setting, number) not in staying}
        leaving = {
            setting: port for setting, port in self._open.items() if setting in new or setting not in wanted.numbers()
        }
        self.factory.doStart()  # without a port it would end its connections
        try:
            opened = await self._replaced(leaving, wanted.interface, new)
        finally:
            self.factory.doStop()
        kept = {setting: port for setting, port in self._open.items() if setting not in leaving}
        self._take(wanted, kept | opened)

    def close(self) -> "Deferred[Any]":
        """Close them; fires when nobody can connect any more."""
        (self.state / PORTS_FILE).unlink(missing_ok=True)
        ports, self._open = self._open, {}
        return _closed(ports.values())

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
        interface = self.wanted.interface
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(interface, interface)  # noqa: S104 - compared
        return f"[{host}]" if ":" in host else host

    def _take(self, wanted: Addresses, ports: dict[str, Any]) -> None:
        """These are the ports from now on."""
        self.wanted, self._open = wanted, ports
        self.port = _number(ports[_PLAIN])
        self.tls_port = _number(ports[_TLS]) if _TLS in ports else None
        text = json.dumps({"port": self.port, "tls_port": self.tls_port, **this_process()}) + "\n"
        write_atomically(self.state / PORTS_FILE, text)

    async def _replaced(self, leaving: Mapping[str, Any], interface: str, new: Mapping[str, int]) -> dict[str, Any]:
        """Open `new` and close `leaving`; raises ListenError, and `leaving` are open as before."""
        in_the_way = {setting: port for setting, port in leaving.items() if _number(port) in new.values()}
        numbers = {setting: _number(port) for setting, port in in_the_way.items()}
        opened: dict[str, Any] = {}
        await _closed(in_the_way.values())
        try:
            self._add(opened, interface, new)
        except ListenError:
            await _closed(opened.values())
            self._add(self._open, self.wanted.interface, numbers)
            raise
        await _closed(port for setting, port in leaving.items() if setting not in in_the_way)
        return opened

    def _add(self, ports: dict[str, Any], interface: str, numbers: Mapping[str, int]) -> None:
        """Open `numbers` and put them into `ports`, as far as they can be had; raises ListenError."""
        for setting, number in numbers.items():
            ports[setting] = self._listen(setting, interface, number)

    def _listen(self, setting: str, interface: str, wanted: int) -> Any:
        try:
            if setting == _TLS:
                return self.reactor.listenSSL(wanted, self.factory, self.tls, BACKLOG, interface)
            return self.reactor.listenTCP(wanted, self.factory, BACKLOG, interface)
        except CannotListenError as error:
            raise ListenError(
                f"cannot listen on {interface}, port {wanted} (server.{setting}): {error.socketError}"
            ) from error


def _number(port: Any) -> int:
    return int(port.getHost().port)


def _closed(ports: Iterable[Any]) -> "Deferred[Any]":
    return DeferredList([maybeDeferred(port.stopListening) for port in ports])
