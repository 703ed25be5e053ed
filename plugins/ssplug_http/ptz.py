"""The driver: sends what the table says."""

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import IDeviceInformation, IPTZDriver, IPTZPresetNames
from ssplug.model.ptz import PTZCapability, PTZCommand, PTZMove
from ssplug.model.url import CameraURL
from ssplug.web_client import WebClient, WebError
from ssplug_http.settings import HTTPSettings
from ssplug_http.table import Request, Table, moving_word

ANSWER_LIMIT = 65_536
"""Bytes of an answer; cameras say little."""


@implementer(IPTZDriver, IPTZPresetNames, IDeviceInformation)
class HTTPPTZ:
    """A camera that a table moves. Reactor thread."""

    device_name = "HTTP camera"

    def __init__(self, context: DriverContext, settings: HTTPSettings) -> None:
        """ValueError for a URL that makes no sense."""
        url = CameraURL.parse(settings.url, settings.username, settings.password)
        self._client = WebClient(context.reactor, url, settings.verify_certificate)
        self._table = Table(settings)
        self._expect = settings.expect
        self._moving: frozenset[str] = frozenset()
        self.address = url.host
        self.port = url.port
        self.path = url.path

    def capabilities(self) -> "Deferred[PTZCapability]":
        """See IPTZDriver: what the table has, and nobody is asked."""
        return succeed(self._table.capabilities)

    def perform(self, command: PTZCommand, speed: int) -> "Deferred[None]":
        """See IPTZDriver."""
        if command is PTZMove.STOP:
            return Deferred.fromCoroutine(self._stop())
        return Deferred.fromCoroutine(self._perform(command, speed))

    def preset_names(self) -> "Deferred[tuple[str, ...]]":
        """See IPTZPresetNames."""
        return succeed(self._table.preset_names)

    async def _perform(self, command: PTZCommand, speed: int) -> None:
        for step in self._table.steps(command):
            await self._carry_out(step, speed)

    async def _carry_out(self, command: PTZCommand, speed: int) -> None:
        request = self._table.request(command, speed)
        if request is None:
            raise WebError("the table in the site file has no request for that")
        word = moving_word(command)
        if word is not None:
            self._moving |= {word}
        await self._send(request)

    async def _stop(self) -> None:
        """What moves is forgotten when the camera has heard."""
        for request in self._table.stops(self._moving):
            await self._send(request)
        self._moving = frozenset()

    async def _send(self, request: Request) -> None:
        headers = {"Content-Type": request.content_type} if request.body and request.content_type else {}
        reply = await self._client.fetch(request.path, request.method, request.body, headers, ANSWER_LIMIT)
        reply.check()
        if self._expect and self._expect not in reply.body.decode("utf-8", "replace"):
            raise WebError(f"the answer of {reply.url.path} does not say {self._expect!r}")
