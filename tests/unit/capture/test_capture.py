"""A camera is captured as its modes are armed and as its events say."""

import dataclasses
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import capturedLogs

from ssplug.capture.capture import STOP_SECONDS, Capture
from ssplug.media.access_unit import AccessUnit
from ssplug.media.caption import Caption
from ssplug.media.jpeg_label import HEAD_SIZE, read_jpeg_label
from ssplug.media.video_encoder import Look
from ssplug.model.camera import CaptureMode, Transform
from ssplug.model.event import EventType, Failure, Scores, TriggerReason
from ssplug.model.footage import FootageFile, FootageKind, FootageState, ObjectClass
from ssplug.site.types import (
    CameraConfig,
    ContinuousConfig,
    ImagesConfig,
    MotionCaptureConfig,
    MotionConfig,
    MovieConfig,
    Overlay,
    Slot,
)
from ssplug.testing import InlineWorkers, a_camera
from ssplug.testing.clips import a_clip
from ssplug.testing.recording import NOON, RecordingStudio

TRACK, PICTURES = a_clip(pictures=25 * 30, gop=25)
JPEG = b"\xff\xd8a picture\xff\xd9"


class Desk(RecordingStudio):
    """A camera with its capture, and the switches for what is armed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.armed: set[CaptureMode] = set()
        self.webcam = folder / "webcam" / "3.jpg"
        self.still: Callable[[], Deferred[bytes]] = lambda: succeed(JPEG)
        self.hub.buffer.pre_roll = 5.0
        self.config = CameraConfig(a_camera(3, "Porch"), Slot("pattern"))
        self._captures: list[Capture] = []

    def capture(self, look: Callable[[], Look] = Look, **changes: Any) -> Capture:
        """Capture that has been started."""
        made = Capture(
            self.studio,
            dataclasses.replace(self.config, **changes),
            lambda: self.still(),
            lambda mode: mode in self.armed,
            self.webcam,
            InlineWorkers(),
            look,
        )
        made.start()
        self._captures.append(made)
        return made

    def arm(self, mode: CaptureMode, armed: bool = True) -> None:
        """As `Arming` does it."""
        (self.armed.add if armed else self.armed.discard)(mode)
        self.say(EventType[f"{'' if armed else 'DIS'}ARM_{mode.value}"])

    def say(self, type: EventType, info: Any = None, camera: int = 3) -> None:  # noqa: A002
        """Publish an event."""
        self.bus.publish(type, camera, info)

    def until(self, seconds: float) -> None:
        """Let the camera send pictures until then."""
        begin = round(self.clock.seconds() * 25)
        self.play(PICTURES[begin : round(seconds * 25)])
        self.clock.advance(max(seconds - self.clock.seconds(), 0.0))

    def tidy_up(self) -> None:
        """Stop everything."""
        self.store.error = None
        for capture in self._captures:
            capture.stop()
        self.clock.advance(STOP_SECONDS)
        assert self.clock.getDelayedCalls() == []
        self.shelf.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A camera that is online, nothing armed."""
    made = Desk(tmp_path)
    made.come_online(TRACK)
    yield made
    made.tidy_up()


def seconds_of(desk: Desk) -> list[tuple[float, float]]:
    """From when to when each movie goes."""
    movies = [file for file in desk.files() if file.is_movie]
    return [(round(file.label.started - NOON, 2), round(file.ended - NOON, 2)) for file in movies]


def data(units: list[AccessUnit]) -> list[bytes]:
    """What the units bring."""
    return [unit.data for unit in units]


CONTINUOUS = ContinuousConfig(movie=MovieConfig(length=10.0))
MOTION = MotionCaptureConfig(movie=MovieConfig(pre_capture=3.0, post_capture=4.0))


def test_continuous_capture_records_while_it_is_armed(desk: Desk) -> None:
    """Into files of the length that was asked for, and nothing before or after but the rest of a GOP."""
    desk.capture(continuous=CONTINUOUS)
    desk.until(3.0)
    desk.arm(CaptureMode.CONTINUOUS)
    desk.until(25.0)
    desk.arm(CaptureMode.CONTINUOUS, False)
    desk.until(28.0)
    assert seconds_of(desk) == [(2.0, 10.0), (10.0, 20.0), (20.0, 25.0)]
    assert desk.pictures() == data(PICTURES[50:625])
    assert len(desk.announced()) == 3
    assert {file.kind for file in desk.files()} == {FootageKind.CONTINUOUS}


def test_what_is_armed_at_the_start_is_captured_from_the_start(desk: Desk) -> None:
    """As after every restart."""
    desk.armed.add(CaptureMode.CONTINUOUS)
    capture = desk.capture(continuous=CONTINUOUS)
    desk.until(5.0)
    capture.stop()
    assert seconds_of(desk) == [(0.0, 5.0)]


def test_motion_capture_records_from_before_the_trigger_until_after_the_motion(desk: Desk) -> None:
    """From the key frame at or before the pre-capture, with the reasons and what was seen."""
    desk.capture(motion_capture=MOTION)
    desk.arm(CaptureMode.MOTION)
    desk.until(8.5)
    desk.say(EventType.TRIGGER_M, TriggerReason.MOTION)
    desk.until(10.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.HUMAN)
    desk.until(12.0)
    desk.say(EventType.MOTION_END)
    desk.until(20.0)
    assert seconds_of(desk) == [(5.0, 16.0)]
    (file,) = desk.files()
    assert desk.pictures() == data(PICTURES[125:400])
    assert file.label.triggers == TriggerReason.MOTION | TriggerReason.HUMAN
    assert file.label.classes == ObjectClass.HUMAN
    assert (file.kind, file.label.mode) == (FootageKind.MOTION, CaptureMode.MOTION)
    assert len(desk.announced()) == 1


def test_triggers_make_a_movie_longer_and_do_not_begin_another(desk: Desk) -> None:
    """Motion again while it is about to end."""
    desk.capture(motion_capture=MOTION)
    desk.arm(CaptureMode.MOTION)
    desk.until(4.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.WEB)
    desk.until(7.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.MOTION)
    desk.until(14.0)
    desk.say(EventType.MOTION_END)
    desk.until(16.0)
    desk.say(EventType.MOTION)
    desk.until(18.0)
    desk.say(EventType.MOTION_END)
    desk.until(24.0)
    assert seconds_of(desk) == [(1.0, 22.0)]


@pytest.mark.parametrize("known_at", [3.5, 6.0])
def test_what_a_classifier_found_labels_what_motion_triggered(desk: Desk, known_at: float) -> None:
    """Before the trigger or after it, in movie and images; not what was unlikely, seen once, or in another episode."""
    desk.capture(
        motion_capture=dataclasses.replace(MOTION, images=ImagesConfig(enabled=True, interval=1.0)),
        motion=MotionConfig(vehicle_sensitivity=10),
    )
    desk.arm(CaptureMode.MOTION)
    desk.until(1.0)
    desk.say(EventType.CLASSIFY, Scores(animal=90))
    desk.say(EventType.MOTION_END)
    known = (EventType.CLASSIFY, Scores(80, 80, 10))
    told = [(4.0, (EventType.TRIGGER_M, TriggerReason.MOTION)), (known_at, known), (known_at + 0.1, known)]
    for at, news in sorted(told):
        desk.until(at)
        desk.say(*news)
    desk.say(EventType.CLASSIFY, Scores(animal=90))
    desk.until(8.0)
    desk.say(EventType.MOTION_END)
    desk.until(14.0)
    labels = [file.label for file in desk.files() if file.is_movie or file.label.started > NOON + 6.5]
    assert {label.classes for label in labels} == {ObjectClass.HUMAN}
    assert {label.triggers for label in labels} == {TriggerReason.MOTION}


def test_a_movie_soon_after_another_does_not_show_the_same_again(desk: Desk) -> None:
    """But for the rest of the GOP that it must begin with."""
    desk.capture(motion_capture=MOTION)
    desk.arm(CaptureMode.MOTION)
    desk.until(4.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.WEB)
    desk.until(9.5)
    desk.say(EventType.TRIGGER_M, TriggerReason.AUDIO)
    desk.until(15.0)
    assert seconds_of(desk) == [(1.0, 8.0), (8.0, 13.52)]
    assert [file.label.triggers for file in desk.files()] == [TriggerReason.WEB, TriggerReason.AUDIO]


def test_a_movie_may_have_fewer_pictures_than_the_camera_sends(desk: Desk) -> None:
    """In either mode, with the pre-capture of motion; nothing is decoded while nothing is armed."""
    desk.capture(
        continuous=ContinuousConfig(movie=MovieConfig(fps=5.0, length=10.0)),
        motion_capture=MotionCaptureConfig(movie=MovieConfig(fps=1.0, pre_capture=3.0, post_capture=4.0)),
    )
    desk.until(1.0)
    assert desk.hub.subscribers == 0
    desk.arm(CaptureMode.CONTINUOUS)
    desk.arm(CaptureMode.MOTION)
    desk.until(8.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.WEB)
    desk.until(14.0)
    desk.arm(CaptureMode.CONTINUOUS, False)
    desk.arm(CaptureMode.MOTION, False)
    assert desk.hub.subscribers == 0
    rates = {
        file.label.mode: len(desk.index(file).tables[0]) / file.duration for file in desk.files() if file.duration > 5
    }
    assert rates == {
        CaptureMode.CONTINUOUS: pytest.approx(5.0, rel=0.1),
        CaptureMode.MOTION: pytest.approx(1.0, rel=0.1),
    }
    motion = next(file for file in desk.files() if file.label.mode is CaptureMode.MOTION)
    assert motion.label.started - NOON == pytest.approx(4.5, abs=1.5)


def test_what_is_not_armed_is_not_captured(desk: Desk) -> None:
    """Nor are the events of other cameras heard."""
    desk.capture(motion_capture=MOTION, continuous=CONTINUOUS)
    desk.say(EventType.TRIGGER_M, TriggerReason.MOTION)
    desk.armed.add(CaptureMode.MOTION)
    desk.say(EventType.TRIGGER_M, TriggerReason.MOTION, camera=4)
    desk.say(EventType.ARM_C, camera=4)
    desk.until(2.0)
    assert desk.store.files == {}


def test_disarming_ends_a_movie_at_once(desk: Desk) -> None:
    """And it stays away until the next trigger."""
    desk.capture(motion_capture=MOTION)
    desk.arm(CaptureMode.MOTION)
    desk.until(4.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.MOTION)
    desk.until(6.0)
    desk.arm(CaptureMode.MOTION, False)
    desk.until(8.0)
    assert seconds_of(desk) == [(1.0, 6.0)]


def test_a_camera_that_goes_away_ends_its_movie(desk: Desk) -> None:
    """Nothing is begun when it comes back, until it is triggered again."""
    desk.capture(motion_capture=MOTION)
    desk.arm(CaptureMode.MOTION)
    desk.until(4.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.MOTION)
    desk.until(6.0)
    desk.hub.went_offline("gone")
    desk.say(EventType.OFFLINE)
    desk.come_online(TRACK)
    desk.until(10.0)
    assert seconds_of(desk) == [(1.0, 6.0)]


def test_both_modes_record_at_once_into_files_of_their_own(desk: Desk) -> None:
    """Each complete."""
    desk.capture(motion_capture=MOTION, continuous=CONTINUOUS)
    desk.arm(CaptureMode.CONTINUOUS)
    desk.arm(CaptureMode.MOTION)
    desk.until(4.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.WEB)
    desk.until(11.0)
    desk.arm(CaptureMode.CONTINUOUS, False)
    assert sorted(seconds_of(desk)) == [(0.0, 10.0), (1.0, 8.0), (10.0, 11.0)]


def test_movies_that_are_turned_off_are_not_made(desk: Desk) -> None:
    """Though the mode is armed."""
    desk.capture(
        motion_capture=MotionCaptureConfig(movie=MovieConfig(enabled=False)),
        continuous=ContinuousConfig(movie=MovieConfig(enabled=False)),
    )
    desk.arm(CaptureMode.CONTINUOUS)
    desk.arm(CaptureMode.MOTION)
    desk.say(EventType.TRIGGER_M, TriggerReason.MOTION)
    desk.until(3.0)
    assert desk.store.files == {}


def test_images_are_taken_at_their_interval_and_announced_at_once(desk: Desk) -> None:
    """Each says what it is."""
    desk.capture(continuous=ContinuousConfig(movie=MovieConfig(enabled=False), images=ImagesConfig(True, 10.0)))
    desk.arm(CaptureMode.CONTINUOUS)
    desk.until(25.0)
    files = desk.files()
    assert [file.label.started - NOON for file in files] == [0.0, 10.0, 20.0]
    assert len(desk.announced()) == 3
    assert files[1].name == "22-11-2026 12-00-10 C Porch.jpg"
    assert read_jpeg_label(bytes(desk.store.files[files[1].key][:HEAD_SIZE])) == files[1].label
    desk.arm(CaptureMode.CONTINUOUS, False)
    desk.until(29.0)
    assert desk.files() == files


def test_images_of_motion_stop_before_the_movie_does(desk: Desk) -> None:
    """They have a post-capture of their own, and the reasons of the trigger."""
    images = ImagesConfig(True, 1.0, post_capture=2.5)
    desk.capture(motion_capture=dataclasses.replace(MOTION, images=images))
    desk.arm(CaptureMode.MOTION)
    desk.until(4.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.VEHICLE)
    desk.until(6.0)
    desk.say(EventType.MOTION_END)
    desk.until(20.0)
    stills = [file for file in desk.files() if not file.is_movie]
    assert [round(file.label.started - NOON) for file in stills] == [4, 5, 6, 7, 8]
    assert {file.label.classes for file in stills} == {ObjectClass.VEHICLE}
    assert seconds_of(desk) == [(1.0, 10.0)]


def test_an_image_that_cannot_be_taken_is_missed_and_counted(desk: Desk) -> None:
    """The next may succeed; one that takes long keeps the next waiting."""
    capture = desk.capture(
        continuous=ContinuousConfig(movie=MovieConfig(enabled=False), images=ImagesConfig(True, 2.0))
    )
    desk.still = lambda: fail(ValueError("the camera is offline"))
    desk.arm(CaptureMode.CONTINUOUS)
    desk.clock.advance(2.0)
    slow: Deferred[bytes] = Deferred()
    desk.still = lambda: slow
    desk.clock.pump([2.0, 2.0])
    assert desk.files() == []
    assert capture.stills[0].missed == 2
    slow.callback(JPEG)
    desk.still = lambda: succeed(JPEG)
    desk.clock.advance(2.0)
    assert len(desk.files()) == 2


def test_an_image_that_is_due_while_the_camera_is_away_is_taken_when_it_comes(desk: Desk) -> None:
    """At once, and not an interval later; nothing is said, for that the camera is away is said already."""
    desk.hub.went_offline("the power is off")
    capture = desk.capture(
        continuous=ContinuousConfig(movie=MovieConfig(enabled=False), images=ImagesConfig(True, 60.0))
    )
    desk.still = lambda: fail(ValueError("the camera is offline"))
    desk.arm(CaptureMode.CONTINUOUS)
    with capturedLogs() as logged:
        desk.clock.advance(0)
    assert logged == []
    assert capture.stills[0].missed == 1
    desk.still = lambda: succeed(JPEG)
    desk.come_online(TRACK)
    desk.say(EventType.ONLINE)
    desk.clock.advance(0)
    assert len(desk.files()) == 1
    desk.say(EventType.ONLINE)
    desk.clock.advance(59.0)
    assert len(desk.files()) == 1


def test_whoever_sends_files_on_hears_of_every_one(desk: Desk) -> None:
    """Movies and images, when they are complete."""
    capture = desk.capture(continuous=dataclasses.replace(CONTINUOUS, images=ImagesConfig(True, 60.0)))
    kept: list[FootageFile] = []
    capture.file_kept = kept.append
    desk.arm(CaptureMode.CONTINUOUS)
    desk.until(12.0)
    assert [file.kind for file in kept] == [FootageKind.IMAGE, FootageKind.CONTINUOUS]
    assert set(kept) <= set(desk.files())


def test_the_webcam_image_is_one_file_that_is_replaced(desk: Desk) -> None:
    """Not footage: nothing is listed or announced, but it is handed on to be uploaded."""
    capture = desk.capture(
        continuous=ContinuousConfig(movie=MovieConfig(enabled=False), webcam=ImagesConfig(True, 5.0))
    )
    uploaded: list[bytes] = []
    capture.webcam_taken = uploaded.append
    desk.arm(CaptureMode.CONTINUOUS)
    desk.clock.advance(0)
    assert desk.webcam.read_bytes() == JPEG
    desk.still = lambda: succeed(JPEG + b"2")
    desk.clock.advance(5.0)
    assert desk.webcam.read_bytes() == JPEG + b"2"
    assert uploaded == [JPEG, JPEG + b"2"]
    assert list(desk.webcam.parent.iterdir()) == [desk.webcam]
    assert desk.files() == []


def test_every_file_is_finished_when_the_server_stops(desk: Desk) -> None:
    """Both modes, and nothing is left in the reactor."""
    capture = desk.capture(motion_capture=MOTION, continuous=CONTINUOUS)
    desk.armed.update({CaptureMode.CONTINUOUS, CaptureMode.MOTION})
    desk.arm(CaptureMode.CONTINUOUS)
    desk.until(3.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.MOTION)
    desk.until(5.0)
    assert capture.stop().called
    assert len(desk.files()) == 2
    assert desk.shelf.catalogue.unsettled(FootageState.RECORDING) == []
    assert desk.clock.getDelayedCalls() == []


def test_a_disk_that_refuses_does_not_keep_the_server_from_stopping(desk: Desk) -> None:
    """For longer than it is given; what is left is mended at the next start."""
    capture = desk.capture(continuous=CONTINUOUS)
    desk.arm(CaptureMode.CONTINUOUS)
    desk.until(3.0)
    desk.store.error = OSError(28, "No space left on device")
    stopped = capture.stop()
    assert not stopped.called
    desk.clock.pump([1.0] * int(STOP_SECONDS))
    assert stopped.called
    assert len(desk.shelf.catalogue.unsettled(FootageState.RECORDING)) == 1
    assert any(isinstance(event.info, Failure) for event in desk.events)


def test_capture_can_be_started_again(desk: Desk) -> None:
    """And hears events once only."""
    capture = desk.capture(motion_capture=MOTION)
    capture.stop()
    desk.arm(CaptureMode.MOTION)
    desk.say(EventType.TRIGGER_M, TriggerReason.WEB)
    assert not capture.motion_movies.is_recording
    capture.start()
    desk.until(1.0)
    desk.say(EventType.TRIGGER_M, TriggerReason.WEB)
    desk.until(8.0)
    assert len(desk.files()) == 1


@pytest.mark.parametrize(("record", "stored"), [(False, (64, 48)), (True, (48, 64))])
def test_text_is_recorded_only_where_it_is_to_be(desk: Desk, record: bool, stored: tuple[int, int]) -> None:
    """It is upright in pictures that are turned already; without it they are kept, and turned by players."""
    look = Look(Transform.ROTATE_RIGHT, Caption("H", 30, "top-left"))
    desk.studio = dataclasses.replace(desk.studio, transform=Transform.ROTATE_RIGHT)
    desk.armed.add(CaptureMode.CONTINUOUS)
    capture = desk.capture(lambda: look, continuous=CONTINUOUS, overlay=Overlay(enabled=True, record=record))
    desk.until(3.0)
    capture.stop()
    [movie] = desk.files()
    with av.open(io.BytesIO(bytes(desk.store.files[movie.key]))) as container:
        pictures = list(container.decode(video=0))
    assert {(picture.width, picture.height) for picture in pictures} == {stored}
    assert {abs(picture.rotation) for picture in pictures} == {0 if record else 90}
    assert len(pictures) == 75
    texts = {bool((picture.to_ndarray(format="gray")[:30, :30] > 225).any()) for picture in pictures[:10]}
    assert texts == {record}
