"""Axis cameras that can be moved (VAPIX, PTZ API)."""

from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import IDeviceInformation, IPTZDriver, IPTZPresetNames
from ssplug.model.ptz import PTZCapability, PTZCommand, PTZMove
from ssplug.model.url import CameraURL
from ssplug.web_client import WebClient, WebError
from ssplug_axis import vapix

ANSWER_LIMIT = 65_536

_USUAL = PTZCapability.PAN_TILT | PTZCapability.ZOOM | PTZCapability.CONTINUOUS


@dataclass(frozen=True, slots=True)
class AxisPTZSettings:
    """See ptz.schema.json."""

    url: str = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    camera: int = 1
    verify_certificate: bool = True


@implementer(IPTZDriver, IPTZPresetNames, IDeviceInformation)
class AxisPTZ:
    """A camera with ptz.cgi. Reactor thread."""

    device_name = "Axis camera"
    path = vapix.PTZ

    def __init__(self, context: DriverContext, settings: AxisPTZSettings) -> None:
        """ValueError for a URL that makes no sense."""
        url = CameraURL.parse(settings.url, settings.username, settings.password)
        self._client = WebClient(context.reactor, url, settings.verify_certificate)
        self._camera = settings.camera
        self._abilities = PTZCapability(0)
        self.address = url.host
        self.port = url.port

    def capabilities(self) -> "Deferred[PTZCapability]":
        """See IPTZDriver."""
        return Deferred.fromCoroutine(self._ask_for_abilities())

    def perform(self, command: PTZCommand, speed: int) -> "Deferred[None]":
        """See IPTZDriver."""
        return Deferred.fromCoroutine(self._perform(command, speed))

    def preset_names(self) -> "Deferred[tuple[str, ...]]":
        """See IPTZPresetNames."""
        return Deferred.fromCoroutine(self._ask_for_names())

    async def _ask_for_abilities(self) -> PTZCapability:
        self._abilities = vapix.abilities(await self._ask("info=1"))
        if not self._abilities:
            raise WebError("the camera lists no movement: is PTZ switched on in it?")
        return self._abilities

    async def _ask_for_names(self) -> tuple[str, ...]:
        return vapix.preset_names(await self._ask("query=presetposcam"))

    async def _perform(self, command: PTZCommand, speed: int) -> None:
        # As long as the camera has not said: nearly all of them move continuously.
        abilities = self._abilities or _USUAL
        if command is not PTZMove.STOP or PTZCapability.CONTINUOUS in abilities:
            await self._ask(vapix.query(command, speed, abilities))

    async def _ask(self, query: str) -> str:
        """What the camera answers; WebError where it does not, or says that something is wrong."""
        reply = await self._client.fetch(f"{vapix.PTZ}?camera={self._camera}&{query}", limit=ANSWER_LIMIT)
        reply.check()
        answer = reply.body.decode("utf-8", "replace")
        wrong = vapix.error(answer)
        if wrong is not None:
            raise WebError(f"the camera says: {wrong}")
        return answer
