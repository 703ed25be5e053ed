"""Motion detector `background`: what does not fit a picture's recent past, whatever the light does."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_background.detector import BackgroundDetector, BackgroundSettings

    return BackgroundDetector(BackgroundSettings(**settings))


@hookimpl
def ssplug_motion_detectors() -> list[Driver]:
    """One driver."""
    summary = "What does not fit the recent past: adapts to noise, rain and light"
    return [Driver("background", packaged_schema(__name__), _build, summary)]
