"""Captured footage as the web server reads it: what there is, and the threads that read it.

No file is read in the reactor thread.  Whoever reads holds a file against retention, and there is
a limit to how many read at once.
"""

import functools
from collections.abc import Callable, Generator
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.access.recent import Recent
from ssplug.capture.library import Library
from ssplug.interfaces import IFootageReader, IFootageStore
from ssplug.media.excerpt import excerpt
from ssplug.media.footage_pictures import Target, image_preview, movie_preview, transcoded
from ssplug.media.mp4_index import read_index
from ssplug.model.footage import FootageFile
from ssplug.servers.web.reply import Pieces
from ssplug.workers import WorkerBusyError, Workers

PIECE: Final = 256 * 1024
"""Bytes that are read at once."""
READERS: Final = 4
"""Threads that read files: as many slow disks can be waited for at once."""
MOST_DOWNLOADS: Final = 256
"""Files that are read at once; a player that is paused holds one."""
MOST_TRANSCODES: Final = 2
"""Movies that are encoded at once: recording goes on besides."""
LONGEST_MOVIE: Final = 24 * 3600.0
"""Seconds before a clip that a movie may have begun of which the clip is a part."""

LARGEST_IMAGE: Final = 64 * 2**20

_PREVIEWS_WAITING: Final = 128
_PREVIEWS_KEPT: Final = 1024

_log = Logger()


class NoFootageError(Exception):
    """The catalogue knows a file that its store does not have, or not any more."""


class Footage:
    """Reads footage for clients. Reactor thread."""

    def __init__(self, library: Library, workers: Workers) -> None:
        self.library = library
        self._readers = [workers.worker(f"footage-{number}", 2 * MOST_DOWNLOADS) for number in range(READERS)]
        self._open = 0
        self._encoders = [workers.worker(f"transcode-{number}") for number in range(MOST_TRANSCODES)]
        self._painter = workers.worker("footage-previews", _PREVIEWS_WAITING)
        self._previews: Recent[tuple[int, int], bytes] = Recent(_PREVIEWS_KEPT)

    async def open(self, file: FootageFile) -> "OpenFile":
        """Open a file; NoFootageError, or WorkerBusyError where too many are being read."""
        store = self._store(file)
        worker = self._take_reader()
        release = self.library.use(file)
        try:
            reader: IFootageReader = await worker.call(store.open, file.key)
        except OSError as error:
            self._let_go(release)
            raise NoFootageError(file.key) from error
        except BaseException:
            self._let_go(release)
            raise
        return OpenFile(reader, worker, lambda: self._let_go(release))

    async def preview(self, file: FootageFile) -> bytes:
        """A small JPEG of a file, made when it is first asked for; NoFootageError, WorkerBusyError."""
        known = self._previews.get((file.id, file.size))
        if known is not None:
            return known
        store = self._store(file)
        try:
            made: bytes = await self._painter.call(_preview, store, file)
        except (OSError, ValueError) as error:
            raise NoFootageError(file.key) from error
        self._previews.put((file.id, file.size), made)
        return made

    async def is_h264(self, file: FootageFile) -> bool:
        """Whether a movie's pictures are H.264; NoFootageError, WorkerBusyError."""
        store = self._store(file)
        worker = self._take_reader()
        release = self.library.use(file)
        try:
            answer: bool = await worker.call(_is_h264, store, file)
        except (OSError, ValueError) as error:
            raise NoFootageError(file.key) from error
        finally:
            self._let_go(release)
        return answer

    async def transcode(self, file: FootageFile, target: Target) -> Pieces:
        """A movie at another bit rate, its first piece made; NoFootageError, WorkerBusyError."""
        store = self._store(file)
        if not self._encoders:
            raise WorkerBusyError(f"{MOST_TRANSCODES} movies are being transcoded")
        worker = self._encoders.pop()
        release = self.library.use(file)

        def done() -> None:
            self._encoders.append(worker)
            release()

        return await _begun(WorkerPieces(worker, _transcoded(store, file, target), lambda: None, done), file.key)

    async def clip(self, camera: int, start: float, end: float) -> Pieces:
        """What a camera recorded from `start` to `end`, wall time; NoFootageError where there is nothing."""
        files = await self.library.ask(lambda catalogue: catalogue.movies(camera, start, end, LONGEST_MOVIE))
        found = [(file, store) for file in files if (store := self.library.store_of(file)) is not None]
        worker = self._take_reader()
        releases = [self.library.use(file) for file, _ in found]

        def done() -> None:
            self._open -= 1
            for release in releases:
                release()

        openers = [functools.partial(store.open, file.key) for file, store in found]
        made = excerpt(openers, start, end)
        return await _begun(WorkerPieces(worker, made, lambda: None, done), f"camera {camera}")

    def _store(self, file: FootageFile) -> IFootageStore:
        store = self.library.store_of(file)
        if store is None:
            raise NoFootageError(file.key)
        return store

    def _take_reader(self) -> Any:
        """The reading thread that has least to do."""
        if self._open >= MOST_DOWNLOADS:
            raise WorkerBusyError(f"{self._open} files are being read")
        self._open += 1
        return min(self._readers, key=lambda worker: worker.waiting)

    def _let_go(self, release: Callable[[], None]) -> None:
        self._open -= 1
        release()


class OpenFile:
    """A file that is held open for one client."""

    def __init__(self, reader: IFootageReader, worker: Any, release: Callable[[], None]) -> None:
        self.size: int = reader.size
        self._reader = reader
        self._worker = worker
        self._release = release

    def pieces(self, begin: int, end: int) -> Pieces:
        """The bytes from `begin` to before `end`; closing them closes the file."""
        made = file_pieces(self._reader, begin, end)
        return WorkerPieces(self._worker, made, self._reader.close, self._release)

    def close(self) -> None:
        """Let go of a file of which nothing is read."""
        self.pieces(0, 0).close()


class WorkerPieces:
    """Pieces that a generator makes in a worker, where it is closed, too."""

    def __init__(
        self,
        worker: Any,
        made: Generator[bytes, None, None],
        close: Callable[[], None],
        release: Callable[[], None],
    ) -> None:
        """When it is closed, `close` is called in the worker and then `release` in the reactor thread."""
        self._worker = worker
        self._made = made
        self._close_source = close
        self._release = release
        self._is_closed = False
        self._begun: bytes | None = None

    async def begin(self) -> bool:
        """Make the first piece, so that what goes wrong is known before anything is promised; False at the end."""
        self._begun = await self.next()
        return bool(self._begun)

    def next(self) -> "Deferred[bytes]":
        """See `Pieces`."""
        if self._begun is not None:
            begun, self._begun = self._begun, None
            return succeed(begun)
        piece: Deferred[bytes] = self._worker.call(next, self._made, b"")
        return piece

    def close(self) -> None:
        """After the piece that is being made."""
        if not self._is_closed:
            self._is_closed = True
            self._worker.call(self._close).addErrback(_say).addBoth(lambda _: self._release())

    def _close(self) -> None:
        # A generator that was never begun runs nothing when it is closed, hence the other call.
        self._made.close()
        self._close_source()


def file_pieces(reader: IFootageReader, begin: int, end: int) -> Generator[bytes, None, None]:
    """A part of a file. EOFError where it is shorter than it was. Reading thread."""
    while begin < end:
        piece = reader.read(begin, min(PIECE, end - begin))
        if not piece:
            raise EOFError(f"the file ends at {begin}, {end - begin} bytes too early")
        begin += len(piece)
        yield piece


async def _begun(pieces: WorkerPieces, what: str) -> Pieces:
    """The pieces if there are any; NoFootageError, and they are closed, if there are none."""
    try:
        if await pieces.begin():
            return pieces
    except (OSError, ValueError) as error:
        pieces.close()
        raise NoFootageError(what) from error
    except BaseException:
        pieces.close()
        raise
    pieces.close()
    raise NoFootageError(what)


def _is_h264(store: IFootageStore, file: FootageFile) -> bool:
    reader = store.open(file.key)
    try:
        return read_index(reader.read, reader.size).is_h264
    finally:
        reader.close()


def _preview(store: IFootageStore, file: FootageFile) -> bytes:
    reader = store.open(file.key)
    try:
        if file.is_movie:
            return movie_preview(reader.read, reader.size)
        return image_preview(reader.read(0, min(reader.size, LARGEST_IMAGE)))
    finally:
        reader.close()


def _transcoded(store: IFootageStore, file: FootageFile, target: Target) -> Generator[bytes, None, None]:
    reader = store.open(file.key)
    try:
        yield from transcoded(reader.read, reader.size, target)
    finally:
        reader.close()


def _say(failure: Failure) -> None:
    _log.failure("a footage file could not be closed", failure)
