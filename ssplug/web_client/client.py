"""The HTTP client: authentication, redirects to the same host only, limits of time and size.

Every failure of the network and of authentication is a WebError whose text is for people; what the
camera says with its status is for the caller to judge (`check` does the usual).
"""

import dataclasses
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IConsumer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone, ResponseFailed
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer, IResponse
from zope.interface import implementer

from ssplug import __version__
from ssplug.model.url import CameraURL
from ssplug.web_client.authorization import Authorizer
from ssplug.web_client.connections import Connections
from ssplug.web_client.reasons import WebError, reason

FETCH_SECONDS: Final = 15.0
"""Until the head of a reply has come; and as long again for its body, where it is read as a whole."""
FETCH_LIMIT: Final = 1_000_000
"""Bytes of a body that is read as a whole."""
_UNWANTED_LIMIT: Final = 65_536
_REQUESTS_LIMIT: Final = 5
_UNAUTHORIZED: Final = 401
_SEE_OTHER: Final = 303
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class WebReply:
    """A whole reply."""

    status: int
    content_type: str
    """In lower case, with its parameters; "" without."""
    body: bytes
    url: CameraURL
    """Where it came from."""

    def check(self) -> None:
        """Raise WebError unless the status says that all is well."""
        _check(self.status, self.url)


class WebResponse:
    """The head of a reply whose body is still to come. Reactor thread."""

    def __init__(self, response: IResponse, url: CameraURL, reactor: Any) -> None:
        self._response = response
        self._reactor = reactor
        self.url = url
        """Where it came from."""
        self.status: int = response.code
        self.content_type = self.header("Content-Type").lower()

    def header(self, name: str) -> str:
        """The first of that name; "" without."""
        return next(iter(self.headers(name)), "")

    def headers(self, name: str) -> list[str]:
        """All of that name."""
        values = self._response.headers.getRawHeaders(name.encode("ascii"), [])
        return [value.decode("utf-8", "replace") for value in values]

    def check(self) -> None:
        """Raise WebError unless the status says that all is well."""
        _check(self.status, self.url)

    async def each(self, received: Callable[[bytes], None]) -> None:
        """Give the body to `received` as it comes, until it ends; what `received` raises ends it too."""
        await self._body(received)

    async def read(self, limit: int = FETCH_LIMIT, seconds: float = FETCH_SECONDS) -> bytes:
        """The body, of `limit` bytes at most and within `seconds`; WebError if there is more, or later."""
        data = bytearray()

        def received(chunk: bytes) -> None:
            data.extend(chunk)
            if len(data) > limit:
                raise WebError(f"the camera sends more than {limit} bytes")

        await self._body(received).addTimeout(seconds, self._reactor, _late(self.url))
        return bytes(data)

    def discard(self) -> None:
        """Let go of a body that nobody wants: a short one is read, so that its connection can be used again."""
        reading = Deferred.fromCoroutine(self.read(_UNWANTED_LIMIT))
        reading.addErrback(lambda failure: failure.trap(WebError, CancelledError))

    def _body(self, received: Callable[[bytes], None]) -> "Deferred[None]":
        body = _Body(received)
        self._response.deliverBody(body)
        return body.ended.addErrback(_for_people, self.url)


class WebClient:
    """Speaks with one camera. Reactor thread.

    Credentials go to the host of the URL and to no other, and never from https to http.
    """

    def __init__(
        self,
        reactor: Any,
        url: CameraURL,
        verify_certificate: bool = True,
        persistent: bool = False,
        nonce: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        """`url` is where addresses start from, with the credentials; ValueError unless it is http or https.

        Without `persistent` each request has a connection of its own, and `close` may be left out.
        `nonce` makes the client's part of Digest.
        """
        if url.scheme not in ("http", "https"):
            raise ValueError("the url must begin with http:// or https://")
        self.url = url
        self._reactor = reactor
        self._nonce = nonce
        self._authorizers: dict[str, Authorizer] = {}
        self._connections = Connections(reactor, verify_certificate)
        self._pool = HTTPConnectionPool(reactor, persistent)
        self._agent = Agent.usingEndpointFactory(reactor, self._connections, self._pool)

    async def fetch(
        self,
        address: str = "",
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int = FETCH_LIMIT,
        seconds: float = FETCH_SECONDS,
    ) -> WebReply:
        """Ask, and read the whole reply; as `open`, and WebError for more than `limit` bytes."""
        response = await self.open(address, method, body, headers, seconds)
        return WebReply(response.status, response.content_type, await response.read(limit, seconds), response.url)

    async def open(
        self,
        address: str = "",
        method: str = "GET",
        body: "bytes | IBodyProducer | None" = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = FETCH_SECONDS,
    ) -> WebResponse:
        """Ask for `address`, a path or a URL of the same host ("": the client's own), and wait for the head of a reply.

        Redirects and demands for a password have been dealt with.  Raises WebError.  A body that is a
        producer can be sent once only: have something else asked for before, if there may be a password.
        """
        url = self.address(address) if address else self.url
        refused = 0
        for _ in range(_REQUESTS_LIMIT):
            response = await self._request(url, method, body, headers or {}, seconds)
            if response.status == _UNAUTHORIZED:
                refused += 1
                self._challenged(response, refused)
            elif response.status in _REDIRECTS:
                url, refused = redirected(url, response.header("Location")), 0
                method, body = ("GET", None) if response.status == _SEE_OTHER else (method, body)
            else:
                return response
            response.discard()
        raise WebError("the camera redirects without end")

    def address(self, address: str) -> CameraURL:
        """The URL of a path, or of a URL that the camera gave us; WebError where credentials must not go there."""
        return _there(self.url, address, "refers us")

    def close(self) -> "Deferred[None]":
        """Close every connection at once; fires when they are closed."""
        # The pool goes last: a connection whose reply has just ended is only now on its way into it.
        return self._connections.abort().addCallback(lambda _: self._pool.closeCachedConnections())

    async def finish(self, seconds: float) -> None:
        """Close every connection once what was written has been sent, or at once after so many seconds."""
        sent: Deferred[None] = Deferred()
        self._connections.finish().chainDeferred(sent)
        await sent.addTimeout(seconds, self._reactor, lambda *_: None)
        await self.close()

    async def _request(
        self,
        url: CameraURL,
        method: str,
        body: "bytes | IBodyProducer | None",
        more: Mapping[str, str],
        seconds: float,
    ) -> WebResponse:
        headers = {"User-Agent": f"ssplug/{__version__}", **more}
        authorization = self._authorizer(url).header(method, url.target)
        if authorization is not None:
            headers["Authorization"] = authorization
        requested: Deferred[IResponse] = self._agent.request(
            method.encode("ascii"),
            url.plain().encode("ascii"),
            Headers({name: [value] for name, value in headers.items()}),
            _Bytes(body) if isinstance(body, bytes) else body,
        )
        requested.addErrback(_for_people, url).addTimeout(seconds, self._reactor, _late(url))
        return WebResponse(await requested, url, self._reactor)

    def _authorizer(self, url: CameraURL) -> Authorizer:
        """One for each port of the camera."""
        if url.place not in self._authorizers:
            self._authorizers[url.place] = Authorizer(url.username, url.password, self._nonce)
        return self._authorizers[url.place]

    def _challenged(self, response: WebResponse, times: int) -> None:
        """Take note of what we are asked for; WebError where answering is without hope."""
        asked = self._authorizer(response.url).challenged(response.headers("WWW-Authenticate"))
        if times == 1 and asked:
            return
        response.discard()
        if response.url.username:
            raise WebError("401: user name or password refused")
        raise WebError("401: the camera asks for a user name and a password")


def redirected(url: CameraURL, location: str) -> CameraURL:
    """`url` once the camera sent us to `location`; WebError where the credentials must not go."""
    return _there(url, location, "redirects")


def _there(url: CameraURL, address: str, does: str) -> CameraURL:
    try:
        there = CameraURL.parse(urljoin(url.plain(), address), url.username, url.password)
    except ValueError:
        raise WebError(f"the camera {does} to an address that makes no sense") from None
    if there.host != url.host:
        raise WebError(f"the camera {does} to another host, {there.host}: set url to the new address")
    if url.scheme == "https" and there.scheme != "https":
        raise WebError(f"the camera {does} from https to {there.scheme}: set url to the new address")
    if there.scheme not in ("http", "https"):
        raise WebError(f"the camera {does} to {there.scheme}, which is not HTTP")
    return dataclasses.replace(there, username=url.username, password=url.password)


def _check(status: int, url: CameraURL) -> None:
    if status == 404:
        raise WebError(f"404: the camera has nothing at {url.path}")
    if not 200 <= status < 300:
        raise WebError(f"{status}: the camera refuses {url.path}")


def _for_people(failure: Failure, url: CameraURL) -> Failure:
    """A failure of the network as WebError; any other stays what it is."""
    problem = failure.value
    if isinstance(problem, ResponseFailed) and any(cause.check(CancelledError) for cause in problem.reasons):
        return Failure(CancelledError())
    text = reason(problem, url.place) if problem is not None else None
    return failure if text is None else Failure(WebError(text))


def _late(url: CameraURL) -> Callable[[Any, float], Failure]:
    """What comes of a Deferred that has waited too long."""
    return lambda _, seconds: Failure(WebError(f"{url.place}: no answer within {seconds:g} seconds"))


@implementer(IBodyProducer)
class _Bytes:
    """A body that is there already."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.length = len(data)

    def startProducing(self, consumer: IConsumer) -> "Deferred[None]":  # noqa: N802 - Twisted's name
        consumer.write(self._data)
        return succeed(None)

    def pauseProducing(self) -> None:
        """All has been written."""

    def resumeProducing(self) -> None:
        """All has been written."""

    def stopProducing(self) -> None:
        """All has been written."""


class _Body(Protocol):
    def __init__(self, received: Callable[[bytes], None]) -> None:
        self._received = received
        self.ended: Deferred[None] = Deferred(lambda _: self._hang_up())

    def dataReceived(self, data: bytes) -> None:
        if self.ended.called:
            return
        try:
            self._received(data)
        except Exception:  # noqa: BLE001 - goes to whoever reads the body
            self.ended.errback(Failure())
            self._hang_up()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.ended.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.ended.callback(None)
        else:
            self.ended.errback(reason)

    def _hang_up(self) -> None:
        """Nobody wants the rest."""
        if self.transport is not None:
            self.transport.loseConnection()
