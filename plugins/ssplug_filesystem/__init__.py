"""Storage backend `filesystem`: footage in a folder, one folder per camera and date."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_storage_backends"]


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_filesystem.store import FilesystemSettings, FilesystemStore

    return FilesystemStore(FilesystemSettings(**settings))


@hookimpl
def ssplug_storage_backends() -> list[Driver]:
    """The one backend of this plugin."""
    return [Driver("filesystem", packaged_schema(__name__), _build, "keeps footage in a folder of this machine")]
