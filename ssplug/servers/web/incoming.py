"""The body of a request, while it is still coming: sound that somebody speaks has no end that could be waited for."""

from typing import Any, Final

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionLost

QUEUE_LIMIT: Final = 16 * 1024
"""Bytes that wait for whoever takes them, before the client has to: two seconds of mu-law."""


class Incoming:
    """What a client sends, piece by piece. Reactor thread."""

    def __init__(self, transport: Any) -> None:
        """`transport` is paused while nobody takes what came."""
        self._transport = transport
        self._pieces: list[bytes] = []
        self._waiting: Deferred[bytes] | None = None
        self._is_paused = False
        self._is_wanted = True
        self._is_lost = False
        self.is_over = False
        """Whether all of it has come, or no more will."""
        self.over: Deferred[None] = Deferred()
        """Fires when that is so."""

    def next(self) -> "Deferred[bytes]":
        """What has come since, b"" at the end; fails with ConnectionLost if there is no proper end.

        Not to be called again before it has fired.
        """
        if self._pieces:
            data = b"".join(self._pieces)
            self._pieces.clear()
            self._pause(False)
            return succeed(data)
        if self.is_over:
            return fail(ConnectionLost()) if self._is_lost else succeed(b"")
        self._waiting = Deferred()
        return self._waiting

    def discard(self) -> None:
        """Take what is still to come, and throw it away."""
        self._is_wanted = False
        self._pieces.clear()
        self._pause(False)

    def feed(self, data: bytes) -> None:
        """A piece has come."""
        if not self._is_wanted or not data:
            return
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(data)
            return
        self._pieces.append(data)
        if sum(map(len, self._pieces)) >= QUEUE_LIMIT:
            self._pause(True)

    def end(self, is_lost: bool = False) -> None:
        """All has come, or (`is_lost`) the client has gone. Harmless twice."""
        if self.is_over:
            return
        self.is_over, self._is_lost = True, is_lost
        waiting, self._waiting = self._waiting, None
        if waiting is not None and is_lost:
            waiting.errback(ConnectionLost())
        elif waiting is not None:
            waiting.callback(b"")
        self.over.callback(None)

    def _pause(self, wanted: bool) -> None:
        if wanted == self._is_paused or self.is_over:
            return
        self._is_paused = wanted
        if wanted:
            self._transport.pauseProducing()
        else:
            self._transport.resumeProducing()
