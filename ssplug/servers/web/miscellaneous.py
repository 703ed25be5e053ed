"""The chapter "Miscellaneous"."""

from ssplug.cameras.camera import Camera
from ssplug.model.access import Permission
from ssplug.model.event import TriggerReason
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Reply, text_reply, unauthorized
from ssplug.wire.arming_requests import ALL_CAMERAS
from ssplug.wire.requests import camera_number


class TriggerMotionDetection(Endpoint):
    """`triggermd`: as if something had moved; -1 is every camera that the account may trigger."""

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
