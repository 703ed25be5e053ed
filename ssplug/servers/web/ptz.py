"""The chapter "PTZ"."""

from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Reply, text_reply
from ssplug.wire.documents import ptz_number


class PTZCapabilities(Endpoint):
    """`getptzcapabilities`."""

    async def get(self, query: Query) -> Reply:
        """A number, as the client's dialect writes it."""
        camera = self.camera(query)
        dialect = self.context.dialects.of(query.avatar.name, query.address)
        return text_reply(str(ptz_number(camera.ptz_capabilities, dialect)))
