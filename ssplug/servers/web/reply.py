"""What a resource answers, as values: a reply, a stream, or a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol, TypeAlias

from twisted.internet.defer import Deferred

TEXT_TYPE: Final = "text/plain"

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response."""

    body: bytes
    content_type: str = TEXT_TYPE
    status: HTTPStatus = HTTPStatus.OK
    headers: Headers = ()


def text_reply(text: str) -> Reply:
    """A short text for a program; it ends where it ends, without a line feed."""
    return Reply(text.encode())


class Body(Protocol):
    """What a stream writes to: one client, which may be slow or go away. Reactor thread."""

    resumed: Callable[[], None]
    """To be set: called when the client takes data again."""
    ended: Callable[[], None]
    """To be set: called once when the client has gone or was dropped; nothing may be written any more."""

    @property
    def paused(self) -> bool:
        """Whether the client does not keep up: what is written now waits in memory."""

    @property
    def queued(self) -> int:
        """Bytes that wait in memory."""

    def write(self, data: bytes) -> None:
        """Send `data` at once, in one piece."""

    def drop(self, reason: str) -> None:
        """Disconnect, and say why in the log."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A response without end: `start` is called with where to write, once the head has been sent."""

    content_type: str
    start: Callable[[Body], None]
    headers: Headers = ()
    unsent_limit: int = 128 * 1024
    """Bytes that the kernel may hold unsent: left to itself it takes megabytes, which a slow client gets late."""


class Pieces(Protocol):
    """Something long that is made or read piece by piece, elsewhere. Reactor thread."""

    def next(self) -> "Deferred[bytes]":
        """The next piece, b"" at the end; not to be called again before it has come."""

    def close(self) -> None:
        """Make no more of them, and let go of what they come from; harmless twice."""


@dataclass(frozen=True, slots=True)
class Download:
    """A response with an end, sent as fast as the client takes it."""

    content_type: str
    pieces: Pieces
    length: int | None = None
    """Bytes; None where nobody knows yet: it is sent in chunks then."""
    status: HTTPStatus = HTTPStatus.OK
    headers: Headers = ()


class Socket(Protocol):
    """A WebSocket to one browser, which may be slow or go away. Reactor thread."""

    resumed: Callable[[], None]
    """To be set: called when the browser takes data again."""
    ended: Callable[[], None]
    """To be set: called once when the browser has gone or was dropped."""

    @property
    def paused(self) -> bool:
        """Whether the browser does not keep up: what is sent now waits in memory."""

    def send_text(self, text: str) -> None:
        """Send a text message; nothing happens once the browser has said goodbye."""

    def send(self, data: bytes) -> None:
        """Send a binary message; nothing happens once the browser has said goodbye."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """From HTTP to a WebSocket: `start` is called with it."""

    start: Callable[[Socket], None]


Answer: TypeAlias = Reply | Stream | Download | Upgrade


class RefusedError(Exception):
    """What was asked for is not given; `reply` says so."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status.value} {reply.status.phrase}")
        self.reply = reply


def refusal(status: HTTPStatus, text: str = "", headers: Headers = ()) -> RefusedError:
    """A refusal in one line of text; by default the status in words."""
    return RefusedError(Reply((text or f"{status.value} {status.phrase}").encode(), TEXT_TYPE, status, headers))


def not_found() -> RefusedError:
    """No such resource."""
    return refusal(HTTPStatus.NOT_FOUND)


def unauthorized(realm: str) -> RefusedError:
    """No or wrong credentials, or an account that may not: clients cannot tell one from the other."""
    quoted = realm.replace("\\", r"\\").replace('"', r"\"")
    return refusal(HTTPStatus.UNAUTHORIZED, headers=(("WWW-Authenticate", f'Basic realm="{quoted}"'),))
