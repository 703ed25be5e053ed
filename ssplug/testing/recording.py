"""A camera's hub, a store in memory, a catalogue, and time that the test makes pass."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import Logger

from ssplug.capture.archive import Archive
from ssplug.capture.recorder import Studio
from ssplug.capture.shelf import Shelf
from ssplug.events.bus import EventBus
from ssplug.media import h264
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.mp4_index import Index, read_index
from ssplug.model.event import Event, EventType, Failure, FilePath
from ssplug.model.footage import FootageFile, FootageKind, FootageQuery
from ssplug.streams.hub import StreamHub
from ssplug.testing import a_camera
from ssplug.testing.storage import MemoryStore
from ssplug.testing.workers import InlineWorkers

NOON = dt.datetime(2026, 11, 22, 12, 0, 0, tzinfo=dt.UTC).timestamp()


class RecordingStudio:
    """Everything that a recorder works with."""

    def __init__(self, folder: Path, workers: Any = None) -> None:
        self.clock = Clock()
        self.store = MemoryStore()
        self.shelf = Shelf(self.store, folder / "catalogue.sqlite", dt.UTC)
        worker = (workers or InlineWorkers()).worker("volume")
        self.archive = Archive(self.shelf, worker, InlineWorkers().worker("sync"))
        self.hub = StreamHub()
        self.bus = EventBus(lambda: NOON + self.clock.seconds())
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.asked_for_room = 0
        self.studio = Studio(
            a_camera(3, "Porch"),
            self.hub,
            self.archive,
            self.bus,
            self.clock,
            self.clock.seconds,
            lambda: NOON + self.clock.seconds(),
            Logger(),
            self.make_room,
        )

    def make_room(self, archive: Archive) -> "Deferred[Any]":
        """Delete nothing."""
        self.asked_for_room += 1
        return succeed(None)

    def come_online(self, *tracks: Track) -> None:
        """The camera is there."""
        self.hub.came_online(tracks)

    def play(self, units: Sequence[AccessUnit]) -> None:
        """Let the units arrive at the times that they bring."""
        for unit in units:
            self.clock.advance(max(unit.dts / unit.track.clock_rate - self.clock.seconds(), 0.0))
            self.hub.publish(unit)

    def files(self) -> list[FootageFile]:
        """All complete files, oldest first."""
        return self.shelf.catalogue.page(FootageQuery(frozenset({3}), frozenset(FootageKind)))[::-1]

    def pictures(self, files: Sequence[FootageFile] | None = None) -> list[bytes]:
        """The pictures of files one after the other, of H.264 in Annex B form."""
        found: list[bytes] = []
        for file in self.files() if files is None else files:
            content, index = bytes(self.store.files[file.key]), self.index(file)
            table = index.tables[0]
            found += [content[at : at + size] for at, size in zip(table.offsets(), table.sizes, strict=True)]
        return [h264.from_avcc(sample) for sample in found]

    def index(self, file: FootageFile) -> Index:
        """What is in a file."""
        content = bytes(self.store.files[file.key])
        return read_index(lambda at, count: content[at : at + count], len(content))

    def errors(self) -> list[int]:
        """The codes of all ERROR events."""
        return [event.info.code for event in self.events if isinstance(event.info, Failure)]

    def announced(self) -> list[str]:
        """The paths of all FILE events."""
        return [
            event.info.path
            for event in self.events
            if event.type is EventType.FILE and isinstance(event.info, FilePath)
        ]
