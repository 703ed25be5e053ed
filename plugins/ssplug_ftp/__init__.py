"""Uploader `ftp`: files to an FTP server, over TLS if wished."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_uploaders"]


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_ftp.uploader import FTPSettings, FTPUploader

    return FTPUploader(FTPSettings(**settings))


@hookimpl
def ssplug_uploaders() -> list[Driver]:
    """The one uploader of this plugin."""
    return [Driver("ftp", packaged_schema(__name__), _build, "sends files to an FTP server, over TLS if wished")]
