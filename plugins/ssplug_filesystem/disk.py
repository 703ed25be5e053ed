"""The system calls of the store, so that a test can keep a record of them or let them fail.

Every path is a sequence of names below the root folder, and is walked name by name without
following a symbolic link: whatever lies in the folder, nothing outside of it is read or written.
"""

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

Names: TypeAlias = Sequence[str]

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # not to wait at a FIFO that somebody put there
_MODE: Final = 0o640
_FOLDER_MODE: Final = 0o750


class Disk:
    """The file system below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(self, names: Names) -> int:
        """A new file's descriptor, its folders made and synced; FileExistsError if there is one."""
        self.root.mkdir(parents=True, exist_ok=True)
        with self._folder(names[:-1], make=True) as folder:
            fd = os.open(names[-1], os.O_CREAT | os.O_EXCL | os.O_RDWR | _FILE, _MODE, dir_fd=folder)
            try:
                os.fsync(folder)
            except OSError:
                os.close(fd)
                os.unlink(names[-1], dir_fd=folder)
                raise
        return fd

    def open(self, names: Names, writable: bool = False) -> int:
        """An existing file's descriptor."""
        with self._folder(names[:-1]) as folder:
            return os.open(names[-1], (os.O_RDWR if writable else os.O_RDONLY) | _FILE, dir_fd=folder)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        """All of `data` at `offset`."""
        view = memoryview(data)
        while view:
            count = os.pwrite(fd, view, offset)
            view, offset = view[count:], offset + count

    def truncate(self, fd: int, size: int) -> None:
        """Cut the file off."""
        os.ftruncate(fd, size)

    def sync(self, fd: int) -> None:
        """Wait until the file's content is on the disk."""
        os.fdatasync(fd)

    def remove(self, names: Names) -> None:
        """Delete a file, and the folders that it leaves empty; FileNotFoundError if there is none."""
        with self._folder(names[:-1]) as folder:
            os.unlink(names[-1], dir_fd=folder)
        for depth in range(len(names) - 1, 0, -1):
            with self._folder(names[: depth - 1]) as folder:
                try:
                    os.rmdir(names[depth - 1], dir_fd=folder)
                except OSError:
                    return  # not empty, or gone

    def files(self) -> Iterator[tuple[Names, int]]:
        """Every regular file and its size; symbolic links are passed by."""
        if not self.root.exists():
            return
        for folder, folders, names, descriptor in os.fwalk(self.root, follow_symlinks=False):
            folders.sort()
            above = Path(folder).relative_to(self.root).parts
            for name in sorted(names):
                size = _regular_size(name, descriptor)
                if size is not None:
                    yield (*above, name), size

    def usage(self) -> tuple[int, int]:
        """Bytes free for us, and in all."""
        existing = next(folder for folder in (self.root, *self.root.parents) if folder.exists())
        volume = os.statvfs(existing)
        return volume.f_bavail * volume.f_frsize, volume.f_blocks * volume.f_frsize

    @contextlib.contextmanager
    def _folder(self, names: Names, make: bool = False) -> Iterator[int]:
        folder = os.open(self.root, _FOLDER)
        try:
            for name in names:
                if make:
                    _make_folder(name, folder)
                below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = below
            yield folder
        finally:
            os.close(folder)


def _make_folder(name: str, parent: int) -> None:
    try:
        os.mkdir(name, _FOLDER_MODE, dir_fd=parent)
    except FileExistsError:
        return
    os.fsync(parent)


def _regular_size(name: str, folder: int) -> int | None:
    try:
        fd = os.open(name, os.O_RDONLY | _FILE, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOENT, errno.EACCES, errno.ENXIO):
            return None
        raise
    try:
        status = os.fstat(fd)
    finally:
        os.close(fd)
    return status.st_size if status.st_mode & 0o170000 == 0o100000 else None
