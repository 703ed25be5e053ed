"""Responses with an end, read in another thread at the pace of the client that takes them."""

from typing import TYPE_CHECKING, Any, Final

from twisted.internet.interfaces import IDelayedCall, IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from ssplug.servers.web.reply import Download, Pieces
from ssplug.servers.write_through import WriteThrough

if TYPE_CHECKING:
    from ssplug.servers.web.request import WebRequest

STALL_SECONDS: Final = 600.0
"""How long a client may take nothing: a film that is paused does so, and a phone that is out of reach."""


@implementer(IPushProducer)
class DownloadBody:
    """The body of a `Download`. At most one piece waits in memory for the client, and one is being made."""

    def __init__(self, request: "WebRequest", pieces: Pieces) -> None:
        self._request = request
        self._pieces = pieces
        self._is_paused = False
        self._is_waiting = False
        self._is_over = False
        self._write: Any = request.write
        self._stall: IDelayedCall | None = None

    def open(self, download: Download) -> None:
        """Write the head, then piece after piece."""
        request = self._request
        request.setResponseCode(download.status.value, download.status.phrase.encode())
        request.setHeader("Content-Type", download.content_type)
        if download.length is not None:
            request.setHeader("Content-Length", str(download.length))
        for name, value in download.headers:
            request.setHeader(name, value)
        request.notifyFinish().addBoth(self._ended)
        if request.method == b"HEAD":
            request.finish()
            return
        request.registerProducer(self, True)
        if download.length is not None:
            request.write(b"")  # the head; what follows is written as it is
            self._write = WriteThrough(request.channel.transport).write
        self._ask()

    def pauseProducing(self) -> None:
        """The client does not keep up."""
        self._is_paused = True
        if self._stall is None and not self._is_over:
            self._stall = self._request.channel.callLater(STALL_SECONDS, self._stalled)

    def resumeProducing(self) -> None:
        """It does again."""
        self._is_paused = False
        self._forget_stall()
        self._ask()

    def stopProducing(self) -> None:
        """The connection is about to be lost: `notifyFinish` says so when it is."""

    def _ask(self) -> None:
        if self._is_paused or self._is_waiting or self._is_over:
            return
        self._is_waiting = True
        self._pieces.next().addCallback(self._send).addErrback(self._fail)

    def _send(self, piece: bytes) -> None:
        self._is_waiting = False
        if self._is_over:
            return
        if piece:
            self._write(piece)
            self._ask()
        else:
            self._request.unregisterProducer()
            self._request.finish()

    def _fail(self, failure: Failure) -> None:
        """What was promised cannot be kept: only a broken connection tells the client so."""
        if not self._is_over:
            self._request.log.failure("{name!r} broke off", failure, name=self._request.target.name)
            self._request.channel.transport.abortConnection()

    def _stalled(self) -> None:
        self._stall = None
        self._request.log.warn("disconnected: took nothing for {seconds:.0f} seconds", seconds=STALL_SECONDS)
        self._request.channel.transport.abortConnection()

    def _forget_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _ended(self, _: object) -> None:
        self._is_over = True
        self._forget_stall()
        self._pieces.close()
