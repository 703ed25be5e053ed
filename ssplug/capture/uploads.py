"""Sending footage and webcam images to one destination, for as long as that takes.

What waits is in the backlog; a thread of its own sends it, one file after the other.  While the
other side is away, or refuses, it is tried again after pauses that grow.
"""

import contextlib
import datetime as dt
import io
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure as TwistedFailure

from ssplug.capture.backlog import LOOK_BACK, Backlog, Count, Mark, Waiting
from ssplug.capture.library import Library
from ssplug.events.bus import EventBus
from ssplug.interfaces import IFootageReader, IUploader
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.model.event import EventType, Failure
from ssplug.model.footage import FootageFile, FootageKind, FootageQuery
from ssplug.site.types import UploadConfig
from ssplug.workers import Worker, WorkerBusyError, WorkerStoppedError

ERROR_UPLOAD: Final = 830

FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 300.0
REFUSALS_LIMIT: Final = 5
"""How often a file may be refused, by a server that takes others meanwhile, before it is given up."""
IDLE_SECONDS: Final = 10.0
"""How long a connection is kept that nothing is sent over."""
LONGEST_MOVIE: Final = 24 * 3600.0
"""Seconds: what began earlier than this before its end is not looked for after a crash."""
_PIECE: Final = 1024 * 1024
"""Bytes that are read at once: a store may be far away itself."""


class GoneError(Exception):
    """The file was deleted before it was sent."""


class StoppedError(Exception):
    """The server, or this upload, is about to end."""


def kind_of(file: FootageFile) -> str:
    """The word for a file in `what` of an upload."""
    mode = "motion" if file.label.mode is CaptureMode.MOTION else "continuous"
    return f"{mode}-{'movies' if file.is_movie else 'images'}"


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10)))


@dataclass(frozen=True, slots=True)
class UploadContext:
    """What all destinations have in common."""

    library: Library
    backlog: Backlog
    backlog_worker: Worker
    """The backlog is used in its thread only."""
    bus: EventBus
    reactor: Any
    wall: Callable[[], float]
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class _Image:
    """The newest webcam image, and what it is to be called."""

    name: str
    jpeg: bytes


class Destination:
    """Where files of one camera go. Reactor thread."""

    def __init__(
        self,
        name: str,
        camera: CameraIdentity,
        config: UploadConfig,
        uploader: IUploader,
        context: UploadContext,
        worker: Worker,
        log: Logger,
    ) -> None:
        """`name` is that in the backlog; `uploader` is used in `worker` only."""
        self.name = name
        self.config = config
        self._camera = camera
        self._uploader = uploader
        self._context = context
        self._worker = worker
        self._log = log
        self._image: _Image | None = None
        self._is_woken = False
        self._is_begun = False
        self._stopping = threading.Event()
        self._working: Deferred[None] | None = None
        self._pausing: Deferred[None] | None = None
        self._idle: Any = None
        self._failures = 0
        self._said = ""
        self.waiting = 0
        """Files that wait; of webcam images only the newest does."""
        self.sent = self.failed = self.dropped = 0
        """For /metrics: files and images sent, attempts that failed, files given up."""

    # -- what comes

    def kept(self, file: FootageFile) -> None:
        """A file is complete: remember to send it, if it is of a kind that goes here."""
        files = [file] if kind_of(file) in self.config.what else []
        self._note(files)

    def webcam_taken(self, name: str, jpeg: bytes) -> None:
        """Send an image as `name`, unless a newer one comes before its turn."""
        self._image = _Image(name, jpeg)
        self._wake()

    async def look_back(self, mark: Mark) -> None:
        """Remember to send what became complete after `mark` and was not noted, for the server was killed."""
        self.waiting = mark.waiting
        if mark.noted is None:
            return
        since = mark.noted - LOOK_BACK
        files = [file for query in _since(self._camera, since) for file in await self._context.library.page(query)]
        missed = [file for file in files if file.ended >= since and kind_of(file) in self.config.what]
        self._note(sorted(missed, key=lambda file: file.ended))

    # -- work

    def start(self) -> None:
        """Send what waits, and what comes."""
        self._is_begun = True
        self._wake()

    def stop(self) -> "Deferred[None]":
        """Send no more: what is being sent is broken off. Fires when the connection is closed."""
        self._stopping.set()
        if self._pausing is not None:
            self._pausing.cancel()
        self._cancel_closing()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        if self._working is not None:
            await self._working
        await self._close()
        await self._worker.stop()

    def _wake(self) -> None:
        self._is_woken = True
        if self._is_begun and self._working is None and not self._stopping.is_set():
            self._cancel_closing()
            working = Deferred.fromCoroutine(self._work())
            self._working = Deferred()
            working.addErrback(self._lost_the_backlog).addCallback(self._rest)

    def _rest(self, _: object) -> None:
        working, self._working = self._working, None
        if working is not None:
            working.callback(None)
        if not self._stopping.is_set():
            self._idle = self._context.reactor.callLater(IDLE_SECONDS, self._close)

    async def _work(self) -> None:
        while self._is_woken and not self._stopping.is_set():
            self._is_woken = False
            while not self._stopping.is_set() and await self._send_something():
                pass

    async def _send_something(self) -> bool:
        """The webcam image first, for it is of now, then a file; False when there is neither."""
        image, self._image = self._image, None
        if image is not None and not await self._send_image(image):
            return True
        waiting = await self._ask(self._context.backlog.next, self.name)
        if waiting is not None and not self._stopping.is_set():
            await self._send_file(waiting)
        return image is not None or waiting is not None

    async def _send_image(self, image: _Image) -> bool:
        try:
            await self._worker.call(self._uploader.upload, image.name, io.BytesIO(image.jpeg))
        except Exception as error:  # noqa: BLE001 - a guest may fail in any way; it is tried again
            self._image = self._image or image
            await self._failed(error)
            return False
        self._succeeded()
        return True

    async def _send_file(self, waiting: Waiting) -> None:
        try:
            await self._upload(waiting)
        except StoppedError:
            return
        except GoneError:
            self.dropped += 1
            self._log.warn("{key} was deleted before it was uploaded", key=waiting.key)
            await self._done(waiting)
        except Exception as error:  # noqa: BLE001 - as above
            await self._refused(waiting, error)
        else:
            self._log.debug("uploaded {key}", key=waiting.key)
            self._succeeded()
            await self._done(waiting)

    async def _upload(self, waiting: Waiting) -> None:
        library = self._context.library
        file = await library.find(waiting.camera, dt.date.fromisoformat(waiting.date), waiting.name)
        store = library.store_of(file) if file is not None else None
        if file is None or store is None:
            raise GoneError(waiting.key)
        release = library.use(file)
        try:
            await self._worker.call(_send, self._uploader, store.open, waiting.key, self._stopping)
        finally:
            release()

    # -- how it went

    def _succeeded(self) -> None:
        self.sent += 1
        if self._failures:
            self._log.info("uploading to {name} again", name=self.config.to.driver)
        self._failures, self._said = 0, ""

    async def _refused(self, waiting: Waiting, error: Exception) -> None:
        """A file is refused, and not everything, if what was sent before it was taken."""
        refusals = await self._ask(self._context.backlog.failed, waiting.id, self._failures == 0)
        if refusals >= REFUSALS_LIMIT:
            self.dropped += 1
            await self._done(waiting)
            error = OSError(f"{waiting.key} is given up: {error}")
        await self._failed(error)

    async def _failed(self, error: Exception) -> None:
        if self._stopping.is_set():
            return
        self.failed += 1
        self._failures += 1
        self._say(str(error) or type(error).__name__)
        await self._pause(pause_after(self._failures))

    async def _pause(self, seconds: float) -> None:
        """Shorter when it is time to stop."""
        self._pausing = deferLater(self._context.reactor, seconds)
        with contextlib.suppress(CancelledError):
            await self._pausing
        self._pausing = None

    def _say(self, why: str) -> None:
        """Once for each reason."""
        if why == self._said:
            return
        self._said = why
        text = f"upload by {self.config.to.driver}: {why}"
        self._log.error("{text}", text=text)
        self._context.bus.publish(EventType.ERROR, self._camera.number, Failure(ERROR_UPLOAD, text))

    # -- the backlog

    def _call(self, function: Callable[..., Any], *args: Any) -> "Deferred[Any]":
        return self._context.backlog_worker.call(function, *args)

    async def _ask(self, function: Callable[..., Any], *args: Any) -> Any:
        """Again and again while its disk fails: a file that is not marked as sent would be sent once more."""
        failures = 0
        while True:
            try:
                return await self._call(function, *args)
            except (OSError, sqlite3.Error, WorkerBusyError) as error:
                self._say_forgetful(error)
            failures += 1
            if not self._stopping.is_set():
                await self._pause(pause_after(failures))
            if self._stopping.is_set():
                raise StoppedError

    def _note(self, files: list[FootageFile]) -> None:
        noted = self._call(self._context.backlog.note, self.name, files, self._context.wall())
        noted.addCallbacks(self._noted, self._not_noted, errbackArgs=(len(files),))

    def _noted(self, count: Count) -> None:
        self.waiting = count.waiting
        self.dropped += count.dropped
        if count.dropped:
            self._log.warn("{count} files were not uploaded: too many wait", count=count.dropped)
            self._say("too many files wait, the oldest are given up")
        self._wake()

    def _not_noted(self, failure: TwistedFailure, count: int) -> None:
        self.dropped += count
        self._say_forgetful(failure.getErrorMessage())

    def _lost_the_backlog(self, failure: TwistedFailure) -> None:
        if not failure.check(StoppedError):
            self._say_forgetful(failure.getErrorMessage())

    def _say_forgetful(self, error: object) -> None:
        self._say(f"what waits cannot be remembered: {error}")

    async def _done(self, waiting: Waiting) -> None:
        count = await self._ask(self._context.backlog.done, self.name, waiting.id)
        self.waiting = count.waiting

    # -- the connection

    def _close(self) -> "Deferred[None]":
        """Not for ever: the next upload connects again."""
        self._idle = None
        return self._worker.call(self._uploader.close).addErrback(self._say_not_closed)

    def _say_not_closed(self, failure: TwistedFailure) -> None:
        if not failure.check(WorkerStoppedError):  # the thread has ended, and the connection with it
            self._log.warn("a connection was not closed: {why}", why=failure.getErrorMessage())

    def _cancel_closing(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


def _since(camera: CameraIdentity, since: float) -> Iterable[FootageQuery]:
    """Everything of a camera that may have become complete since then."""
    cameras, movies = frozenset({camera.number}), frozenset({FootageKind.CONTINUOUS, FootageKind.MOTION})
    yield FootageQuery(cameras, movies, since=since - LONGEST_MOVIE, limit=10_000)
    yield FootageQuery(cameras, frozenset({FootageKind.IMAGE}), since=since, limit=10_000)


# -- the uploader's thread ------------------------------------------------------------------------


def _send(uploader: IUploader, open_file: Callable[[str], IFootageReader], key: str, stopping: threading.Event) -> None:
    try:
        reader = open_file(key)
    except FileNotFoundError as error:
        raise GoneError(key) from error
    with contextlib.closing(reader):
        try:
            uploader.upload(key, cast("BinaryIO", io.BufferedReader(_Raw(reader, stopping), _PIECE)))
        except Exception as error:
            if stopping.is_set():
                raise StoppedError(key) from error
            raise


class _Raw(io.RawIOBase):
    """A footage file as a binary file, which ends with an error when the upload is to stop."""

    def __init__(self, reader: IFootageReader, stopping: threading.Event) -> None:
        self._reader = reader
        self._stopping = stopping
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._stopping.is_set():
            raise StoppedError
        data: bytes = self._reader.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
