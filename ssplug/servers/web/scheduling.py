"""The chapter "Scheduling": what is armed, why, and the commands that change it.

Commands answer `OK` also where nothing changes, as when an id is not known: clients count on it.
Refused are only a camera that does not exist for the account, and an account that may not arm.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from http import HTTPStatus

from twisted.logger import Logger

from ssplug.cameras.camera import Camera
from ssplug.model.access import Permission
from ssplug.model.camera import CaptureMode
from ssplug.scheduling.arming import ArmingBusyError, UnknownIdError
from ssplug.scheduling.explain import ExplainError, parse_instant
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Reply, refusal, text_reply, unauthorized
from ssplug.wire.arming_requests import ALL_CAMERAS, ArmingRequest, PresetRequest, SwitchRequest
from ssplug.wire.documents import camera_modes
from ssplug.wire.requests import Parameters, RequestError

_log = Logger()

_OK = text_reply("OK")


class CameraModes(Endpoint):
    """`cameramodes`."""

    async def get(self, query: Query) -> Reply:
        """Three lines."""
        number = self.camera(query).number
        armed = {mode: self.context.arming.state(number, mode).armed for mode in CaptureMode}
        return Reply(camera_modes(armed[CaptureMode.CONTINUOUS], armed[CaptureMode.MOTION], armed[CaptureMode.ACTIONS]))


class Schedule(Endpoint):
    """`schedule`: why each mode is armed or not, and until when; not of the specification."""

    async def get(self, query: Query) -> Reply:
        """Lines for people, or with `format=json` a document; `at` is an ISO 8601 time."""
        number = self.camera(query).number
        at = query.parameters.text("at")
        try:
            instant = parse_instant(at, self.context.zone) if at else None
        except ExplainError as error:
            raise RequestError(f"at: {error}") from error
        explained = [self.context.arming.explain(number, mode, instant) for mode in CaptureMode]
        if (query.parameters.text("format") or "").strip("/ ").lower() != "json":
            return text_reply("".join(f"{explanation.text}\n" for explanation in explained))
        document = {"camera-number": number, "modes": [explanation.document() for explanation in explained]}
        return Reply(json.dumps(document, ensure_ascii=False).encode(), "application/json")


class ArmingCommand(Endpoint):
    """What the commands have in common."""

    changes = True

    def armable(self, query: Query, number: int) -> list[int]:
        """The cameras that `number` means and the account may arm; refuses where it may arm none of them."""
        cameras = self._cameras(query, number)
        numbers = [camera.number for camera in cameras if query.avatar.may(Permission.SCHEDULE, camera.identity)]
        if cameras and not numbers:
            raise unauthorized(self.context.site.server.realm)
        return numbers

    def _cameras(self, query: Query, number: int) -> list[Camera]:
        return self.context.roster.visible_to(query.avatar) if number == ALL_CAMERAS else [self.camera(query)]

    async def carry_out(self, command: Awaitable[None]) -> Reply:
        """`OK`, once the command cannot be forgotten any more."""
        try:
            await command
        except UnknownIdError as error:
            _log.info("{command} changed nothing: {error}", command=type(self).__name__, error=error)
        except ArmingBusyError as error:
            headers = (("Retry-After", "5"),)
            raise refusal(HTTPStatus.SERVICE_UNAVAILABLE, headers=headers) from error
        return _OK


class SetSchedule(ArmingCommand):
    """`setSchedule` and `ssSetSchedule`; `ssSetOverride` differs in what `id` means."""

    def __init__(
        self, context: WebContext, parse: Callable[[Parameters], ArmingRequest] = ArmingRequest.of_schedule
    ) -> None:
        super().__init__(context)
        self._parse = parse

    async def get(self, query: Query) -> Reply:
        """Set the schedule, the override or both."""
        request = self._parse(query.parameters)
        if request.is_idle:
            self._cameras(query, request.camera)
            return _OK
        numbers = self.armable(query, request.camera)
        setting = self.context.arming.set(numbers, request.modes, request.schedule, request.override)
        return await self.carry_out(setting)


class SetPreset(ArmingCommand):
    """`setPreset` and `ssSetPreset`."""

    async def get(self, query: Query) -> Reply:
        """Set the preset's schedules for every camera that the account may arm."""
        numbers = self.armable(query, ALL_CAMERAS)
        preset = PresetRequest.parse(query.parameters).id
        if preset is None:
            return _OK
        return await self.carry_out(self.context.arming.invoke_preset(preset, numbers))


class Switch(ArmingCommand):
    """`ssControl...`: one mode armed or disarmed until something else is set."""

    def __init__(self, context: WebContext, mode: CaptureMode, always: bool | None = None) -> None:
        """`always` is for names that say themselves whether they arm."""
        super().__init__(context)
        self._mode = mode
        self._always = always

    async def get(self, query: Query) -> Reply:
        """Arm or disarm; neither where `arm` says neither."""
        request = SwitchRequest.parse(query.parameters)
        numbers = self.armable(query, request.camera)
        armed = request.armed if self._always is None else self._always
        if armed is None:
            return _OK
        return await self.carry_out(self.context.arming.arm(numbers, [self._mode], armed))


SCHEDULING: Mapping[str, Callable[[WebContext], Endpoint]] = {
    "cameramodes": CameraModes,
    "schedule": Schedule,
    "setSchedule": SetSchedule,
    "ssSetSchedule": SetSchedule,
    "ssSetOverride": partial(SetSchedule, parse=ArmingRequest.of_override),
    "setPreset": SetPreset,
    "ssSetPreset": SetPreset,
    "ssControlContinuous": partial(Switch, mode=CaptureMode.CONTINUOUS),
    "ssControlContinuousCapture": partial(Switch, mode=CaptureMode.CONTINUOUS),
    "ssControlMotionCapture": partial(Switch, mode=CaptureMode.MOTION),
    "ssControlActions": partial(Switch, mode=CaptureMode.ACTIONS),
    # Version 3 knew one mode, and named what it did.
    "ssControlActiveMode": partial(Switch, mode=CaptureMode.MOTION, always=True),
    "ssControlPassiveMode": partial(Switch, mode=CaptureMode.MOTION, always=False),
}
"""The chapter's names."""
