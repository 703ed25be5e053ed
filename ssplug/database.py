"""SQLite files of the server's own: opened alike, and safe from a loss of power.

Several connections to one file may be open at once, each used by one thread at a time; SQLite lets
one of them write, and the others wait for it.  What a transaction changed is on the disk when it
ends (write-ahead log, synchronous=FULL).
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_BUSY_SECONDS: Final = 30.0


def opened(path: Path, tables: str, version: int) -> sqlite3.Connection:
    """The file at `path`, which `tables` (SQL) is for when it is new. Blocks; sqlite3.Error.

    `version` is of the tables; a file of a later one is refused.
    """
    db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        _make(db, tables, version)
    except BaseException:
        db.close()
        raise
    return db


def opened_to_read(path: Path) -> sqlite3.Connection:
    """A file that another process may be writing; it is not changed."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All that is changed within, or nothing of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _make(db: sqlite3.Connection, tables: str, version: int) -> None:
    with transaction(db):
        (found,) = db.execute("PRAGMA user_version").fetchone()
        if found > version:
            raise sqlite3.DatabaseError(f"was written by a newer ssplug (format {found}, this one knows {version})")
        if found == 0:
            for statement in _statements(tables):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {version}")


def _statements(script: str) -> Iterator[str]:
    """One by one: SQLite's own way to run a script would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
