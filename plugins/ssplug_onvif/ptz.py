"""The PTZ driver. Reactor thread."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from onveef import envelopes
from twisted.internet.defer import Deferred
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import IPTZDriver, IPTZPresetNames
from ssplug.model.ptz import GoToPreset, PTZCapability, PTZCommand, SavePreset
from ssplug_onvif import answers
from ssplug_onvif.answers import Node, Preset, Profile
from ssplug_onvif.choice import NoProfileError, moving_profile
from ssplug_onvif.device import Device, DeviceError
from ssplug_onvif.media import profiles_of
from ssplug_onvif.moves import CannotMoveError, Mover, Position, slots
from ssplug_onvif.settings import DeviceSettings

T = TypeVar("T")

_NOTHING: Final = Node("", {})


@implementer(IPTZDriver, IPTZPresetNames)
class ONVIFPTZ:
    """Moves a device by one of its profiles; connects when it is first asked for something."""

    def __init__(self, context: DriverContext, settings: DeviceSettings) -> None:
        """ValueError for settings that make no sense."""
        self._context = context
        self._settings = settings
        self._url = settings.device_url()
        self._device: Device | None = None
        self._mover: Mover | None = None

    def capabilities(self) -> "Deferred[PTZCapability]":
        """See IPTZDriver: nothing at all, for a device that cannot be moved."""
        return Deferred.fromCoroutine(self._capabilities())

    def perform(self, command: PTZCommand, speed: int) -> "Deferred[None]":
        """See IPTZDriver."""
        return Deferred.fromCoroutine(self._starting_over_after_failure(self._perform(command, speed)))

    def preset_names(self) -> "Deferred[tuple[str, ...]]":
        """See IPTZPresetNames."""
        return Deferred.fromCoroutine(self._starting_over_after_failure(self._preset_names()))

    async def _capabilities(self) -> PTZCapability:
        self._mover = None  # asked again: perhaps it is another camera now
        return (await self._connected()).capabilities

    async def _perform(self, command: PTZCommand, speed: int) -> None:
        mover = await self._connected()
        match command:
            case GoToPreset(number):
                await self._tell(mover.go_to(await self._preset(number)))
            case SavePreset(number):
                found = (await self._slots())[number - 1]
                await self._tell(mover.save(number, found))
            case move:
                position = await self._position() if mover.needs_position(move) else Position()
                await self._tell(mover.move(move, speed, position))

    async def _preset_names(self) -> tuple[str, ...]:
        await self._connected()
        return tuple(_shown(preset.name or preset.token) if preset else "" for preset in await self._slots())

    async def _starting_over_after_failure(self, work: Awaitable[T]) -> T:
        """What was learnt of the device may no longer hold when it refuses something."""
        try:
            return await work
        except DeviceError:
            self._mover = None
            raise

    # -- what the device says of itself -------------------------------------------------------------

    async def _connected(self) -> Mover:
        if self._mover is None:
            device = Device(self._context, self._url, self._settings.verify_certificate)
            await device.connect()
            self._device, self._mover = device, await self._moving_by(device)
        return self._mover

    async def _moving_by(self, device: Device) -> Mover:
        if not device.has("ptz"):
            return Mover("", _NOTHING)
        try:
            profile = moving_profile(await profiles_of(device), self._settings.profile)
        except NoProfileError as error:
            raise DeviceError(f"{device.url.place}: {error}") from None
        if profile is None:
            return Mover("", _NOTHING)
        nodes = await device.call("ptz", envelopes.ptz_get_nodes(), answers.nodes)
        return Mover(profile.token, _node_of(profile, nodes))

    async def _preset(self, number: int) -> Preset:
        preset = (await self._slots())[number - 1]
        if preset is None:
            raise CannotMoveError(f"preset {number} is not set")
        return preset

    async def _slots(self) -> tuple[Preset | None, ...]:
        mover = await self._connected()
        if PTZCapability.PRESETS not in mover.capabilities:
            raise CannotMoveError("the camera has no presets")
        return slots(await self._asked(envelopes.ptz_get_presets(profile_token=mover.profile), answers.presets))

    async def _position(self) -> Position:
        mover = await self._connected()
        return Position(*await self._asked(envelopes.ptz_get_status(profile_token=mover.profile), answers.position))

    async def _tell(self, body: str) -> None:
        """An operation that answers nothing."""
        await self._asked(body, len)

    async def _asked(self, body: str, parse: Callable[[str], T]) -> T:
        if self._device is None:
            raise DeviceError(f"{self._url.place}: not connected")
        return await self._device.call("ptz", body, parse)


def _shown(name: str) -> str:
    """On one line: cameras keep what they are given."""
    return "".join(letter for letter in " ".join(name.split()) if letter.isprintable())


def _node_of(profile: Profile, nodes: Sequence[Node]) -> Node:
    """The profile's node; where there is only one it is meant, whatever it is called."""
    if len(nodes) == 1:
        return nodes[0]
    return next((node for node in nodes if node.token == profile.ptz_node), _NOTHING)
