"""Sound to an Axis camera: one HTTP request whose body lasts as long as somebody speaks (VAPIX, Audio API)."""

from dataclasses import dataclass, field
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IConsumer
from twisted.python.failure import Failure
from twisted.web.iweb import UNKNOWN_LENGTH, IBodyProducer
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import ITalk, ITalkback
from ssplug.model.url import CameraURL
from ssplug.web_client import WebClient, WebError, WebResponse

TRANSMIT: Final = "/axis-cgi/audio/transmit.cgi"
_PARAMETERS: Final = "/axis-cgi/param.cgi?action=list&group=Audio"
_LONGEST_SECONDS: Final = 86_400.0
CLOSE_SECONDS: Final = 5.0
"""How long the camera may take to answer once all was said."""


@dataclass(frozen=True, slots=True)
class AxisTalkbackSettings:
    """What the site file says."""

    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    verify_certificate: bool = True


@implementer(ITalkback)
class AxisTalkback:
    """A camera that takes sound by HTTP. Reactor thread."""

    def __init__(self, context: DriverContext, settings: AxisTalkbackSettings) -> None:
        """ValueError for an address that makes no sense."""
        self._reactor = context.reactor
        self._url = CameraURL.parse(settings.url, settings.username, settings.password)
        self._verify = settings.verify_certificate

    def open(self) -> "Deferred[AxisTalk]":
        """Begin the request: it has begun when the camera takes its body."""
        return Deferred.fromCoroutine(self._open())

    async def _open(self) -> "AxisTalk":
        client = WebClient(self._reactor, self._url, self._verify, persistent=True)
        try:
            if self._url.username:
                await self._log_in(client)
            return await AxisTalk.begun(client, self._url.path if self._url.path != "/" else TRANSMIT, self._reactor)
        except BaseException:
            await client.close()
            raise

    async def _log_in(self, client: WebClient) -> None:
        """A body that comes while somebody speaks cannot be sent again: the demand for a password comes before it."""
        response = await client.open(_PARAMETERS)
        response.discard()


@implementer(ITalk, IBodyProducer)
class AxisTalk:
    """One person talking: the body of the request. Reactor thread."""

    length = UNKNOWN_LENGTH

    def __init__(self, client: WebClient, reactor: Any) -> None:
        self._client = client
        self._reactor = reactor
        self._consumer: IConsumer | None = None
        self._is_full = False
        self._waiting: Deferred[None] | None = None
        self._sent: Deferred[None] = Deferred()
        self._begun: Deferred[None] = Deferred()
        self._answered: Deferred[None] = Deferred()
        self.lost: Deferred[str | None] = Deferred()

    @classmethod
    async def begun(cls, client: WebClient, path: str, reactor: Any) -> "AxisTalk":
        """A talk whose request is under way; WebError where the camera refuses it at once."""
        talk = cls(client, reactor)
        headers = {"Content-Type": "audio/basic"}
        asking = Deferred.fromCoroutine(client.open(path, "POST", talk, headers, _LONGEST_SECONDS))
        asking.addCallbacks(talk._answer, talk._fail)
        await talk._begun
        return talk

    def write(self, samples: bytes) -> "Deferred[None]":
        """Send them; fires when the connection takes more."""
        assert self._consumer is not None, "a talk is given away once its request has begun"
        if self.lost.called:
            return succeed(None)
        self._consumer.write(samples)
        if not self._is_full:
            return succeed(None)
        self._waiting = Deferred(lambda _: self._wait_no_more())
        return self._waiting

    def close(self) -> "Deferred[None]":
        """End the body, wait for the camera's answer (some have none), and hang up."""
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        if not self.lost.called:
            self.lost.callback(None)
            self._sent.callback(None)
            await self._answered.addTimeout(CLOSE_SECONDS, self._reactor, lambda *_: None)
        await self._client.finish(CLOSE_SECONDS)

    def startProducing(self, consumer: IConsumer) -> "Deferred[None]":  # noqa: N802 - Twisted's name
        """The head has been sent."""
        self._consumer = consumer
        self._begun.callback(None)
        return self._sent

    def pauseProducing(self) -> None:
        """The connection is full."""
        self._is_full = True

    def resumeProducing(self) -> None:
        """It is not any more."""
        self._is_full = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)

    def stopProducing(self) -> None:
        """The connection is lost; the request fails."""

    def _wait_no_more(self) -> None:
        self._waiting = None

    def _answer(self, response: WebResponse) -> None:
        response.discard()
        try:
            response.check()
        except WebError as error:
            self._end(str(error))
        else:
            self._end("the camera has ended it")
        self._answered.callback(None)

    def _fail(self, failure: Failure) -> None:
        failure.trap(WebError, CancelledError)
        self._end(failure.getErrorMessage())
        self._answered.callback(None)

    def _end(self, reason: str) -> None:
        if not self._begun.called:
            self._begun.errback(WebError(reason))
        if not self.lost.called:
            self.lost.callback(reason)
        self.resumeProducing()
