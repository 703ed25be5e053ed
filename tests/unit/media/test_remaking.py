"""Fewer pictures: evenly spaced, decodable by themselves, at their own times."""

import itertools

import av
import pytest

from ssplug.media.access_unit import H264, H265, MJPEG
from ssplug.media.remaking import Remaker
from ssplug.testing.clips import a_clip


@pytest.mark.parametrize(("codec", "b_frames"), [(H264, 0), (H264, 2), (H265, 0), (MJPEG, 0)])
@pytest.mark.parametrize("fps", [5.0, 7.5])
def test_a_movie_has_the_pictures_that_were_asked_for(codec: str, b_frames: int, fps: float) -> None:
    """Of two seconds of 25 a second, evenly, at times that the camera had pictures at."""
    track, pictures = a_clip(codec, pictures=50, b_frames=b_frames, begins=100.0)
    remaker = Remaker(track, fps)
    kept = [unit for picture in pictures for unit in remaker.remake([picture])]
    assert len(kept) == pytest.approx(2 * fps, abs=1)
    assert {unit.pts for unit in kept} <= {unit.pts for unit in pictures}
    steps = [after.seconds - before.seconds for before, after in itertools.pairwise(kept)]
    assert all(abs(step - 1 / fps) <= 0.04 for step in steps)
    assert kept[0].key
    assert remaker.track is not None
    assert (remaker.track.codec, remaker.track.width, remaker.track.height) == (H264, 64, 48)
    decoder = av.CodecContext.create("h264", "r")
    shown = [frame for unit in kept for frame in decoder.decode(av.Packet(unit.data))] + decoder.decode(None)
    assert len(shown) == len(kept)
    assert remaker.errors == 0


def test_a_camera_that_is_slower_anyway_keeps_its_pictures() -> None:
    """All of them."""
    track, pictures = a_clip(pictures=20, rate=5)
    assert len(Remaker(track, 10.0).remake(pictures)) == 20


def test_every_two_seconds_there_is_a_key_frame() -> None:
    """Where files are cut."""
    track, pictures = a_clip(pictures=150, gop=150)
    kept = Remaker(track, 5.0).remake(pictures)
    assert [index for index, unit in enumerate(kept) if unit.key] == [0, 10, 20]
