"""The chapter "PTZ"."""

from http import HTTPStatus

from ssplug.cameras.camera import Camera
from ssplug.model.access import Permission
from ssplug.model.ptz import SavePreset
from ssplug.ptz.head import PTZError, UnableError
from ssplug.servers.web.endpoint import Endpoint, Query
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


class PTZCommand(Endpoint):
    """`ptz/command`, and `ptzcommand`, which the web page of the original asks for."""

    changes = True

    async def get(self, query: Query) -> Reply:
        """`OK`, once the camera has accepted it; also for a camera that nothing moves."""
        camera = self._controllable(query)
        request = PTZRequest.parse(query.parameters)
        if isinstance(request.command, SavePreset):
            self._expect(query, Permission.PRESETS, camera)
        if camera.ptz is not None:
            await self._moved(camera, request)
        return text_reply("OK")

    def _controllable(self, query: Query) -> Camera:
        camera = self.camera(query)
        self._expect(query, Permission.CONTROL, camera)
        return camera

    def _expect(self, query: Query, permission: Permission, camera: Camera) -> None:
        if not query.avatar.may(permission, camera.identity):
            raise unauthorized(self.context.site.server.realm)

    async def _moved(self, camera: Camera, request: PTZRequest) -> None:
        try:
            await camera.move(request.command, request.speed)
        except UnableError as error:
            raise refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        except PTZError as error:
            raise refusal(HTTPStatus.BAD_GATEWAY, str(error)) from error
