"""The RTSP connection of a back channel: asks, and sends interleaved packets. Reactor thread."""

import secrets
from collections import deque
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from ssplug import __version__
from ssplug.model.url import CameraURL
from ssplug.web_client import Authorizer, reason
from ssplug_onvif.rtsp import BACK_CHANNEL, BadReplyError, Reply, ReplyParser, request

_CONNECT_SECONDS: Final = 8.0
_REPLY_SECONDS: Final = 8.0
_OK: Final = 200
_UNAUTHORIZED: Final = 401


class TalkError(Exception):
    """The camera does not let us talk; the text says why, for people."""


async def connected(reactor: Any, url: CameraURL) -> "RTSPConnection":
    """A connection to the host of `url`; TalkError where there is none."""
    endpoint = HostnameEndpoint(reactor, url.host.encode("ascii"), url.port, timeout=_CONNECT_SECONDS)
    connection = RTSPConnection(url, reactor)
    try:
        await endpoint.connect(_One(connection))
    except Exception as error:
        raise TalkError(reason(error, url.place) or f"{url.place}: no connection") from error
    return connection


class _One(Factory):
    """Of one connection; Twisted's own says in the log that it starts, and that it stops."""

    noisy = False

    def __init__(self, connection: Protocol) -> None:
        self._connection = connection

    def buildProtocol(self, addr: Any) -> Protocol:
        return self._connection


class RTSPConnection(Protocol):
    """An RTSP connection on which one request follows the other. Reactor thread."""

    transport: Any

    def __init__(self, url: CameraURL, reactor: Any) -> None:
        self._url = url
        self._reactor = reactor
        self._parser = ReplyParser()
        self._authorizer = Authorizer(url.username, url.password, lambda: secrets.token_hex(8))
        self._sequence = 0
        self._session = ""
        self.session_seconds = 60.0
        """How long the camera waits for a sign of life."""
        self._asked: deque[Deferred[Reply]] = deque()
        self._is_lost = False
        self._why = ""
        self.lost: Deferred[str] = Deferred()
        """Fires with a reason for people when the connection has ended."""

    async def ask(self, method: str, url: str, fields: dict[str, str] | None = None) -> Reply:
        """A reply of 200; TalkError otherwise."""
        reply = await self._ask(method, url, fields or {})
        if reply.status == _UNAUTHORIZED and self._authorizer.challenged(reply.all("www-authenticate")):
            reply = await self._ask(method, url, fields or {})
        if reply.status != _OK:
            raise TalkError(f"{self._url.place}: {_meaning(reply.status, method, bool(self._url.username))}")
        if reply.header("session"):
            self._session, self.session_seconds = reply.session
        return reply

    def send(self, frame: bytes) -> None:
        """An interleaved frame."""
        if not self._is_lost:
            self.transport.write(frame)

    async def close(self) -> None:
        """Hang up; returns when the connection has ended."""
        if not self._is_lost:
            self.transport.abortConnection()
            await self._ended()

    def dataReceived(self, data: bytes) -> None:
        """Replies to what was asked; what nobody asked for means nothing."""
        try:
            for reply in self._parser.feed(data):
                if self._asked:
                    self._asked.popleft().callback(reply)
        except BadReplyError as error:
            self._why = f"{self._url.place}: {error}"
            self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Whoever waits for a reply waits no more."""
        self._is_lost = True
        why = self._why or f"{self._url.place}: the connection was lost"
        waiting, self._asked = self._asked, deque()
        for asked in waiting:
            asked.errback(TalkError(why))
        self.lost.callback(why)

    def _ended(self) -> "Deferred[None]":
        ended: Deferred[None] = Deferred()

        def pass_on(why: str) -> str:
            ended.callback(None)
            return why

        self.lost.addCallback(pass_on)
        return ended

    async def _ask(self, method: str, url: str, fields: dict[str, str]) -> Reply:
        if self._is_lost:
            raise TalkError(self._why or f"{self._url.place}: the connection was lost")
        self._sequence += 1
        head = {"CSeq": str(self._sequence), "Require": BACK_CHANNEL, "User-Agent": f"ssplug/{__version__}", **fields}
        if self._session:
            head["Session"] = self._session
        if (authorization := self._authorizer.header(method, url)) is not None:
            head["Authorization"] = authorization
        asked: Deferred[Reply] = Deferred(self._give_up)
        self._asked.append(asked)
        self.transport.write(request(method, url, head))
        return await asked.addTimeout(_REPLY_SECONDS, self._reactor, self._timed_out)

    def _give_up(self, asked: "Deferred[Reply]") -> None:
        """A reply that comes now would be taken for that to the next request."""
        self._asked.remove(asked)
        self.transport.abortConnection()

    def _timed_out(self, _result: object, _seconds: float) -> Reply:
        raise TalkError(f"{self._url.place}: no answer")


def _meaning(status: int, method: str, has_user: bool) -> str:
    if status == _UNAUTHORIZED:
        return (
            "401: user name or password refused" if has_user else "401: the camera asks for a user name and a password"
        )
    known = {
        403: "this user may not talk",
        404: "the camera has no such stream",
        453: "somebody else talks already",
        551: "the camera has no back channel for sound",
    }
    return f"{status}: {known.get(status, f'the camera refuses {method}')}"
