"""The chapter "Scheduling"."""

from ssplug.model.camera import CaptureMode
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Reply
from ssplug.wire.documents import camera_modes


class CameraModes(Endpoint):
    """`cameramodes`."""

    async def get(self, query: Query) -> Reply:
        """Three lines."""
        number = self.camera(query).number
        armed = {mode: self.context.arming.state(number, mode).armed for mode in CaptureMode}
        return Reply(camera_modes(armed[CaptureMode.CONTINUOUS], armed[CaptureMode.MOTION], armed[CaptureMode.ACTIONS]))
