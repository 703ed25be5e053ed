"""The one port: HTTP, RTSP and RTSP in HTTP, told apart by the first line of each connection.

Bytes are held until the first line has come; only then is the protocol that it belongs to built
and connected to the real transport, so that no producer and no timeout has to be moved.
"""

from dataclasses import dataclass
from typing import Any

from twisted.internet.interfaces import IAddress, IProtocol
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

from ssplug.servers.rtsp_tunnel import TunnelFactory
from ssplug.wire.sniff import Protocol, Refusal, answer, classify

FIRST_LINE_SECONDS = 10.0
CLOSE_SECONDS = 5.0


@dataclass(slots=True)
class PortCounters:
    """For /metrics."""

    http: int = 0
    """Connections that turned out to be HTTP."""
    rtsp: int = 0
    tunnel: int = 0
    """Connections that are one half of RTSP in HTTP."""
    refused: int = 0
    """Connections whose first line was no request."""
    timed_out: int = 0
    """Connections whose first line did not come."""


class ProtocolDetectingFactory(Factory):
    """Serves two protocols on one port, over TCP or TLS. Reactor thread."""

    noisy = False

    def __init__(self, http: Factory, rtsp: Factory, reactor: Any, server: str) -> None:
        """`reactor` is an IReactorTime; `server` is what the Server header of our own answers says."""
        self.counters = PortCounters()
        self.reactor = reactor
        self.server = server
        self._factories = {Protocol.HTTP: http, Protocol.RTSP: rtsp, Protocol.TUNNEL: TunnelFactory(rtsp, server)}

    def startFactory(self) -> None:
        """Start the factories behind: the port is theirs."""
        for factory in self._factories.values():
            factory.doStart()

    def stopFactory(self) -> None:
        """Stop them."""
        for factory in self._factories.values():
            factory.doStop()

    def buildProtocol(self, addr: IAddress | None) -> "DetectingProtocol":
        """What listens until the first line has come."""
        return DetectingProtocol(self, addr)

    def build(self, protocol: Protocol, addr: IAddress | None) -> IProtocol | None:
        """The protocol for the rest of the connection."""
        self.counters.http += protocol is Protocol.HTTP
        self.counters.rtsp += protocol is Protocol.RTSP
        self.counters.tunnel += protocol is Protocol.TUNNEL
        return self._factories[protocol].buildProtocol(addr)


class DetectingProtocol(TwistedProtocol):
    """One connection, until its protocol is known; from then on a wire to that."""

    def __init__(self, factory: ProtocolDetectingFactory, addr: IAddress | None) -> None:
        self._factory = factory
        self._addr = addr
        self._held = b""
        self._inner: IProtocol | None = None
        self._is_over = False
        self._timer: Any = None

    def connectionMade(self) -> None:
        """Begin to wait."""
        self._timer = self._factory.reactor.callLater(FIRST_LINE_SECONDS, self._time_out)

    def dataReceived(self, data: bytes) -> None:
        """Hold what comes, or pass it on."""
        if self._inner is not None:
            self._inner.dataReceived(data)
        elif not self._is_over:
            self._held += data
            self._decide(classify(self._held))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Pass it on."""
        self._end_wait()
        self._is_over = True
        if self._inner is not None:
            self._inner.connectionLost(reason)

    def _decide(self, decision: Protocol | Refusal | None) -> None:
        if isinstance(decision, Protocol):
            self._connect(self._factory.build(decision, self._addr))
        elif decision is not None:
            self._factory.counters.refused += 1
            self._write(answer(decision, self._factory.server))
            self._close()

    def _connect(self, inner: IProtocol | None) -> None:
        """Join the rest of the connection to `inner`; None: its factory does not want it."""
        self._end_wait()
        if inner is None:
            self._close()
            return
        self._inner = inner
        held, self._held = self._held, b""
        transport: Any = self.transport
        inner.makeConnection(transport)
        inner.dataReceived(held)

    def _write(self, data: bytes) -> None:
        transport: Any = self.transport
        transport.write(data)

    def _time_out(self) -> None:
        self._factory.counters.timed_out += 1
        self._close()

    def _end_wait(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _close(self) -> None:
        self._end_wait()
        self._is_over = True
        transport: Any = self.transport
        # Under TLS a peer that does not answer would keep the connection for ever.
        self._timer = self._factory.reactor.callLater(CLOSE_SECONDS, transport.abortConnection)
        transport.loseConnection()
