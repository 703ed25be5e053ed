"""The catalogue: which footage files there are, in SQLite.

A `Catalogue` is one connection: made, used and closed in one thread.  Several may be open at once,
of the threads that write footage and the one that answers requests; SQLite lets one of them write
at a time.  A change is on the disk when its method returns (write-ahead log, synchronous=FULL).

Pages are found by key, newest first: by local date, then start, then number.  A page takes the
newest rows of each camera and kind from one index and merges them, so that it costs the same
however many files there are, and does not shift when files come or go in between.
"""

import datetime as dt
import heapq
import itertools
import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

from ssplug.database import opened, transaction
from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.model.footage import (
    Amount,
    FootageFile,
    FootageKind,
    FootageQuery,
    FootageState,
    Label,
    ObjectClass,
    milliseconds,
)

_SCHEMA_VERSION: Final = 1

# In what follows `state = 1` is FootageState.COMPLETE, `kind <> 2` is no image and `tag <> 1` is not TAG_KEEP:
# written as numbers, for SQLite uses a partial index only where it can see that the conditions agree.
_SCHEMA: Final = """
CREATE TABLE folders (
    id INTEGER PRIMARY KEY,
    store TEXT NOT NULL,
    path TEXT NOT NULL,
    UNIQUE (store, path)
) STRICT;

CREATE TABLE footage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: clients keep them in continuation values
    camera INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    mode TEXT NOT NULL,
    date INTEGER NOT NULL,                 -- local, days since 1 January of the year 1
    started INTEGER NOT NULL,              -- milliseconds since the epoch
    utc_offset INTEGER NOT NULL,           -- seconds
    duration INTEGER NOT NULL,             -- milliseconds
    size INTEGER NOT NULL,
    state INTEGER NOT NULL,
    triggers INTEGER NOT NULL,
    classes INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    folder INTEGER NOT NULL REFERENCES folders,
    name TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX footage_names ON footage (name, folder);  -- the name first: it alone finds a file of getfile
CREATE INDEX footage_pages ON footage (camera, kind, date, started) WHERE state = 1;
CREATE INDEX footage_humans ON footage (camera, kind, date, started) WHERE state = 1 AND classes & 1 <> 0;
CREATE INDEX footage_vehicles ON footage (camera, kind, date, started) WHERE state = 1 AND classes & 2 <> 0;
CREATE INDEX footage_animals ON footage (camera, kind, date, started) WHERE state = 1 AND classes & 4 <> 0;
CREATE INDEX footage_times ON footage (camera, started) WHERE kind <> 2;
CREATE INDEX footage_ages ON footage (started) WHERE state = 1 AND tag <> 1;
CREATE INDEX footage_camera_ages ON footage (camera, started)
    WHERE state = 1 AND tag <> 1;
CREATE INDEX footage_unsettled ON footage (state, started) WHERE state <> 1;

-- What each camera takes, kept up to date by the rows themselves: a sum over all of them takes long.
CREATE TABLE sizes (camera INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, files INTEGER NOT NULL) STRICT;
CREATE TRIGGER footage_came AFTER INSERT ON footage BEGIN
    INSERT INTO sizes VALUES (new.camera, new.size, 1)
        ON CONFLICT DO UPDATE SET bytes = bytes + new.size, files = files + 1;
END;
CREATE TRIGGER footage_grew AFTER UPDATE OF size ON footage BEGIN
    UPDATE sizes SET bytes = bytes + new.size - old.size WHERE camera = new.camera;
END;
CREATE TRIGGER footage_went AFTER DELETE ON footage BEGIN
    UPDATE sizes SET bytes = bytes - old.size, files = files - 1 WHERE camera = old.camera;
END;
"""

_COLUMNS: Final = """
SELECT footage.id, camera, kind, mode, date, started, utc_offset, duration, size, state, triggers, classes, tag,
    store, path, name
"""

_FROM: Final = "FROM footage {indexed} JOIN folders ON folders.id = folder "
_FILES: Final = _COLUMNS + _FROM.format(indexed="")

# INDEXED BY: should SQLite not use this index, that is an error and not a server that becomes slow in a year.
_NAMED: Final = (
    _COLUMNS
    + _FROM.format(indexed="INDEXED BY footage_names")
    + "WHERE name = ? AND camera = ? AND date = ? AND state = 1"
)


def _page(index: str, condition: str = "") -> str:
    """The newest files of one camera and kind; `condition` is that of the index."""
    return (
        _COLUMNS
        + _FROM.format(indexed=f"INDEXED BY {index}")
        + f"""WHERE camera = ? AND kind = ? AND state = 1 {condition}
        AND date >= ? AND (date, started, footage.id) < (?, ?, ?) AND started >= ?
        ORDER BY date DESC, started DESC, footage.id DESC LIMIT ?"""
    )


_PAGE: Final = _page("footage_pages")
_CLASS_PAGES: Final = {
    ObjectClass.HUMAN: _page("footage_humans", "AND classes & 1 <> 0"),
    ObjectClass.VEHICLE: _page("footage_vehicles", "AND classes & 2 <> 0"),
    ObjectClass.ANIMAL: _page("footage_animals", "AND classes & 4 <> 0"),
}

_INSERT: Final = """
INSERT INTO footage (camera, kind, mode, date, started, utc_offset, duration, size, state, triggers, classes, tag,
    folder, name)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_AMOUNT: Final = """
SELECT count(*), coalesce(sum(size), 0) FROM footage INDEXED BY footage_pages
WHERE camera = ? AND kind = ? AND state = 1 AND date = ?
"""

_FIRST_TIME: Final = -(1 << 62)


class KeyTakenError(Exception):
    """The catalogue knows a file of this key already."""


class Catalogue:
    """One connection to the catalogue. All methods: the thread that made it; sqlite3.Error when SQLite cannot."""

    def __init__(self, path: Path) -> None:
        """Open the catalogue, or make an empty one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = opened(path, _SCHEMA, _SCHEMA_VERSION)

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    # -- files that come and grow ------------------------------------------------------------

    def begin(self, label: Label, kind: FootageKind, store: str, key: str) -> FootageFile:
        """Note a file before it is begun, so that whatever happens it is known; KeyTakenError."""
        return self._insert(label, kind, store, key, 0, 0.0, FootageState.RECORDING)

    def add(
        self, label: Label, kind: FootageKind, store: str, key: str, size: int, duration: float = 0.0
    ) -> FootageFile:
        """Note a file that is complete; KeyTakenError."""
        return self._insert(label, kind, store, key, size, duration, FootageState.COMPLETE)

    def grow(self, number: int, size: int, duration: float) -> None:
        """Note how far a file that is being recorded has come."""
        self._connection.execute(
            "UPDATE footage SET size = ?, duration = ? WHERE id = ?", (size, milliseconds(duration), number)
        )

    def complete(self, number: int, label: Label, size: int, duration: float) -> FootageFile:
        """Note that a file is complete; KeyError if it is not known."""
        self._connection.execute(
            "UPDATE footage SET state = ?, size = ?, duration = ?, triggers = ?, classes = ? WHERE id = ?",
            (
                FootageState.COMPLETE,
                size,
                milliseconds(duration),
                int(label.triggers),
                int(label.classes),
                number,
            ),
        )
        return self[number]

    def set_tag(self, number: int, tag: int) -> FootageFile:
        """Tag a file; KeyError if it is not known."""
        self._connection.execute("UPDATE footage SET tag = ? WHERE id = ?", (tag, number))
        return self[number]

    # -- files that go -----------------------------------------------------------------------

    def condemn(self, number: int) -> bool:
        """Note that a file is about to be deleted: it is not listed any more. False if it is not there to delete."""
        changed = self._connection.execute(
            "UPDATE footage SET state = ? WHERE id = ? AND state = ?",
            (FootageState.DELETING, number, FootageState.COMPLETE),
        )
        return changed.rowcount == 1

    def forget(self, number: int) -> None:
        """Note that a file is gone."""
        self._connection.execute("DELETE FROM footage WHERE id = ?", (number,))

    def clear(self) -> None:
        """Forget everything: the files are about to be looked at one by one."""
        with transaction(self._connection):
            for table in ("footage", "folders", "sizes"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - three names of ours

    # -- questions ---------------------------------------------------------------------------

    def __getitem__(self, number: int) -> FootageFile:
        """The file of that number; KeyError."""
        found = next(self._files("WHERE footage.id = ?", number), None)
        if found is None:
            raise KeyError(number)
        return found

    def find(self, camera: int, date: dt.date, name: str) -> FootageFile | None:
        """The complete file that `getfile` names, or None."""
        row = self._connection.execute(_NAMED, (name, camera, date.toordinal())).fetchone()
        return _file(row) if row is not None else None

    def page(self, query: FootageQuery) -> list[FootageFile]:
        """At most `query.limit` complete files, newest first."""
        each = (
            self._newest(query, page, camera, kind)
            for page in _pages(query.classes)
            for camera, kind in itertools.product(sorted(query.cameras), sorted(query.kinds))
        )
        newest_first = heapq.merge(*each, key=_place, reverse=True)
        # A file in which two classes were found comes twice, one behind the other.
        once = (next(same) for _, same in itertools.groupby(newest_first, key=_place))
        return [_file(row) for row in itertools.islice(once, query.limit)]

    def movies(self, camera: int, begin: float, end: float, longest: float) -> list[FootageFile]:
        """The movies, complete or not, that may hold something from `begin` to `end` (wall time), oldest first.

        `longest` is how many seconds before `begin` a movie may have started.
        """
        condition = "WHERE camera = ? AND kind <> 2 AND started BETWEEN ? AND ? AND state <> ? ORDER BY started"
        times = milliseconds(begin - longest), milliseconds(end)
        found = self._files(condition, camera, *times, FootageState.DELETING)
        return [file for file in found if file.state is FootageState.RECORDING or file.ended > begin]

    def amount(self, camera: int, date: dt.date) -> Amount:
        """How much there is of a camera's local day, complete files only."""
        found = {
            kind: self._connection.execute(_AMOUNT, (camera, kind, date.toordinal())).fetchone() for kind in FootageKind
        }
        movies = [found[kind] for kind in (FootageKind.CONTINUOUS, FootageKind.MOTION)]
        return Amount(sum(n for n, _ in movies), sum(size for _, size in movies), *found[FootageKind.IMAGE])

    def unsettled(self, state: FootageState) -> list[FootageFile]:
        """The files that a server left behind in this state, which is not COMPLETE; oldest first."""
        return list(self._files("WHERE state = ? AND state <> 1 ORDER BY started", state))

    def oldest(
        self, camera: int | None = None, stores: Collection[str] | None = None, limit: int = 100
    ) -> list[FootageFile]:
        """Complete files that nobody wants to keep, oldest first: of one camera, in some stores, or all."""
        conditions = ["WHERE state = 1 AND tag <> 1"]
        values: list[int | str] = []
        if camera is not None:
            conditions.append("camera = ?")
            values.append(camera)
        if stores is not None:
            conditions.append(f"store IN ({', '.join('?' * len(stores))})")
            values.extend(stores)
        return list(self._files(f"{' AND '.join(conditions)} ORDER BY started LIMIT ?", *values, limit))

    def sizes(self) -> dict[int, int]:
        """Bytes of the files of each camera, also of those being recorded or deleted."""
        return dict(self._connection.execute("SELECT camera, bytes FROM sizes"))

    def stores(self) -> list[str]:
        """The names of all stores that a file is or was in."""
        return [name for (name,) in self._connection.execute("SELECT DISTINCT store FROM folders ORDER BY store")]

    # ----------------------------------------------------------------------------------------

    def _insert(
        self, label: Label, kind: FootageKind, store: str, key: str, size: int, duration: float, state: FootageState
    ) -> FootageFile:
        folder, _, name = key.rpartition("/")
        with transaction(self._connection):
            row = (
                label.camera,
                kind,
                label.mode.value,
                label.local_date.toordinal(),
                milliseconds(label.started),
                label.utc_offset,
                milliseconds(duration),
                size,
                state,
                int(label.triggers),
                int(label.classes),
                label.tag,
                self._folder(store, folder),
                name,
            )
            try:
                done = self._connection.execute(_INSERT, row)
            except sqlite3.IntegrityError as error:
                raise KeyTakenError(key) from error
        return FootageFile(done.lastrowid or 0, label, kind, label.local_date, store, key, duration, size, state)

    def _folder(self, store: str, path: str) -> int:
        """The number of a folder, which is noted if it is new."""
        self._connection.execute(
            "INSERT INTO folders (store, path) VALUES (?, ?) ON CONFLICT DO NOTHING", (store, path)
        )
        found = self._connection.execute("SELECT id FROM folders WHERE store = ? AND path = ?", (store, path))
        number: int = found.fetchone()[0]
        return number

    def _newest(self, query: FootageQuery, page: str, camera: int, kind: FootageKind) -> Iterator[tuple[Any, ...]]:
        """The rows of one camera and kind, straight from the index, as far as they are asked for."""
        first, since = query.first_date or dt.date.min, _FIRST_TIME
        if query.since is not None:
            # Whatever the time zone was, a file's local date is at most a day off; this bounds the index.
            first, since = max(first, _date_before(query.since)), milliseconds(query.since)
        values = camera, kind, first.toordinal(), *_before(query), since, query.limit
        return self._connection.execute(page, values)

    def _files(self, condition: str, *values: Any) -> Iterator[FootageFile]:
        return map(_file, self._connection.execute(_FILES + condition, values))


def _pages(classes: ObjectClass) -> list[str]:
    """The statements that together find files of any of these classes; of none: any file."""
    return [page for found, page in _CLASS_PAGES.items() if found & classes] or [_PAGE]


def _place(row: tuple[Any, ...]) -> tuple[int, int, int]:
    return row[4], row[5], row[0]


def _before(query: FootageQuery) -> tuple[int, int, int]:
    """The place before which a page begins: behind the last page, and not behind the last date."""
    day_after = (query.last_date or dt.date.max).toordinal() + 1, _FIRST_TIME, 0
    if query.after is None:
        return day_after
    return min(day_after, (query.after.date.toordinal(), query.after.started_ms, query.after.id))


def _date_before(seconds: float) -> dt.date:
    return (dt.datetime.fromtimestamp(seconds, dt.UTC) - dt.timedelta(days=1)).date()


def _file(row: tuple[Any, ...]) -> FootageFile:
    number, camera, kind, mode, date, started, offset, duration, size, state, triggers, classes, tag, *place = row
    store, folder, name = place
    label = Label(
        camera,
        CaptureMode(mode),
        started / 1000,
        offset,
        TriggerReason(triggers),
        ObjectClass(classes),
        tag,
    )
    return FootageFile(
        number,
        label,
        FootageKind(kind),
        dt.date.fromordinal(date),
        store,
        f"{folder}/{name}" if folder else name,
        duration / 1000,
        size,
        FootageState(state),
    )
