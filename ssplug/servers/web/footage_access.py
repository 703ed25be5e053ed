"""Captured footage as the web server reads it: what there is, and the threads that read it.

No file is read in the reactor thread.  Whoever reads holds a file against retention, and there is
a limit to how many read at once.
"""

from collections.abc import Callable, Generator
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.capture.library import Library
from ssplug.interfaces import IFootageReader
from ssplug.model.footage import FootageFile
from ssplug.servers.web.reply import Pieces
from ssplug.workers import WorkerBusyError, Workers

PIECE: Final = 256 * 1024
"""Bytes that are read at once."""
READERS: Final = 4
"""Threads that read files: as many slow disks can be waited for at once."""
MOST_DOWNLOADS: Final = 256
"""Files that are read at once; a player that is paused holds one."""

_log = Logger()


class NoFootageError(Exception):
    """The catalogue knows a file that its store does not have, or not any more."""


class Footage:
    """Reads footage for clients. Reactor thread."""

    def __init__(self, library: Library, workers: Workers) -> None:
        self.library = library
        self._readers = [workers.worker(f"footage-{number}", 2 * MOST_DOWNLOADS) for number in range(READERS)]
        self._open = 0

    async def open(self, file: FootageFile) -> "OpenFile":
        """Open a file; NoFootageError, or WorkerBusyError where too many are being read."""
        store = self.library.store_of(file)
        if store is None:
            raise NoFootageError(file.key)
        worker = self._take_reader()
        release = self.library.use(file)
        try:
            reader: IFootageReader = await worker.call(store.open, file.key)
        except BaseException as error:
            self._let_go(release)
            if isinstance(error, OSError):
                raise NoFootageError(file.key) from error
            raise
        return OpenFile(reader, worker, lambda: self._let_go(release))

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

    def next(self) -> "Deferred[bytes]":
        """See `Pieces`."""
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


def _say(failure: Failure) -> None:
    _log.failure("a footage file could not be closed", failure)
