"""Footage that is not in the bucket yet, in a folder of this machine.

Each file is two: `NAME.data` and `NAME.json`, which says whose key it is and whether it is finished;
NAME is a digest of the key, for a key may be longer than a file name.  Both the writing thread and
the uploading thread use the folder; what they tell one another, they tell by these files.
"""

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MODE: Final = 0o640


@dataclass(frozen=True, slots=True)
class Spooled:
    """One file of the spool."""

    key: str
    size: int
    is_finished: bool


class Spool:
    """The folder. Any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, key: str) -> int:
        """A new file's descriptor, its name safe on the disk; FileExistsError if there is one of that key."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._data(key).exists():
            raise FileExistsError(errno.EEXIST, "being recorded already", key)
        self._describe(key, is_finished=False)
        fd = os.open(self._data(key), os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, _MODE)
        self._sync_folder()
        return fd

    def open(self, key: str, writable: bool = False) -> int:
        """An existing file's descriptor; FileNotFoundError."""
        return os.open(self._data(key), (os.O_RDWR if writable else os.O_RDONLY) | os.O_CLOEXEC)

    def finish(self, key: str) -> None:
        """Note that nothing more is written to a file."""
        self._describe(key, is_finished=True)

    def get(self, key: str) -> Spooled | None:
        """What is there of a key, or None."""
        return self._read(self._description(key))

    def remove(self, key: str) -> bool:
        """Delete a file; whether there was one."""
        try:
            self._data(key).unlink()
        except FileNotFoundError:
            return False
        finally:
            self._description(key).unlink(missing_ok=True)
        return True

    def files(self) -> Iterator[Spooled]:
        """All of them."""
        for description in sorted(self._folder.glob("*.json")):
            found = self._read(description)
            if found is not None:
                yield found

    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files())

    def _read(self, description: Path) -> Spooled | None:
        try:
            said = json.loads(description.read_text("utf-8"))
            return Spooled(said["key"], self._data(said["key"]).stat().st_size, said["finished"])
        except (FileNotFoundError, ValueError, KeyError):
            return None  # removed meanwhile, or the power failed before there was anything in it

    def _describe(self, key: str, is_finished: bool) -> None:
        """Replaced whole: whoever reads it sees the old or the new."""
        new = self._description(key).with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump({"key": key, "finished": is_finished}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._description(key))
        self._sync_folder()

    def _sync_folder(self) -> None:
        fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def _data(self, key: str) -> Path:
        return self._folder / f"{_digest(key)}.data"

    def _description(self, key: str) -> Path:
        return self._folder / f"{_digest(key)}.json"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
