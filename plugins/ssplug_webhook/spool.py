"""What is still to be sent, in a folder of this machine: safe from the end of the process and from a loss of power.

Each delivery is a JSON file of facts, and a picture beside it if there is one: no settings, and so no
passwords.  Any thread but the reactor's.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

LONGEST_SECONDS: Final = 8760 * 3600.0
"""As the schema has it for `keep_hours`."""

_MODE: Final = 0o640


@dataclass(frozen=True, slots=True)
class Delivery:
    """One trigger that is to be told."""

    key: str
    """Sorts as the triggers came; the same trigger has the same."""
    at: float
    """Wall time of the trigger, seconds since the epoch."""
    camera: int
    """Its number."""
    facts: Mapping[str, str] = field(repr=False)
    has_image: bool = False


class Spool:
    """The folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, delivery: Delivery, image: bytes | None) -> None:
        """Keep `delivery`; it cannot be lost when this returns."""
        self._folder.mkdir(0o750, parents=True, exist_ok=True)
        if image is not None:
            self._write(delivery.key, "jpg", image)
        said = {
            "at": delivery.at,
            "camera": delivery.camera,
            "facts": dict(delivery.facts),
            "has_image": image is not None,
        }
        self._write(delivery.key, "json", json.dumps(said).encode())
        self._sync_folder()

    def image(self, key: str) -> bytes | None:
        """Its picture, if it has one."""
        try:
            return self._path(key, "jpg").read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, key: str) -> None:
        """Forget a delivery; nothing happens where there is none."""
        for suffix in ("json", "jpg"):
            self._path(key, suffix).unlink(missing_ok=True)

    def load(self) -> list[Delivery]:
        """All that an earlier run left, in order; what it left unfinished is deleted."""
        found = [self._read(path) for path in sorted(self._folder.glob("*.json"))]
        deliveries = [delivery for delivery in found if delivery is not None]
        self._tidy({delivery.key for delivery in deliveries})
        return deliveries

    def forget_others(self, now: float) -> None:
        """Delete what has lain beside this folder for longer than any hook keeps it: its hook is there no more.

        `now` is wall time, seconds since the epoch.
        """
        for path in self._folder.parent.glob("*/*"):
            with contextlib.suppress(OSError):
                if path.parent != self._folder and now - path.stat().st_mtime > LONGEST_SECONDS:
                    path.unlink()
        for folder in self._folder.parent.glob("*"):
            with contextlib.suppress(OSError):  # most are not empty
                folder.rmdir()

    def _read(self, path: Path) -> Delivery | None:
        try:
            said = json.loads(path.read_bytes())
            return Delivery(path.stem, said["at"], said["camera"], said["facts"], said["has_image"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _tidy(self, keys: set[str]) -> None:
        for path in self._folder.glob("*"):
            if path.suffix == ".new" or path.stem not in keys:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _write(self, key: str, suffix: str, data: bytes) -> None:
        """Replaced whole: after a loss of power there is all of it or nothing."""
        new = self._path(key, f"{suffix}.new")
        with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, _MODE), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path(key, suffix))

    def _sync_folder(self) -> None:
        fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def _path(self, key: str, suffix: str) -> Path:
        return self._folder / f"{key}.{suffix}"
