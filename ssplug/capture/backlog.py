"""What is still to be uploaded, in SQLite, so that neither a restart nor a long absence of the other side loses any.

One row is one file on its way to one destination.  Rows of files that were sent stay for a while,
so that looking back after a crash does not send anything twice.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ssplug.database import opened, transaction
from ssplug.model.footage import FootageFile

FILE_NAME: Final = "uploads.sqlite"
VERSION: Final = 1
FILES_LIMIT: Final = 10_000
"""Files that may wait for one destination."""
LOOK_BACK: Final = 600.0
"""Seconds before the last note in which a file may have become complete that was not noted: the server was killed."""

_TABLES: Final = """
CREATE TABLE destination (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    noted REAL NOT NULL                    -- when something was noted last, seconds since the epoch, as all times here
) STRICT;

CREATE TABLE file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order in which they became complete
    destination INTEGER NOT NULL REFERENCES destination ON DELETE CASCADE,
    camera INTEGER NOT NULL,
    store TEXT NOT NULL,
    key TEXT NOT NULL,
    noted REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    refusals INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    UNIQUE (destination, store, key)
) STRICT;

CREATE INDEX file_waiting ON file (destination, tries, id) WHERE done = 0;
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that is to be sent."""

    id: int
    camera: int
    """The number of the camera."""
    store: str
    key: str

    @property
    def date(self) -> str:
        """The local date when it was begun, as YYYY-MM-DD."""
        return PurePosixPath(self.key).parent.name

    @property
    def name(self) -> str:
        """Without folders."""
        return PurePosixPath(self.key).name


@dataclass(frozen=True, slots=True)
class Count:
    """What a change has led to."""

    waiting: int
    dropped: int = 0
    """How many had to be given up, the oldest, because too many waited."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a destination was when the server ended."""

    waiting: int
    noted: float | None
    """When a file was noted last; None for a destination that is new."""


class Backlog:
    """The file `uploads.sqlite`. All methods block: one thread; sqlite3.Error where the disk fails."""

    def __init__(self, path: Path, files_limit: int = FILES_LIMIT) -> None:
        self._path = path
        self._limit = files_limit
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- destinations

    def begin(self, names: Collection[str], now: float) -> Mapping[str, Mark]:
        """Know these destinations, and forget all others with what waits for them."""
        with transaction(self._db):
            for (name,) in self._db.execute("SELECT name FROM destination").fetchall():
                if name not in names:
                    self._db.execute("DELETE FROM destination WHERE name = ?", (name,))
        return {name: self.know(name, now) for name in names}

    def know(self, name: str, now: float) -> Mark:
        """Know one more destination; one that was known goes on."""
        with transaction(self._db):
            added = self._db.execute(
                "INSERT INTO destination (name, noted) VALUES (?, ?) ON CONFLICT DO NOTHING", (name, now)
            )
        if added.rowcount:
            return Mark(0, None)
        number, noted = self._db.execute("SELECT id, noted FROM destination WHERE name = ?", (name,)).fetchone()
        return Mark(self._waiting(number), noted)

    # -- files that come

    def note(self, name: str, files: Sequence[FootageFile], now: float) -> Count:
        """Remember to send `files`; those that are known already are passed over."""
        with transaction(self._db):
            # It may not be known: the disk was full when it began.
            (number,) = self._db.execute(
                "INSERT INTO destination (name, noted) VALUES (?, ?)"
                " ON CONFLICT DO UPDATE SET noted = excluded.noted RETURNING id",
                (name, now),
            ).fetchone()
            self._db.executemany(
                "INSERT INTO file (destination, camera, store, key, noted) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                [(number, file.label.camera, file.store, file.key, now) for file in files],
            )
            self._db.execute(
                "DELETE FROM file WHERE destination = ? AND done = 1 AND noted < ?", (number, now - 2 * LOOK_BACK)
            )
            dropped = self._drop(number)
        return Count(self._waiting(number), dropped)

    # -- files that go

    def next(self, name: str) -> Waiting | None:
        """The file to be sent next: the oldest of those that were tried least often."""
        row = self._db.execute(
            "SELECT file.id, camera, store, key FROM file JOIN destination ON destination.id = destination"
            " WHERE name = ? AND done = 0 ORDER BY tries, file.id LIMIT 1",
            (name,),
        ).fetchone()
        return None if row is None else Waiting(*row)

    def done(self, name: str, number: int) -> Count:
        """Send a file no more; it may have been given up meanwhile."""
        self._db.execute("UPDATE file SET done = 1 WHERE id = ?", (number,))
        (destination,) = self._db.execute("SELECT id FROM destination WHERE name = ?", (name,)).fetchone()
        return Count(self._waiting(destination))

    def failed(self, number: int, refused: bool) -> int:
        """Try others before this one; how often the other side has refused it while it took others.

        0 for a file that was given up meanwhile.
        """
        row = self._db.execute(
            "UPDATE file SET tries = tries + 1, refusals = refusals + ? WHERE id = ? RETURNING refusals",
            (refused, number),
        ).fetchone()
        return 0 if row is None else int(row[0])

    # --

    @property
    def _db(self) -> sqlite3.Connection:
        """Opened by the thread that first needs it."""
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = opened(self._path, _TABLES, VERSION)
        return self._connection

    def _drop(self, destination: int) -> int:
        surplus = self._waiting(destination) - self._limit
        if surplus <= 0:
            return 0
        self._db.execute(
            "DELETE FROM file WHERE id IN (SELECT id FROM file WHERE destination = ? AND done = 0 ORDER BY id LIMIT ?)",
            (destination, surplus),
        )
        return surplus

    def _waiting(self, destination: int) -> int:
        (count,) = self._db.execute(
            "SELECT count(*) FROM file WHERE destination = ? AND done = 0", (destination,)
        ).fetchone()
        return int(count)
