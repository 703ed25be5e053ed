"""The filesystem backend: what it never touches, and what it does when the disk does not."""

import errno
import os
from pathlib import Path

import pytest

from ssplug_filesystem.disk import Disk
from ssplug_filesystem.store import FilesystemSettings, FilesystemStore

KEY = "Porch/2026-11-22/a.m4v"


class FailingDisk(Disk):
    """A disk on which one call fails."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.room: int | None = None
        """Bytes that can still be written; None: no end."""
        self.sync_error: OSError | None = None

    def write(self, fd: int, data: bytes, offset: int) -> None:
        """As much as there is room for, as a real disk does."""
        if self.room is None:
            super().write(fd, data, offset)
            return
        super().write(fd, data[: self.room], offset)
        fitted, self.room = len(data) <= self.room, max(self.room - len(data), 0)
        if not fitted:
            raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self, fd: int) -> None:
        if self.sync_error is not None:
            raise self.sync_error
        super().sync(fd)


def a_store(tmp_path: Path, disk: Disk | None = None) -> FilesystemStore:
    """A store whose root is a folder of its own."""
    return FilesystemStore(FilesystemSettings(str(tmp_path / "footage")), disk)


def test_files_lie_in_one_folder_per_camera_and_date(tmp_path: Path) -> None:
    """Ordinary files, for the owner and the group."""
    writer = a_store(tmp_path).begin(KEY)
    writer.append(b"x")
    writer.finish(b"")
    file = tmp_path / "footage" / "Porch" / "2026-11-22" / "a.m4v"
    assert file.read_bytes() == b"x"
    assert file.stat().st_mode & 0o007 == 0


def test_a_symbolic_link_inside_the_folder_leads_nowhere(tmp_path: Path) -> None:
    """Neither as a folder nor as a file."""
    secret = tmp_path / "outside" / "a.m4v"
    secret.parent.mkdir()
    secret.write_bytes(b"secret")
    store = a_store(tmp_path)
    root = tmp_path / "footage"
    (root / "Porch").mkdir(parents=True)
    (root / "Porch" / "2026-11-22").symlink_to(secret.parent)
    (root / "Porch" / "link.m4v").symlink_to(secret)
    for key in (KEY, "Porch/link.m4v"):
        with pytest.raises(OSError, match=r".+"):
            store.open(key)
        with pytest.raises(OSError, match=r".+"):
            store.rewrite(key, b"x")
    with pytest.raises(OSError, match=r".+"):
        store.remove(KEY)
    assert secret.read_bytes() == b"secret"
    assert list(store.find()) == []


def test_the_folder_itself_may_be_a_symbolic_link(tmp_path: Path) -> None:
    """That is the user's decision, not an intruder's; both names are one store."""
    (tmp_path / "real").mkdir()
    (tmp_path / "footage").symlink_to(tmp_path / "real")
    store = a_store(tmp_path)
    store.begin(KEY).close()
    assert (tmp_path / "real" / KEY).exists()
    assert store.name == FilesystemStore(FilesystemSettings(str(tmp_path / "real"))).name


def test_what_is_no_regular_file_is_not_found(tmp_path: Path) -> None:
    """A FIFO would make a reader wait for ever."""
    store = a_store(tmp_path)
    store.begin(KEY).close()
    os.mkfifo(tmp_path / "footage" / "Porch" / "pipe.m4v")
    assert [key for key, _ in store.find()] == [KEY]


def test_when_the_disk_is_full_a_file_is_as_it_was_before_the_append(tmp_path: Path) -> None:
    """And goes on when there is room again."""
    disk = FailingDisk(tmp_path / "footage")
    store = a_store(tmp_path, disk)
    writer = store.begin(KEY)
    writer.append(b"first.")
    disk.room = 3
    with pytest.raises(OSError, match="No space left"):
        writer.append(b"second.")
    assert (tmp_path / "footage" / KEY).read_bytes() == b"first."
    disk.room = None
    writer.append(b"second.")
    writer.finish(b"")
    assert (tmp_path / "footage" / KEY).read_bytes() == b"first.second."


def test_a_file_that_could_not_be_finished_can_be_finished_later(tmp_path: Path) -> None:
    """Its head says nothing that is not on the disk."""
    disk = FailingDisk(tmp_path / "footage")
    writer = a_store(tmp_path, disk).begin(KEY)
    writer.append(b"old head")
    disk.sync_error = OSError(errno.EIO, "Input/output error")
    with pytest.raises(OSError, match="Input/output"):
        writer.finish(b"new")
    assert (tmp_path / "footage" / KEY).read_bytes() == b"old head"
    disk.sync_error = None
    writer.finish(b"new")
    assert (tmp_path / "footage" / KEY).read_bytes() == b"new head"


def test_nothing_is_recorded_below_a_mount_point_that_is_bare(tmp_path: Path) -> None:
    """The system disk is not filled because the big one is away."""
    store = FilesystemStore(FilesystemSettings(str(tmp_path / "footage"), mounted=True))
    with pytest.raises(OSError, match="nothing is mounted"):
        store.begin(KEY)
    assert not (tmp_path / "footage").exists()


def test_two_folders_of_one_disk_are_one_volume(tmp_path: Path) -> None:
    """They wait for the same disk, so they share a thread."""
    stores = [FilesystemStore(FilesystemSettings(str(tmp_path / name))) for name in ("a", "b")]
    assert stores[0].volume == stores[1].volume
    assert stores[0].name != stores[1].name
