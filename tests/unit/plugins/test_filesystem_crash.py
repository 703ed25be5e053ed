"""Power that fails at any moment: a recorded sequence of writes and syncs, cut anywhere.

What a disk has after a loss of power is what was synced, and of everything later any part: none of
it, some of it, the size without the content. The recording is played on a disk that keeps a record
of every call; then each state that the disk may be found in is rebuilt, and mended as at a start.
"""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ssplug.capture.film import Film
from ssplug.capture.reel import Reel
from ssplug.capture.repair import left_behind, mend
from ssplug.capture.shelf import Shelf
from ssplug.media import h264
from ssplug.media.mp4_index import read_index
from ssplug.model.camera import CaptureMode
from ssplug.model.footage import FootageFile, FootageKind, FootageQuery, FootageState
from ssplug.testing import a_camera
from ssplug.testing.clips import a_clip, a_sound
from ssplug_filesystem.disk import Disk, Names
from ssplug_filesystem.store import FilesystemSettings, FilesystemStore

NOON = 1_700_000_000.0
CAMERA = a_camera(3, "Porch")
TRACK, PICTURES = a_clip(pictures=60, gop=10)
SOUND_TRACK, SOUND = a_sound(2.4)
NUMBERS = {unit.data: number for number, unit in enumerate(PICTURES)}


@dataclass
class Written:
    """What is known of one file on the disk."""

    safe: bytes = b""
    """As of the last sync."""
    later: list[tuple[int, bytes] | int] = field(default_factory=list)
    """Writes (offset and data) and truncations since."""

    def content(self) -> bytes:
        """As programs see it."""
        return self.after(len(self.later))

    def after(self, count: int) -> bytes:
        """With the first `count` of the later changes."""
        content = bytearray(self.safe)
        for change in self.later[:count]:
            apply(content, change)
        return bytes(content)


def apply(content: bytearray, change: tuple[int, bytes] | int) -> None:
    """Do to `content` what was done to the file."""
    if isinstance(change, int):
        del content[change:]
        return
    offset, data = change
    content.extend(bytes(max(offset - len(content), 0)))
    content[offset : offset + len(data)] = data


class RecordingDisk(Disk):
    """Keeps a record of every change, and says so to `moment`."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.files: dict[str, Written] = {}
        self._names: dict[int, str] = {}
        self.moments = 0
        self.power_fails_at: int | None = None

    def create(self, names: Names) -> int:
        self._moment()
        fd = super().create(names)
        self._names[fd] = "/".join(names)
        self.files["/".join(names)] = Written()
        return fd

    def open(self, names: Names, writable: bool = False) -> int:
        fd = super().open(names, writable)
        self._names[fd] = "/".join(names)
        return fd

    def write(self, fd: int, data: bytes, offset: int) -> None:
        self._moment()
        super().write(fd, data, offset)
        self.files[self._names[fd]].later.append((offset, data))

    def sync(self, fd: int) -> None:
        self._moment()
        file = self.files[self._name_of(fd)]
        file.safe, file.later = file.content(), []

    def _name_of(self, fd: int) -> str:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        return str(path.relative_to(self.root))

    def _moment(self) -> None:
        self.moments += 1
        if self.moments == self.power_fails_at:
            raise PowerFailedError


class PowerFailedError(Exception):
    """The moment at which everything stops."""


def record(folder: Path, power_fails_at: int | None) -> tuple[RecordingDisk, list[bytes], bool]:
    """Record until the power fails: the disk, the pictures that were synced by then, whether it came to the end."""
    disk = RecordingDisk(folder / "footage")
    disk.power_fails_at = power_fails_at
    shelf = Shelf(FilesystemStore(FilesystemSettings(str(folder / "footage")), disk), folder / "catalogue.sqlite")
    reel = Reel(shelf, CAMERA, CaptureMode.CONTINUOUS, Film([TRACK, SOUND_TRACK]), lambda: 0.0, 1.0)
    units = sorted(PICTURES + SOUND, key=lambda unit: unit.seconds)
    handed_over: list[bytes] = []
    safe = 0
    try:
        for begin in range(0, len(units), 15):
            batch = units[begin : begin + 15]
            written = reel.write(batch, NOON)
            handed_over += [unit.data for unit in batch if unit.track == TRACK]
            if begin % 30:
                for writer in written.unsynced:
                    writer.sync()
                safe = len(handed_over)
        reel.finish()
    except PowerFailedError:
        return disk, handed_over[:safe], False
    finally:
        shelf.close()
    return disk, handed_over, True


def possible_contents(file: Written, chance: random.Random) -> Iterator[bytes]:
    """What may be found of a file after a loss of power: nothing that was not synced, all of it, and parts."""
    yield file.safe
    yield file.content()
    for _ in range(2):
        content = bytearray(file.safe)
        for change in file.later:
            if chance.random() < 0.5:
                continue
            if isinstance(change, tuple) and change[0] and chance.random() < 0.5:
                change = change[0], change[1][: chance.randrange(len(change[1]) + 1)]
            apply(content, change)
        yield bytes(content)
    full = file.content()
    yield file.safe + bytes(max(len(full) - len(file.safe), 0))


def mended(folder: Path, catalogue: bytes, contents: dict[str, bytes]) -> list[list[bytes]]:
    """Start again on a disk that has these files: the pictures of each file, oldest first."""
    shutil.rmtree(folder)
    store = FilesystemStore(FilesystemSettings(str(folder / "footage")))
    for key, content in contents.items():
        path = folder / "footage" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "catalogue.sqlite").write_bytes(catalogue)
    shelf = Shelf(store, folder / "catalogue.sqlite")
    try:
        for file in left_behind(shelf.catalogue, store, FootageState.RECORDING):
            mend(shelf, file)
        files = shelf.catalogue.page(FootageQuery(frozenset({3}), frozenset(FootageKind)))
        assert {file.key for file in files} == {key for key, _ in store.find()}
        return [pictures(folder / "footage", file) for file in reversed(files)]
    finally:
        shelf.close()


def pictures(folder: Path, file: FootageFile) -> list[bytes]:
    """Of a file that must be an ordinary one."""
    content = (folder / file.key).read_bytes()
    index = read_index(lambda at, count: content[at : at + count], len(content))
    assert index.finished
    assert index.end == len(content) == file.size
    table = index.tables[0]
    return [h264.from_avcc(content[at : at + size]) for at, size in zip(table.offsets(), table.sizes, strict=True)]


def moments_of_a_recording(tmp_path: Path) -> int:
    """How many calls there are at which the power can fail."""
    assert len(NUMBERS) == len(PICTURES), "each picture must be another"
    disk, _, came_to_the_end = record(tmp_path / "whole", None)
    assert came_to_the_end
    return disk.moments


@pytest.mark.parametrize("part", range(4))
def test_what_was_synced_survives_a_loss_of_power_at_any_moment(tmp_path: Path, part: int) -> None:
    """And of each file what is found is its beginning: nothing torn, doubled or out of order."""
    chance = random.Random(part)
    for moment in range(1 + part, moments_of_a_recording(tmp_path) + 1, 4):
        folder = tmp_path / f"moment {moment}"
        disk, safe, _ = record(folder, moment)
        catalogue = (folder / "catalogue.sqlite").read_bytes()
        states = zip(*(possible_contents(file, chance) for file in disk.files.values()), strict=True)
        for number, contents in enumerate(states):
            found = mended(folder, catalogue, dict(zip(disk.files, contents, strict=True)))
            where = f"moment {moment}, state {number}"
            numbers = [NUMBERS[picture] for file in found for picture in file]
            assert set(numbers) >= {NUMBERS[picture] for picture in safe}, where
            assert numbers == sorted(set(numbers)), where
            for file in found:
                begin = NUMBERS[file[0]]
                assert [NUMBERS[picture] for picture in file] == list(range(begin, begin + len(file))), where
