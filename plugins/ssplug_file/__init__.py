"""Camera driver `file`: a media file played in a loop, in real time, as if it were a camera."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_file.source import FileSettings, FileSource

    return FileSource(context, FileSettings(**settings))


@hookimpl
def ssplug_camera_drivers() -> list[Driver]:
    """One driver."""
    return [Driver("file", packaged_schema(__name__), _build, "A media file, played in a loop")]
