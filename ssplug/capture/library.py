"""All footage of the server: where it is kept, what there is, and what of it is deleted.

The catalogue is asked in a thread of its own; files are begun, deleted and changed in the writing
thread of the volume that they are on.
"""

import dataclasses
import datetime as dt
import functools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from twisted.internet.defer import Deferred, DeferredList, gatherResults, succeed
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.capture.archive import Archive
from ssplug.capture.catalogue import Catalogue
from ssplug.capture.repair import Rebuilt, left_behind, mend, reindex
from ssplug.capture.retention import BATCH, NO_LIMITS, Condemned, Limits, condemned
from ssplug.capture.shelf import Shelf
from ssplug.capture.tagging import set_tag
from ssplug.interfaces import IFootageStore
from ssplug.model.camera import CameraIdentity
from ssplug.model.footage import Amount, FootageFile, FootageKind, FootageQuery, FootageState, Usage
from ssplug.site.types import Retention
from ssplug.workers import Workers

T = TypeVar("T")

CATALOGUE_FILE: Final = "catalogue.sqlite"
RETENTION_SECONDS: Final = 60.0
_QUESTIONS_LIMIT: Final = 256
_WRITES_LIMIT: Final = 4096

_log = Logger()

Suggestion = Callable[[CameraIdentity, FootageKind, dt.datetime], str | None]


class Library:
    """The footage of all cameras. Reactor thread."""

    def __init__(
        self,
        state: Path,
        stores: Iterable[IFootageStore],
        workers: Workers,
        reactor: Any,
        wall: Callable[[], float],
        zone: dt.tzinfo | None = None,
        limits: Limits = NO_LIMITS,
        suggestion: Suggestion = lambda *_: None,
    ) -> None:
        """The catalogue is in `state`; `stores` may name the same place several times."""
        self._path = state / CATALOGUE_FILE
        self._workers = workers
        self._wall = wall
        self._limits = limits
        self._archives: dict[str, Archive] = {}
        self._volumes: dict[str, tuple[Any, Any]] = {}
        self._zone = zone
        self._suggestion = suggestion
        for store in stores:
            self._add(store)
        self._questions = _Questions(self._path)
        self._reader = workers.worker("catalogue", _QUESTIONS_LIMIT)
        self._in_use: Counter[int] = Counter()
        self._full: set[str] = set()
        self._sweep: Deferred[None] | None = None
        self._sweeping = LoopingCall(self.sweep)
        self._sweeping.clock = reactor
        self.deleted = 0
        """Files deleted by retention; for /metrics."""
        self.mended = 0
        """Files that an earlier run had left unfinished; for /metrics."""

    def start(self) -> "Deferred[None]":
        """Mend what an earlier run left behind, and keep to the limits from now on; fires when all is mended."""
        mending = [self._mend(archive) for archive in self._archives.values()]
        self._sweeping.start(RETENTION_SECONDS, now=False)
        return gatherResults(mending).addCallback(lambda _: None)

    def stop(self) -> "Deferred[Any]":
        """Close the catalogue; recorders must have stopped. Fires when nothing more is written."""
        if self._sweeping.running:
            self._sweeping.stop()
        closing = [archive.call(archive.shelf.close) for archive in self._archives.values()]
        closing.append(self._reader.call(self._questions.close))
        return DeferredList(closing, consumeErrors=True)

    def add(self, store: IFootageStore) -> None:
        """Keep files in `store` too, after `start`; the same place may come again."""
        if store.name not in self._archives:
            self._add(store)
            self._mend(self._archives[store.name])

    def archive(self, store: IFootageStore) -> Archive:
        """Where the files of `store` are written."""
        return self._archives[store.name]

    def limit(self, camera: int, retention: Retention) -> None:
        """What may be kept of one camera from now on, besides the limits of all together."""
        cameras = {**self._limits.cameras, camera: retention}
        self._limits = dataclasses.replace(self._limits, cameras=cameras)

    def limit_all(self, together: Retention) -> None:
        """What may be kept of all cameras together from now on."""
        self._limits = dataclasses.replace(self._limits, together=together)

    def name_by(self, zone: dt.tzinfo) -> None:
        """Name what begins from now on by the clocks of `zone`."""
        self._zone = zone
        for archive in self._archives.values():
            archive.shelf.zone = zone

    # -- questions ---------------------------------------------------------------------------

    def ask(self, question: Callable[[Catalogue], T]) -> "Deferred[T]":
        """Ask the catalogue, in its thread."""
        answer: Deferred[T] = self._reader.call(self._questions.ask, question)
        return answer

    def page(self, query: FootageQuery) -> "Deferred[list[FootageFile]]":
        """Complete files, newest first."""
        return self.ask(lambda catalogue: catalogue.page(query))

    def amounts(self, date: dt.date, cameras: Sequence[int]) -> "Deferred[Mapping[int, Amount]]":
        """How much there is of a local day, by camera."""
        return self.ask(lambda catalogue: {camera: catalogue.amount(camera, date) for camera in cameras})

    def usages(self) -> "Deferred[Sequence[tuple[str, Usage]]]":
        """How full each volume is, with the names of its stores."""
        asked: Deferred[dict[frozenset[str], Usage]] = Deferred.fromCoroutine(self._usages())
        return asked.addCallback(
            lambda found: sorted((", ".join(sorted(names)), usage) for names, usage in found.items())
        )

    def find(self, camera: int, date: dt.date, name: str) -> "Deferred[FootageFile | None]":
        """The complete file of that name, or None."""
        return self.ask(lambda catalogue: catalogue.find(camera, date, name))

    def store_of(self, file: FootageFile) -> IFootageStore | None:
        """What keeps a file; None where the site file no longer has that store."""
        archive = self._archives.get(file.store)
        return archive.shelf.store if archive is not None else None

    def use(self, file: FootageFile) -> Callable[[], None]:
        """Keep retention from deleting a file while it is being read; returns what ends that."""
        self._in_use[file.id] += 1

        def release() -> None:
            self._in_use[file.id] -= 1
            if self._in_use[file.id] <= 0:
                del self._in_use[file.id]

        return release

    # -- changes -----------------------------------------------------------------------------

    def delete(self, file: FootageFile, why: str) -> "Deferred[bool]":
        """Delete a complete file; whether it was there to delete. Logged with `why`."""
        archive = self._archives.get(file.store)
        if archive is None:
            return succeed(False)
        return archive.call(_delete, archive.shelf, file).addCallback(_say_deleted, file, why)

    def tag(self, file: FootageFile, tag: int) -> "Deferred[FootageFile]":
        """Tag a file, in the catalogue and in itself; fails with KeyError where it is gone."""
        archive = self._archives[file.store]
        return archive.call(set_tag, archive.shelf, file, tag)

    def reindex(self, progress: Callable[[Rebuilt], None] = lambda _: None) -> "Deferred[list[Rebuilt]]":
        """Rebuild the catalogue from the files alone; nothing may be recorded meanwhile.

        `progress` is called in the writing threads.
        """
        cleared: Deferred[Any] = self.ask(Catalogue.clear)
        return cleared.addCallback(
            lambda _: gatherResults(
                [archive.call(reindex, archive.shelf, progress) for archive in self._archives.values()]
            )
        )

    # -- retention ---------------------------------------------------------------------------

    def make_room(self, archive: Archive) -> "Deferred[None]":
        """Delete what may be deleted because this store has no room; fires when that is done."""
        self._full.add(archive.name)
        return self.sweep()

    def sweep(self) -> "Deferred[None]":
        """Delete what is beyond the limits now; one sweep at a time."""
        if self._sweep is None:
            self._sweep = Deferred.fromCoroutine(self._sweep_to_the_end())
            self._sweep.addErrback(_say, "retention failed").addBoth(self._swept)
        waiting: Deferred[None] = Deferred()
        if self._sweep is None:
            waiting.callback(None)
        else:
            self._sweep.addCallback(lambda _: waiting.callback(None))
        return waiting

    def _swept(self, _: object) -> None:
        self._sweep = None

    async def _sweep_to_the_end(self) -> None:
        while True:
            volumes = await self._usages()
            full, self._full = self._full, set()
            chosen = await self.ask(
                functools.partial(
                    _condemned,
                    limits=self._limits,
                    now=self._wall(),
                    volumes=volumes,
                    in_use=frozenset(self._in_use),
                    full=full,
                )
            )
            done = [await self._delete_condemned(each) for each in chosen]
            if sum(done) < BATCH:
                return

    async def _delete_condemned(self, each: Condemned) -> bool:
        try:
            gone = await self.delete(each.file, each.why)
        except Exception:  # noqa: BLE001 - one file that cannot be deleted must not keep the others
            _log.failure("{key} could not be deleted", key=each.file.key)
            return False
        self.deleted += gone
        return gone

    async def _usages(self) -> dict[frozenset[str], Usage]:
        """How full each volume is; asked in the thread that may wait for it."""
        by_volume: dict[str, list[Archive]] = {}
        for archive in self._archives.values():
            by_volume.setdefault(str(archive.shelf.store.volume), []).append(archive)
        usages = {}
        for archives in by_volume.values():
            usages[frozenset(archive.name for archive in archives)] = await archives[0].call(
                archives[0].shelf.store.usage
            )
        return usages

    # ----------------------------------------------------------------------------------------

    def _add(self, store: IFootageStore) -> None:
        if store.name in self._archives:
            return
        if store.volume not in self._volumes:
            writing = self._workers.worker(f"storage {store.volume}", _WRITES_LIMIT)
            syncing = self._workers.worker(f"sync {store.volume}", _WRITES_LIMIT)
            self._volumes[store.volume] = writing, syncing
        self._archives[store.name] = Archive(self._shelf(store), *self._volumes[store.volume])

    def _shelf(self, store: IFootageStore) -> Shelf:
        return Shelf(store, self._path, self._zone, self._suggestion)

    def _mend(self, archive: Archive) -> "Deferred[None]":
        mending = archive.call(_left_behind, archive.shelf).addCallback(self._mend_all, archive)
        return mending.addErrback(_say, "an earlier run's footage cannot be mended yet")

    def _mend_all(self, left: Sequence[tuple[FootageFile, FootageState]], archive: Archive) -> "Deferred[None]":
        """One after the other, each a call of its own: recording goes on in between."""
        return Deferred.fromCoroutine(self._mend_each(left, archive))

    async def _mend_each(self, left: Sequence[tuple[FootageFile, FootageState]], archive: Archive) -> None:
        for file, state in left:
            try:
                if state is FootageState.DELETING:
                    await archive.call(archive.shelf.discard, file)
                else:
                    mended = await archive.call(mend, archive.shelf, file)
                    _log.info("{what} {key}", what="mended" if mended else "nothing was in", key=file.key)
                    self.mended += mended is not None
            except Exception:  # noqa: BLE001 - one file that cannot be mended must not keep the others
                _log.failure("{key} could not be mended", key=file.key)


class _Questions:
    """The connection of the thread that answers questions."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._catalogue: Catalogue | None = None

    def ask(self, question: Callable[[Catalogue], T]) -> T:
        """In that thread."""
        if self._catalogue is None:
            self._catalogue = Catalogue(self._path)
        return question(self._catalogue)

    def close(self) -> None:
        """In that thread."""
        if self._catalogue is not None:
            self._catalogue.close()
            self._catalogue = None


def _left_behind(shelf: Shelf) -> list[tuple[FootageFile, FootageState]]:
    states = (FootageState.RECORDING, FootageState.DELETING)
    return [(file, state) for state in states for file in left_behind(shelf.catalogue, shelf.store, state)]


def _condemned(
    catalogue: Catalogue,
    limits: Limits,
    now: float,
    volumes: dict[frozenset[str], Usage],
    in_use: Collection[int],
    full: Collection[str],
) -> list[Condemned]:
    return condemned(limits, now, catalogue.sizes(), volumes, catalogue.oldest, in_use, full)


def _delete(shelf: Shelf, file: FootageFile) -> bool:
    """Not listed from the first moment on, forgotten when it is gone."""
    if not shelf.catalogue.condemn(file.id):
        return False
    shelf.discard(file)
    return True


def _say_deleted(gone: bool, file: FootageFile, why: str) -> bool:
    if gone:
        _log.info("deleted {key}: {why}", key=file.key, why=why)
    return gone


def _say(failure: Failure, what: str) -> None:
    _log.failure("{what}", failure, what=what)
