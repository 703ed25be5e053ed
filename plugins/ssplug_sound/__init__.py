"""Action `sound`: plays a sound on the server's own loudspeakers."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_action_handlers"]


def _build(_context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_sound.sound import Sound, SoundSettings

    return Sound(SoundSettings(**settings))


@hookimpl
def ssplug_action_handlers() -> list[Driver]:
    """The one handler of this plugin."""
    return [Driver("sound", packaged_schema(__name__), _build, "plays a sound on this machine")]
