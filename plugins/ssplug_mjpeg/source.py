"""The source: one HTTP request that never ends, or one for each picture."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import ICameraSource, IDeviceInformation, ISourceSink
from ssplug.media.access_unit import Track
from ssplug.model.url import CameraURL
from ssplug.web_client import WebClient, WebError, WebResponse
from ssplug_mjpeg.multipart import PART_LIMIT, MultipartError, MultipartParser
from ssplug_mjpeg.pictures import Pictures

_BOUNDARY: Final = re.compile(r'boundary\s*=\s*("[^"]*"|[^;\s]+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MJPEGSettings:
    """See settings.schema.json."""

    url: str = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    interval: float = 1
    still: bool = False
    verify_certificate: bool = True


@implementer(ICameraSource, IDeviceInformation)
class MJPEGSource:
    """A camera behind a URL. Reactor thread."""

    device_name = "HTTP camera"

    def __init__(
        self, context: DriverContext, settings: MJPEGSettings, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """ValueError for a URL that makes no sense."""
        self._context = context
        self._settings = settings
        self._monotonic = monotonic
        self._url = CameraURL.parse(settings.url, settings.username, settings.password)
        self._attempt: _Attempt | None = None
        self.address = self._url.host
        self.port = self._url.port
        self.path = self._url.path

    def start(self, sink: ISourceSink) -> None:
        """See ICameraSource."""
        self._attempt = _Attempt(self._context, self._settings, self._url, sink, self._monotonic)

    def stop(self) -> "Deferred[None]":
        """See ICameraSource."""
        attempt, self._attempt = self._attempt, None
        return attempt.stop() if attempt is not None else succeed(None)


class _Attempt:
    """From the first request to the end."""

    def __init__(
        self,
        context: DriverContext,
        settings: MJPEGSettings,
        url: CameraURL,
        sink: ISourceSink,
        monotonic: Callable[[], float],
    ) -> None:
        self._context = context
        self._settings = settings
        self._url = url
        self._sink: ISourceSink | None = sink
        self._monotonic = monotonic
        self._client = WebClient(context.reactor, url, settings.verify_certificate, persistent=True)
        self._pictures = Pictures()
        self._announced: Track | None = None
        self._running = Deferred.fromCoroutine(self._run())
        self._running.addErrback(self._end)

    def stop(self) -> "Deferred[None]":
        """Tell the sink nothing more; fires when every connection is closed."""
        self._sink = None
        self._running.cancel()
        return self._client.close()

    async def _run(self) -> None:
        await deferLater(self._context.reactor, 0)  # `start` has returned before anything is told
        while self._sink is not None:  # whoever is given a picture may stop us at once
            began = self._monotonic()
            await self._look(await self._asked())
            rest = began + self._settings.interval - self._monotonic()
            await deferLater(self._context.reactor, max(0.0, rest))

    async def _asked(self) -> WebResponse:
        response = await self._client.open(self._url.plain())
        response.check()
        self._url = response.url  # where a redirect led, so that it need not be followed each time
        return response

    async def _look(self, response: WebResponse) -> None:
        """Take one picture, or a stream of them."""
        content_type = response.content_type
        if content_type.startswith("multipart/"):
            await self._watch(response)
        elif self._settings.still or content_type.startswith("image/"):
            if not self._take(await response.read(PART_LIMIT)):
                raise WebError("what the camera sends is no JPEG")
        else:
            raise WebError(f"the camera sends no pictures but {content_type or 'something without a type'}")

    async def _watch(self, response: WebResponse) -> NoReturn:
        boundary = _BOUNDARY.search(response.header("Content-Type"))
        parser = MultipartParser(boundary[1] if boundary else "")

        def received(data: bytes) -> None:
            for part in parser.feed(data):
                if not self._take(part.body):
                    self._context.log.debug("a part of {size} bytes that is no JPEG", size=len(part.body))

        await response.each(received)
        raise WebError("the camera ended the stream")

    def _take(self, jpeg: bytes) -> bool:
        """Hand on a picture that has just arrived; False if it is none."""
        try:
            unit = self._pictures.unit(jpeg, self._monotonic())
        except ValueError:
            return False
        if self._sink is not None and unit.track != self._announced:
            self._announced = unit.track
            self._sink.online((unit.track,))
        if self._sink is not None:
            self._sink.access_unit(unit)
        return True

    def _end(self, failure: Failure) -> None:
        """The attempt is over: say why, unless it was stopped."""
        if self._sink is None or failure.check(CancelledError):
            return
        sink, self._sink = self._sink, None
        sink.offline(self._reason(failure))

    def _reason(self, failure: Failure) -> str:
        problem = failure.value
        if isinstance(problem, WebError | MultipartError):
            return str(problem)
        self._context.log.failure("the driver failed", failure)
        return f"the driver failed: {type(problem).__name__}"
