"""PTZ and talkback drivers `axis`: VAPIX."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_talkback_drivers"]


def _talkback(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_axis.talkback import AxisTalkback, AxisTalkbackSettings

    return AxisTalkback(context, AxisTalkbackSettings(**settings))


@hookimpl
def ssplug_talkback_drivers() -> list[Driver]:
    """Speaking through Axis cameras."""
    schema = packaged_schema(__name__, "talkback.schema.json")
    return [Driver("axis", schema, _talkback, "Axis cameras with a loudspeaker (VAPIX)")]
