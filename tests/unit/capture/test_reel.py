"""Movies one after the other: no unit lost or doubled at a cut, on a full disk, when the clock is set."""

import dataclasses
import datetime as dt
import errno
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ssplug.capture.catalogue import Catalogue
from ssplug.capture.film import Film
from ssplug.capture.reel import Findings, Reel, Written
from ssplug.capture.shelf import Shelf
from ssplug.media import h264
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.mp4_index import Index, read_index
from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.model.footage import FootageFile, FootageKind, FootageQuery, FootageState, ObjectClass
from ssplug.testing import a_camera
from ssplug.testing.clips import a_clip, a_sound
from ssplug.testing.storage import MemoryStore

FULL = OSError(errno.ENOSPC, "No space left on device")
NOON = dt.datetime(2026, 11, 22, 12, 0, 0, tzinfo=dt.UTC).timestamp()


class Desk:
    """A store, a catalogue and a clock."""

    def __init__(self, folder: Path, rewrites: bool = True) -> None:
        self.store = MemoryStore(rewrites)
        self.shelf = Shelf(self.store, folder / "catalogue.sqlite", dt.UTC)
        self.now = 0.0

    @property
    def catalogue(self) -> Catalogue:
        """That of the shelf."""
        return self.shelf.catalogue

    def reel(self, tracks: Sequence[Track], length: float | None = 600) -> Reel:
        """A reel for these tracks."""
        return Reel(self.shelf, a_camera(3, "Porch"), CaptureMode.CONTINUOUS, Film(tracks), lambda: self.now, length)

    def index(self, file: FootageFile) -> Index:
        """What is in a file."""
        content = self.store.files[file.key]
        return read_index(lambda at, count: bytes(content[at : at + count]), len(content))

    def samples(self, files: Sequence[FootageFile], track: int = 0) -> list[bytes]:
        """The samples of one track of several files, one after the other; pictures in Annex B form again."""
        found: list[bytes] = []
        for file in files:
            table = self.index(file).tables[track]
            content = self.store.files[file.key]
            found += [bytes(content[at : at + size]) for at, size in zip(table.offsets(), table.sizes, strict=True)]
        return [h264.from_avcc(sample) for sample in found] if track == 0 else found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Everything in memory but the catalogue."""
    made = Desk(tmp_path)
    yield made
    made.shelf.close()


def batches(units: Sequence[AccessUnit], seconds: float = 0.4) -> list[list[AccessUnit]]:
    """The units as a recorder hands them over."""
    grouped = itertools.groupby(units, key=lambda unit: int(unit.dts / unit.track.clock_rate / seconds))
    return [list(group) for _, group in grouped]


def data(units: Sequence[AccessUnit]) -> list[bytes]:
    """What the units bring."""
    return [unit.data for unit in units]


def test_a_movie_is_named_dated_and_labelled_by_its_first_picture(desk: Desk) -> None:
    """Wall time is the time line and an offset."""
    track, pictures = a_clip(begins=100.0)
    reel = desk.reel([track])
    reel.write(pictures, NOON + 5.25 - 100.0)
    (file,) = reel.finish(Findings(TriggerReason.HUMAN, ObjectClass.HUMAN)).completed
    assert file.key == "Porch/2026-11-22/22-11-2026 12-00-05 C Porch.m4v"
    assert file.label.started == NOON + 5.25
    assert (file.kind, file.duration, file.state) == (FootageKind.CONTINUOUS, 2.0, FootageState.COMPLETE)
    assert file.size == len(desk.store.files[file.key])
    assert desk.index(file).label == file.label
    assert (file.label.triggers, file.label.classes) == (TriggerReason.HUMAN, ObjectClass.HUMAN)
    assert desk.catalogue[file.id] == file


def test_a_movie_begins_at_a_key_frame(desk: Desk) -> None:
    """What is before it nobody could decode."""
    track, pictures = a_clip(gop=25)
    reel = desk.reel([track])
    reel.write(pictures[5:], NOON)
    files = reel.finish().completed
    assert desk.samples(files) == data(pictures[25:])


def test_without_a_key_frame_there_is_no_file(desk: Desk) -> None:
    """Neither on the disk nor in the catalogue."""
    track, pictures = a_clip(gop=25)
    reel = desk.reel([track])
    assert reel.write(pictures[1:20], NOON) == Written()
    assert reel.finish() == Written()
    assert desk.store.files == {}
    assert desk.catalogue.unsettled(FootageState.RECORDING) == []


@pytest.mark.parametrize("delay", [-0.3, 0.0, 0.1, 0.5])
def test_files_are_cut_at_key_frames_by_the_clock_and_join_without_a_gap(desk: Desk, delay: float) -> None:
    """Every unit is in one file, in order; sound is where its pictures are, however late or early it is sent."""
    track, pictures = a_clip(pictures=200, gop=10, b_frames=2, begins=1000.0)
    sound_track, sound = a_sound(8.0, begins=1000.0)
    units = sorted(pictures + sound, key=lambda u: u.dts / u.track.clock_rate + delay * (u.track == sound_track))
    reel = desk.reel([track, sound_track], length=3)
    files = [file for batch in batches(units) for file in reel.write(batch, NOON + 1.0 - 1000.0).completed]
    files += reel.finish().completed
    assert [file.label.started - NOON for file in files] == pytest.approx([1.0, 3.0, 6.2])
    assert desk.samples(files, 0) == data(pictures)
    assert desk.samples(files, 1) == [unit.data for unit in sound]
    for before, after in itertools.pairwise(files):
        assert before.ended == pytest.approx(after.label.started, abs=0.001)
        index = desk.index(before)
        assert index.tables[1].end / 16000 == pytest.approx(before.duration, abs=0.065)
    assert [index.tables[0].keys[0] for index in map(desk.index, files)] == [0, 0, 0]


def test_sound_of_before_the_movie_is_not_in_it(desk: Desk) -> None:
    """However late it is; it is counted."""
    track, pictures = a_clip(begins=10.0)
    sound_track, sound = a_sound(1.0, begins=9.0)
    reel = desk.reel([track, sound_track])
    reel.write(pictures, 0.0)
    reel.write(sound, 0.0)
    (file,) = reel.finish().completed
    late = [unit for unit in sound if unit.seconds < 10.0]
    assert reel.counters.late == len(late)
    assert desk.samples([file], 1) == data(sound[len(late) :])


def test_a_clock_that_was_set_begins_a_new_file(desk: Desk) -> None:
    """At the next key frame; a clock that is merely adjusted does not."""
    track, pictures = a_clip(pictures=100, gop=25, begins=10.0)
    reel = desk.reel([track], length=86400)
    files = list(reel.write(pictures[:40], NOON).completed)
    files += reel.write(pictures[40:60], NOON + 1.5).completed
    files += reel.write(pictures[60:], NOON - 3600).completed
    files += reel.finish().completed
    assert [file.label.started for file in files] == [NOON + 10.0, NOON - 3600 + 13.0]
    assert desk.samples(files) == data(pictures)


def test_two_files_of_the_same_second_have_two_names(desk: Desk) -> None:
    """As when the clock was set back."""
    track, pictures = a_clip()
    for _ in range(3):
        reel = desk.reel([track])
        reel.write(pictures, NOON)
        reel.finish()
    names = sorted(key.rpartition("/")[2] for key in desk.store.files)
    begin = "22-11-2026 12-00-00 C Porch"
    assert names == [f"{begin} 2.m4v", f"{begin} 3.m4v", f"{begin}.m4v"]


def test_a_name_that_lies_in_the_store_already_is_left_alone(desk: Desk) -> None:
    """Though the catalogue does not know it."""
    track, pictures = a_clip()
    desk.store.files["Porch/2026-11-22/22-11-2026 12-00-00 C Porch.m4v"] = bytearray(b"somebody's")
    reel = desk.reel([track])
    reel.write(pictures, NOON)
    (file,) = reel.finish().completed
    assert file.name == "22-11-2026 12-00-00 C Porch 2.m4v"
    assert desk.catalogue.page(FootageQuery(frozenset({3}), frozenset(FootageKind))) == [file]


def test_a_recording_is_known_and_readable_before_it_is_finished(desk: Desk) -> None:
    """All but what waits for the other track."""
    track, pictures = a_clip(pictures=50, gop=10)
    reel = desk.reel([track])
    for batch in batches(pictures):
        reel.write(batch, NOON)
    (file,) = desk.catalogue.unsettled(FootageState.RECORDING)
    assert desk.samples([file]) == data(pictures)
    assert not desk.index(file).finished


def test_the_catalogue_hears_every_minute_how_large_a_recording_is(desk: Desk) -> None:
    """Retention counts it."""
    track, pictures = a_clip(pictures=150, gop=10)
    reel = desk.reel([track])
    for batch in batches(pictures):
        reel.write(batch, NOON)
    desk.now += 61
    reel.write([], NOON)
    (file,) = desk.catalogue.unsettled(FootageState.RECORDING)
    assert file.size == len(desk.store.files[file.key])
    assert file.duration == pytest.approx(6.0)


def test_what_has_been_written_to_is_to_be_synced(desk: Desk) -> None:
    """Also the movie before, as long as it waits for its sound."""
    track, pictures = a_clip(pictures=50, gop=10)
    reel = desk.reel([track, a_sound(0.1)[0]], length=1)
    assert len(reel.write(pictures[:10], NOON).unsynced) == 1
    assert len(reel.write(pictures[10:40], NOON).unsynced) == 2
    assert len(reel.finish().unsynced) == 0


@pytest.mark.parametrize("rewrites", [True, False])
@pytest.mark.parametrize("failing", range(8))
def test_a_disk_that_is_full_for_a_while_costs_nothing(tmp_path: Path, rewrites: bool, failing: int) -> None:
    """At whatever moment it is full, also between two files: what could not be written is written later."""
    track, pictures = a_clip(pictures=60, gop=10, begins=5.0)
    sound_track, sound = a_sound(2.4, begins=5.0)
    units = sorted(pictures + sound, key=lambda u: u.dts / u.track.clock_rate + 0.1 * (u.track == sound_track))
    desk = Desk(tmp_path, rewrites)
    reel = desk.reel([track, sound_track], length=1)
    files: list[FootageFile] = []
    for number, batch in enumerate([*batches(units), None]):
        if number == failing:
            desk.store.error = FULL
            with pytest.raises(OSError, match="No space left"):
                reel.write(batch, NOON) if batch is not None else reel.finish()
            desk.store.error = None
            batch = [] if batch is not None else None
        files += (reel.write(batch, NOON) if batch is not None else reel.finish()).completed
    assert desk.samples(files) == data(pictures)
    assert desk.samples(files, 1) == data(sound)
    assert [file.state for file in files] == [FootageState.COMPLETE] * 3
    desk.shelf.close()


def test_a_disk_without_room_for_the_index_of_a_movie_gets_it_later(desk: Desk) -> None:
    """Once there is room, and once only."""
    track, pictures = a_clip()
    reel = desk.reel([track])
    reel.write(pictures, NOON)
    desk.store.room = 10
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            reel.finish()
    desk.store.room = None
    (file,) = reel.finish().completed
    assert desk.index(file).finished
    assert desk.index(file).end == len(desk.store.files[file.key]) == file.size


def test_what_is_given_up_is_counted_and_can_be_mended(desk: Desk) -> None:
    """The movie stays in the catalogue as unfinished, good up to what was written."""
    track, pictures = a_clip(pictures=50, gop=10)
    reel = desk.reel([track])
    reel.write(pictures[:30], NOON)
    desk.store.error = FULL
    for batch in (pictures[30:40], pictures[40:]):
        with pytest.raises(OSError, match="No space left"):
            reel.write(batch, NOON)
    assert reel.abandon() == 20
    desk.store.error = None
    (file,) = desk.catalogue.unsettled(FootageState.RECORDING)
    assert desk.samples([file]) == data(pictures[:30])


def test_a_store_that_only_grows_keeps_fragmented_movies(tmp_path: Path) -> None:
    """As good, but for seeking."""
    desk = Desk(tmp_path, rewrites=False)
    track, pictures = a_clip()
    reel = desk.reel([track])
    reel.write(pictures, NOON)
    (file,) = reel.finish().completed
    assert file.size == len(desk.store.files[file.key]) == desk.index(file).end
    assert not desk.index(file).finished
    assert desk.samples([file]) == data(pictures)
    desk.shelf.close()


def test_an_image_is_put_away_in_one_go(desk: Desk) -> None:
    """Named after its moment; if it cannot be written, there is nothing."""
    camera = a_camera(3, "Porch")
    label = desk.shelf.label(camera, CaptureMode.MOTION, NOON)
    jpeg = b"\xff\xd8picture\xff\xd9"
    file = desk.shelf.put_image(camera, label, jpeg)
    assert file.key == "Porch/2026-11-22/22-11-2026 12-00-00 M Porch.jpg"
    assert (file.kind, file.state, file.size) == (
        FootageKind.IMAGE, FootageState.COMPLETE, len(desk.store.files[file.key]),
    )  # fmt: skip
    desk.store.room = 5
    with pytest.raises(OSError, match="No space left"):
        desk.shelf.put_image(camera, dataclasses.replace(label, started=NOON + 1), jpeg)
    assert list(desk.store.files) == [file.key]
    assert desk.catalogue.unsettled(FootageState.RECORDING) == []


def test_a_plugin_may_name_files(tmp_path: Path) -> None:
    """But not lead out of the folder, nor change what kind of file it is."""
    for suggested, named in (
        ("mine.jpg", "mine.jpg"),
        ("../mine.jpg", "22-11"),
        ("mine.exe", "22-11"),
        (None, "22-11"),
    ):
        shelf = Shelf(MemoryStore(), tmp_path / f"{named}.sqlite", dt.UTC, lambda *_, text=suggested: text)
        label = shelf.label(a_camera(), CaptureMode.MOTION, NOON)
        assert shelf.put_image(a_camera(), label, b"\xff\xd8").name.startswith(named)
        shelf.close()
