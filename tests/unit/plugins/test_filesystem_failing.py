"""A disk that is full, read-only or away while a camera is recorded: said, waited for, and recovered from."""

import dataclasses
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.task import Clock
from twisted.logger import Logger

from ssplug.capture.library import Library
from ssplug.capture.recorder import ERROR_STORAGE, Recorder, Studio
from ssplug.capture.retention import Limits
from ssplug.events.bus import EventBus
from ssplug.media import h264
from ssplug.media.access_unit import AccessUnit
from ssplug.media.mp4_index import read_index
from ssplug.model.camera import CaptureMode
from ssplug.model.event import Event, Failure
from ssplug.model.footage import FootageFile, FootageKind, FootageQuery
from ssplug.site.types import Retention
from ssplug.streams.hub import StreamHub
from ssplug.testing import InlineWorkers, a_camera
from ssplug.testing.clips import a_clip
from ssplug_filesystem.disk import Disk, Names
from ssplug_filesystem.store import FilesystemSettings, FilesystemStore

NOON = 1_700_000_000.0
TRACK, PICTURES = a_clip(pictures=25 * 20, gop=25, size=(160, 120))
CAPACITY = sum(len(unit.data) for unit in PICTURES) // 2


class SmallDisk(Disk):
    """A disk of a few bytes, which can be made read-only."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.capacity = 1 << 40
        self.is_read_only = False

    def used(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size in self.files())

    def create(self, names: Names) -> int:
        self._expect_writable()
        return super().create(names)

    def write(self, fd: int, data: bytes, offset: int) -> None:
        self._expect_writable()
        room = self.capacity - self.used()
        super().write(fd, data[: max(room, 0)], offset)
        if len(data) > room:
            raise OSError(errno.ENOSPC, "No space left on device")

    def remove(self, names: Names) -> None:
        self._expect_writable()
        super().remove(names)

    def usage(self) -> tuple[int, int]:
        return max(self.capacity - self.used(), 0), self.capacity

    def _expect_writable(self) -> None:
        if self.is_read_only:
            raise OSError(errno.EROFS, "Read-only file system")


class Desk:
    """A camera that is recorded continuously to a small disk, in files of a second."""

    def __init__(self, folder: Path, limits: Retention) -> None:
        self.clock = Clock()
        self.disk = SmallDisk(folder / "footage")
        self.store = FilesystemStore(FilesystemSettings(str(folder / "footage")), self.disk)
        self.hub = StreamHub()
        self.bus = EventBus(self.wall)
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.library = Library(folder, [self.store], InlineWorkers(), self.clock, self.wall, limits=Limits(limits))
        archive = self.library.archive(self.store)
        studio = Studio(
            a_camera(3, "Porch"), self.hub, archive, self.bus, self.clock, self.clock.seconds, self.wall, Logger(),
            self.library.make_room,
        )  # fmt: skip
        self.recorder = Recorder(studio, CaptureMode.CONTINUOUS, 1.0)
        self.library.start()
        self.hub.came_online((TRACK,))
        self.recorder.start()

    def wall(self) -> float:
        return NOON + self.clock.seconds()

    def until(self, seconds: float) -> None:
        """Let the camera send pictures until then."""
        for unit in PICTURES[round(self.clock.seconds() * 25) : round(seconds * 25)]:
            self.clock.advance(max(unit.seconds - self.clock.seconds(), 0.0))
            self.hub.publish(unit)
        self.clock.advance(max(seconds - self.clock.seconds(), 0.0))

    def stop(self) -> None:
        stopped = self.recorder.stop()
        self.clock.advance(0)
        assert stopped.called
        self.library.stop()

    def files(self) -> list[FootageFile]:
        """All complete files, oldest first."""
        found: list[list[FootageFile]] = []
        query = FootageQuery(frozenset({3}), frozenset(FootageKind))
        self.library.page(query).addCallback(found.append)
        return found[0][::-1]

    def pictures(self, files: list[FootageFile]) -> list[bytes]:
        """Of these files, one after the other."""
        found: list[bytes] = []
        for file in files:
            content = (self.disk.root / file.key).read_bytes()
            table = read_index(lambda at, count, c=content: c[at : at + count], len(content)).tables[0]
            found += [content[at : at + size] for at, size in zip(table.offsets(), table.sizes, strict=True)]
        return [h264.from_avcc(sample) for sample in found]

    def errors(self) -> list[int]:
        """The codes of all ERROR events."""
        return [event.info.code for event in self.events if isinstance(event.info, Failure)]


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[Desk]]:
    """What was made is closed."""
    made: list[Desk] = []
    yield made
    for desk in made:
        desk.library.stop()


def a_desk(desks: list[Desk], folder: Path, **limits: int) -> Desk:
    """One with these limits."""
    desk = Desk(folder, dataclasses.replace(Retention(), **limits))
    desks.append(desk)
    return desk


def data(units: list[AccessUnit]) -> list[bytes]:
    """What the units bring."""
    return [unit.data for unit in units]


def test_on_a_full_disk_the_oldest_footage_makes_room_for_the_newest(desks: list[Desk], tmp_path: Path) -> None:
    """Nothing that comes is lost, and nothing younger goes while something older is left."""
    desk = a_desk(desks, tmp_path, max_size=1 << 40)
    desk.disk.capacity = CAPACITY
    desk.until(20.0)
    desk.stop()
    kept = desk.files()
    assert 5 <= len(kept) < 19
    assert desk.library.deleted >= 1
    assert desk.pictures(kept) == data(PICTURES)[-len(desk.pictures(kept)) :]
    assert desk.recorder.counters.lost == 0
    assert desk.disk.used() <= CAPACITY


def test_where_nothing_may_be_deleted_a_full_disk_is_said_and_waited_for(desks: list[Desk], tmp_path: Path) -> None:
    """When somebody makes room, everything that was sent meanwhile is written."""
    desk = a_desk(desks, tmp_path)
    desk.until(5.0)
    desk.disk.capacity = desk.disk.used()
    desk.until(10.0)
    assert desk.errors() == [ERROR_STORAGE]
    assert desk.library.deleted == 0
    desk.disk.capacity = 1 << 40
    desk.until(20.0)
    desk.stop()
    assert desk.pictures(desk.files()) == data(PICTURES)
    assert desk.errors() == [ERROR_STORAGE]


def test_a_disk_that_is_read_only_for_a_while_costs_nothing(desks: list[Desk], tmp_path: Path) -> None:
    """Nor is anything deleted for it: that would not help."""
    desk = a_desk(desks, tmp_path, max_size=1 << 40)
    desk.until(5.0)
    desk.disk.is_read_only = True
    desk.until(10.0)
    assert desk.errors() == [ERROR_STORAGE]
    desk.disk.is_read_only = False
    desk.until(20.0)
    desk.stop()
    assert desk.library.deleted == 0
    assert desk.pictures(desk.files()) == data(PICTURES)


def test_a_full_disk_that_retention_cannot_help_is_not_emptied(desks: list[Desk], tmp_path: Path) -> None:
    """As with a quota: the disk says that it has room, and refuses all the same."""
    desk = a_desk(desks, tmp_path, max_size=1 << 40)
    desk.until(5.0)
    real, desk.disk.usage = desk.disk.capacity, lambda: (1 << 39, 1 << 40)  # type: ignore[method-assign]
    desk.disk.capacity = desk.disk.used()
    desk.until(15.0)
    assert desk.library.deleted == 0
    desk.disk.capacity = real
    desk.until(20.0)
    desk.stop()
    assert desk.pictures(desk.files()) == data(PICTURES)
