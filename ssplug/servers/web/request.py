"""An HTTP request as the resources see it, and the writing of their answers."""

import io
from http import HTTPStatus
from typing import Any, Final

from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure
from twisted.web.server import Request

from ssplug.servers.web.channel import BODY_LIMIT
from ssplug.servers.web.downloads import DownloadBody
from ssplug.servers.web.incoming import Incoming
from ssplug.servers.web.producers import StreamBody
from ssplug.servers.web.reply import Answer, Download, RefusedError, Reply, Upgrade, refusal
from ssplug.servers.web.websocket import WebSocket
from ssplug.wire.requests import RequestError, Target
from ssplug.workers import WorkerBusyError

HEAR_OUT_SECONDS: Final = 5.0
"""How long a client may go on sending what is not wanted: closing at once would cost it the answer."""


class WebRequest(Request):
    """One request and its response. Reactor thread."""

    channel: Any  # a WebChannel, until the response is finished or the client is gone
    content: Any
    defaultContentType = None
    target = Target("")
    account: str | None = None
    """Who asks; None until that is known."""
    incoming: Incoming | None = None
    """The body, where it is dealt with while it comes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The channel forgets its requests before the last log line of each is written.
        self.log = self.channel.log
        self.address: str = self.channel.address

    @property
    def is_over(self) -> bool:
        """Whether nothing can be written any more."""
        return getattr(self, "channel", None) is None

    def gotLength(self, length: int | None) -> None:
        """Make room for a body of at most BODY_LIMIT bytes; None: it comes in chunks."""
        self.content = io.BytesIO()
        if self.channel.takes_streams:
            self.incoming = Incoming(self.channel.transport)
        elif length is not None and length > BODY_LIMIT:
            self.channel.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def handleContentChunk(self, data: bytes) -> None:
        """Take a piece of the body."""
        if self.incoming is not None:
            self.incoming.feed(data)
        elif self.content.tell() + len(data) > BODY_LIMIT:
            self.channel.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self.content.write(data)

    def begin(self, method: bytes, uri: bytes, version: bytes) -> None:
        """Answer a request whose body is still to come."""
        self.method, self.uri, self.clientproto = method, uri, version
        self.process()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """All of it is here."""
        if self.incoming is None:
            super().requestReceived(command, path, version)
        else:
            self.incoming.end()

    def connectionLost(self, reason: Failure) -> None:
        """The client has gone."""
        super().connectionLost(reason)
        if self.incoming is not None:
            self.incoming.end(is_lost=True)

    def finish(self) -> None:
        """The answer is written; a client that is still sending is heard out for a while."""
        incoming = self.incoming
        if incoming is None or incoming.is_over:
            super().finish()
            return
        incoming.discard()
        given_up = self.channel.callLater(HEAR_OUT_SECONDS, self.channel.transport.abortConnection)
        incoming.over.addCallback(lambda _: self._heard_out(given_up))

    def _heard_out(self, given_up: IDelayedCall) -> None:
        if given_up.active():
            given_up.cancel()
        if not self.is_over:
            super().finish()

    def process(self) -> None:
        """Find the resource by the normalised path, whatever form it was written in."""
        self.target = Target.parse(self.uri.decode("latin-1"))
        self.path = "/".join(("", self.target.name, *self.target.rest)).encode()
        super().process()

    def answer(self, answer: Answer) -> None:
        """Write what a resource answers."""
        if self.is_over:
            if isinstance(answer, Download):
                answer.pieces.close()
        elif isinstance(answer, Reply):
            self._reply(answer)
        elif isinstance(answer, Download):
            DownloadBody(self, answer.pieces).open(answer)
        elif isinstance(answer, Upgrade):
            WebSocket(self).open(answer)
        else:
            StreamBody(self).open(answer)

    def fail(self, failure: Failure) -> None:
        """Write why a resource does not answer."""
        error = failure.value
        if isinstance(error, RefusedError):
            self.answer(error.reply)
        elif isinstance(error, RequestError):
            self.answer(refusal(HTTPStatus(error.status), str(error)).reply)
        elif isinstance(error, WorkerBusyError):
            self.answer(refusal(HTTPStatus.SERVICE_UNAVAILABLE, headers=(("Retry-After", "5"),)).reply)
        else:
            self.processingFailed(failure)

    def processingFailed(self, reason: Failure) -> Failure:
        """Our own fault: the log has the traceback, the client has none."""
        if self.is_over:
            return reason
        camera = self.target.parameters.text("cameraNum")
        self.log.failure("{name!r} failed", reason, name=self.target.name, camera=camera)
        if self.startedWriting:
            self.channel.transport.abortConnection()
        else:
            self.answer(refusal(HTTPStatus.INTERNAL_SERVER_ERROR).reply)
        return reason

    def _reply(self, reply: Reply) -> None:
        self.setResponseCode(reply.status.value, reply.status.phrase.encode())
        self.setHeader("Content-Type", reply.content_type)
        self.setHeader("Content-Length", str(len(reply.body)))
        self.setHeader("Cache-Control", "no-store")
        if self.incoming is not None and not self.incoming.is_over:
            self.channel.persistent = False
            self.setHeader("Connection", "close")
        for name, value in reply.headers:
            self.setHeader(name, value)
        self.write(reply.body)
        self.finish()
