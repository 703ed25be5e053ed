"""Every camera is recorded to its own place, and a place that is broken costs only its cameras."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ssplug import hookimpl
from ssplug.cameras.camera import Camera
from ssplug.cameras.recordings import Recordings, Surroundings
from ssplug.cameras.roster import Roster
from ssplug.capture.capture import STOP_SECONDS
from ssplug.capture.recorder import ERROR_STORAGE
from ssplug.events.bus import EventBus
from ssplug.media.video_encoder import Look
from ssplug.model.camera import CaptureMode, Transform
from ssplug.model.event import EventType, Failure
from ssplug.plugins import plugin_manager
from ssplug.site.changes import difference
from ssplug.site.types import CameraConfig, Retention, ServerConfig, Site, Slot
from ssplug.streams.audio_form import AudioForms
from ssplug.streams.encoder_budget import EncoderBudget
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import JPEGViews
from ssplug.streams.rates import Rates
from ssplug.streams.video_form import VideoForms
from ssplug.testing import InlineWorkers, a_camera
from ssplug.testing.clips import a_clip
from ssplug.testing.storage import MemoryStore

NOON = 1_700_000_000.0
TRACK, PICTURES = a_clip(pictures=25)


class Desk:
    """A site with cameras, and stores in memory by the name in their slot."""

    def __init__(self, state: Path, *configs: CameraConfig, storage: Slot | None = None) -> None:
        self.clock = Clock()
        self.bus = EventBus(lambda: NOON + self.clock.seconds())
        self.events = []
        self.bus.listen(self.events.append)
        self.workers = InlineWorkers()
        self.roster = Roster(self.camera(config) for config in configs)
        self.built: list[Slot] = []
        self.manager = plugin_manager()
        self.zone: dt.tzinfo = dt.UTC
        self.site = Site(Path("site.yaml"), ServerConfig(state=state), storage=storage, cameras=configs)

    def camera(self, config: CameraConfig) -> Camera:
        hub = StreamHub()
        views = JPEGViews(hub, self.workers, "camera", self.clock, self.clock.seconds)
        forms = VideoForms(hub, views.pictures, self.workers, EncoderBudget(), "camera", self.clock, Look)
        return Camera(config, hub, Rates(), views, AudioForms(hub, self.workers, "camera"), forms)

    def build(self, slot: Slot) -> MemoryStore:
        self.built.append(slot)
        if slot.driver == "broken":
            raise RuntimeError("site.yaml:7:5: no storage backend named 'broken'")
        return MemoryStore(name=slot.settings.get("path", ""))

    def around(self) -> Surroundings:
        return Surroundings(
            self.bus,
            self.workers,
            self.clock,
            self.clock.seconds,
            lambda: NOON + self.clock.seconds(),
            lambda: self.zone,
            self.manager.hook,
        )

    def recordings(self) -> Recordings:
        made = Recordings(
            self.site, self.roster, self.build, lambda _, mode: mode is CaptureMode.CONTINUOUS, self.around()
        )
        made.start()
        return made

    def record(self) -> None:
        """A second of every camera."""
        for camera in self.roster:
            camera.hub.came_online((TRACK,))
        for unit in PICTURES:
            self.clock.advance(max(unit.seconds - self.clock.seconds(), 0.0))
            for camera in self.roster:
                camera.hub.publish(unit)


def a_config(number: int = 0, **changes: object) -> CameraConfig:
    """A camera named after its number."""
    identity = a_camera(number, f"Camera {number}", f"camera{number}")
    return dataclasses.replace(CameraConfig(identity, Slot("pattern")), **changes)


def keys(desk: Desk, recordings: Recordings, number: int) -> list[str]:
    """The files of one camera."""
    config = next(camera.config for camera in desk.roster if camera.number == number)
    path = (config.storage or desk.site.storage or Slot("", {})).settings["path"]
    return [key for key, _ in recordings.library._archives[path].shelf.store.find()]


def stop(desk: Desk, recordings: Recordings) -> None:
    stopped = recordings.stop()
    assert stopped.called
    desk.clock.advance(STOP_SECONDS)
    assert desk.clock.getDelayedCalls() == []


def test_each_camera_is_recorded_where_the_site_file_says(tmp_path: Path) -> None:
    """The site's storage, or its own; the same place is built once."""
    site_storage, own = Slot("memory", {"path": "site"}), Slot("memory", {"path": "own"})
    desk = Desk(tmp_path, a_config(0), a_config(1, storage=own), a_config(2), storage=site_storage)
    recordings = desk.recordings()
    desk.record()
    stop(desk, recordings)
    assert desk.built == [site_storage, own]
    assert [key.partition("/")[0] for key in keys(desk, recordings, 0)] == ["Camera 0", "Camera 2"]
    assert [key.partition("/")[0] for key in keys(desk, recordings, 1)] == ["Camera 1"]


def test_without_a_word_of_storage_footage_goes_into_the_state_folder(tmp_path: Path) -> None:
    """By the backend that comes with the server."""
    desk = Desk(tmp_path, a_config())
    stop(desk, desk.recordings())
    assert desk.built == [Slot("filesystem", {"path": str(tmp_path / "footage")})]


def test_a_backend_that_cannot_be_built_costs_its_own_cameras(tmp_path: Path) -> None:
    """With the reason and the place in the site file, as an event; the others are recorded."""
    desk = Desk(tmp_path, a_config(0), a_config(1, storage=Slot("broken")), storage=Slot("memory", {"path": "site"}))
    recordings = desk.recordings()
    desk.record()
    stop(desk, recordings)
    (error,) = [event for event in desk.events if event.type is EventType.ERROR]
    assert error.camera == 1
    assert error.info == Failure(ERROR_STORAGE, "nothing is recorded: site.yaml:7:5: no storage backend named 'broken'")
    assert len(keys(desk, recordings, 0)) == 1
    assert list(recordings.captures) == [0]


def follow(recordings: Recordings, before: Site, after: Site) -> None:
    done = []
    Deferred.fromCoroutine(recordings.follow(difference(before, after))).addCallback(done.append)
    assert done == [None]


def test_another_storage_of_the_site_is_for_those_who_have_none_of_their_own(tmp_path: Path) -> None:
    """Their files are finished and others begun; a camera with a storage of its own goes on with its file."""
    first, second, own = (Slot("memory", {"path": path}) for path in ("first", "second", "own"))
    desk = Desk(tmp_path, a_config(0), a_config(1, storage=own), storage=first)
    recordings = desk.recordings()
    desk.record()
    captures = dict(recordings.captures)
    follow(recordings, desk.site, dataclasses.replace(desk.site, storage=second))
    assert [recordings.captures[number] is captures[number] for number in (0, 1)] == [False, True]
    assert len(keys(desk, recordings, 0)) == 1
    desk.record()
    stop(desk, recordings)
    desk.site = dataclasses.replace(desk.site, storage=second)
    assert {key.partition("/")[0] for key in keys(desk, recordings, 0)} == {"Camera 0"}


def test_a_camera_that_changes_besides_is_left_to_whoever_changes_it(tmp_path: Path) -> None:
    """Or it would begin two files."""
    desk = Desk(tmp_path, a_config(0), storage=Slot("memory", {"path": "first"}))
    recordings = desk.recordings()
    capture = recordings.captures[0]
    turned = dataclasses.replace(desk.site.cameras[0], transform=Transform.ROTATE_180)
    new = dataclasses.replace(desk.site, storage=Slot("memory", {"path": "second"}), cameras=(turned,))
    follow(recordings, desk.site, new)
    assert recordings.captures[0] is capture
    stop(desk, recordings)


def test_another_zone_of_the_site_names_what_begins_from_then_on(tmp_path: Path) -> None:
    """What is being written keeps its name, and goes on."""
    desk = Desk(tmp_path, a_config(0), storage=Slot("memory", {"path": "site"}))
    recordings = desk.recordings()
    desk.record()
    captures, before = dict(recordings.captures), keys(desk, recordings, 0)
    desk.zone = dt.timezone(dt.timedelta(hours=5))
    follow(recordings, desk.site, dataclasses.replace(desk.site, server=ServerConfig(timezone="Asia/Karachi")))
    assert (recordings.captures, keys(desk, recordings, 0)) == (captures, before)
    desk.record()
    stop(desk, recordings)
    assert [key.split(" ")[2] for key in [*before, *(set(keys(desk, recordings, 0)) - {*before})]] == [
        "22-13-20",
        "03-13-20",
    ]


def test_limits_and_other_general_settings_touch_no_recording(tmp_path: Path) -> None:
    """Every file goes on."""
    desk = Desk(tmp_path, a_config(0), storage=Slot("memory", {"path": "site"}))
    recordings = desk.recordings()
    captures = dict(recordings.captures)
    follow(recordings, desk.site, dataclasses.replace(desk.site, retain=Retention(max_age=60.0)))
    assert recordings.captures == captures
    stop(desk, recordings)


def test_a_camera_that_is_disabled_has_no_footage(tmp_path: Path) -> None:
    """And its storage is not even looked at."""
    desk = Desk(tmp_path, a_config(0, enabled=False, storage=Slot("broken")))
    recordings = desk.recordings()
    stop(desk, recordings)
    assert recordings.captures == {}
    assert desk.events == []


@pytest.mark.parametrize(("named", "kept"), [("mine.m4v", "mine.m4v"), (7, "14-11-2023"), ("/mine.m4v", "14-11-2023")])
def test_a_plugin_may_name_footage(tmp_path: Path, named: object, kept: str) -> None:
    """With a name; anything else is passed over."""

    class Namer:
        @hookimpl
        def ssplug_footage_name(self, camera, kind, started):
            assert started.tzinfo is dt.UTC
            return named

    desk = Desk(tmp_path, a_config(), storage=Slot("memory", {"path": "site"}))
    desk.manager.register(Namer())
    recordings = desk.recordings()
    desk.record()
    stop(desk, recordings)
    (key,) = keys(desk, recordings, 0)
    assert key.rpartition("/")[2].startswith(kept)
