"""Action `ptz`: turns a camera to a preset."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_action_handlers"]


def _build(_context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_ptz.preset import PTZAction, PTZSettings

    return PTZAction(PTZSettings(**settings))


@hookimpl
def ssplug_action_handlers() -> list[Driver]:
    """The one handler of this plugin."""
    return [Driver("ptz", packaged_schema(__name__), _build, "turns a camera to a preset")]
