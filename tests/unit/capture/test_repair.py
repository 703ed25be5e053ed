"""What a killed server left is mended, and the catalogue is rebuilt from the files alone."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssplug.capture.film import Film
from ssplug.capture.reel import Findings, Reel
from ssplug.capture.repair import left_behind, mend, reindex
from ssplug.capture.shelf import Shelf
from ssplug.media.fmp4 import relabelled
from ssplug.media.mp4_index import read_index
from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.model.footage import TAG_KEEP, FootageFile, FootageKind, FootageQuery, FootageState, Label, ObjectClass
from ssplug.testing import a_camera
from ssplug.testing.clips import a_clip
from ssplug.testing.storage import MemoryStore

NOON = dt.datetime(2026, 11, 22, 12, 0, 0, tzinfo=dt.UTC).timestamp()
CAMERA = a_camera(3, "Porch")
TRACK, PICTURES = a_clip(pictures=50, gop=10)


@pytest.fixture(params=[True, False], ids=["store that rewrites", "store that only grows"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """An empty store."""
    made = Shelf(MemoryStore(rewrites=request.param), tmp_path / "catalogue.sqlite", dt.UTC)
    yield made
    made.close()


def store_of(shelf: Shelf) -> MemoryStore:
    """The store, as what it is here."""
    assert isinstance(shelf.store, MemoryStore)
    return shelf.store


def recorded(shelf: Shelf, mode: CaptureMode = CaptureMode.MOTION, finish: bool = True, at: float = NOON) -> None:
    """A movie of 50 pictures, finished or not."""
    reel = Reel(shelf, CAMERA, mode, Film([TRACK]), lambda: 0.0)
    for begin in range(0, 50, 10):
        reel.write(PICTURES[begin : begin + 10], at)
    if finish:
        reel.finish(Findings(TriggerReason.HUMAN, ObjectClass.HUMAN))


def unfinished(shelf: Shelf) -> FootageFile:
    """The one file that is not complete."""
    (file,) = left_behind(shelf.catalogue, shelf.store, FootageState.RECORDING)
    return file


def all_files(shelf: Shelf) -> list[FootageFile]:
    """All complete files, as clients see them."""
    return shelf.catalogue.page(FootageQuery(frozenset({3}), frozenset(FootageKind)))


def test_a_movie_is_completed_up_to_its_last_whole_fragment(shelf: Shelf) -> None:
    """And listed, with the duration that it has."""
    recorded(shelf, finish=False)
    file = unfinished(shelf)
    del store_of(shelf).files[file.key][-7:]
    mended = mend(shelf, file)
    assert mended is not None
    assert all_files(shelf) == [mended]
    assert mended.duration == pytest.approx(1.6)
    content = bytes(store_of(shelf).files[file.key])
    index = read_index(lambda at, count: content[at : at + count], len(content))
    assert len(index.tables[0]) == 40
    assert index.finished == shelf.store.rewrites
    assert mended.size == index.end


def test_a_movie_that_was_finished_but_not_noted_is_noted(shelf: Shelf) -> None:
    """With what was found in it; the file stays as it is."""
    recorded(shelf)
    (complete,) = all_files(shelf)
    before = bytes(store_of(shelf).files[complete.key])
    mended = mend(shelf, dataclasses.replace(complete, state=FootageState.RECORDING))
    assert mended == (
        complete if shelf.store.rewrites else dataclasses.replace(complete, label=label_as_begun(complete))
    )
    assert bytes(store_of(shelf).files[complete.key]) == before


@pytest.mark.parametrize("left", [None, b"", b"\0\0\0 ftypisom", b"\0" * 5000])
def test_a_file_with_nothing_in_it_is_forgotten(shelf: Shelf, left: bytes | None) -> None:
    """One that was noted and never begun, one that never got a picture, one that is all zeros."""
    label = shelf.label(CAMERA, CaptureMode.MOTION, NOON)
    file = shelf.catalogue.begin(label, FootageKind.MOTION, shelf.store.name, "Porch/2026-11-22/a.m4v")
    if left is not None:
        store_of(shelf).files[file.key] = bytearray(left)
    assert mend(shelf, file) is None
    assert store_of(shelf).files == {}
    assert left_behind(shelf.catalogue, shelf.store, FootageState.RECORDING) == []


def test_an_image_that_was_not_finished_is_deleted(shelf: Shelf) -> None:
    """Half a picture is none."""
    label = shelf.label(CAMERA, CaptureMode.MOTION, NOON)
    file = shelf.catalogue.begin(label, FootageKind.IMAGE, shelf.store.name, "Porch/2026-11-22/a.jpg")
    store_of(shelf).files[file.key] = bytearray(b"\xff\xd8half")
    assert mend(shelf, file) is None
    assert store_of(shelf).files == {}


def test_what_another_store_keeps_is_not_ours_to_mend(shelf: Shelf) -> None:
    """Its own thread does that."""
    label = shelf.label(CAMERA, CaptureMode.MOTION, NOON)
    shelf.catalogue.begin(label, FootageKind.MOTION, "another", "a/b.m4v")
    assert left_behind(shelf.catalogue, shelf.store, FootageState.RECORDING) == []


def test_the_catalogue_is_rebuilt_from_the_files_alone(shelf: Shelf) -> None:
    """Movies of both kinds, images, a movie that was never finished; other files are named and left alone."""
    recorded(shelf, CaptureMode.CONTINUOUS)
    recorded(shelf, at=NOON + 100)
    recorded(shelf, finish=False, at=NOON + 200)
    shelf.put_image(CAMERA, shelf.label(CAMERA, CaptureMode.MOTION, NOON + 300), b"\xff\xd8picture")
    expected = all_files(shelf)
    key = expected[1].key
    file = store_of(shelf).files
    file["Porch/notes.txt"] = bytearray(b"x")
    file["Porch/holiday.m4v"] = bytearray(b"x" * 1000)
    file["Porch/holiday.jpg"] = bytearray(b"\xff\xd8")
    if shelf.store.rewrites:
        kept = dataclasses.replace(expected[1].label, tag=TAG_KEEP)
        shelf.store.rewrite(key, relabelled(bytes(file[key][:512]), kept))
        expected[1] = dataclasses.replace(expected[1], label=kept)
    shelf.catalogue.clear()
    seen: list[int] = []
    rebuilt = reindex(shelf, lambda so_far: seen.append(so_far.files))
    assert rebuilt.foreign == ["Porch/notes.txt", "Porch/holiday.m4v", "Porch/holiday.jpg"]
    assert (rebuilt.files, rebuilt.mended) == (4, int(shelf.store.rewrites))
    assert rebuilt.bytes == sum(found.size for found in all_files(shelf))
    assert seen[-1] == 4
    found = all_files(shelf)
    assert [dataclasses.replace(each, id=0) for each in found if each.label.started != NOON + 200] == [
        dataclasses.replace(each, id=0, label=each.label if shelf.store.rewrites else label_as_begun(each))
        for each in expected
    ]
    assert found[1].duration == pytest.approx(2.0)


def label_as_begun(file: FootageFile) -> Label:
    """In a store that only grows, a file says what was known when it was begun."""
    return dataclasses.replace(file.label, triggers=TriggerReason(0), classes=ObjectClass(0))


def test_files_that_the_catalogue_knows_are_not_taken_twice(shelf: Shelf) -> None:
    """They are named, and stay as they are."""
    recorded(shelf)
    before = all_files(shelf)
    assert reindex(shelf).foreign == [before[0].key]
    assert all_files(shelf) == before
