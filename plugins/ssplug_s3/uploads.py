"""Takes footage from the spool to the bucket, while it is recorded and after.

A movie goes up in parts as it grows, its first part last: finishing the movie changes its
beginning.  When the bucket cannot be reached, everything waits in the spool and is tried again, with
pauses up to a minute.  After a restart, what the spool holds goes up anew.

Runs in a thread of its own, which alone knows how far each upload has come.
"""

import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from twisted.logger import Logger

from ssplug_s3.bucket import Bucket
from ssplug_s3.spool import Spool, Spooled

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
_LOOK_SECONDS: Final = 0.5


@dataclass(slots=True)
class _Upload:
    """How far one file has come."""

    id: str = ""
    """Of the multipart upload; "" before it has begun."""
    tags: dict[int, str] = field(default_factory=dict)


class Uploads:
    """Everything that is on its way to the bucket."""

    def __init__(self, bucket: Bucket, spool: Spool, part_size: int, log: Logger) -> None:
        self._bucket = bucket
        self._spool = spool
        self._part_size = part_size
        self._log = log
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._uploads: dict[str, _Upload] = {}
        self._pause = FIRST_PAUSE
        self.is_reachable = True
        """Whether the last attempt reached the bucket; any thread may read it."""

    def tell(self, key: str) -> None:
        """Say that a file has grown by a part, is finished, or was removed. The writing thread."""
        self._news.put(key)

    def run(self, stopping: threading.Event) -> None:
        """The thread."""
        pending = {file.key for file in self._spool.files() if file.is_finished}
        while not stopping.is_set():
            pending |= self._heard()
            for key in sorted(pending):
                if stopping.is_set() or not self._try(key, stopping.wait):
                    break
                pending.discard(key)

    def _heard(self) -> set[str]:
        """The keys that there is news of; waits a little for the first."""
        try:
            keys = {self._news.get(timeout=_LOOK_SECONDS)}
        except queue.Empty:
            return set()
        while not self._news.empty():
            keys.add(self._news.get())
        return keys

    def _try(self, key: str, wait: Callable[[float], bool]) -> bool:
        """Go on with one file; False, after a pause, when that did not work."""
        try:
            self._go_on(key)
        except OSError as error:
            if self.is_reachable:
                self._log.warn("the bucket takes no footage, it waits in the spool: {why}", why=error)
            self.is_reachable = False
            wait(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            return False
        if not self.is_reachable:
            self._log.info("the bucket takes footage again")
        self.is_reachable, self._pause = True, FIRST_PAUSE
        return True

    def _go_on(self, key: str) -> None:
        file = self._spool.get(key)
        if file is None:
            self._give_up(key)
        elif file.is_finished and file.size <= self._part_size and key not in self._uploads:
            self._bucket.put(key, self._part(file, 1))
            self._arrived(key)
        else:
            self._upload_parts(file)

    def _upload_parts(self, file: Spooled) -> None:
        upload = self._uploads.setdefault(file.key, _Upload())
        if not upload.id:
            upload.id = self._bucket.begin_upload(file.key)
        whole = file.size // self._part_size
        count = -(-file.size // self._part_size) if file.is_finished else whole
        for number in (*range(2, count + 1), *((1,) if file.is_finished else ())):
            if number not in upload.tags:
                upload.tags[number] = self._bucket.upload(file.key, upload.id, number, self._part(file, number))
        if file.is_finished:
            self._bucket.complete_upload(file.key, upload.id, upload.tags)
            del self._uploads[file.key]
            self._arrived(file.key)

    def _arrived(self, key: str) -> None:
        """It is in the bucket: whoever opens it from now on finds it there."""
        if not self._spool.remove(key):
            self._bucket.delete(key)  # it was removed while its last part went up

    def _give_up(self, key: str) -> None:
        upload = self._uploads.pop(key, None)
        if upload is not None and upload.id:
            self._bucket.abort_upload(key, upload.id)

    def _part(self, file: Spooled, number: int) -> bytes:
        fd = self._spool.open(file.key)
        try:
            return os.pread(fd, self._part_size, (number - 1) * self._part_size)
        finally:
            os.close(fd)
