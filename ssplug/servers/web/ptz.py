"""The chapter "PTZ"."""

from http import HTTPStatus

from ssplug.cameras.camera import Camera
from ssplug.model.access import Permission
from ssplug.model.ptz import SavePreset
from ssplug.ptz.head import PTZError, UnableError
from ssplug.servers.web.assets import HTML_TYPE, PAGE_HEADERS
from ssplug.servers.web.camera_information import picture_size
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.ptz_page import PTZPage
from ssplug.servers.web.reply import Reply, refusal, text_reply, unauthorized
from ssplug.wire.documents import ptz_number
from ssplug.wire.requests import PTZRequest


class PTZCapabilities(Endpoint):
    """`getptzcapabilities`."""

    async def get(self, query: Query) -> Reply:
        """A number, as the client's dialect writes it."""
        camera = self.camera(query)
        dialect = self.context.dialects.of(query.avatar.name, query.address)
        return text_reply(str(ptz_number(camera.ptz_capabilities, dialect)))


class _Controlling(Endpoint):
    """What takes the permission to move a camera."""

    def controllable(self, query: Query) -> Camera:
        """The camera of `cameraNum`, if it exists for this account, which may move it."""
        camera = self.camera(query)
        self.expect(query, Permission.CONTROL, camera)
        return camera

    def expect(self, query: Query, permission: Permission, camera: Camera) -> None:
        """Refuse an account that has no `permission` for the camera."""
        if not query.avatar.may(permission, camera.identity):
            raise unauthorized(self.context.site.server.realm)


class PTZCommand(_Controlling):
    """`ptz/command`, and `ptzcommand`, which the web page of the original asks for."""

    changes = True

    async def get(self, query: Query) -> Reply:
        """`OK`, once the camera has accepted it; also for a camera that nothing moves."""
        camera = self.controllable(query)
        request = PTZRequest.parse(query.parameters)
        if isinstance(request.command, SavePreset):
            self.expect(query, Permission.PRESETS, camera)
        if camera.is_movable:
            await self._moved(camera, request)
        return text_reply("OK")

    async def _moved(self, camera: Camera, request: PTZRequest) -> None:
        try:
            await camera.move(request.command, request.speed)
        except UnableError as error:
            raise refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        except PTZError as error:
            raise refusal(HTTPStatus.BAD_GATEWAY, str(error)) from error


class PTZControls(_Controlling):
    """`ptz/controls`."""

    async def get(self, query: Query) -> Reply:
        """HTML."""
        camera = self.controllable(query)
        page = PTZPage(
            number=camera.number,
            name=camera.identity.name,
            size=picture_size(camera),
            capabilities=camera.ptz_capabilities,
            preset_names=() if camera.ptz is None else camera.ptz.preset_names,
            may_save=query.avatar.may(Permission.PRESETS, camera.identity),
            is_moved=camera.is_movable,
            failure="" if camera.ptz_failure is None else camera.ptz_failure.text,
            token=query.parameters.raw("auth"),
        )
        return Reply(page.html(), HTML_TYPE, headers=PAGE_HEADERS)
