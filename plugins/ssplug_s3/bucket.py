"""The few things that are done with a bucket, with errors that are OSErrors."""

import contextlib
import errno
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

_GONE: Final = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NotFound"})
_FORBIDDEN: Final = frozenset({"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
_COPY_PART: Final = 512 * 2**20
_LEAST_PART: Final = 5 * 2**20


@contextlib.contextmanager
def _os_errors(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        number = errno.ENOENT if code in _GONE else errno.EACCES if code in _FORBIDDEN else errno.EIO
        raise OSError(number, str(error), key) from error
    except BotoCoreError as error:
        raise OSError(errno.EHOSTUNREACH, str(error), key) from error


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket, below a prefix. Any thread; every method waits for the network and raises OSError."""

    client: Any
    """Of boto3, which may be used by several threads."""
    name: str
    prefix: str = ""

    def size(self, key: str) -> int:
        """Bytes of an object; FileNotFoundError."""
        with _os_errors(key):
            answer: int = self.client.head_object(**self._at(key))["ContentLength"]
        return answer

    def read(self, key: str, begin: int, end: int) -> bytes:
        """The bytes from `begin` to before `end`, which lie in the object."""
        with _os_errors(key):
            body: bytes = self.client.get_object(**self._at(key), Range=f"bytes={begin}-{end - 1}")["Body"].read()
        return body

    def put(self, key: str, data: bytes) -> None:
        """A whole object."""
        with _os_errors(key):
            self.client.put_object(**self._at(key), Body=data, ContentType=_content_type(key))

    def delete(self, key: str) -> None:
        """Gone; no error if it was not there."""
        with _os_errors(key):
            self.client.delete_object(**self._at(key))

    def objects(self) -> Iterator[tuple[str, int]]:
        """Key and size of all objects."""
        with _os_errors(self.prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self.prefix)
            for page in pages:
                for found in page.get("Contents", ()):
                    yield found["Key"].removeprefix(self.prefix), found["Size"]

    def begin_upload(self, key: str) -> str:
        """A multipart upload; its id."""
        with _os_errors(key):
            answer: str = self.client.create_multipart_upload(**self._at(key), ContentType=_content_type(key))[
                "UploadId"
            ]
        return answer

    def upload(self, key: str, upload: str, number: int, data: bytes) -> str:
        """One part of an upload; its tag."""
        with _os_errors(key):
            tag: str = self.client.upload_part(**self._at(key), UploadId=upload, PartNumber=number, Body=data)["ETag"]
        return tag

    def complete_upload(self, key: str, upload: str, tags: Mapping[int, str]) -> None:
        """The object is there, all of it."""
        parts = [{"PartNumber": number, "ETag": tags[number]} for number in sorted(tags)]
        with _os_errors(key):
            self.client.complete_multipart_upload(**self._at(key), UploadId=upload, MultipartUpload={"Parts": parts})

    def abort_upload(self, key: str, upload: str) -> None:
        """Give up an upload, and what it takes in the bucket."""
        with _os_errors(key):
            self.client.abort_multipart_upload(**self._at(key), UploadId=upload)

    def replace_head(self, key: str, head: bytes) -> None:
        """Another beginning for an object: the rest is copied inside the bucket."""
        size = self.size(key)
        if size <= _LEAST_PART:
            self.put(key, head + self.read(key, 0, size)[len(head) :])
            return
        upload = self.begin_upload(key)
        try:
            tags = {1: self.upload(key, upload, 1, head + self.read(key, 0, _LEAST_PART)[len(head) :])}
            for number, begin in enumerate(range(_LEAST_PART, size, _COPY_PART), 2):
                tags[number] = self._copy(key, upload, number, begin, min(begin + _COPY_PART, size))
            self.complete_upload(key, upload, tags)
        except OSError:
            with contextlib.suppress(OSError):
                self.abort_upload(key, upload)
            raise

    def _copy(self, key: str, upload: str, number: int, begin: int, end: int) -> str:
        with _os_errors(key):
            answer = self.client.upload_part_copy(
                **self._at(key),
                UploadId=upload,
                PartNumber=number,
                CopySource={"Bucket": self.name, "Key": self.prefix + key},
                CopySourceRange=f"bytes={begin}-{end - 1}",
            )
        tag: str = answer["CopyPartResult"]["ETag"]
        return tag

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.name, "Key": self.prefix + key}


def _content_type(key: str) -> str:
    return "image/jpeg" if key.endswith(".jpg") else "video/mp4"
