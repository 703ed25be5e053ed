"""Mending what a server left behind, and rebuilding the catalogue from the files alone.

Runs in the writing thread of a store's volume; what cannot be done now is an OSError or
sqlite3.Error.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ssplug.capture.catalogue import Catalogue, KeyTakenError
from ssplug.capture.names import IMAGE_SUFFIX, MOVIE_SUFFIX
from ssplug.capture.shelf import Shelf
from ssplug.interfaces import IFootageReader, IFootageStore
from ssplug.media.fmp4 import ending
from ssplug.media.jpeg_label import HEAD_SIZE, read_jpeg_label
from ssplug.media.mp4_index import Index, read_index
from ssplug.model.camera import CaptureMode
from ssplug.model.footage import FootageFile, FootageKind, FootageState


def mend(shelf: Shelf, file: FootageFile) -> FootageFile | None:
    """Complete a file that was left unfinished; None if there was nothing in it, and it is gone."""
    index = None if file.kind is FootageKind.IMAGE else _movie(shelf.store, file.key)
    if index is None or index.is_empty:
        shelf.discard(file)
        return None
    size = _made_ordinary(shelf.store, file.key, index)
    return shelf.catalogue.complete(file.id, index.label, size, index.duration)


def left_behind(catalogue: Catalogue, store: IFootageStore, state: FootageState) -> list[FootageFile]:
    """The files of a store that are in that state, oldest first."""
    return [file for file in catalogue.unsettled(state) if file.store == store.name]


@dataclass(slots=True)
class Rebuilt:
    """What reindexing found."""

    files: int = 0
    bytes: int = 0
    mended: int = 0
    """Movies that a server was killed over, complete now."""
    foreign: list[str] = field(default_factory=list)
    """Keys of files that are no footage of ours, or damaged beyond use; they were left alone."""


def reindex(shelf: Shelf, progress: Callable[[Rebuilt], None] = lambda _: None) -> Rebuilt:
    """Note every file of the store that says what it is; the catalogue knows none of them yet.

    `progress` is called after each file.
    """
    rebuilt = Rebuilt()
    for key, _ in shelf.store.find():
        try:
            size = _note_movie(shelf, key, rebuilt) if key.endswith(MOVIE_SUFFIX) else _note_image(shelf, key)
        except (ValueError, FileNotFoundError, KeyTakenError):
            rebuilt.foreign.append(key)
        else:
            rebuilt.files += 1
            rebuilt.bytes += size
        progress(rebuilt)
    return rebuilt


def _note_movie(shelf: Shelf, key: str, rebuilt: Rebuilt) -> int:
    index = _movie(shelf.store, key)
    if index is None or index.is_empty:
        raise ValueError("nothing in it")
    size = _made_ordinary(shelf.store, key, index)
    rebuilt.mended += shelf.store.rewrites and not index.finished
    kind = FootageKind.CONTINUOUS if index.label.mode is CaptureMode.CONTINUOUS else FootageKind.MOTION
    shelf.catalogue.add(index.label, kind, shelf.store.name, key, size, index.duration)
    return size


def _note_image(shelf: Shelf, key: str) -> int:
    if not key.endswith(IMAGE_SUFFIX):
        raise ValueError("neither movie nor image")
    with _opened(shelf.store, key) as reader:
        label = read_jpeg_label(reader.read(0, HEAD_SIZE))
        size: int = reader.size
    shelf.catalogue.add(label, FootageKind.IMAGE, shelf.store.name, key, size)
    return size


def _movie(store: IFootageStore, key: str) -> Index | None:
    """What is in a movie; None if it is not there or nothing can be read of it."""
    try:
        with _opened(store, key) as reader:
            return read_index(reader.read, reader.size)
    except (FileNotFoundError, ValueError):
        return None


def _made_ordinary(store: IFootageStore, key: str, index: Index) -> int:
    """See to it that the movie is as it would be had it been finished; its size."""
    if index.finished or not store.rewrites:
        return index.end
    last = ending(index.headers, index.tables, index.label, index.end)
    writer = store.resume(key, index.end)
    try:
        writer.append(last.tail)
        writer.finish(last.head)
    finally:
        writer.close()
    return index.end + len(last.tail)


@contextlib.contextmanager
def _opened(store: IFootageStore, key: str) -> Iterator[IFootageReader]:
    reader = store.open(key)
    try:
        yield reader
    finally:
        reader.close()
