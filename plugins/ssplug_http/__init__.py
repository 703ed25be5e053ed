"""PTZ driver `http`: any camera that is moved by HTTP requests."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_http.ptz import HTTPPTZ
    from ssplug_http.settings import HTTPSettings

    return HTTPPTZ(context, HTTPSettings(**settings))


@hookimpl
def ssplug_ptz_drivers() -> list[Driver]:
    """One driver."""
    return [Driver("http", packaged_schema(__name__), _build, "Any camera that is moved by HTTP requests")]
