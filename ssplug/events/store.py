"""The event log on the disk, in SQLite.

One row is one event: its number, when it happened (microseconds since the epoch, UTC), the camera,
the type, and what is to be said about it as JSON.

Numbers are never given twice, not even after a power cut that took the last events with it: the
file says up to which number they may have been given, and a start after a crash goes on from there.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Final

from ssplug.database import opened, transaction
from ssplug.model.event import Event, EventInfo, EventType, Failure, FilePath, Region, Scores, TriggerReason

FILE_NAME: Final = "events.sqlite"
VERSION: Final = 1

_TABLES: Final = """
CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,       -- microseconds since the epoch, UTC
    camera INTEGER,            -- NULL: the whole server
    type TEXT NOT NULL,
    info TEXT                  -- {"kind": [fields in their order]}
) STRICT;
CREATE INDEX event_times ON event (at);
CREATE TABLE numbers (next INTEGER NOT NULL) STRICT;
INSERT INTO numbers VALUES (1);
"""

_KINDS: Final[Mapping[str, type]] = {"region": Region, "scores": Scores, "failure": Failure, "file": FilePath}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


class EventStoreError(Exception):
    """The file cannot be used; the message says which and why."""


def info_text(info: EventInfo) -> str | None:
    """What an event says, for the disk."""
    if info is None:
        return None
    if isinstance(info, TriggerReason):
        return json.dumps({"reason": int(info)})
    return json.dumps({_NAMES[type(info)]: astuple(info)})


def info_from(text: str | None) -> EventInfo:
    """The opposite of `info_text`."""
    if text is None:
        return None
    ((name, fields),) = json.loads(text).items()
    if name == "reason":
        return TriggerReason(fields)
    info: EventInfo = _KINDS[name](*fields)
    return info


class EventStore:
    """The file `events.sqlite`. All methods block: one thread at a time, sqlite3.Error where the disk fails."""

    def __init__(self, path: Path) -> None:
        """Open, and make, the file; EventStoreError where it cannot be used."""
        try:
            self._db = opened(path, _TABLES, VERSION)
        except sqlite3.Error as error:
            raise EventStoreError(f"{path}: {error}") from error

    def next_number(self) -> int:
        """The first number that was certainly never given."""
        (number,) = self._db.execute("SELECT next FROM numbers").fetchone()
        return int(number)

    def reserve(self, next_number: int) -> None:
        """Note that numbers below `next_number` may have been given."""
        with transaction(self._db):
            self._db.execute("UPDATE numbers SET next = ?", (next_number,))

    def add(self, events: Iterable[Event]) -> None:
        """Keep events: all of them, or none and an error."""
        rows = [
            (event.number, round(event.at * 1_000_000), event.camera, event.type.value, info_text(event.info))
            for event in events
        ]
        with transaction(self._db):
            self._db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?)", rows)

    def after(self, number: int, limit: int) -> list[Event]:
        """The first `limit` events with a greater number, in their order."""
        rows = self._db.execute("SELECT * FROM event WHERE number > ? ORDER BY number LIMIT ?", (number, limit))
        return [_event(*row) for row in rows]

    def between(self, begin: float, end: float, types: Collection[EventType]) -> list[Event]:
        """The events of some types from `begin` until before `end` (wall time in seconds), in their order."""
        times = round(begin * 1_000_000), round(end * 1_000_000)
        places = ", ".join("?" * len(types))
        condition = f"at >= ? AND at < ? AND type IN ({places}) ORDER BY number"
        rows = self._db.execute(f"SELECT * FROM event WHERE {condition}", (*times, *types))  # noqa: S608 - question marks
        return [_event(*row) for row in rows]

    def last_before(self, at: float, types: Collection[EventType]) -> list[Event]:
        """The last event of some types of each camera before a wall time in seconds."""
        places = ", ".join("?" * len(types))
        last = f"SELECT max(number) FROM event WHERE at < ? AND type IN ({places}) GROUP BY camera"  # noqa: S608
        rows = self._db.execute(f"SELECT * FROM event WHERE number IN ({last})", (round(at * 1_000_000), *types))  # noqa: S608 - question marks
        return [_event(*row) for row in rows]

    def last_number(self) -> int:
        """The number of the newest event; 0 without any."""
        (number,) = self._db.execute("SELECT coalesce(max(number), 0) FROM event").fetchone()
        return int(number)

    def forget(self, before: float) -> int:
        """Delete what happened before a wall time in seconds; how many events that were."""
        with transaction(self._db):
            return self._db.execute("DELETE FROM event WHERE at < ?", (round(before * 1_000_000),)).rowcount

    def close(self, next_number: int | None = None) -> None:
        """Let go of the file; `next_number` is where the next run goes on, None after a failure."""
        try:
            if next_number is not None:
                self.reserve(next_number)
        finally:
            self._db.close()


def _event(number: int, at: int, camera: int | None, type_: str, info: str | None) -> Event:
    return Event(number, at / 1_000_000, camera, EventType(type_), info_from(info))
