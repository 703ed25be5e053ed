"""All footage: mended at the start, kept within limits, deleted and tagged when somebody says so."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ssplug.capture.catalogue import Catalogue
from ssplug.capture.film import Film
from ssplug.capture.library import CATALOGUE_FILE, RETENTION_SECONDS, Library
from ssplug.capture.reel import Reel
from ssplug.capture.retention import Limits
from ssplug.media.jpeg_label import HEAD_SIZE, read_jpeg_label
from ssplug.media.mp4_index import read_label
from ssplug.model.camera import CaptureMode
from ssplug.model.footage import TAG_KEEP, FootageFile, FootageKind, FootageQuery, FootageState
from ssplug.site.types import Retention
from ssplug.testing import InlineWorkers, a_camera
from ssplug.testing.clips import a_clip
from ssplug.testing.storage import MemoryStore

NOON = dt.datetime(2026, 11, 22, 12, 0, 0, tzinfo=dt.UTC).timestamp()
TRACK, PICTURES = a_clip(pictures=25)
CAMERA = a_camera(3, "Porch")


class Desk:
    """A library of one or more stores."""

    def __init__(self, state: Path, limits: Retention | None = None, *stores: MemoryStore) -> None:
        self.clock = Clock()
        self.stores = stores or (MemoryStore(),)
        self.store = self.stores[0]
        self.library = Library(
            state,
            self.stores,
            InlineWorkers(),
            self.clock,
            lambda: NOON + self.clock.seconds(),
            dt.UTC,
            Limits(limits or Retention()),
        )

    def record(self, begins: float = 0.0, finish: bool = True, store: int = 0) -> FootageFile | None:
        """One movie of a second."""
        shelf = self.library.archive(self.stores[store]).shelf
        reel = Reel(shelf, CAMERA, CaptureMode.CONTINUOUS, Film([TRACK]), lambda: 0.0)
        reel.write(PICTURES, NOON + begins)
        return reel.finish().completed[0] if finish else None

    def image(self, begins: float = 0.0) -> FootageFile:
        """One image."""
        shelf = self.library.archive(self.store).shelf
        return shelf.put_image(CAMERA, shelf.label(CAMERA, CaptureMode.MOTION, NOON + begins), b"\xff\xd8x")

    def files(self) -> list[FootageFile]:
        """All complete files, oldest first."""
        return now(self.library.page(FootageQuery(frozenset({3}), frozenset(FootageKind))))[::-1]


def now(deferred: "Deferred[Any]") -> Any:
    """What a Deferred has already."""
    results: list[Any] = []
    deferred.addCallback(results.append)
    assert results, "it has not fired"
    return results[0]


def test_what_an_earlier_run_left_is_mended_at_the_start(tmp_path: Path) -> None:
    """Movies are completed, what was being deleted is deleted."""
    first = Desk(tmp_path)
    doomed = first.record()
    first.record(10.0, finish=False)
    assert doomed is not None
    now(first.library.ask(lambda catalogue: catalogue.condemn(doomed.id)))
    now(first.library.stop())
    second = Desk(tmp_path, None, first.store)
    now(second.library.start())
    (mended,) = second.files()
    assert (mended.label.started, mended.duration) == (NOON + 10.0, 1.0)
    assert list(first.store.files) == [mended.key]
    assert second.library.mended == 1
    now(second.library.stop())
    assert second.clock.getDelayedCalls() == []


def test_a_file_that_cannot_be_mended_does_not_keep_the_others(tmp_path: Path) -> None:
    """It is tried again at the next start."""
    first = Desk(tmp_path, None, MemoryStore(name="a"), MemoryStore(name="b"))
    first.record(finish=False, store=0)
    first.record(10.0, finish=False, store=1)
    now(first.library.stop())
    first.stores[0].error = OSError(5, "Input/output error")
    second = Desk(tmp_path, None, *first.stores)
    now(second.library.start())
    assert [file.store for file in second.files()] == ["b"]
    unsettled = now(second.library.ask(lambda catalogue: catalogue.unsettled(FootageState.RECORDING)))
    assert [file.store for file in unsettled] == ["a"]
    now(second.library.stop())


def test_what_is_beyond_the_limits_is_deleted_every_minute(tmp_path: Path) -> None:
    """The file, and its row; the newest stay."""
    desk = Desk(tmp_path, Retention(max_age=100.0))
    for begins in (0.0, 10.0, 50.0):
        desk.record(begins)
    now(desk.library.start())
    desk.clock.advance(RETENTION_SECONDS)
    assert len(desk.files()) == 3
    desk.clock.advance(RETENTION_SECONDS)
    (left,) = desk.files()
    assert list(desk.store.files) == [left.key]
    assert left.label.started == NOON + 50.0
    assert desk.library.deleted == 2
    now(desk.library.stop())


def test_a_camera_may_have_a_limit_of_its_own(tmp_path: Path) -> None:
    """From the moment on at which the site file says so."""
    desk = Desk(tmp_path)
    for begins in (0.0, 10.0, 50.0):
        desk.record(begins)
    desk.clock.advance(100)
    now(desk.library.sweep())
    assert len(desk.files()) == 3
    desk.library.limit(4, Retention(max_age=1.0))
    desk.library.limit(3, Retention(max_age=60.0))
    now(desk.library.sweep())
    assert [file.label.started for file in desk.files()] == [NOON + 50.0]
    now(desk.library.stop())


def test_the_limit_of_all_cameras_may_become_another(tmp_path: Path) -> None:
    """From the next sweep on; those of single cameras stay."""
    desk = Desk(tmp_path)
    for begins in (0.0, 10.0, 50.0):
        desk.record(begins)
    desk.clock.advance(100)
    desk.library.limit(4, Retention(max_age=1.0))
    desk.library.limit_all(Retention(max_age=60.0))
    now(desk.library.sweep())
    assert [file.label.started for file in desk.files()] == [NOON + 50.0]
    now(desk.library.stop())


def test_a_great_many_files_are_deleted_in_one_sweep(tmp_path: Path) -> None:
    """Though they are chosen in batches."""
    desk = Desk(tmp_path, Retention(max_size=0))
    for number in range(110):
        desk.image(number)
    now(desk.library.sweep())
    assert desk.files() == []
    assert desk.store.files == {}
    now(desk.library.stop())


def test_a_store_without_room_gets_some(tmp_path: Path) -> None:
    """As much as the limits want free."""
    desk = Desk(tmp_path, Retention(min_free=10_000))
    files = [desk.record(begins) for begins in (0.0, 10.0, 20.0)]
    desk.store.room = 10_000 - 1
    now(desk.library.make_room(desk.library.archive(desk.store)))
    assert desk.files() == files[1:] or desk.files() == []
    assert desk.store.room >= 10_000
    now(desk.library.stop())


def test_a_file_that_is_read_or_kept_is_not_deleted(tmp_path: Path) -> None:
    """Until it is read no more."""
    desk = Desk(tmp_path, Retention(max_age=5.0))
    read, kept, other = (desk.image(second) for second in range(3))
    release = desk.library.use(read)
    also = desk.library.use(read)
    now(desk.library.tag(kept, TAG_KEEP))
    desk.clock.advance(60)
    now(desk.library.sweep())
    assert [file.id for file in desk.files()] == [read.id, kept.id]
    assert other.key not in desk.store.files
    release()
    now(desk.library.sweep())
    assert len(desk.files()) == 2
    also()
    now(desk.library.sweep())
    assert [file.id for file in desk.files()] == [kept.id]
    now(desk.library.stop())


def test_a_file_that_cannot_be_deleted_does_not_keep_the_others(tmp_path: Path) -> None:
    """It is not listed any more, and deleted at the next start."""
    desk = Desk(tmp_path, Retention(max_age=5.0), MemoryStore(name="a"), MemoryStore(name="b"))
    desk.record(store=0)
    desk.record(1.0, store=1)
    desk.stores[0].error = OSError(30, "Read-only file system")
    desk.clock.advance(60)
    now(desk.library.sweep())
    assert desk.files() == []
    assert desk.stores[1].files == {}
    now(desk.library.stop())
    desk.stores[0].error = None
    again = Desk(tmp_path, None, *desk.stores)
    now(again.library.start())
    assert desk.stores[0].files == {}
    now(again.library.stop())


def test_a_file_is_deleted_once(tmp_path: Path) -> None:
    """Whoever asks second hears that it is gone; one that is being recorded is not there to delete."""
    desk = Desk(tmp_path)
    file = desk.record()
    assert file is not None
    assert now(desk.library.delete(file, "alice asked for it"))
    assert not now(desk.library.delete(file, "bob asked for it"))
    assert desk.store.files == {}
    desk.record(10.0, finish=False)
    (recording,) = now(desk.library.ask(lambda catalogue: catalogue.unsettled(FootageState.RECORDING)))
    assert not now(desk.library.delete(recording, "alice asked for it"))
    assert len(desk.store.files) == 1
    now(desk.library.stop())


def test_a_tag_is_in_the_catalogue_and_in_the_file(tmp_path: Path) -> None:
    """So that it survives the loss of the catalogue."""
    desk = Desk(tmp_path)
    movie, image = desk.record(), desk.image()
    assert movie is not None
    tagged = [now(desk.library.tag(file, TAG_KEEP)) for file in (movie, image)]
    assert [file.label.tag for file in tagged] == [TAG_KEEP, TAG_KEEP]
    content = bytes(desk.store.files[movie.key])
    assert read_label(lambda at, count: content[at : at + count]) == tagged[0].label
    assert read_jpeg_label(bytes(desk.store.files[image.key][:HEAD_SIZE])) == tagged[1].label
    now(desk.library.reindex())
    assert {file.label.tag for file in desk.files()} == {TAG_KEEP}
    now(desk.library.stop())


def test_a_store_that_only_grows_keeps_its_tags_in_the_catalogue(tmp_path: Path) -> None:
    """The file stays as it is."""
    desk = Desk(tmp_path, None, MemoryStore(rewrites=False))
    file = desk.record()
    assert file is not None
    before = bytes(desk.store.files[file.key])
    now(desk.library.tag(file, TAG_KEEP))
    assert bytes(desk.store.files[file.key]) == before
    assert desk.files()[0].label.tag == TAG_KEEP
    now(desk.library.stop())


def test_a_tag_that_the_file_does_not_take_is_in_the_catalogue(tmp_path: Path) -> None:
    """Which is what retention looks at."""
    desk = Desk(tmp_path)
    file = desk.image()
    desk.store.error = OSError(30, "Read-only file system")
    assert now(desk.library.tag(file, TAG_KEEP)).label.tag == TAG_KEEP
    assert desk.files()[0].label.tag == TAG_KEEP
    now(desk.library.stop())


def test_the_catalogue_is_rebuilt_from_all_stores(tmp_path: Path) -> None:
    """When it is lost."""
    desk = Desk(tmp_path, None, MemoryStore(name="a"), MemoryStore(name="b"))
    files = [desk.record(0.0), desk.record(10.0, store=1)]
    now(desk.library.stop())
    for file in tmp_path.glob(f"{CATALOGUE_FILE}*"):
        file.unlink()
    again = Desk(tmp_path, None, *desk.stores)
    rebuilt = now(again.library.reindex())
    assert [each.files for each in rebuilt] == [1, 1]
    assert [dataclasses.replace(file, id=0) for file in again.files()] == [
        dataclasses.replace(file, id=0) for file in files if file is not None
    ]
    now(again.library.stop())


def test_one_place_named_twice_is_one_store(tmp_path: Path) -> None:
    """With one writing thread; a place that nobody names any more is nobody's."""
    desk = Desk(tmp_path, None, MemoryStore(name="a"), MemoryStore(name="a"))
    assert desk.library.archive(desk.stores[0]) is desk.library.archive(desk.stores[1])
    file = desk.record()
    assert file is not None
    assert desk.library.store_of(file) is desk.stores[0]
    elsewhere = dataclasses.replace(file, store="gone")
    assert desk.library.store_of(elsewhere) is None
    assert not now(desk.library.delete(elsewhere, "why not"))
    now(desk.library.stop())


def test_a_library_can_be_stopped_before_anything_happened(tmp_path: Path) -> None:
    """And leaves no connection open."""
    desk = Desk(tmp_path)
    now(desk.library.start())
    now(desk.library.stop())
    Catalogue(tmp_path / CATALOGUE_FILE).close()
    with pytest.raises(KeyError):
        desk.library.archive(MemoryStore(name="unknown"))
