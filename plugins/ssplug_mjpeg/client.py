"""The HTTP client: GET with authentication, redirects to the same host only, and connections that can be closed.

Twisted's Agent speaks HTTP; what it does not let one do, close every connection at once and know
when they are closed, is added where it makes its connections.
"""

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

from OpenSSL import SSL
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.ssl import CertificateOptions, optionsForClientTLS
from twisted.protocols.policies import WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory, IResponse
from zope.interface import implementer

from ssplug import __version__
from ssplug.model.url import CameraURL
from ssplug_mjpeg.authorization import Authorizer
from ssplug_mjpeg.reasons import CameraError

CONNECT_SECONDS = 10.0
_REQUESTS_LIMIT = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class CameraHTTP:
    """Fetches one URL, as often as one likes. Reactor thread."""

    def __init__(self, reactor: Any, url: CameraURL, verify_certificate: bool, nonce: Callable[[], str]) -> None:
        self._url = url
        self._authorizer = Authorizer(url.username, url.password, nonce)
        self._connections = _Connections(reactor, verify_certificate)
        self._pool = HTTPConnectionPool(reactor)
        self._agent = Agent.usingEndpointFactory(reactor, self._connections, self._pool)

    async def get(self) -> IResponse:
        """A reply of 200, its body not yet read. Raises CameraError, or what Twisted raises for a network."""
        challenged = False
        for _ in range(_REQUESTS_LIMIT):
            response = await self._request()
            if response.code == 200:
                return response
            response.deliverBody(_Discard())
            if response.code == 401:
                if challenged or not self._authorizer.challenged(_texts(response, b"WWW-Authenticate")):
                    raise CameraError(self._refusal())
                challenged = True
            elif response.code in _REDIRECTS:
                self._url = redirected(self._url, next(iter(_texts(response, b"Location")), ""))
            elif response.code == 404:
                raise CameraError(f"404: the camera has nothing at {self._url.path}")
            else:
                raise CameraError(f"{response.code}: the camera refuses {self._url.path}")
        raise CameraError("the camera redirects without end")

    def close(self) -> "Deferred[None]":
        """Close every connection at once; fires when they are closed."""
        # The pool goes last: a connection whose reply has just ended is only now on its way into it.
        return self._connections.abort().addCallback(lambda _: self._pool.closeCachedConnections())

    def _request(self) -> "Deferred[IResponse]":
        headers = Headers({b"User-Agent": [f"ssplug/{__version__}".encode()]})
        authorization = self._authorizer.header("GET", self._url.target)
        if authorization is not None:
            headers.setRawHeaders(b"Authorization", [authorization.encode()])
        requested: Deferred[IResponse] = self._agent.request(b"GET", self._url.plain().encode(), headers)
        return requested

    def _refusal(self) -> str:
        if self._url.username:
            return "401: user name or password refused"
        return "401: the camera asks for a user name and a password"


def redirected(url: CameraURL, location: str) -> CameraURL:
    """`url` once the camera sent us to `location`; CameraError where the credentials must not go."""
    try:
        there = CameraURL.parse(urljoin(url.plain(), location), url.username, url.password)
    except ValueError:
        raise CameraError("the camera redirects to an address that makes no sense") from None
    if there.host != url.host:
        raise CameraError(f"the camera redirects to another host, {there.host}: set url to the new address")
    if url.scheme == "https" and there.scheme != "https":
        raise CameraError("the camera redirects from https to http: set url to the new address")
    return dataclasses.replace(there, username=url.username, password=url.password)


def _texts(response: IResponse, name: bytes) -> list[str]:
    return [value.decode("utf-8", "replace") for value in response.headers.getRawHeaders(name, [])]


# -- bodies -----------------------------------------------------------------------------------------


async def read(response: IResponse, received: Callable[[bytes], None]) -> None:
    """Give the body to `received` as it comes, until it ends; what `received` raises ends it too."""
    body = _Body(received)
    response.deliverBody(body)
    await body.ended


async def read_all(response: IResponse, limit: int) -> bytes:
    """The body, of `limit` bytes at most; CameraError if there are more."""
    data = bytearray()

    def received(chunk: bytes) -> None:
        data.extend(chunk)
        if len(data) > limit:
            raise CameraError(f"a picture of more than {limit} bytes")

    await read(response, received)
    return bytes(data)


class _Discard(Protocol):
    """Takes a body that nobody wants, so that its connection can be used again."""


class _Body(Protocol):
    def __init__(self, received: Callable[[bytes], None]) -> None:
        self._received = received
        self.ended: Deferred[None] = Deferred(lambda _: None)

    def dataReceived(self, data: bytes) -> None:
        if self.ended.called:
            return
        try:
            self._received(data)
        except Exception:  # noqa: BLE001 - goes to whoever reads the body
            self.ended.errback(Failure())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.ended.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.ended.callback(None)
        else:
            self.ended.errback(reason)


# -- connections ------------------------------------------------------------------------------------


@implementer(IAgentEndpointFactory)
class _Connections:
    """Makes connections, and knows those that are open."""

    def __init__(self, reactor: Any, verify_certificate: bool) -> None:
        self._reactor = reactor
        self._verify = verify_certificate
        self._open: set[Any] = set()
        self._closed: Deferred[None] | None = None

    def endpointForURI(self, uri: Any) -> IStreamClientEndpoint:  # noqa: N802 - Twisted's name
        host = uri.host.decode("ascii")
        endpoint: Any = HostnameEndpoint(self._reactor, host, uri.port, timeout=CONNECT_SECONDS)
        if uri.scheme == b"https":
            endpoint = wrapClientTLS(optionsForClientTLS(host) if self._verify else _AnyCertificate(), endpoint)
        return _NotedEndpoint(endpoint, self)

    def opened(self, connection: Any) -> None:
        self._open.add(connection)

    def lost(self, connection: Any) -> None:
        self._open.discard(connection)
        if self._closed is not None and not self._open:
            closed, self._closed = self._closed, None
            closed.callback(None)

    def abort(self) -> "Deferred[None]":
        """Close all without waiting for the other side; fires when they are closed."""
        if not self._open:
            return succeed(None)
        self._closed = Deferred()
        for connection in tuple(self._open):
            connection.transport.abortConnection()
        return self._closed


@implementer(IStreamClientEndpoint)
class _NotedEndpoint:
    def __init__(self, endpoint: Any, connections: _Connections) -> None:
        self._endpoint = endpoint
        self._connections = connections

    def connect(self, protocolFactory: Any) -> "Deferred[Any]":  # noqa: N803 - Twisted's name
        connected: Deferred[Any] = self._endpoint.connect(_NotingFactory(protocolFactory, self._connections))
        return connected.addCallback(lambda wrapper: wrapper.wrappedProtocol)


class _NotingFactory(WrappingFactory):
    """Tells when connections begin and end."""

    noisy = False

    def __init__(self, wrapped: Any, connections: _Connections) -> None:
        super().__init__(wrapped)  # type: ignore[no-untyped-call]
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
