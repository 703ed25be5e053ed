"""Talkback driver `null`: takes sound and plays it nowhere, to try clients without a camera that speaks."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_talkback_drivers"]


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_null.talkback import NullTalkback

    return NullTalkback(context.log)


@hookimpl
def ssplug_talkback_drivers() -> list[Driver]:
    """The one driver of this plugin."""
    return [Driver("null", packaged_schema(__name__), _build, "takes sound and plays it nowhere")]
