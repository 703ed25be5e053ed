"""Action `script`: runs a program of this machine."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_action_handlers"]


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_script.script import Script, ScriptSettings

    return Script(context, ScriptSettings(**settings))


@hookimpl
def ssplug_action_handlers() -> list[Driver]:
    """The one handler of this plugin."""
    return [Driver("script", packaged_schema(__name__), _build, "runs a program of this machine")]
