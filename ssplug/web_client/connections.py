"""Connections that can all be closed at once.

Twisted's Agent speaks HTTP; what it does not let one do, close every connection at once and know
when they are closed, is added where it makes its connections.
"""

from collections.abc import Callable
from typing import Any

from OpenSSL import SSL
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IStreamClientEndpoint
from twisted.internet.ssl import CertificateOptions, optionsForClientTLS
from twisted.protocols.policies import WrappingFactory
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

CONNECT_SECONDS = 10.0


@implementer(IAgentEndpointFactory)
class Connections:
    """Makes connections, and knows those that are open. Reactor thread."""

    def __init__(self, reactor: Any, verify_certificate: bool) -> None:
        self._reactor = reactor
        self._verify = verify_certificate
        self._open: set[Any] = set()
        self._closed: Deferred[None] | None = None

    def endpointForURI(self, uri: Any) -> IStreamClientEndpoint:  # noqa: N802 - Twisted's name
        """See IAgentEndpointFactory."""
        host = uri.host.decode("ascii")
        endpoint: Any = HostnameEndpoint(self._reactor, host, uri.port, timeout=CONNECT_SECONDS)
        if uri.scheme == b"https":
            endpoint = wrapClientTLS(optionsForClientTLS(host) if self._verify else _AnyCertificate(), endpoint)
        return _NotedEndpoint(endpoint, self)

    def opened(self, connection: Any) -> None:
        """Note a connection."""
        self._open.add(connection)

    def lost(self, connection: Any) -> None:
        """Forget a connection."""
        self._open.discard(connection)
        if self._closed is not None and not self._open:
            closed, self._closed = self._closed, None
            closed.callback(None)

    def abort(self) -> "Deferred[None]":
        """Close all without waiting for the other side; fires when they are closed."""
        return self._end(lambda transport: transport.abortConnection())

    def finish(self) -> "Deferred[None]":
        """Close all once what was written has been sent; fires when they are closed."""
        return self._end(lambda transport: transport.loseConnection())

    def _end(self, end: Callable[[Any], None]) -> "Deferred[None]":
        if not self._open:
            return succeed(None)
        if self._closed is None:
            self._closed = Deferred()
        closed = self._closed
        for connection in tuple(self._open):
            end(connection.transport)
        return closed


@implementer(IStreamClientEndpoint)
class _NotedEndpoint:
    def __init__(self, endpoint: Any, connections: Connections) -> None:
        self._endpoint = endpoint
        self._connections = connections

    def connect(self, protocolFactory: Any) -> "Deferred[Any]":  # noqa: N803 - Twisted's name
        connected: Deferred[Any] = self._endpoint.connect(_NotingFactory(protocolFactory, self._connections))
        return connected.addCallback(lambda wrapper: wrapper.wrappedProtocol)


class _NotingFactory(WrappingFactory):
    """Tells when connections begin and end."""

    noisy = False

    def __init__(self, wrapped: Any, connections: Connections) -> None:
        super().__init__(wrapped)  # type: ignore[no-untyped-call]
        wrapped.noisy = False  # or each request says in the log that a factory starts, and that it stops
        self._connections = connections

    def registerProtocol(self, p: Any) -> None:  # noqa: N802 - Twisted's name
        super().registerProtocol(p)  # type: ignore[no-untyped-call]
        self._connections.opened(p)

    def unregisterProtocol(self, p: Any) -> None:  # noqa: N802 - Twisted's name
        super().unregisterProtocol(p)  # type: ignore[no-untyped-call]
        self._connections.lost(p)


@implementer(IOpenSSLClientConnectionCreator)
class _AnyCertificate:
    """TLS with whoever answers: cameras sign their certificates themselves."""

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: N802, N803 - Twisted's names
        return SSL.Connection(CertificateOptions(verify=False).getContext(), None)
