"""Action `webhook`: tells another server by HTTP, and keeps what it does not take."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_action_handlers"]


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_webhook.webhook import Webhook, WebhookSettings

    return Webhook(context, WebhookSettings(**settings))


@hookimpl
def ssplug_action_handlers() -> list[Driver]:
    """The one handler of this plugin."""
    return [Driver("webhook", packaged_schema(__name__), _build, "tells another server by HTTP; nothing is lost")]
