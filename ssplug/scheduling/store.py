"""What arming must not forget, in SQLite: ids, settings, and the states that were published last.

One row is one mode of one camera.  Every method returns when what it wrote is on the disk
(write-ahead log, synchronous=FULL), so that even a power cut takes back nothing that a client was
told.  The calls are short but they block: one thread at a time, and not the reactor's once the
server runs.
"""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ssplug.database import opened, opened_to_read, transaction
from ssplug.model.camera import CaptureMode
from ssplug.model.schedule import NO_OVERRIDE_ID, OVERRIDES, RunningOverride
from ssplug.scheduling.plan import Kept, Key, Setting

FILE_NAME = "schedules.sqlite"
VERSION = 1

_SCHEDULE = "schedule"
_PRESET = "preset"

_TABLES = """
CREATE TABLE id (kind TEXT, name TEXT, id INTEGER, PRIMARY KEY (kind, name), UNIQUE (kind, id)) STRICT;
CREATE TABLE mode (
    camera INTEGER,
    mode TEXT,
    schedule INTEGER NOT NULL,
    site_schedule TEXT NOT NULL,
    override INTEGER NOT NULL,
    since REAL,  -- seconds since the epoch, as all times here
    until REAL,
    armed INTEGER,
    PRIMARY KEY (camera, mode)
) STRICT;
"""


class ArmingStoreError(Exception):
    """The file cannot be used; the message says which and why."""


class ArmingStore:
    """The file `schedules.sqlite`."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        """Open, and make, the file; `read_only` for looking at one that a running server owns."""
        self._path = path
        try:
            self._db = opened_to_read(path) if read_only else opened(path, _TABLES, VERSION)
        except sqlite3.Error as error:
            raise ArmingStoreError(f"{path}: {error}") from error

    def load(self) -> Kept:
        """All that is kept; raises ArmingStoreError where the file is damaged."""
        try:
            return self._load()
        except sqlite3.Error as error:
            raise ArmingStoreError(f"{self._path}: {error}") from error

    def save_ids(self, schedules: Mapping[str, int], presets: Mapping[str, int]) -> None:
        """Keep the ids that were given; those of names that are gone stay."""
        rows = [(_SCHEDULE, *item) for item in schedules.items()] + [(_PRESET, *item) for item in presets.items()]
        with transaction(self._db):
            self._db.executemany("INSERT OR IGNORE INTO id VALUES (?, ?, ?)", rows)

    def save(self, settings: Mapping[Key, Setting]) -> None:
        """Keep settings, all of them or, where it fails, none."""
        with transaction(self._db):
            self._db.executemany(
                "INSERT INTO mode VALUES (?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE SET"
                " schedule = excluded.schedule, site_schedule = excluded.site_schedule,"
                " override = excluded.override, since = excluded.since, until = excluded.until",
                [(camera, mode.value, *_columns(setting)) for (camera, mode), setting in settings.items()],
            )

    def save_armed(self, armed: Mapping[Key, bool]) -> None:
        """Keep which states were published."""
        with transaction(self._db):
            self._db.executemany(
                "UPDATE mode SET armed = ? WHERE camera = ? AND mode = ?",
                [(state, camera, mode.value) for (camera, mode), state in armed.items()],
            )

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _load(self) -> Kept:
        rows = list(self._db.execute("SELECT camera, mode, schedule, site_schedule, override, since, until FROM mode"))
        armed = self._db.execute("SELECT camera, mode, armed FROM mode WHERE armed IS NOT NULL")
        return Kept(
            schedule_ids=self._ids(_SCHEDULE),
            preset_ids=self._ids(_PRESET),
            settings={(camera, CaptureMode(mode)): _setting(*rest) for camera, mode, *rest in rows},
            armed={(camera, CaptureMode(mode)): bool(armed) for camera, mode, armed in armed},
        )

    def _ids(self, kind: str) -> dict[str, int]:
        return dict(self._db.execute("SELECT name, id FROM id WHERE kind = ?", (kind,)))


def _setting(schedule: int, site_schedule: str, override: int, since: float, until: float | None) -> Setting:
    if override == NO_OVERRIDE_ID:
        return Setting(schedule, site_schedule)
    end = None if until is None else _instant(until)
    return Setting(schedule, site_schedule, RunningOverride(OVERRIDES[override], _instant(since), end))


def _columns(setting: Setting) -> tuple[Any, ...]:
    running = setting.override
    if running is None:
        return setting.schedule, setting.site_schedule, NO_OVERRIDE_ID, None, None
    until = None if running.until is None else running.until.timestamp()
    return setting.schedule, setting.site_schedule, running.override.id, running.since.timestamp(), until


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
