"""`metrics`: our own addition, for Prometheus; only administrators may read it."""

from ssplug.model.access import Permission
from ssplug.servers.metrics import CONTENT_TYPE
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Reply


class MetricsPage(Endpoint):
    """`metrics`."""

    async def get(self, query: Query) -> Reply:
        """Every figure in the text format."""
        self.require(query, Permission.ADMIN)
        return Reply(self.context.metrics(), CONTENT_TYPE)
