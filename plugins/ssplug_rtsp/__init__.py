"""Camera driver `rtsp`: RTSP cameras, by PyAV."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_rtsp.source import RTSPSettings, RTSPSource

    return RTSPSource(context, RTSPSettings(**settings))


@hookimpl
def ssplug_camera_drivers() -> list[Driver]:
    """One driver."""
    return [Driver("rtsp", packaged_schema(__name__), _build, "RTSP cameras: H.264, H.265 or JPEG, with sound")]
