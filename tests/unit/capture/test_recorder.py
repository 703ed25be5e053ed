"""Recording goes on whatever the camera and the disk do, and says what it could not keep."""

import errno
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, maybeDeferred

from ssplug.capture.recorder import ERROR_GAP, ERROR_STORAGE, ERROR_TRACK, Recorder
from ssplug.capture.reel import Findings
from ssplug.capture.take import BATCH_SECONDS, BYTES_LIMIT, GIVE_UP_SECONDS, RETRY_SECONDS
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.model.footage import FootageState
from ssplug.testing.clips import a_clip
from ssplug.testing.recording import NOON, RecordingStudio
from ssplug.testing.workers import InlineWorkers

FULL = OSError(errno.ENOSPC, "No space left on device")
TRACK, PICTURES = a_clip(pictures=250, gop=25)


class SlowWorker:
    """A worker that answers when the test says so."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> "Deferred[Any]":
        """A promise."""
        answer: Deferred[Any] = Deferred()
        self.jobs.append(lambda: maybeDeferred(function, *args, **kwargs).chainDeferred(answer))
        return answer

    def work(self) -> None:
        """Run everything that waits, and what comes of it."""
        while self.jobs:
            self.jobs.pop(0)()


class SlowWorkers(InlineWorkers):
    """One slow worker."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = SlowWorker()

    def worker(self, name: str, limit: int = 64) -> Any:
        return self.slow


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[RecordingStudio]:
    """A camera that is offline, and an empty store."""
    made = RecordingStudio(tmp_path)
    yield made
    made.shelf.close()


def a_recorder(studio: RecordingStudio, length: float | None = 600) -> Recorder:
    """A recorder of continuous capture."""
    return Recorder(studio.studio, CaptureMode.CONTINUOUS, length)


def data(units: list[AccessUnit]) -> list[bytes]:
    """What the units bring."""
    return [unit.data for unit in units]


def fired(deferred: "Deferred[Any]") -> bool:
    """Whether a Deferred has its result."""
    return deferred.called


def test_everything_from_start_to_stop_is_recorded(studio: RecordingStudio) -> None:
    """In one file, announced when it is complete and not before."""
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    recorder.start()
    studio.play(PICTURES[:100])
    assert recorder.is_recording
    assert studio.announced() == []
    assert fired(recorder.stop())
    (file,) = studio.files()
    assert studio.pictures() == data(PICTURES[:100])
    assert studio.announced() == [f"memory:/{file.key}"]
    assert file.label.started == NOON
    assert not recorder.is_recording
    assert studio.hub.subscribers == 0
    studio.play(PICTURES[100:])
    assert studio.files() == [file]


def test_what_has_come_is_on_the_disk_within_a_second(studio: RecordingStudio) -> None:
    """At whatever moment the process is killed."""
    studio.come_online(TRACK)
    a_recorder(studio).start()
    for number, unit in enumerate(PICTURES):
        studio.play([unit])
        unfinished = studio.shelf.catalogue.unsettled(FootageState.RECORDING)
        written = len(studio.pictures(unfinished)) if unfinished else 0
        assert number + 1 - written <= (BATCH_SECONDS + 0.04) * 25


def test_what_is_on_the_disk_is_safe_from_a_loss_of_power_within_another(studio: RecordingStudio) -> None:
    """Synced with every second batch; a disk that cannot do that is reported once."""
    studio.come_online(TRACK)
    a_recorder(studio).start()
    studio.play(PICTURES)
    assert 11 <= studio.store.syncs <= 13
    studio.store.sync_error = OSError(errno.EIO, "Input/output error")
    studio.play(a_clip(pictures=100, begins=10.0)[1])
    assert studio.errors() == [ERROR_STORAGE]


def test_what_the_hub_still_has_of_the_past_can_be_recorded_too(studio: RecordingStudio) -> None:
    """Without losing or doubling a unit where past and present meet."""
    studio.hub.buffer.pre_roll = 3.0
    studio.come_online(TRACK)
    studio.play(PICTURES[:110])
    recorder = a_recorder(studio)
    recorder.start(studio.hub.buffer.since(2.2))
    studio.play(PICTURES[110:])
    recorder.stop()
    assert studio.pictures() == data(PICTURES[50:])
    assert studio.files()[0].label.started == NOON + 2.0


def test_a_camera_that_comes_back_begins_a_new_file(studio: RecordingStudio) -> None:
    """And the old one ends properly at once."""
    recorder = a_recorder(studio)
    recorder.start()
    studio.come_online(TRACK)
    studio.play(PICTURES[:60])
    studio.hub.went_offline("gone")
    assert len(studio.files()) == 1
    assert not recorder.is_recording
    studio.come_online(TRACK)
    studio.play(PICTURES[100:150])
    recorder.stop()
    assert studio.pictures() == data(PICTURES[:60] + PICTURES[100:150])
    assert len(studio.files()) == 2


def test_other_tracks_begin_a_new_file(studio: RecordingStudio) -> None:
    """Another resolution, in mid-stream: each file can be decoded by what it says itself."""
    other_track, other = a_clip(pictures=50, gop=25, size=(96, 64), begins=2.0)
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    recorder.start()
    studio.play(PICTURES[:50])
    studio.come_online(other_track)
    studio.play(other)
    recorder.stop()
    assert [studio.index(file).headers[0].width for file in studio.files()] == [64, 96]
    assert studio.pictures() == data(PICTURES[:50] + other)


def test_a_disk_that_is_full_is_reported_once_and_costs_nothing(studio: RecordingStudio) -> None:
    """Room is asked for at every attempt; what came meanwhile is written when there is some."""
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    recorder.start()
    studio.play(PICTURES[:75])
    studio.store.error = FULL
    studio.play(PICTURES[75:200])
    assert studio.errors() == [ERROR_STORAGE]
    assert studio.asked_for_room >= 3
    studio.store.error = None
    studio.play(PICTURES[200:])
    recorder.stop()
    assert studio.pictures() == data(PICTURES)
    assert len(studio.files()) == 1
    assert recorder.counters.lost == 0
    assert recorder.counters.refused >= 3
    studio.store.error = FULL
    recorder.start()
    studio.play(a_clip(pictures=25, begins=20.0)[1])
    assert studio.errors() == [ERROR_STORAGE, ERROR_STORAGE]
    studio.store.error = None
    studio.clock.advance(RETRY_SECONDS)
    recorder.stop()


def test_a_disk_that_stays_full_makes_a_gap_that_is_told(studio: RecordingStudio) -> None:
    """The file is complete up to the gap, and another begins when there is room; the memory stays bounded."""
    heavy = [AccessUnit(TRACK, u.data + bytes(BYTES_LIMIT // 20), u.pts, u.dts, u.key) for u in PICTURES]
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    recorder.start()
    studio.play(PICTURES[:25])
    studio.store.error = FULL
    studio.play(heavy[25:75])
    assert studio.errors() == [ERROR_STORAGE, ERROR_GAP]
    assert not recorder.is_recording
    studio.store.error = None
    studio.clock.advance(RETRY_SECONDS)
    assert len(studio.files()) == 1
    assert recorder.is_recording
    studio.play(PICTURES[110:])
    recorder.stop()
    kept = studio.pictures()
    assert kept[:25] == data(PICTURES[:25])
    assert kept[-125:] == data(PICTURES[125:])
    assert recorder.counters.overflows == 1
    assert 20 < len(studio.index(studio.files()[0]).tables[0]) < 75


def test_a_file_that_cannot_be_finished_is_given_up_in_the_end(studio: RecordingStudio) -> None:
    """And left to be mended; nobody waits for ever."""
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    recorder.start()
    studio.play(PICTURES[:50])
    studio.store.error = FULL
    stopped = recorder.stop()
    studio.clock.pump([RETRY_SECONDS] * (int(GIVE_UP_SECONDS) - 2))
    assert not fired(stopped)
    studio.clock.pump([RETRY_SECONDS] * 4)
    assert fired(stopped)
    assert studio.errors() == [ERROR_STORAGE, ERROR_GAP]
    assert recorder.counters.lost > 0
    assert len(studio.shelf.catalogue.unsettled(FootageState.RECORDING)) == 1
    assert studio.clock.getDelayedCalls() == []


def test_a_server_that_stops_does_not_wait_for_a_disk_that_refuses(studio: RecordingStudio) -> None:
    """What is lost is counted."""
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    recorder.start()
    studio.play(PICTURES[:50])
    studio.store.error = FULL
    studio.play(PICTURES[50:60])
    stopped = recorder.stop()
    assert not fired(stopped)
    recorder.abandon()
    assert fired(stopped)
    assert recorder.counters.lost == 60 - len(studio.pictures(studio.shelf.catalogue.unsettled(FootageState.RECORDING)))


def test_a_disk_that_is_slow_is_waited_for(tmp_path: Path) -> None:
    """Nothing more is handed over while it works, and nothing is lost."""
    workers = SlowWorkers()
    studio = RecordingStudio(tmp_path, workers)
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    recorder.start()
    studio.play(PICTURES[:100])
    assert len(workers.slow.jobs) == 1
    workers.slow.work()
    studio.play(PICTURES[100:])
    stopped = recorder.stop()
    assert not fired(stopped)
    workers.slow.work()
    assert fired(stopped)
    assert studio.pictures() == data(PICTURES)
    studio.shelf.close()


def test_a_disk_that_hangs_ends_the_recording_before_the_memory_is_full(tmp_path: Path) -> None:
    """And it goes on behind the gap when the disk is back."""
    workers = SlowWorkers()
    studio = RecordingStudio(tmp_path, workers)
    heavy = [AccessUnit(TRACK, u.data + bytes(BYTES_LIMIT // 20), u.pts, u.dts, u.key) for u in PICTURES]
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    recorder.start()
    studio.play(heavy[:100])
    assert studio.errors() == [ERROR_GAP]
    workers.slow.work()
    studio.play(PICTURES[120:])
    stopped = recorder.stop()
    workers.slow.work()
    assert fired(stopped)
    assert studio.pictures()[-125:] == data(PICTURES[125:])
    assert len(studio.files()) == 2
    studio.shelf.close()


def test_a_broken_unit_costs_its_file_and_not_the_recording(studio: RecordingStudio) -> None:
    """A time that no file can hold: the next file begins at the next key frame."""
    absurd = AccessUnit(TRACK, b"\0\0\0\1\x41x", 1 << 70, 30 * 3600, False)
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    recorder.start()
    studio.play([*PICTURES[:30], absurd, *PICTURES[31:]])
    recorder.stop()
    assert studio.errors() == [ERROR_GAP]
    assert recorder.counters.lost > 0
    assert studio.pictures()[-200:] == data(PICTURES[50:])


def test_a_camera_whose_sound_cannot_be_kept_is_recorded_without(studio: RecordingStudio) -> None:
    """And that is said once, however often it reconnects."""
    strange = Track("no_such_codec", 8000, channels=1)
    recorder = a_recorder(studio)
    recorder.start()
    for at in (0, 100):
        studio.come_online(TRACK, strange)
        studio.play(PICTURES[at : at + 50])
        studio.hub.went_offline("gone")
    recorder.stop()
    assert studio.errors() == [ERROR_TRACK]
    assert len(studio.files()) == 2


def test_a_camera_without_pictures_is_not_recorded_and_says_so(studio: RecordingStudio) -> None:
    """Rather than being thought to be recorded."""
    recorder = a_recorder(studio)
    recorder.start()
    studio.come_online(Track("vp8", 90_000))
    assert studio.errors() == [ERROR_TRACK]
    assert not recorder.is_recording
    assert fired(recorder.stop())


def test_why_it_was_recorded_is_in_the_file(studio: RecordingStudio) -> None:
    """As far as it is known when the file is complete."""
    studio.come_online(TRACK)
    recorder = a_recorder(studio, None)
    recorder.start(findings=Findings(TriggerReason.MOTION))
    studio.play(PICTURES[:50])
    recorder.note(Findings(TriggerReason.MOTION | TriggerReason.HUMAN))
    recorder.stop()
    (file,) = studio.files()
    assert file.label.triggers == TriggerReason.MOTION | TriggerReason.HUMAN


def test_a_recorder_can_be_started_and_stopped_again_and_again(studio: RecordingStudio) -> None:
    """Each time is one file; starting twice is starting once."""
    studio.come_online(TRACK)
    recorder = a_recorder(studio)
    for begin in (0, 50, 100):
        recorder.start()
        recorder.start()
        studio.play(PICTURES[begin : begin + 50])
        assert fired(recorder.stop())
        assert fired(recorder.stop())
    assert studio.pictures() == data(PICTURES[:150])
    starts = [file.label.started - NOON for file in studio.files()]
    assert [round(after - before, 2) for before, after in itertools.pairwise(starts)] == [2.0, 2.0]
