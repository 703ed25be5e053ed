"""The chapter "Miscellaneous"."""

from http import HTTPStatus

from ssplug.cameras.camera import Camera
from ssplug.model.access import Permission
from ssplug.model.event import TriggerReason
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Reply, text_reply, unauthorized
from ssplug.wire.arming_requests import ALL_CAMERAS
from ssplug.wire.requests import UnknownCameraError, camera_number


class TriggerMotionDetection(Endpoint):
    """`triggermd`: as if something had moved; -1 is every camera that the account may trigger."""

    changes = True

    async def get(self, query: Query) -> Reply:
        """`OK`, whether or not anything is armed."""
        asked = self._asked(query)
        cameras = [camera for camera in asked if query.avatar.may(Permission.TRIGGER, camera.identity)]
        if asked and not cameras:
            raise unauthorized(self.context.site.server.realm)
        for camera in cameras:
            self.context.trigger(camera.number, TriggerReason.WEB)
        return text_reply("OK")

    def _asked(self, query: Query) -> list[Camera]:
        if camera_number(query.parameters) == ALL_CAMERAS:
            return self.context.roster.visible_to(query.avatar)
        return [self.camera(query)]


class Trigger(Endpoint):
    """`trigger`, our own: the button of the home page, for somebody who sees what the server does not."""

    async def post(self, query: Query) -> Reply:
        """To the page again, or `OK` for a script; whether or not anything is armed."""
        camera = self.context.roster.find(camera_number(query.form), query.avatar)
        if camera is None:
            raise UnknownCameraError
        if not query.avatar.may(Permission.TRIGGER, camera.identity):
            raise unauthorized(self.context.site.server.realm)
        self.context.trigger(camera.number, TriggerReason.MANUAL)
        return self._to_the_page(query) if "text/html" in (query.header("Accept") or "") else text_reply("OK")

    def _to_the_page(self, query: Query) -> Reply:
        token = query.parameters.raw("auth")
        where = "./" if token is None else f"./?auth={token}"
        return Reply(b"", status=HTTPStatus.SEE_OTHER, headers=(("Location", where),))
