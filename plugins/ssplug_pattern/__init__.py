"""Camera driver `pattern`: a moving picture with a clock, and a tone; no camera needed."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_pattern.source import PatternSettings, PatternSource

    return PatternSource(context, PatternSettings(**settings))


@hookimpl
def ssplug_camera_drivers() -> list[Driver]:
    """One driver."""
    return [Driver("pattern", packaged_schema(__name__), _build, "A moving picture with a clock, and a tone")]
