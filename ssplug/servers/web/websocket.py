"""WebSockets (RFC 6455): Twisted's, on connections of ours.

Twisted takes a connection over by replacing what it calls when data come and when it is lost.  Here
both go through this module, so that the connection stays counted, its end is heard, and a client
that sends a message without end, or does not answer, is disconnected.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.interfaces import IDelayedCall, IPushProducer
from twisted.python.failure import Failure
from twisted.web.server import NOT_DONE_YET
from twisted.web.websocket import WebSocketResource, WebSocketTransport
from zope.interface import implementer

from ssplug.servers.web.producers import limit_unsent
from ssplug.servers.web.reply import Upgrade, refusal

if TYPE_CHECKING:
    from ssplug.servers.web.request import WebRequest

PING_SECONDS: Final = 20.0
"""Between two pings; a client that has not answered one when the next is due is gone."""
UNSENT_LIMIT: Final = 128 * 1024
"""Bytes that the kernel may hold unsent."""
MESSAGE_LIMIT: Final = 4096
"""Bytes of a message from a client; there is nothing to say for it."""


def _nothing() -> None:
    pass


@implementer(IPushProducer)
class WebSocket:
    """A `reply.Socket` to whoever sent a request; also what Twisted calls WebSocketProtocol, and makes it of itself."""

    def __init__(self, request: "WebRequest") -> None:
        self.resumed: Callable[[], None] = _nothing
        self.ended: Callable[[], None] = _nothing
        self.paused = False
        self._request = request
        self._channel = request.channel
        self._wire: Any = None
        self._has_answered = True
        self._pinging: IDelayedCall | None = None

    def open(self, upgrade: Upgrade) -> None:
        """Shake hands, then let the upgrade send; a client that cannot shake hands is told so."""
        request, channel = self._request, self._channel
        if request.method != b"GET" or WebSocketResource(self).render_GET(request) is not NOT_DONE_YET:
            request.answer(refusal(HTTPStatus.BAD_REQUEST, "This is no WebSocket handshake.").reply)
            return
        channel.dataReceived = self._data_received
        channel.connectionLost = self._connection_lost
        limit_unsent(channel.transport, UNSENT_LIMIT)
        request.registerProducer(self, True)
        request.notifyFinish().addErrback(self._gone)
        self._ping()
        upgrade.start(self)

    def send_text(self, text: str) -> None:
        """Send a text message; nothing happens once the browser has said goodbye."""
        if self._is_open:
            self._wire.sendTextMessage(text)

    def send(self, data: bytes) -> None:
        """Send a binary message; nothing happens once the browser has said goodbye."""
        if self._is_open:
            self._wire.sendBytesMessage(data)

    def buildProtocol(self, request: object) -> "WebSocket":
        """Twisted's question of who deals with the messages."""
        return self

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        """Twisted's news: this is where messages go."""
        self._wire = transport

    def negotiationFinished(self) -> None:
        """Twisted's news: `open` goes on when it returns."""

    def pongReceived(self, payload: bytes) -> None:
        """The client is there."""
        self._has_answered = True

    def textMessageReceived(self, message: str) -> None:
        """There is nothing that a client could say."""

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        """There is nothing that a client could say."""

    def connectionLost(self, reason: Failure) -> None:
        """Twisted's news: `notifyFinish` says so too, also where the handshake did not end."""

    def pauseProducing(self) -> None:
        """The client does not keep up."""
        self.paused = True

    def resumeProducing(self) -> None:
        """It does again."""
        self.paused = False
        self.resumed()

    def stopProducing(self) -> None:
        """The connection is about to be lost: `notifyFinish` says so when it is."""

    @property
    def _is_open(self) -> bool:
        return not self._channel.transport.disconnecting

    def _data_received(self, data: bytes) -> None:
        if not self._is_open:
            return
        self._wire.dataReceived(data)
        # These have no public names; a test keeps watch over them.
        if len(self._wire._textBuffer.data) + len(self._wire._bytesBuffer.data) > MESSAGE_LIMIT:
            self._drop("sends a message without end")
        elif not self._is_open:
            self._channel.loseConnection()  # TLS says no goodbye while a producer is registered

    def _connection_lost(self, reason: Failure) -> None:
        self._wire.connectionLost(reason)
        type(self._channel).connectionLost(self._channel, reason)

    def _ping(self) -> None:
        if not self._has_answered:
            self._drop(f"has not answered for {PING_SECONDS:.0f} seconds")
            return
        self._has_answered = False
        if self._is_open:
            self._wire.ping()
        self._pinging = self._channel.callLater(PING_SECONDS, self._ping)

    def _drop(self, reason: str) -> None:
        self._channel.site.counters.dropped += 1
        self._request.log.warn("disconnected: {reason}", reason=reason)
        self._channel.transport.abortConnection()

    def _gone(self, _: Failure) -> None:
        if self._pinging is not None and self._pinging.active():
            self._pinging.cancel()
        self.ended()
