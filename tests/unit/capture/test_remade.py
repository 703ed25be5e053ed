"""A hub with other pictures: online when it has one, in step with the sound, idle when nobody wants it."""

from collections.abc import Iterator

import pytest
from twisted.logger import Logger

from ssplug.capture.remade import RemadeHub
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.caption import Caption
from ssplug.media.picture import Decoder
from ssplug.media.video_encoder import Look
from ssplug.streams.hub import StreamHub
from ssplug.testing import InlineWorkers
from ssplug.testing.clips import a_clip, a_sound

TRACK, PICTURES = a_clip(pictures=50, gop=25)
SOUND_TRACK, SOUND = a_sound(2.0)


class Listener:
    """Remembers what a hub says."""

    def __init__(self) -> None:
        self.tracks: list[tuple[Track, ...]] = []
        self.units: list[AccessUnit] = []
        self.offline = 0

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        self.tracks.append(tracks)

    def offer(self, unit: AccessUnit) -> None:
        self.units.append(unit)

    def went_offline(self, reason: str) -> None:
        self.offline += 1

    def pictures(self) -> list[AccessUnit]:
        return [unit for unit in self.units if unit.track.is_video]


class Desk:
    """A camera, its remade hub, and somebody who listens."""

    def __init__(self, fps: float) -> None:
        self.source = StreamHub()
        self.workers = InlineWorkers()
        self.remade = RemadeHub(self.source, fps, self.workers, "camera", Logger())
        self.listener = Listener()
        self.remade.hub.attach(self.listener)

    def play(self) -> None:
        for unit in sorted(PICTURES + SOUND, key=lambda unit: unit.seconds):
            self.source.publish(unit)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk(5.0)
    yield made
    made.remade.stop()


def test_a_camera_is_online_with_fewer_pictures_and_all_its_sound(desk: Desk) -> None:
    """Of its own track, whose parameters are known by then."""
    desk.remade.start()
    desk.source.came_online((TRACK, SOUND_TRACK))
    desk.play()
    ((video, sound),) = desk.listener.tracks
    assert (video.frame_rate, sound) == (5.0, SOUND_TRACK)
    assert len(desk.listener.pictures()) == 10
    assert all(unit.track == video for unit in desk.listener.pictures())
    assert [unit for unit in desk.listener.units if unit.track == SOUND_TRACK] == SOUND
    assert desk.remade.dropped == 0


def test_what_goes_offline_comes_back(desk: Desk) -> None:
    """With tracks of its own each time."""
    desk.remade.start()
    for _ in range(2):
        desk.source.came_online((TRACK,))
        desk.play()
        desk.source.went_offline("gone")
    assert desk.listener.offline == 2
    assert len(desk.listener.pictures()) == 20


def test_nothing_is_decoded_that_nobody_wants(desk: Desk) -> None:
    """Before it is started, and after it was stopped; it may be started again."""
    desk.source.came_online((TRACK,))
    desk.play()
    assert desk.listener.tracks == []
    desk.remade.start()
    desk.remade.start()
    assert len(desk.listener.pictures()) == 5
    desk.remade.stop()
    assert desk.source.subscribers == 0
    assert desk.listener.offline == 1
    desk.remade.start()
    assert len(desk.listener.tracks) == 2


def test_a_camera_that_is_no_faster_is_left_as_it_is() -> None:
    """Nothing is decoded and encoded for nothing."""
    desk = Desk(25.0)
    desk.remade.start()
    desk.source.came_online((TRACK, SOUND_TRACK))
    desk.play()
    assert desk.listener.tracks == [(TRACK, SOUND_TRACK)]
    assert desk.listener.pictures() == PICTURES
    desk.remade.stop()


def test_what_cannot_be_decoded_stays_offline(desk: Desk) -> None:
    """And costs nothing else."""
    desk.remade.start()
    desk.source.came_online((Track("no_such_codec", 90_000),))
    desk.source.publish(AccessUnit(Track("no_such_codec", 90_000), b"x", 0, 0, True))
    assert desk.listener.tracks == []


def test_text_is_put_into_every_picture_as_it_is_just_then() -> None:
    """Also where the camera is no faster than is wanted."""
    desk = Desk(25.0)
    looks = iter(Look(caption=Caption(f"{number:02}", 20, "top-left")) for number in range(100))
    desk.remade = RemadeHub(desk.source, None, desk.workers, "camera", Logger(), lambda: next(looks))
    desk.remade.hub.attach(desk.listener)
    desk.remade.start()
    desk.source.came_online((TRACK, SOUND_TRACK))
    desk.play()
    pictures = desk.listener.pictures()
    assert [unit.pts for unit in pictures] == [unit.pts for unit in PICTURES]
    shown = [frame.to_ndarray()[:20, :20] for frame in Decoder(pictures[0].track).pictures(pictures[:10])]
    assert all((frame > 200).any() for frame in shown)
    desk.remade.stop()
