"""PTZ and talkback drivers `axis`: VAPIX."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_ptz_drivers", "ssplug_talkback_drivers"]


def _talkback(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_axis.talkback import AxisTalkback, AxisTalkbackSettings

    return AxisTalkback(context, AxisTalkbackSettings(**settings))


def _ptz(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_axis.ptz import AxisPTZ, AxisPTZSettings

    return AxisPTZ(context, AxisPTZSettings(**settings))


@hookimpl
def ssplug_ptz_drivers() -> list[Driver]:
    """Moving Axis cameras."""
    return [
        Driver("axis", packaged_schema(__name__, "ptz.schema.json"), _ptz, "Axis cameras that can be moved (VAPIX)")
    ]


@hookimpl
def ssplug_talkback_drivers() -> list[Driver]:
    """Speaking through Axis cameras."""
    schema = packaged_schema(__name__, "talkback.schema.json")
    return [Driver("axis", schema, _talkback, "Axis cameras with a loudspeaker (VAPIX)")]
