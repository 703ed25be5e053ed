"""A camera that counts."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    # Imported here, so that a site without such a camera does not load Pillow for it.
    from ssplug_counter.source import CounterSettings, CounterSource

    return CounterSource(context, CounterSettings(**settings))


@hookimpl
def ssplug_camera_drivers() -> list[Driver]:
    """One driver."""
    return [Driver("counter", packaged_schema(__name__), _build, "A camera that counts")]
