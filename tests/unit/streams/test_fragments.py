"""A camera for browsers: a fragment for each unit, for all viewers the same."""

import dataclasses
import io

import av
import pytest

from ssplug.media.access_unit import MJPEG
from ssplug.media.codec_string import codec_string
from ssplug.streams import fragments
from ssplug.streams.fragments import FragmentStream
from ssplug.streams.hub import StreamHub
from ssplug.testing import a_video_track
from ssplug.testing.clips import a_clip, a_sound

BEGINS = 7000.0
VIDEO, PICTURES = a_clip(pictures=75, gop=25, begins=BEGINS)


class Viewer:
    """Remembers what it was shown."""

    def __init__(self) -> None:
        self.beginnings: list = []
        self.pieces: list = []
        self.reasons: list = []

    def begin(self, beginning):
        self.beginnings.append(beginning)

    def deliver(self, piece):
        self.pieces.append(piece)

    def pause(self, reason):
        self.reasons.append(reason)

    @property
    def movie(self) -> io.BytesIO:
        return io.BytesIO(self.beginnings[-1].init + b"".join(piece.data for piece in self.pieces))


class Forms:
    """A camera that sends AAC."""

    def track(self, codec):
        return SOUND

    def attach(self, codec, subscriber):
        raise AssertionError("nothing is to be converted")


SOUND, SOUNDS = a_sound(3.0, begins=BEGINS)


class Scene:
    def __init__(self, *tracks, forms=None) -> None:
        self.hub = StreamHub()
        if tracks:
            self.hub.came_online(tracks)
        self.stream = FragmentStream(self.hub, forms, lambda: 0.0)

    def join(self) -> Viewer:
        viewer = Viewer()
        viewer.leave = self.stream.join(viewer)
        return viewer

    def show(self, units) -> None:
        for unit in units:
            self.hub.publish(unit)


def times(movie: io.BytesIO) -> list[float]:
    with av.open(movie) as container:
        return [float(frame.time or 0) for frame in container.decode(video=0)]


def test_every_unit_is_a_fragment_at_once() -> None:
    """Nothing waits for what comes after it; sound and pictures are played together."""
    scene = Scene(VIDEO, SOUND, forms=Forms())
    viewer = scene.join()
    units = sorted((*PICTURES, *SOUNDS), key=lambda unit: unit.seconds)
    for count, unit in enumerate(units, 1):
        scene.show([unit])
        assert len(viewer.pieces) == count
    assert times(viewer.movie) == pytest.approx([number / 25 for number in range(75)])
    with av.open(viewer.movie) as container:
        assert sum(1 for _ in container.decode(audio=0)) == pytest.approx(len(SOUNDS), abs=1)
    assert viewer.beginnings[0].mime_type == f'video/mp4; codecs="{codec_string(VIDEO)}, mp4a.40.2"'
    assert (viewer.beginnings[0].width, viewer.beginnings[0].height) == (64, 48)


def test_b_frames_are_shown_in_their_order() -> None:
    video, pictures = a_clip(pictures=50, b_frames=2, begins=BEGINS)
    scene = Scene(video)
    viewer = scene.join()
    scene.show(pictures)
    assert times(viewer.movie) == pytest.approx([number / 25 for number in range(50)])


def test_whoever_joins_has_the_last_gop_at_once() -> None:
    """The first from the hub's buffer, later ones from what was made of it; each can decode what he got."""
    scene = Scene(VIDEO)
    scene.show(PICTURES[:30])
    first = scene.join()
    scene.show(PICTURES[30:60])
    second = scene.join()
    scene.show(PICTURES[60:])
    assert times(first.movie) == pytest.approx([number / 25 for number in range(50)])
    assert times(second.movie) == pytest.approx([1 + number / 25 for number in range(25)])
    assert second.pieces == first.pieces[25:]
    assert second.pieces[0].is_entry


def test_a_viewer_that_left_is_shown_nothing_and_the_last_one_ends_it() -> None:
    scene = Scene(VIDEO)
    viewers = [scene.join(), scene.join()]
    assert (scene.stream.viewers, scene.hub.subscribers) == (2, 1)
    viewers[0].leave()
    scene.show(PICTURES[:5])
    assert (len(viewers[0].pieces), len(viewers[1].pieces)) == (0, 5)
    viewers[1].leave()
    assert (scene.stream.viewers, scene.hub.subscribers) == (0, 0)
    assert len(scene.join().pieces) == 5


def test_nothing_is_shown_before_the_first_key_frame() -> None:
    """Nor sound from before it."""
    scene = Scene(VIDEO, SOUND, forms=Forms())
    viewer = scene.join()
    scene.show([*SOUNDS[:2], *PICTURES[1:25]])
    assert (viewer.beginnings, viewer.pieces) == ([], [])
    scene.show([PICTURES[25], SOUNDS[0], *SOUNDS[16:18]])
    assert len(viewer.pieces) == 3


def test_viewers_hear_that_the_camera_is_gone_and_begin_anew_when_it_is_back() -> None:
    """With whatever tracks it has then."""
    scene = Scene(VIDEO)
    viewer = scene.join()
    scene.show(PICTURES[:5])
    scene.hub.went_offline("gone")
    assert viewer.reasons == ["gone"]
    video, pictures = a_clip(pictures=2, size=(128, 96), begins=BEGINS + 60)
    scene.hub.came_online((video,))
    scene.show(pictures)
    assert [each.width for each in viewer.beginnings] == [64, 128]
    assert len(viewer.pieces) == 7


def test_whoever_joins_a_camera_that_is_offline_is_told_so() -> None:
    viewer = Scene().join()
    assert viewer.reasons == ["The camera is offline."]
    scene = Scene(VIDEO)
    scene.join()
    scene.hub.came_online((a_video_track(MJPEG),))
    assert "mjpeg" in scene.join().reasons[0]


def test_a_gop_that_is_too_large_is_not_kept(monkeypatch) -> None:
    """Whoever joins waits for the next key frame then."""
    monkeypatch.setattr(fragments, "GOP_LIMIT", 10 * len(PICTURES[0].data))
    scene = Scene(VIDEO)
    scene.join()
    scene.show(PICTURES[:24])
    late = scene.join()
    assert (len(late.beginnings), late.pieces) == (1, [])
    scene.show(PICTURES[24:26])
    assert [piece.is_entry for piece in late.pieces] == [False, True]


def test_units_of_other_tracks_are_left_out() -> None:
    scene = Scene(VIDEO)
    viewer = scene.join()
    stranger = dataclasses.replace(PICTURES[0], track=dataclasses.replace(VIDEO, width=7))
    scene.show([PICTURES[0], stranger])
    assert len(viewer.pieces) == 1
