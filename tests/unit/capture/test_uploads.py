"""One destination: what goes there, in which order, and what happens when it does not take it."""

import dataclasses
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock
from twisted.logger import Logger

from ssplug.capture.backlog import FILES_LIMIT, Backlog, Count, Mark
from ssplug.capture.library import Library
from ssplug.capture.uploads import (
    ERROR_UPLOAD,
    FIRST_PAUSE,
    IDLE_SECONDS,
    LONGEST_PAUSE,
    REFUSALS_LIMIT,
    Destination,
    UploadContext,
    kind_of,
    pause_after,
)
from ssplug.events.bus import EventBus
from ssplug.model.camera import CaptureMode
from ssplug.model.event import Event, Failure
from ssplug.model.footage import FootageFile, FootageKind, Label
from ssplug.site.types import Slot, UploadConfig
from ssplug.testing import InlineWorkers, a_camera
from ssplug.testing.storage import MemoryStore
from ssplug.testing.uploads import MemoryUploader

NOON = 1_700_000_000.0
THERE = "porch ftp 1"
ALL = ("motion-movies", "motion-images", "continuous-movies", "continuous-images")


class SlowWorker:
    """A worker whose functions wait until the test lets them run."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Deferred[Any], Callable[[], Any]]] = []
        self.is_stopped = False

    def call(self, function: Callable[..., Any], *args: Any) -> "Deferred[Any]":
        answer: Deferred[Any] = Deferred()
        self.jobs.append((answer, lambda: function(*args)))
        return answer

    def stop(self) -> "Deferred[None]":
        self.is_stopped = True
        return InlineWorkers().worker("").stop()

    def run(self) -> None:
        """The oldest."""
        answer, job = self.jobs.pop(0)
        maybeDeferred(job).chainDeferred(answer)


class Desk:
    """A library with footage, and one destination."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.store = MemoryStore()
        self.workers = InlineWorkers()
        self.library = Library(folder, [self.store], self.workers, self.clock, self.now)
        self.backlog = Backlog(folder / "uploads.sqlite", files_limit=5)
        self.backlog.begin([THERE], NOON)
        self.bus = EventBus(self.now)
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.uploader = MemoryUploader()
        self.worker: Any = self.workers.worker("upload")

    def now(self) -> float:
        return NOON + self.clock.seconds()

    def destination(self, what: tuple[str, ...] = ALL) -> Destination:
        """One that has begun."""
        context = UploadContext(
            self.library, self.backlog, self.workers.worker("uploads"), self.bus, self.clock, self.now
        )
        config = UploadConfig(Slot("ftp"), what)
        made = Destination(THERE, a_camera(3, "Porch"), config, self.uploader, context, self.worker, Logger())
        made.start()
        return made

    def recorded(self, name: str, mode: CaptureMode = CaptureMode.MOTION, content: bytes = b"movie") -> FootageFile:
        """A file that is complete, in the store and in the catalogue; an image if it is named so."""
        kind = FootageKind.CONTINUOUS if mode is CaptureMode.CONTINUOUS else FootageKind.MOTION
        label = Label(3, mode, self.now())
        key = f"Porch/{label.local_date}/{name}"
        writer = self.store.begin(key)
        writer.append(content)
        writer.finish(b"")
        shelf = self.library.archive(self.store).shelf
        return shelf.catalogue.add(
            label, FootageKind.IMAGE if name.endswith(".jpg") else kind, self.store.name, key, len(content)
        )

    def errors(self) -> list[str]:
        """What ERROR events said."""
        failures = [event.info for event in self.events if isinstance(event.info, Failure)]
        assert {failure.code for failure in failures} <= {ERROR_UPLOAD}
        return [failure.text for failure in failures]

    def arrived(self) -> list[str]:
        """Names without folders, in the order of their arrival."""
        return [name.rpartition("/")[2] for name in self.uploader.files]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.library.stop()
    made.backlog.close()


def test_a_file_arrives_under_the_name_that_it_has_here(desk: Desk) -> None:
    destination = desk.destination()
    file = desk.recorded("a.m4v")
    destination.kept(file)
    assert desk.uploader.files == {file.key: b"movie"}
    assert (destination.sent, destination.waiting, destination.failed, destination.dropped) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "mode", "word"),
    [
        ("a.m4v", CaptureMode.MOTION, "motion-movies"),
        ("a.jpg", CaptureMode.MOTION, "motion-images"),
        ("a.m4v", CaptureMode.CONTINUOUS, "continuous-movies"),
        ("a.jpg", CaptureMode.CONTINUOUS, "continuous-images"),
    ],
)
def test_only_the_kinds_go_that_are_named(desk: Desk, name: str, mode: CaptureMode, word: str) -> None:
    """Each word of `what` is one kind."""
    destination = desk.destination(tuple(each for each in ALL if each != word))
    file = desk.recorded(name, mode)
    assert kind_of(file) == word
    destination.kept(file)
    assert desk.uploader.files == {}
    destination.config = dataclasses.replace(destination.config, what=(word,))
    destination.kept(file)
    assert list(desk.uploader.files) == [file.key]


def test_pauses_grow_to_a_longest_one() -> None:
    pauses = [pause_after(failures) for failures in range(1, 1000)]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_while_the_other_side_is_away_files_wait_and_the_error_is_said_once(desk: Desk) -> None:
    """All of them arrive when it is back, those first that were not tried."""
    destination = desk.destination()
    desk.uploader.error = OSError("ftp://h:21: Connection refused")
    for name in ("a.m4v", "b.m4v"):
        destination.kept(desk.recorded(name))
    desk.clock.advance(FIRST_PAUSE)
    assert destination.waiting == 2
    assert destination.failed == len(desk.uploader.attempts) == 2
    assert desk.errors() == ["upload by ftp: ftp://h:21: Connection refused"]
    desk.uploader.error = None
    desk.clock.advance(2 * FIRST_PAUSE)
    assert sorted(desk.arrived()) == ["a.m4v", "b.m4v"]
    assert destination.waiting == 0


def test_another_reason_is_said_again(desk: Desk) -> None:
    """And the same one after it worked in between."""
    destination = desk.destination()
    for reason in ("refused", "refused", "no room", None, "no room"):
        desk.uploader.error = OSError(reason) if reason else None
        destination.kept(desk.recorded(f"{desk.clock.seconds()}.m4v"))
        desk.clock.advance(LONGEST_PAUSE)
    assert [text.removeprefix("upload by ftp: ") for text in desk.errors()] == ["refused", "no room", "no room"]


def test_a_file_that_alone_is_refused_keeps_nothing_and_is_given_up_some_day(desk: Desk) -> None:
    """It is tried again, but only as long as there is hope."""
    destination = desk.destination()
    bad = desk.recorded("bad.m4v")
    desk.uploader.refused.add(bad.key)
    destination.kept(bad)
    for number in range(REFUSALS_LIMIT):
        destination.kept(desk.recorded(f"{number}.m4v"))
        desk.clock.pump([FIRST_PAUSE] * 3)
    assert desk.arrived() == [f"{number}.m4v" for number in range(REFUSALS_LIMIT)]
    assert (destination.waiting, destination.dropped) == (0, 1)
    assert desk.errors()[-1] == f"upload by ftp: {bad.key} is given up: 550 {bad.key} is refused"


def test_a_file_that_was_deleted_meanwhile_is_passed_over(desk: Desk) -> None:
    """Retention may be quicker than a slow connection."""
    destination = desk.destination()
    desk.uploader.error = OSError("away")
    file = desk.recorded("a.m4v")
    destination.kept(file)
    desk.library.delete(file, "too old")
    desk.uploader.error = None
    desk.clock.advance(FIRST_PAUSE)
    assert desk.uploader.files == {}
    assert (destination.waiting, destination.dropped) == (0, 1)


def test_a_file_that_only_the_store_has_lost_is_passed_over(desk: Desk) -> None:
    """As when somebody deletes it by hand."""
    destination = desk.destination()
    file = desk.recorded("a.m4v")
    desk.store.remove(file.key)
    destination.kept(file)
    assert (destination.waiting, destination.dropped, destination.failed) == (0, 1, 0)


def test_retention_leaves_a_file_that_is_being_sent(desk: Desk) -> None:
    """It would be gone under the uploader's hands."""
    desk.worker = SlowWorker()
    destination = desk.destination()
    file = desk.recorded("a.m4v")
    destination.kept(file)
    assert file.id in desk.library._in_use
    desk.worker.run()
    assert file.id not in desk.library._in_use
    assert desk.arrived() == ["a.m4v"]


def test_too_many_files_are_given_up_and_that_is_said_once(desk: Desk) -> None:
    """The oldest; here more than five, else more than 10 000."""
    assert FILES_LIMIT == 10_000
    destination = desk.destination()
    desk.uploader.error = OSError("away")
    for number in range(8):
        destination.kept(desk.recorded(f"{number}.m4v"))
    assert (destination.waiting, destination.dropped) == (5, 3)
    assert desk.errors() == ["upload by ftp: away", "upload by ftp: too many files wait, the oldest are given up"]


def test_of_webcam_images_only_the_newest_waits(desk: Desk) -> None:
    """Nobody wants to see the one of an hour ago."""
    destination = desk.destination()
    desk.uploader.error = OSError("away")
    for jpeg in (b"1", b"2", b"3"):
        destination.webcam_taken("Porch.jpg", jpeg)
    desk.uploader.error = None
    desk.clock.advance(FIRST_PAUSE)
    assert desk.uploader.files == {"Porch.jpg": b"3"}
    assert len(desk.uploader.attempts) == 2
    assert (destination.waiting, destination.sent) == (0, 1)


def test_a_webcam_image_that_failed_is_sent_when_no_newer_one_came(desk: Desk) -> None:
    destination = desk.destination()
    desk.uploader.error = OSError("away")
    destination.webcam_taken("Porch.jpg", b"1")
    desk.uploader.error = None
    desk.clock.advance(FIRST_PAUSE)
    assert desk.uploader.files == {"Porch.jpg": b"1"}


def test_webcam_images_and_files_take_turns(desk: Desk) -> None:
    """Many movies that wait do not hold up what is of now, nor the other way round."""
    desk.worker = SlowWorker()
    destination = desk.destination()
    for name in ("a.m4v", "b.m4v"):
        destination.kept(desk.recorded(name))
    destination.webcam_taken("Porch.jpg", b"1")
    for _ in range(3):
        desk.worker.run()
    assert desk.arrived() == ["a.m4v", "Porch.jpg", "b.m4v"]


def test_the_connection_is_closed_when_there_is_nothing_to_send_for_a_while(desk: Desk) -> None:
    """Each new file puts that off."""
    destination = desk.destination()
    destination.kept(desk.recorded("a.m4v"))
    desk.clock.advance(IDLE_SECONDS - 1)
    destination.kept(desk.recorded("b.m4v"))
    desk.clock.advance(IDLE_SECONDS - 1)
    assert desk.uploader.closed == 0
    desk.clock.advance(1)
    assert desk.uploader.closed == 1


def test_to_stop_breaks_off_what_is_being_sent(desk: Desk) -> None:
    """It still waits afterwards; the connection is closed, the thread ended, and nothing is left in the reactor."""
    desk.worker = SlowWorker()
    destination = desk.destination()
    destination.kept(desk.recorded("a.m4v"))
    stopped = destination.stop()
    assert not stopped.called
    desk.worker.run()
    desk.worker.run()
    assert stopped.called
    assert desk.worker.is_stopped
    assert (desk.uploader.closed, desk.uploader.files, destination.failed) == (1, {}, 0)
    assert desk.backlog.next(THERE) is not None
    assert desk.clock.getDelayedCalls() == []


def test_to_stop_does_not_wait_for_a_pause(desk: Desk) -> None:
    """Which may be of minutes."""
    destination = desk.destination()
    desk.uploader.error = OSError("away")
    destination.kept(desk.recorded("a.m4v"))
    assert destination.stop().called
    assert desk.clock.getDelayedCalls() == []


def test_what_comes_after_the_stop_is_remembered(desk: Desk) -> None:
    """Recordings end after uploads do."""
    destination = desk.destination()
    destination.stop()
    destination.kept(desk.recorded("a.m4v"))
    assert desk.uploader.files == {}
    assert desk.backlog.next(THERE) is not None


def test_what_became_complete_and_was_not_noted_is_found_by_looking_back(desk: Desk) -> None:
    """A server may be killed between the two; what was noted is not sent twice."""
    noted, missed, image = desk.recorded("a.m4v"), desk.recorded("b.m4v"), desk.recorded("c.jpg")
    desk.recorded("d.m4v", CaptureMode.CONTINUOUS)
    destination = desk.destination(("motion-movies", "motion-images"))
    destination.kept(noted)
    Deferred.fromCoroutine(destination.look_back(Mark(0, NOON)))
    assert desk.arrived() == ["a.m4v", "b.m4v", "c.jpg"]
    assert desk.uploader.attempts == [noted.key, missed.key, image.key]


def test_a_new_destination_does_not_look_back(desk: Desk) -> None:
    """Whoever adds one does not expect the footage of the last ten minutes there."""
    desk.recorded("a.m4v")
    destination = desk.destination()
    Deferred.fromCoroutine(destination.look_back(Mark(0, None)))
    assert desk.arrived() == []


def test_a_backlog_that_cannot_be_written_is_said(desk: Desk, tmp_path: Path) -> None:
    """And the file counted, for it will not be sent."""
    destination = desk.destination()
    desk.backlog.close()
    (tmp_path / "uploads.sqlite").write_bytes(b"not a database" * 1000)
    destination.kept(desk.recorded("a.m4v"))
    assert desk.errors() == ["upload by ftp: what waits cannot be remembered: file is not a database"]
    assert destination.dropped == 1


class FullBacklog(Backlog):
    """On a disk that has no room, until it is told otherwise, for what was sent."""

    is_full = True

    def done(self, name: str, number: int) -> Count:
        if self.is_full:
            raise sqlite3.OperationalError("database or disk is full")
        return super().done(name, number)


def a_desk_without_room(folder: Path) -> tuple[Desk, FullBacklog]:
    desk = Desk(folder)
    desk.backlog.close()
    desk.backlog = full = FullBacklog(folder / "uploads.sqlite")
    return desk, full


def test_nothing_is_sent_twice_while_that_it_was_sent_cannot_be_remembered(tmp_path: Path) -> None:
    """It is said once; when there is room all goes on by itself, also with what came meanwhile."""
    desk, full = a_desk_without_room(tmp_path)
    destination = desk.destination()
    first, second = desk.recorded("a.m4v"), desk.recorded("b.m4v")
    destination.kept(first)
    destination.kept(second)
    desk.clock.advance(FIRST_PAUSE)
    assert desk.uploader.attempts == [first.key]
    assert desk.errors() == ["upload by ftp: what waits cannot be remembered: database or disk is full"]
    full.is_full = False
    desk.clock.advance(pause_after(2))
    assert desk.uploader.attempts == [first.key, second.key]
    assert destination.waiting == 0


def test_to_stop_does_not_wait_for_room(tmp_path: Path) -> None:
    """What could not be marked as sent is sent again after the next start."""
    desk, _ = a_desk_without_room(tmp_path)
    destination = desk.destination()
    destination.kept(desk.recorded("a.m4v"))
    assert destination.stop().called
    assert desk.clock.getDelayedCalls() == []
    assert len(desk.errors()) == 1
