"""Action `email`: sends mail with pictures."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_action_handlers"]


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_email.mailer import Mailer, settings_of

    return Mailer(context, settings_of(settings))


@hookimpl
def ssplug_action_handlers() -> list[Driver]:
    """One driver."""
    return [Driver("email", packaged_schema(__name__), _build, "sends mail with pictures")]
