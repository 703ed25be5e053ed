"""The picture of a camera that is away: in its codec and size, with its name, and different from the last."""

import av
import numpy as np
import pytest
import simplejpeg

from ssplug.media import h264, mjpeg
from ssplug.media.access_unit import H264, H265, MJPEG
from ssplug.media.no_signal import USUAL_SIZE, no_signal_jpeg, no_signal_pictures, no_signal_pixels
from ssplug.testing import a_video_track


def decoded(codec, units):
    decoder = av.CodecContext.create(codec, "r")
    return [frame for unit in units for frame in decoder.decode(av.Packet(unit))] + decoder.decode(None)


@pytest.mark.parametrize("codec", [H264, H265, MJPEG])
@pytest.mark.parametrize("size", [(640, 360), (1920, 1080)])
def test_every_picture_can_be_decoded_by_itself_in_the_size_of_the_camera(codec, size):
    track, units = no_signal_pictures("Front Porch", a_video_track(codec, *size))
    assert (track.codec, track.width, track.height) == (codec, *size)
    for unit in units:
        [frame] = decoded(codec, [unit])
        assert (frame.width, frame.height) == size
        grey = frame.to_ndarray(format="gray")
        assert grey.min() < 60, "no background"
        assert grey.max() > 200, "no text"


def test_two_idr_pictures_in_turn_are_not_the_same():
    """A decoder could take the second for more of the first."""
    track, units = no_signal_pictures("Front Porch", a_video_track(H264))
    assert len(set(units)) == 2
    assert all(h264.is_key(unit) for unit in units)
    assert len(decoded(H264, units * 3)) == 6
    assert h264.parameter_sets(track.extradata) == h264.parameter_sets(units[0])


@pytest.mark.parametrize(("size", "made"), [((0, 0), USUAL_SIZE), ((641, 361), (640, 360)), ((2, 2), (16, 16))])
def test_a_size_that_cannot_be_is_another(size, made):
    track, _ = no_signal_pictures("Porch", a_video_track(H264, *size))
    assert (track.width, track.height) == made


def test_a_codec_that_cannot_be_made_is_said():
    with pytest.raises(ValueError, match="vp9"):
        no_signal_pictures("Porch", a_video_track("vp9"))


def test_another_name_is_another_picture():
    assert (no_signal_pixels("Porch", 320, 180) != no_signal_pixels("Drive", 320, 180)).any()


@pytest.mark.parametrize("name", ["", "x" * 300, "Türe 🚪 门", "\n\0"])
@pytest.mark.parametrize("size", [(16, 16), (320, 180), (1, 1)])
def test_every_name_fits_in_every_picture(name, size):
    """Or is cut."""
    assert no_signal_pixels(name, *size).shape == (size[1], size[0], 3)


def test_a_jpeg_has_the_size_and_the_text():
    jpeg = no_signal_jpeg("Front Porch", 320, 180)
    assert mjpeg.size(jpeg) == (320, 180)
    grey = simplejpeg.decode_jpeg(jpeg, colorspace="GRAY")[:, :, 0]
    rows, columns = np.nonzero(grey > 200)
    assert 100 < columns.mean() < 220
    assert rows.min() > 40
