"""Video that is made here: of the right size and pace, turned and with its text, decodable from every key frame."""

import av
import numpy as np
import pytest

from ssplug.media import h264
from ssplug.media.access_unit import H264, H265, MJPEG, VIDEO_CLOCK_RATE
from ssplug.media.caption import Caption
from ssplug.media.picture import Decoder, plane_of
from ssplug.media.video_encoder import PLAIN, H264Encoder, Look, Pace, Shaper, VideoForm
from ssplug.model.camera import Levels, Transform
from ssplug.testing.clips import a_clip
from ssplug.testing.encoded import encoded_video

WHITE, RED, NEITHER = "white", "red", "neither"


def decoded(codec=H264, count=1, size=(320, 180)):
    """Pictures with a white square at the top left and a red quarter at the bottom left."""
    track, units = encoded_video(codec, *size, count=count)
    return list(Decoder(track).pictures(units))


def shown(units):
    """What a player sees."""
    decoder = av.CodecContext.create("h264", "r")
    frames = [frame for unit in units for frame in decoder.decode(av.Packet(unit.data))]
    return frames + decoder.decode(None)


def colour(pixels):
    """Of most of some RGB pixels."""
    red, green, blue = np.median(pixels.reshape(-1, 3), axis=0)
    if min(red, green, blue) > 220:
        return WHITE
    return RED if red > 150 and max(green, blue) < 90 else NEITHER


def corners(frame):
    """The colour of each corner, from the top left clockwise."""
    pixels = frame.to_ndarray(format="rgb24")
    side = min(pixels.shape[:2]) // 16
    rows, columns = (slice(0, side), slice(-side, None)), (slice(0, side), slice(-side, None))
    return [colour(pixels[rows[row], columns[column]]) for row, column in ((0, 0), (0, 1), (1, 1), (1, 0))]


@pytest.mark.parametrize(
    ("form", "size"),
    [
        (VideoForm(), (1920, 1080)),
        (VideoForm(width=640), (640, 360)),
        (VideoForm(height=240), (426, 240)),
        (VideoForm(640, 480), (640, 480)),
        (VideoForm(width=641), (640, 360)),
        (VideoForm(width=1), (16, 16)),
    ],
)
def test_a_form_has_a_size_that_h264_can_have(form, size):
    assert form.size(1920, 1080) == size


@pytest.mark.parametrize("wrong", [{"width": 0}, {"height": 8193}, {"fps": 0}, {"fps": -1}])
def test_a_form_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        VideoForm(**wrong)


@pytest.mark.parametrize(
    ("form", "rate", "pixels"),
    [
        (VideoForm(640, 360), 20.0, 640 * 360 * 20),
        (VideoForm(640, 360, 5.0), 20.0, 640 * 360 * 5),
        (VideoForm(640, 360, 50.0), 20.0, 640 * 360 * 20),
        (VideoForm(640, 360), 0.0, 640 * 360 * 25),
    ],
)
def test_what_a_form_costs_goes_by_the_slower_of_it_and_the_camera(form, rate, pixels):
    assert form.pixels_per_second(1920, 1080, rate) == pixels


@pytest.mark.parametrize(("fps", "kept"), [(None, 25), (5.0, 5), (10.0, 10), (25.0, 25), (50.0, 25)])
def test_pictures_are_kept_evenly(fps, kept):
    pace = Pace(fps)
    times = [time for time in range(0, VIDEO_CLOCK_RATE, 3600) if pace.keeps(time)]
    assert len(times) == kept
    assert max(np.diff(times)) - min(np.diff(times)) <= 3600


@pytest.mark.parametrize("codec", [H264, H265, MJPEG])
def test_every_codec_becomes_h264_of_the_form(codec):
    encoder, shaper = H264Encoder(), Shaper(VideoForm(width=160))
    units = [unit for picture in decoded(codec, 3) for unit in encoder.encode(shaper.shaped(picture))]
    assert [unit.key for unit in units] == [True, False, False]
    sps = h264.SPS.parse(h264.parameter_sets(encoder.track.extradata)[0])
    assert (encoder.track.width, encoder.track.height) == (sps.width, sps.height) == (160, 90)
    frames = shown(units)
    assert len(frames) == 3
    assert corners(frames[0]) == [WHITE, NEITHER, NEITHER, RED]


@pytest.mark.parametrize(
    ("transform", "size", "where"),
    [
        (Transform.ROTATE_RIGHT, (180, 320), [RED, WHITE, NEITHER, NEITHER]),
        (Transform.ROTATE_LEFT, (180, 320), [NEITHER, NEITHER, RED, WHITE]),
        (Transform.ROTATE_180, (320, 180), [NEITHER, RED, WHITE, NEITHER]),
        (Transform.FLIP_HORIZONTAL, (320, 180), [NEITHER, WHITE, RED, NEITHER]),
        (Transform.FLIP_VERTICAL, (320, 180), [RED, NEITHER, NEITHER, WHITE]),
    ],
)
def test_pictures_are_turned_as_people_see_them(transform, size, where):
    [picture] = decoded()
    [frame] = shown(H264Encoder().encode(Shaper(VideoForm()).shaped(picture, Look(transform))))
    assert (frame.width, frame.height) == size
    assert corners(frame) == where


def test_a_form_is_about_the_picture_as_it_is_seen():
    [picture] = decoded()
    shaped = Shaper(VideoForm(width=90)).shaped(picture, Look(Transform.ROTATE_LEFT))
    assert (shaped.width, shaped.height) == (90, 160)


@pytest.mark.parametrize("position", ["top-left", "top-right", "bottom-left", "bottom-right"])
def test_the_caption_stands_in_its_corner_white_on_what_there_is(position):
    [picture] = decoded(size=(640, 360))
    form, caption = VideoForm(width=320), Caption("HH", 60, position)
    plain, stamped = (Shaper(form).shaped(picture, Look(caption=each)) for each in (None, caption))
    difference = abs(plain.to_ndarray(format="rgb24").astype(int) - stamped.to_ndarray(format="rgb24"))
    rows, columns = np.nonzero(difference.max(axis=2) > 60)
    assert (rows.max() < 60) if position.startswith("top") else (rows.min() > 120)
    assert (columns.max() < 160) if position.endswith("left") else (columns.min() > 160)
    pixels = stamped.to_ndarray(format="rgb24")[rows, columns]
    assert pixels.min(axis=1).max() > 230, "no white letters"


def test_levels_are_those_of_red_green_and_blue():
    """Limited range stays limited, whatever is asked for."""
    [picture] = decoded()
    before = picture.to_ndarray(format="rgb24").astype(float)
    shaped = Shaper(VideoForm()).shaped(picture, Look(levels=Levels(10, -50)))
    after = shaped.to_ndarray(format="rgb24").astype(float)
    assert np.abs(after - ((before - 127.5) / 2 + 127.5 + 12.75)).mean() < 3
    glaring = Shaper(VideoForm()).shaped(picture, Look(levels=Levels(100, 100)))
    assert plane_of(glaring.planes[0]).max() == 235


def test_no_picture_of_the_decoder_is_given_away_or_changed():
    """It may still refer to it, and others look at it."""
    [picture] = decoded()
    before = picture.to_ndarray()
    for look in (PLAIN, Look(caption=Caption("Porch", 30, "top-left")), Look(levels=Levels(20, 20))):
        shaped = Shaper(VideoForm()).shaped(picture, look)
        assert shaped is not picture
        assert shaped.planes[0].buffer_ptr != picture.planes[0].buffer_ptr
    assert (picture.to_ndarray() == before).all()


def test_full_range_becomes_limited_range():
    """As players expect of H.264; the picture is the same."""
    [picture] = decoded(MJPEG)
    shaped = Shaper(VideoForm()).shaped(picture)
    assert shaped.format.name == "yuv420p"
    difference = abs(shaped.to_ndarray(format="rgb24").astype(int) - picture.to_ndarray(format="rgb24"))
    assert np.median(difference) <= 3


def test_a_key_frame_comes_every_two_seconds_and_when_it_is_asked_for():
    track, units = a_clip(pictures=75, gop=75)
    encoder, shaper = H264Encoder(25.0), Shaper(VideoForm())
    pictures = [shaper.shaped(picture) for picture in Decoder(track).pictures(units)]
    made = [encoder.encode(picture, key=number == 60) for number, picture in enumerate(pictures)]
    assert [number for number, [unit] in enumerate(made) if unit.key] == [0, 50, 60]
    for [unit] in made:
        if unit.key:
            assert len(h264.parameter_sets(unit.data)) == 2, "decoding cannot begin here"


def test_another_size_is_another_track():
    encoder = H264Encoder()
    [picture] = decoded()
    [first] = encoder.encode(Shaper(VideoForm(width=160)).shaped(picture))
    [second] = encoder.encode(Shaper(VideoForm(width=80)).shaped(picture))
    assert (first.track.width, second.track.width) == (160, 80)
    assert second.key
    assert encoder.track is second.track


def test_noise_is_held_to_the_bit_rate_of_its_size():
    """A camera in the dark must not take the line that a small picture was asked for to spare."""
    track, units = a_clip(pictures=50, size=(320, 240))
    pictures = [Shaper(VideoForm()).shaped(picture) for picture in Decoder(track).pictures(units)]

    def size(encoder):
        return sum(len(unit.data) for picture in pictures for unit in encoder.encode(picture))

    bounded = size(H264Encoder(25.0))
    assert bounded * 8 / 2 < 1.6 * 320 * 240 * 25 * 0.2
    assert bounded < size(H264Encoder(25.0, is_bounded=False)) / 2
