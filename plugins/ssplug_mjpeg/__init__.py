"""Camera driver `mjpeg`: Motion JPEG over HTTP, as a multipart stream or picture by picture."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_mjpeg.source import MJPEGSettings, MJPEGSource

    return MJPEGSource(context, MJPEGSettings(**settings))


@hookimpl
def ssplug_camera_drivers() -> list[Driver]:
    """One driver."""
    return [Driver("mjpeg", packaged_schema(__name__), _build, "Motion JPEG over HTTP: a stream or stills")]
