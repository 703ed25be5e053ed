"""An HTTP connection within bounds.

Twisted's own channel has limits for sizes and for idleness; this adds limits for time that a
trickle of bytes does not extend, and writes the head of every response, also of those to requests
that were never understood, as clients of this protocol expect it.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.http_headers import Headers

from ssplug.logs import connection_logger
from ssplug.wire.requests import Target

HEAD_SECONDS: Final = 15.0
"""A request's head must have come whole so long after its first byte."""
BODY_SECONDS: Final = 60.0
"""And its body so long after its head."""
IDLE_SECONDS: Final = 60.0
BODY_LIMIT: Final = 1024 * 1024

# The names that Twisted would write in another way than the vendor does.
_SPELLED: Final = {b"Ss-Uuid": b"SS-UUID", b"Ss-Ptz": b"SS-PTZ"}


class WebChannel(HTTPChannel):
    """One connection. Reactor thread."""

    site: Any  # the WebSite, which makes it
    transport: Any
    log: Logger
    number: int
    address: str
    callLater: Callable[..., IDelayedCall]
    _command: bytes
    _path: bytes
    _version: bytes

    def __init__(self) -> None:
        super().__init__()
        self._deadline: IDelayedCall | None = None
        self._is_refused = False

    def connectionMade(self) -> None:
        """Begin to wait for a request."""
        super().connectionMade()
        self.number, self.address = self.site.connected(self)
        self.log = connection_logger("http", self.number, self.address)
        self._expect_within(HEAD_SECONDS)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # the base class has no default
        """Let go of everything."""
        self._expect_within(None)
        self.site.disconnected(self)
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        """The first byte of a request starts the clock for its head."""
        if self._is_refused:
            return
        if self._deadline is None and not self.requests:
            self._expect_within(HEAD_SECONDS)
        super().dataReceived(data)

    def allHeadersReceived(self) -> None:
        """The head is here; now the body, which may be one to deal with while it comes."""
        self._expect_within(None if self.takes_streams else BODY_SECONDS)
        super().allHeadersReceived()
        if self.takes_streams and not self._is_refused:
            self.requests[-1].begin(self._command, self._path, self._version)

    @property
    def takes_streams(self) -> bool:
        """Whether the request whose head has come is answered while its body comes."""
        # The request line, which Twisted keeps to itself until there is the whole body.
        if self._command != b"POST":
            return False
        return Target.parse(self._path.decode("latin-1")).name.lower() in self.site.streamed

    def allContentReceived(self) -> None:
        """The request is here."""
        self._expect_within(None)
        super().allContentReceived()

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line of the head that does not end."""
        self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _respondToBadRequestAndDisconnect(self) -> None:
        # Not public, but the one place through which Twisted answers what it cannot parse; its own
        # answer lacks the headers that every response has. A test keeps watch over it.
        is_too_large = self._receivedHeaderSize > self.totalHeadersSize or self._receivedHeaderCount > self.maxHeaders
        self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if is_too_large else HTTPStatus.BAD_REQUEST)

    def refuse(self, status: HTTPStatus) -> None:
        """Answer what is no request, or too much of one, and close."""
        if self._is_refused:
            return
        self._is_refused = True
        self.site.counters.refused += 1
        self._expect_within(None)
        self.log.info("refused: {status} {phrase}", status=status.value, phrase=status.phrase)
        body = f"{status.value} {status.phrase}".encode()
        headers = Headers({b"Content-Type": [b"text/plain"], b"Content-Length": [b"%d" % len(body)]})
        headers.setRawHeaders(b"Connection", [b"close"])
        self.writeHeaders(b"HTTP/1.1", b"%d" % status.value, status.phrase.encode(), headers)
        self.write(body)
        self.loseConnection()

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Headers) -> None:
        """Write a head in one piece, saying which server this is."""
        for name, value in self.site.identity:
            headers.setRawHeaders(name, [value])
        lines = [b" ".join((version, code, reason))]
        for name, values in headers.getAllRawHeaders():
            lines += [_SPELLED.get(name, name) + b": " + value for value in values]
        self.write(b"\r\n".join(lines) + b"\r\n\r\n")

    def _expect_within(self, seconds: float | None) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.callLater(seconds, self._too_late)

    def _too_late(self) -> None:
        self._deadline = None
        self.refuse(HTTPStatus.REQUEST_TIMEOUT)
