"""Footage files in a folder."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zope.interface import implementer

from ssplug.interfaces import IFootageReader, IFootageStore, IFootageWriter
from ssplug.model.footage import Usage
from ssplug_filesystem.disk import Disk

_NAME_MAX: Final = 255


@dataclass(frozen=True, slots=True)
class FilesystemSettings:
    """The driver's settings; see settings.schema.json."""

    path: str
    mounted: bool = False


@implementer(IFootageStore)
class FilesystemStore:
    """Keeps each file under its key below one folder."""

    rewrites = True

    def __init__(self, settings: FilesystemSettings, disk: Disk | None = None) -> None:
        """`disk` makes the system calls; a test's may fail."""
        # Resolved once: the user may well reach the folder itself by a symbolic link.
        root = Path(settings.path).expanduser().resolve()
        self._disk = disk if disk is not None else Disk(root)
        self._must_be_mounted = settings.mounted
        self._root = root
        self.name = f"filesystem:{root}"
        self.volume = _volume(root)

    def begin(self, key: str) -> "FileWriter":
        """A new file, its name safe on the disk already."""
        if self._must_be_mounted and not self._root.is_mount():
            raise OSError(errno.ENODEV, "nothing is mounted here", str(self._root))
        return FileWriter(self._disk, self._disk.create(_names(key)), 0)

    def resume(self, key: str, size: int) -> "FileWriter":
        """Also what is behind `size` goes: it was never whole."""
        fd = self._disk.open(_names(key), writable=True)
        writer = FileWriter(self._disk, fd, size)
        try:
            self._disk.truncate(fd, size)
        except OSError:
            writer.close()
            raise
        return writer

    def open(self, key: str) -> "FileReader":
        """A descriptor of its own: reading goes on when the file is removed meanwhile."""
        names = _names(key)
        return FileReader(self._disk.open(names), self._root.joinpath(*names))

    def rewrite(self, key: str, head: bytes) -> None:
        """In place: the head of a file is one sector, which is written whole or not."""
        fd = self._disk.open(_names(key), writable=True)
        try:
            self._disk.write(fd, head, 0)
            self._disk.sync(fd)
        finally:
            os.close(fd)

    def remove(self, key: str) -> None:
        """And the folders of a date and a camera when they are empty."""
        try:
            self._disk.remove(_names(key))
        except FileNotFoundError:
            return

    def where(self, key: str) -> str:
        """The path."""
        return str(self._root / key)

    def find(self) -> Iterator[tuple[str, int]]:
        """In the order of their names."""
        for names, size in self._disk.files():
            yield "/".join(names), size

    def usage(self) -> Usage:
        """Of the file system that the folder is on, or will be made on."""
        return Usage(*self._disk.usage())


@implementer(IFootageWriter)
class FileWriter:
    """A file that is being written."""

    def __init__(self, disk: Disk, fd: int, size: int) -> None:
        self._disk = disk
        self._fd = fd
        self._size = size

    def append(self, data: bytes) -> None:
        """A part that was written before the disk was full is cut off again, or overwritten by the next."""
        try:
            self._disk.write(self._fd, data, self._size)
        except OSError:
            self._cut()
            raise
        self._size += len(data)

    def sync(self) -> None:
        """The size of the file as well."""
        try:
            fd = os.dup(self._fd)  # the writing thread may close its own at any moment
        except OSError:
            return
        try:
            self._disk.sync(fd)
        finally:
            os.close(fd)

    def finish(self, head: bytes) -> None:
        """What was appended is safe before the head says that it is there."""
        self._disk.sync(self._fd)
        if head:
            self._disk.write(self._fd, head, 0)
            self._disk.sync(self._fd)
        self.close()

    def close(self) -> None:
        """Errors of a file that nobody writes to any more are nobody's."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            try:
                os.close(fd)
            except OSError:
                return

    def _cut(self) -> None:
        try:
            self._disk.truncate(self._fd, self._size)
        except OSError:
            return  # the error that led here says more


@implementer(IFootageReader)
class FileReader:
    """A file that is being read."""

    def __init__(self, fd: int, path: Path) -> None:
        self._fd = fd
        self.path: Path | None = path
        self.size = os.fstat(fd).st_size

    def read(self, offset: int, count: int) -> bytes:
        """What is there now, also behind `size`."""
        return os.pread(self._fd, count, offset)

    def close(self) -> None:
        """See the interface."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _names(key: str) -> tuple[str, ...]:
    """The key's parts; FileNotFoundError for one that no file can have."""
    names = tuple(key.split("/"))
    if not all(map(_can_be_a_name, names)):
        raise FileNotFoundError(errno.ENOENT, "no such footage file", key)
    return names


def _can_be_a_name(name: str) -> bool:
    try:
        size = len(os.fsencode(name))
    except UnicodeEncodeError:
        return False
    return 0 < size <= _NAME_MAX and name not in (".", "..") and "\0" not in name


def _volume(root: Path) -> str:
    """The device that the folder is on, so that two folders of one disk share a thread."""
    existing = next(folder for folder in (root, *root.parents) if folder.exists())
    return f"device {existing.stat().st_dev}"
