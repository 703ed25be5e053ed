"""Responses without end, written to one client at its own pace."""

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from zope.interface import implementer

from ssplug.servers.web.reply import Stream
from ssplug.servers.write_through import WriteThrough, tcp_connection

if TYPE_CHECKING:
    from ssplug.servers.web.request import WebRequest


def _nothing() -> None:
    pass


def limit_unsent(transport: Any, limit: int) -> None:
    """Have the kernel hold at most so many unsent bytes: left to itself it takes megabytes, which come late."""
    connection = tcp_connection(transport)
    if connection is not None:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, limit)


@implementer(IPushProducer)
class StreamBody:
    """The body of a `Stream`: not chunked, without a length, ended by closing the connection.

    That is how the vendor's server sends them, and some clients take a chunk's size for data.
    """

    def __init__(self, request: "WebRequest") -> None:
        self.resumed: Callable[[], None] = _nothing
        self.ended: Callable[[], None] = _nothing
        self.paused = False
        self._is_dropped = False
        self._request = request
        self._channel = request.channel
        self._writer = WriteThrough(request.channel.transport)

    @property
    def queued(self) -> int:
        """Bytes that the client has not taken yet and that wait in memory."""
        return self._writer.queued

    def open(self, stream: Stream) -> None:
        """Write the head, then let the stream write."""
        request, channel = self._request, self._channel
        channel.persistent = False
        headers = request.responseHeaders
        for name, value in (("Content-Type", stream.content_type), *stream.headers):
            headers.setRawHeaders(name, [value])
        headers.setRawHeaders(b"Connection", [b"close"])
        self._write_head(headers)
        if request.method == b"HEAD":
            request.finish()
            return
        limit_unsent(channel.transport, stream.unsent_limit)
        request.registerProducer(self, True)
        request.notifyFinish().addErrback(self._gone)
        stream.start(self)

    def write(self, data: bytes) -> None:
        """Send `data` in one piece, at once if the socket takes it."""
        self._writer.write(data)

    def drop(self, reason: str) -> None:
        """Disconnect a client that does not keep up."""
        if self._is_dropped:
            return
        self._is_dropped = True
        self._channel.site.counters.dropped += 1
        self._request.log.warn("disconnected: {reason}", reason=reason)
        self._channel.transport.abortConnection()

    def pauseProducing(self) -> None:
        """The client does not keep up."""
        self.paused = True

    def resumeProducing(self) -> None:
        """It does again."""
        self.paused = False
        self.resumed()

    def stopProducing(self) -> None:
        """The connection is about to be lost: `notifyFinish` says so when it is."""

    def _write_head(self, headers: Headers) -> None:
        # What Request.write would do, but for the chunks.
        request = self._request
        request.startedWriting = 1
        self._channel.writeHeaders(request.clientproto, b"200", b"OK", headers)

    def _gone(self, _: Failure) -> None:
        self.ended()
