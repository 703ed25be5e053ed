"""Camera driver `pattern`: a moving picture with a clock, and a tone; no camera needed. And what turns it."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_pattern.source import PatternSettings, PatternSource

    return PatternSource(context, PatternSettings(**settings))


def _build_ptz(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_pattern.ptz import PatternPTZ

    return PatternPTZ(context)


@hookimpl
def ssplug_camera_drivers() -> list[Driver]:
    """One driver."""
    return [Driver("pattern", packaged_schema(__name__), _build, "A moving picture with a clock, and a tone")]


@hookimpl
def ssplug_ptz_drivers() -> list[Driver]:
    """One driver."""
    return [Driver("pattern", packaged_schema(__name__, "ptz.schema.json"), _build_ptz, "Turns a pattern camera")]
