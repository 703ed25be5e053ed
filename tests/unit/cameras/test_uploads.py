"""Every camera sends what its configuration says, also when that changes while the server runs."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from ssplug.cameras.build import ERROR_DRIVER, CameraBuilder
from ssplug.cameras.recordings import Recordings
from ssplug.cameras.uploads import STOP_SECONDS, Uploads
from ssplug.capture.uploads import FIRST_PAUSE
from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.model.event import EventType
from ssplug.site.changes import CameraChange, SiteChange
from ssplug.site.types import CameraConfig, ContinuousConfig, ImagesConfig, Slot, UploadConfig
from ssplug.testing import InlineWorkers
from ssplug.testing.storage import MemoryStore
from ssplug.testing.uploads import MemoryUploader
from ssplug.workers import Workers
from tests.unit.cameras.test_recordings import NOON, Desk, a_config
from tests.unit.capture.test_uploads import SlowWorker

ALL = ("motion-movies", "motion-images", "continuous-movies", "continuous-images")
SCHEMA = {"type": "object", "properties": {"place": {"type": "string"}}, "additionalProperties": False}


def an_upload(place: str = "a", what: tuple[str, ...] = ALL, **settings: Any) -> UploadConfig:
    """To one of the places that remember what arrives."""
    return UploadConfig(Slot("memory", {"place": place}), what, **settings)


class House(Desk):
    """A site whose cameras upload to places in memory."""

    def __init__(self, folder: Path, *configs: CameraConfig) -> None:
        super().__init__(folder, *configs, storage=Slot("memory", {"path": "site"}))
        self.store = MemoryStore()
        self.places: dict[str, MemoryUploader] = {}
        drivers = Drivers()
        drivers.add(
            DriverKind.UPLOADER, "test", [Driver("memory", SCHEMA, self._place), Driver("broken", SCHEMA, _break)]
        )
        self.slow: SlowWorker | None = None
        self.builder = CameraBuilder(drivers, self._workers(), self.clock, folder, lambda *_: None)
        self.made: list[tuple[Uploads, Recordings]] = []

    def run(self) -> Uploads:
        """The server, as far as recordings and uploads go."""
        recordings = Recordings(self.site, self.roster, lambda _: self.store, lambda *_: True, self.around())
        uploads = Uploads(self.roster, recordings, self.builder, self.bus, lambda: NOON + self.clock.seconds())
        uploads.open()
        recordings.start()
        uploads.start()
        self.made.append((uploads, recordings))
        return uploads

    def end(self) -> None:
        """In the order of the server."""
        assert self.made[-1][0].stop().called
        self.end_recordings()

    def end_recordings(self) -> None:
        """The second half of it."""
        uploads, recordings = self.made.pop()
        assert recordings.stop().called
        assert uploads.close().called
        self.clock.advance(FIRST_PAUSE)
        assert self.clock.getDelayedCalls() == []

    def change(self, number: int, **changes: Any) -> None:
        """As a reload does it."""
        uploads, recordings = self.made[-1]
        camera = self.roster.get(number)
        change = CameraChange(camera.config, dataclasses.replace(camera.config, **changes))
        if change.recaptures:
            recordings.drop(number)
        camera.configure(change.new)
        if change.recaptures:
            recordings.renew(camera)
        changed = SiteChange(self.site, changed=(change,))
        Deferred.fromCoroutine(uploads.install(changed))

    def remove(self, number: int) -> None:
        """The same for a camera that is gone."""
        uploads, recordings = self.made[-1]
        camera = self.roster.remove(number)
        recordings.drop(number)
        Deferred.fromCoroutine(uploads.withdraw(SiteChange(self.site, removed=(camera.config,))))

    def cut(self, number: int = 0) -> None:
        """End the movies of a camera that are being recorded."""
        self.made[-1][1].captures[number].continuous.stop()

    def _workers(self) -> Workers:
        """Of uploads; those to other places than the backlog may be slow."""
        house = self

        class UploadWorkers(InlineWorkers):
            def worker(self, name: str, limit: int = 64) -> Any:
                is_slow = house.slow is not None and name.startswith("upload ")
                return house.slow if is_slow else super().worker(name, limit)

        return UploadWorkers()

    def _place(self, context: Any, settings: Any) -> MemoryUploader:
        return self.places.setdefault(settings["place"], MemoryUploader())


def _break(context: Any, settings: Any) -> object:
    raise ValueError("it is broken")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """One camera, and one place."""
    made = House(tmp_path, a_config(0, uploads=(an_upload(),)))
    yield made
    while made.made:
        made.end()


def names(place: MemoryUploader) -> list[str]:
    """What has arrived, by folder of the camera."""
    return [name.partition("/")[0] for name in place.files]


def test_each_camera_s_footage_goes_where_it_says(tmp_path: Path) -> None:
    """One, several or none."""
    two = (an_upload("a"), an_upload("b"))
    house = House(tmp_path, a_config(0, uploads=two), a_config(1, uploads=(an_upload("b"),)), a_config(2))
    house.run()
    house.record()
    for number in range(3):
        house.cut(number)
    assert names(house.places["a"]) == ["Camera 0"]
    assert names(house.places["b"]) == ["Camera 0", "Camera 1"]
    house.end()


def test_what_ends_because_the_server_stops_is_sent_after_the_next_start(house: House) -> None:
    """Uploads end first, but what is recorded is remembered to the last."""
    house.run()
    house.record()
    house.end()
    assert house.places["a"].files == {}
    house.run()
    assert names(house.places["a"]) == ["Camera 0"]


def test_the_webcam_image_goes_to_those_that_are_named(tmp_path: Path) -> None:
    """By the name of the camera, or what the upload says."""
    webcam = ContinuousConfig(webcam=ImagesConfig(True, upload=("memory",)))
    uploads = (an_upload("a"), an_upload("b", webcam_name="web/now.jpg"))
    house = House(tmp_path, a_config(0, uploads=uploads, continuous=webcam), a_config(1, uploads=(an_upload("c"),)))
    running = house.run()
    for camera in house.roster:
        running.webcam_taken(camera, b"jpeg")
    assert {name: place.files for name, place in house.places.items()} == {
        "a": {"Camera 0.jpg": b"jpeg"},
        "b": {"web/now.jpg": b"jpeg"},
        "c": {},
    }
    house.end()


def test_an_uploader_that_cannot_be_built_is_said(tmp_path: Path) -> None:
    """As an event with the place in the site file; the other one of the camera works."""
    broken = UploadConfig(Slot("broken", {}, "site.yaml:9:7"))
    house = House(tmp_path, a_config(0, uploads=(broken, an_upload())))
    house.run()
    [error] = [event for event in house.events if event.type is EventType.ERROR]
    assert error.info.code == ERROR_DRIVER
    assert error.info.text.startswith("site.yaml:9:7: driver 'broken'")
    house.record()
    house.cut()
    assert names(house.places["a"]) == ["Camera 0"]
    house.end()


def test_a_change_of_what_goes_there_keeps_the_connection(house: House) -> None:
    """The same destination, with other words."""
    uploads = house.run()
    [before] = uploads.cameras[0].values()
    house.change(0, uploads=(an_upload(what=("motion-movies",)),))
    house.record()
    house.cut()
    assert list(uploads.cameras[0].values()) == [before]
    assert house.places["a"].files == {}


def test_what_waits_goes_to_where_the_upload_leads_now(house: House) -> None:
    """As when a password is put right."""
    uploads = house.run()
    house.places["a"].error = OSError("530 Login incorrect")
    house.record()
    house.cut()
    assert sum(each.waiting for each in uploads.cameras[0].values()) == 1
    house.change(0, uploads=(an_upload("b"),))
    assert names(house.places["b"]) == ["Camera 0"]
    assert house.places["a"].closed == 1


@pytest.mark.parametrize("change", [{"enabled": False}, {"uploads": ()}], ids=str)
def test_a_camera_that_no_longer_uploads_leaves_nothing_open(house: House, change: dict[str, Any]) -> None:
    """What waits is there when it does again."""
    uploads = house.run()
    house.places["a"].error = OSError("away")
    house.record()
    house.cut()
    before = {"enabled": True, "uploads": house.roster.get(0).config.uploads}
    house.change(0, **change)
    assert not uploads.cameras[0]
    assert house.places["a"].closed == 1
    house.places["a"].error = None
    house.change(0, **before)
    assert names(house.places["a"]) == ["Camera 0"]


def test_an_upload_that_hangs_does_not_hold_up_the_server_s_stop(house: House) -> None:
    """Recordings are finished after it; its thread ends when its own patience does."""
    house.slow = SlowWorker()
    uploads = house.run()
    house.record()
    house.cut()
    stopped = uploads.stop()
    house.clock.advance(STOP_SECONDS - 0.1)
    assert not stopped.called
    house.clock.advance(0.1)
    assert stopped.called
    house.end_recordings()
    house.slow.run()
    house.slow.run()
    assert house.places["a"].closed == 1


def test_a_camera_that_is_removed_leaves_nothing_open(house: House) -> None:
    """Its last movie is remembered, should it come back."""
    uploads = house.run()
    house.remove(0)
    assert uploads.cameras == {}
    assert house.places["a"].closed == 1
