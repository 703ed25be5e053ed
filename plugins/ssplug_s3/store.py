"""Footage in a bucket."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import IFootageReader, IFootageStore, IFootageWriter
from ssplug.model.footage import Usage
from ssplug_s3.bucket import Bucket
from ssplug_s3.spool import Spool
from ssplug_s3.uploads import Uploads

_MEGABYTE: Final = 10**6
_PART_UNIT: Final = 2**20
_TIMEOUT: Final = 10.0


@dataclass(frozen=True, slots=True)
class S3Settings:
    """The driver's settings; see settings.schema.json."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = None
    spool: str | None = None
    spool_limit: int = 20_000
    part_size: int = 8


def open_store(context: DriverContext, settings: S3Settings) -> "S3Store":
    """The store; its uploading thread begins when the reactor runs, so that it survives the way to the background."""
    spool = Spool(Path(settings.spool) if settings.spool else context.state / "spool")
    bucket = Bucket(_client(settings), settings.bucket, settings.prefix)
    uploads = Uploads(bucket, spool, settings.part_size * _PART_UNIT, context.log)
    context.reactor.callLater(0, context.workers.thread, f"upload to {settings.bucket}", uploads.run)
    return S3Store(bucket, spool, uploads, settings)


def _client(settings: S3Settings) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=_TIMEOUT,
        read_timeout=6 * _TIMEOUT,
        retries={"max_attempts": 2},
        s3={"addressing_style": "path" if settings.endpoint else "auto"},
    )
    return boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
        config=config,
    )


@implementer(IFootageStore)
class S3Store:
    """Keeps each file in the spool first, and in the bucket in the end."""

    rewrites = True

    def __init__(self, bucket: Bucket, spool: Spool, uploads: Uploads, settings: S3Settings) -> None:
        self._bucket = bucket
        self._spool = spool
        self._uploads = uploads
        self._part_size = settings.part_size * _PART_UNIT
        self._spool_limit = settings.spool_limit * _MEGABYTE
        place = f"{settings.endpoint or settings.region}/{settings.bucket}/{settings.prefix}"
        self.name = f"s3:{place}"
        self.volume = f"s3 {place}"
        self._address = f"s3://{settings.bucket}/{settings.prefix}"

    def begin(self, key: str) -> "SpoolWriter":
        """In the spool. While the bucket is away, it is not asked whether it has a file of that key."""
        _check(key)
        if self._spool.size() > self._spool_limit:
            raise OSError(errno.ENOSPC, "the spool is full, for the bucket cannot be reached", key)
        if self._uploads.is_reachable and self._is_in_bucket(key):
            raise FileExistsError(errno.EEXIST, "in the bucket already", key)
        return self._writer(key, self._spool.begin(key), 0)

    def resume(self, key: str, size: int) -> "SpoolWriter":
        """What was not finished is in the spool."""
        _check(key)
        fd = self._spool.open(key, writable=True)
        os.ftruncate(fd, size)
        return self._writer(key, fd, size)

    def open(self, key: str) -> "SpoolReader | BucketReader":
        """From the spool as long as it is there: reading goes on when it has gone to the bucket."""
        _check(key)
        try:
            return SpoolReader(self._spool.open(key))
        except FileNotFoundError:
            return BucketReader(self._bucket, key)

    def rewrite(self, key: str, head: bytes) -> None:
        """Inside the bucket; BlockingIOError for a file that is still on its way there."""
        _check(key)
        if self._spool.get(key) is not None:
            raise BlockingIOError(errno.EAGAIN, "on its way to the bucket", key)
        self._bucket.replace_head(key, head)

    def remove(self, key: str) -> None:
        """From both."""
        try:
            _check(key)
        except FileNotFoundError:
            return
        if self._spool.remove(key):
            self._uploads.tell(key)
        self._bucket.delete(key)

    def where(self, key: str) -> str:
        """The address of the object."""
        return self._address + key

    def find(self) -> Iterator[tuple[str, int]]:
        """Those of the spool first."""
        spooled = {file.key: file.size for file in self._spool.files()}
        yield from spooled.items()
        yield from ((key, size) for key, size in self._bucket.objects() if key not in spooled)

    def usage(self) -> Usage:
        """A bucket is never full."""
        return Usage()

    def _writer(self, key: str, fd: int, size: int) -> "SpoolWriter":
        return SpoolWriter(self._spool, self._uploads, key, fd, size, self._part_size)

    def _is_in_bucket(self, key: str) -> bool:
        try:
            self._bucket.size(key)
        except FileNotFoundError:
            return False
        except OSError:
            return False  # the spool takes it in any case
        return True


@implementer(IFootageWriter)
class SpoolWriter:
    """A file that is being written to the spool."""

    def __init__(self, spool: Spool, uploads: Uploads, key: str, fd: int, size: int, part_size: int) -> None:
        self._spool = spool
        self._uploads = uploads
        self._key = key
        self._fd = fd
        self._size = size
        self._part_size = part_size

    def append(self, data: bytes) -> None:
        """To the spool; whenever another part is whole, it may go up."""
        try:
            _write(self._fd, data, self._size)
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        parts = self._size // self._part_size
        self._size += len(data)
        if self._size // self._part_size > parts:
            self._uploads.tell(self._key)

    def sync(self) -> None:
        """The spool is what survives a loss of power."""
        try:
            fd = os.dup(self._fd)
        except OSError:
            return
        try:
            os.fdatasync(fd)
        finally:
            os.close(fd)

    def finish(self, head: bytes) -> None:
        """Safe in the spool; on its way to the bucket."""
        os.fdatasync(self._fd)
        if head:
            _write(self._fd, head, 0)
            os.fdatasync(self._fd)
        self._spool.finish(self._key)
        self.close()
        self._uploads.tell(self._key)

    def close(self) -> None:
        """It stays in the spool."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


@implementer(IFootageReader)
class SpoolReader:
    """A file of the spool; the upload may remove its name meanwhile."""

    path: Path | None = None

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.size = os.fstat(fd).st_size

    def read(self, offset: int, count: int) -> bytes:
        """From the disk."""
        return os.pread(self._fd, count, offset)

    def close(self) -> None:
        """See the interface."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


@implementer(IFootageReader)
class BucketReader:
    """An object; every read is a request."""

    path: Path | None = None

    def __init__(self, bucket: Bucket, key: str) -> None:
        """FileNotFoundError where there is none."""
        self._bucket = bucket
        self._key = key
        self.size = bucket.size(key)

    def read(self, offset: int, count: int) -> bytes:
        """From the bucket."""
        end = min(offset + count, self.size)
        return self._bucket.read(self._key, offset, end) if offset < end else b""

    def close(self) -> None:
        """Nothing is held open."""


def _write(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        count = os.pwrite(fd, view, offset)
        view, offset = view[count:], offset + count


def _check(key: str) -> None:
    """FileNotFoundError for what is no key: it could name something outside of the prefix."""
    if any(part in ("", ".", "..") or "\0" in part for part in key.split("/")):
        raise FileNotFoundError(errno.ENOENT, "no such footage file", key)
