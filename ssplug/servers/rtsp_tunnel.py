"""RTSP tunnelled in HTTP: two connections that are one to RTSP (`ssplug.wire.rtsp.tunnel`).

The connection that asked with GET becomes an RTSP connection whose requests come by another one.
Who may see what is asked by RTSP itself, with the credentials of its requests.
"""

from typing import Any, cast

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from ssplug.wire.rtsp.message import BadMessage
from ssplug.wire.rtsp.tunnel import Base64Stream, Opening, granted, opening, refused


class TunnelFactory(Factory):
    """Serves the ends of tunnels, and knows which belong together. Reactor thread."""

    noisy = False

    def __init__(self, rtsp: Factory, server: str) -> None:
        """`server` is what the Server header says."""
        self.rtsp = rtsp
        self.server = server
        self.ways_out: dict[bytes, WayOut] = {}
        """By their cookies, those that are open."""

    def buildProtocol(self, addr: IAddress | None) -> "TunnelEnd":
        """A connection whose first bytes are a whole head."""
        return TunnelEnd(self, addr)


class TunnelEnd(Protocol):
    """One connection of a tunnel; its head says which of the two it is."""

    def __init__(self, factory: TunnelFactory, addr: IAddress | None) -> None:
        self._factory = factory
        self._addr = addr
        self._role: WayOut | WayIn | None = None
        self._is_refused = False

    def dataReceived(self, data: bytes) -> None:
        """Take the head, then what comes behind it."""
        if self._role is not None:
            self._role.take(data)
        elif not self._is_refused:
            self._open(opening(data))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Pass it on."""
        if self._role is not None:
            self._role.lost(reason)

    def _open(self, found: Opening | None) -> None:
        known = self._factory.ways_out.get(found.cookie) if found is not None else None
        if found is None:
            self._refuse("400 Bad Request", "No tunnel.")
        elif found.is_way_out and known is not None:
            self._refuse("409 Conflict", "There is a tunnel with this cookie.")
        elif found.is_way_out:
            self._role = WayOut(self._factory, found.cookie, self.transport, self._addr)
        elif known is None:
            self._refuse("404 Not Found", "There is no tunnel with this cookie.")
        else:
            self._role = WayIn(known, self.transport)
            self._role.take(found.body)

    def _refuse(self, status: str, why: str) -> None:
        self._is_refused = True
        transport: Any = self.transport
        transport.write(refused(self._factory.server, status, why))
        transport.loseConnection()


class WayOut:
    """The connection that RTSP answers on."""

    def __init__(self, factory: TunnelFactory, cookie: bytes, transport: Any, addr: IAddress | None) -> None:
        self._factory = factory
        self._cookie = cookie
        self._way_in: WayIn | None = None
        self._rtsp = cast("Any", factory.rtsp.buildProtocol(addr))
        factory.ways_out[cookie] = self
        transport.write(granted(factory.server))
        self._rtsp.makeConnection(transport)

    def take(self, data: bytes) -> None:
        """Nothing is expected behind a GET."""

    def join(self, way_in: "WayIn", transport: Any) -> None:
        """Take requests from `way_in`; a client may use one after the other."""
        before, self._way_in = self._way_in, way_in
        if before is not None:
            before.close()
        self._rtsp.read_from(transport)

    def receive(self, data: bytes) -> None:
        """Take what was decoded."""
        self._rtsp.dataReceived(data)

    def end(self) -> None:
        """Say goodbye."""
        self._rtsp.end()

    def lost(self, reason: Failure) -> None:
        """The tunnel is gone."""
        del self._factory.ways_out[self._cookie]
        self._rtsp.connectionLost(reason)
        if self._way_in is not None:
            self._way_in.close()

    def left(self, way_in: "WayIn") -> None:
        """Hear that a way in is gone; another may come."""
        if way_in is self._way_in:
            self._way_in = None


class WayIn:
    """The connection that requests come by."""

    def __init__(self, way_out: WayOut, transport: Any) -> None:
        self._way_out = way_out
        self._transport = transport
        self._decoder = Base64Stream()
        self._is_open = True
        way_out.join(self, transport)

    def take(self, data: bytes) -> None:
        """Pass on what can be decoded; what cannot ends the tunnel."""
        if not self._is_open:
            return
        try:
            requests = self._decoder.feed(data)
        except BadMessage:
            self.close()
            self._way_out.end()
            return
        if requests:
            self._way_out.receive(requests)

    def close(self) -> None:
        """Take nothing more."""
        self._is_open = False
        self._transport.loseConnection()

    def lost(self, reason: Failure) -> None:
        """The connection is gone."""
        self._is_open = False
        self._way_out.left(self)
