"""Motion detector `opencv`: OpenCV's mixture of Gaussians (MOG2). Needs the extra `opencv`."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_opencv.detector import MOG2Detector, MOG2Settings

    return MOG2Detector(MOG2Settings(**settings))


@hookimpl
def ssplug_motion_detectors() -> list[Driver]:
    """One driver."""
    return [Driver("opencv", packaged_schema(__name__), _build, "OpenCV's MOG2; needs ssplug[opencv]")]
