"""Storage backend `s3`: footage in a bucket, spooled on this machine until it is there."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_storage_backends"]


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_s3.store import S3Settings, open_store

    return open_store(context, S3Settings(**settings))


@hookimpl
def ssplug_storage_backends() -> list[Driver]:
    """The one backend of this plugin; it needs the extra `s3` of ssplug."""
    return [Driver("s3", packaged_schema(__name__), _build, "keeps footage in an S3 bucket; pip install ssplug[s3]")]
