"""Decoding, and making JPEGs of what was decoded."""

import dataclasses
import io

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ssplug.media import h264
from ssplug.media.access_unit import MJPEG
from ssplug.media.caption import Caption
from ssplug.media.picture import LARGEST, Decoder, JPEGEncoder, JPEGForm, to_jpeg
from ssplug.model.camera import Levels, Transform
from ssplug.testing import a_video_track
from ssplug.testing.encoded import encoded_video, moving_pictures

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 255, 255), (0, 0, 0), (128, 128, 128)]


def stripes(matrix="ITU601", colour_range="MPEG", pixel_format="yuv420p", width=280, height=96):
    """A frame of stripes in COLOURS, as a camera of that matrix and range would send it."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for number, colour in enumerate(COLOURS):
        pixels[:, number * width // len(COLOURS) :] = colour
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
    return frame.reformat(format=pixel_format, dst_colorspace=matrix, dst_color_range=colour_range)


def opened(jpeg):
    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def difference(one, other):
    """Mean distance of two pictures, in levels."""
    return np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean()


def position(frame):
    """Where the white square of `moving_pictures` is: which picture this is."""
    bright = frame.to_ndarray(format="gray")[4:12] > 225
    return int(np.flatnonzero(bright.mean(axis=0) > 0.5).mean())


def positions(count, width=320):
    return [number * (width - 16) // (count - 1) + 8 for number in range(count)]


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
def test_the_newest_picture_comes_out(codec):
    track, units = encoded_video(codec, count=10)
    decoder = Decoder(track)
    frame = decoder.newest(units)
    assert (frame.width, frame.height, frame.pts) == (320, 180, units[-1].pts)
    assert position(frame) == pytest.approx(positions(10)[-1], abs=3)
    assert (decoder.decoded, decoder.errors) == (10, 0)


def test_decoding_goes_on_where_it_stopped():
    track, units = encoded_video(count=10)
    decoder = Decoder(track)
    seen = [position(decoder.newest([unit])) for unit in units]
    assert seen == pytest.approx(positions(10), abs=3)


def test_no_units_have_no_picture():
    assert Decoder(a_video_track()).newest([]) is None


def test_parameter_sets_may_be_in_the_track_only():
    """A driver that does not put them in band is served all the same."""
    track, units = encoded_video(count=3)
    sets = h264.annex_b(h264.parameter_sets(units[0].data))
    bare = dataclasses.replace(units[0], data=units[0].data.replace(sets, b""))
    assert Decoder(dataclasses.replace(track, extradata=sets)).newest([bare]) is not None


def test_what_cannot_be_decoded_is_counted_and_passed_over():
    track, units = encoded_video(count=10, gop=5)
    noise = dataclasses.replace(units[1], data=b"\0\0\0\1\x65" + bytes(range(200)))
    decoder = Decoder(track)
    frame = decoder.newest([noise, *units[5:]])
    assert position(frame) == pytest.approx(positions(10)[-1], abs=3)
    assert decoder.errors >= 1


@given(st.lists(st.binary(max_size=300), max_size=6))
@settings(max_examples=40)
def test_noise_costs_only_itself(noises):
    track, units = encoded()
    decoder = Decoder(track)
    decoder.newest([dataclasses.replace(units[0], data=noise) for noise in [b"", b"\0\0\0\1", *noises]])
    frame = decoder.newest(units)
    assert frame is not None
    assert (frame.width, frame.height) == (64, 48)


def encoded(_made=[]):  # noqa: B006 - made once for all the examples of the test above
    if not _made:
        _made.append(encoded_video(width=64, height=48, count=3))
    return _made[0]


def test_pictures_held_back_for_reordering_come_with_drain():
    """A still must not be several pictures old, or none at all, because a stream has B pictures."""
    track, units = encoded_video(count=8, gop=20, options={"tune": "film", "preset": "medium", "bframes": "2"})
    decoder = Decoder(track)
    before = decoder.newest(units)
    after = decoder.drain()
    assert after.pts == max(unit.pts for unit in units)
    assert before is None or before.pts < after.pts


def test_after_drain_decoding_begins_anew_at_a_key_frame():
    track, units = encoded_video(count=5)
    decoder = Decoder(track)
    decoder.newest(units)
    decoder.drain()
    assert position(decoder.newest(units)) == pytest.approx(positions(5)[-1], abs=3)


def test_the_loop_filter_may_be_skipped():
    track, units = encoded_video(count=10, options={"preset": "medium", "crf": "40"})
    filtered = Decoder(track).newest(units).to_ndarray(format="gray")
    plain = Decoder(track, skip_loop_filter=True).newest(units).to_ndarray(format="gray")
    assert (filtered != plain).any()
    assert difference(filtered, plain) < 8


def test_an_enormous_picture_is_not_allocated():
    """What a damaged or hostile parameter set may ask for."""
    track, units = encoded_video("mjpeg", count=1)
    huge = bytearray(units[0].data)
    at = huge.index(b"\xff\xc0") + 5
    huge[at : at + 4] = b"\xff\xff\xff\xff"
    decoder = Decoder(track)
    assert decoder.newest([dataclasses.replace(units[0], data=bytes(huge))]) is None
    assert decoder.errors == 1


def test_a_codec_that_nobody_knows_is_refused():
    with pytest.raises(ValueError):
        Decoder(a_video_track(codec="no such codec"))


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ((None, None), (1920, 1080)),
        ((640, 480), (640, 480)),
        ((640, None), (640, 360)),
        ((None, 270), (480, 270)),
        ((1, None), (1, 1)),
        ((333, None), (333, 187)),
        ((None, LARGEST), (LARGEST, LARGEST)),
    ],
)
def test_a_form_says_the_size(wanted, size):
    """Both sides: exactly that; one: the aspect is kept; never beyond the bounds."""
    assert JPEGForm(*wanted).size(1920, 1080) == size


@pytest.mark.parametrize(
    "form", [{"width": 0}, {"height": -1}, {"width": 99_999_999}, {"quality": 0}, {"quality": 101}]
)
def test_a_form_that_cannot_be_is_refused(form):
    with pytest.raises(ValueError):
        JPEGForm(**form)


@pytest.mark.parametrize("matrix", ["ITU601", "ITU709"])
@pytest.mark.parametrize("colour_range", ["MPEG", "JPEG"])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "nv12"])
def test_colours_are_those_of_the_scene(matrix, colour_range, pixel_format):
    """Whatever matrix and range a camera has: a JPEG knows only one."""
    picture = opened(to_jpeg(stripes(matrix, colour_range, pixel_format), quality=95))
    for number, colour in enumerate(COLOURS):
        assert picture.getpixel((number * 40 + 20, 48)) == pytest.approx(colour, abs=6)


@pytest.mark.parametrize("size", [(280, 96), (140, 48), (141, 47), (500, 300), (None, 31)])
@pytest.mark.parametrize("matrix", ["ITU601", "ITU709"])
def test_both_roads_show_what_pillow_shows(size, matrix):
    """From the planes or by RGB: the same picture as the plain way, scaled by Pillow."""
    frame = next(moving_pictures(280, 96, 1)).reformat(format="yuv420p", dst_colorspace=matrix, dst_color_range="MPEG")
    picture = opened(to_jpeg(frame, *size, quality=90))
    plain = frame.to_image().resize(picture.size, Image.Resampling.BOX if picture.width < 280 else 2)
    assert difference(picture, plain) < 2.5


@pytest.mark.parametrize(
    ("transform", "how"),
    [
        (Transform.NONE, None),
        (Transform.ROTATE_RIGHT, Image.Transpose.ROTATE_270),
        (Transform.ROTATE_LEFT, Image.Transpose.ROTATE_90),
        (Transform.ROTATE_180, Image.Transpose.ROTATE_180),
        (Transform.FLIP_HORIZONTAL, Image.Transpose.FLIP_LEFT_RIGHT),
        (Transform.FLIP_VERTICAL, Image.Transpose.FLIP_TOP_BOTTOM),
    ],
)
@pytest.mark.parametrize("matrix", ["ITU601", "ITU709"])
@pytest.mark.parametrize("size", [(281, 97), (280, 96)])
def test_pictures_are_turned_as_the_camera_hangs(transform, how, matrix, size):
    """ROTATE_RIGHT is clockwise; Pillow counts the other way."""
    frame = next(moving_pictures(*size, 1)).reformat(format="yuv420p", dst_colorspace=matrix, dst_color_range="MPEG")
    plain = frame.to_image() if how is None else frame.to_image().transpose(how)
    picture = opened(to_jpeg(frame, quality=90, transform=transform))
    assert picture.size == plain.size
    assert difference(picture, plain) < 3


def test_the_size_asked_for_is_that_of_the_turned_picture():
    frame = stripes(width=280, height=96)
    assert opened(to_jpeg(frame, width=48, transform=Transform.ROTATE_LEFT)).size == (48, 140)
    assert opened(to_jpeg(frame, 50, 60, transform=Transform.ROTATE_LEFT)).size == (50, 60)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (17, 33), (321, 181)])
def test_odd_sizes_are_no_trouble(size):
    """The same each time: libjpeg-turbo reads planes of odd sizes beyond their end."""
    frame = stripes()
    jpegs = {(bytes(64_000 + number), to_jpeg(frame, *size))[1] for number in range(20)}
    assert len(jpegs) == 1
    assert opened(jpegs.pop()).size == size


def test_better_quality_takes_more_bytes():
    frame = next(moving_pictures(280, 96, 1))
    assert len(to_jpeg(frame, quality=20)) < len(to_jpeg(frame, quality=90))


def test_an_encoder_takes_pictures_of_changing_size():
    """A camera that was set to another resolution while somebody watches."""
    encoder = JPEGEncoder(JPEGForm(width=70))
    assert opened(encoder.encode(stripes(width=280, height=96))).size == (70, 24)
    assert opened(encoder.encode(stripes(width=140, height=96))).size == (70, 48)


@pytest.mark.parametrize("pixel_format", ["gray", "yuvj420p", "yuv444p", "yuv420p10le", "rgb24", "bgra", "gbrp"])
def test_any_pixel_format_becomes_a_jpeg(pixel_format):
    frame = next(moving_pictures(64, 48, 1)).reformat(format=pixel_format)
    assert opened(to_jpeg(frame)).size == (64, 48)


def test_a_camera_that_delivers_jpeg_meets_the_form_that_nobody_changed():
    track = a_video_track(codec=MJPEG, width=640, height=360)
    assert JPEGForm().is_met_by(track)
    assert JPEGForm(width=640).is_met_by(track)
    assert JPEGForm(640, 360).is_met_by(track)


@pytest.mark.parametrize(
    ("form", "track"),
    [
        (JPEGForm(width=320), a_video_track(codec=MJPEG)),
        (JPEGForm(quality=40), a_video_track(codec=MJPEG)),
        (JPEGForm(), a_video_track()),
        (JPEGForm(), a_video_track(codec=MJPEG, width=0, height=0)),
    ],
)
def test_any_other_form_must_be_made(form, track):
    assert not form.is_met_by(track)


@pytest.mark.parametrize("caption", [None, Caption("|", 6, "top-left")])
@pytest.mark.parametrize("matrix", ["ITU601", "ITU709"])
@pytest.mark.parametrize("transform", [Transform.NONE, Transform.ROTATE_LEFT])
def test_levels_are_those_of_red_green_and_blue_by_every_road(matrix, transform, caption):
    """Planes, RGB, with text, turned: half the contrast and a little light change each colour as one would reckon."""
    encoder = JPEGEncoder(JPEGForm(quality=95), transform)
    plain, levelled = (
        np.asarray(opened(encoder.encode(stripes(matrix), caption, levels)), float)
        for levels in (Levels(), Levels(10, -50))
    )
    assert np.abs(levelled - ((plain - 127.5) / 2 + 127.5 + 12.75)).mean() < 3


def test_a_picture_whose_levels_stay_costs_and_changes_nothing():
    """To the byte what it is without."""
    encoder = JPEGEncoder(JPEGForm())
    assert encoder.encode(stripes(), levels=Levels()) == encoder.encode(stripes())
