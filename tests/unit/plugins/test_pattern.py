"""The pattern camera: a picture and a sound that follow from the time alone."""

import dataclasses
from datetime import UTC

import av
import numpy as np
import pytest

import ssplug_pattern
from ssplug.media.access_unit import AAC, H264, H265
from ssplug_pattern import tone
from ssplug_pattern.encoder import Encoder
from ssplug_pattern.film import Film
from ssplug_pattern.scene import Scene
from ssplug_pattern.source import PatternSettings

NOON = 1_700_049_600.0  # 2023-11-15 12:00:00 UTC


def a_scene(width=320, height=180, name="Porch"):
    return Scene(width, height, name, UTC)


def a_film(fps=10, gop=20, sound=True, wall=NOON, codec=H264):
    return Film(a_scene(), Encoder(codec, 320, 180, fps, gop), fps, wall, sound)


def shot(film, pictures, wall=NOON):
    """The units of the first pictures of a film."""
    return [unit for number in range(pictures) for unit in film.units(wall + number / 10)]


def test_the_picture_follows_from_the_time():
    """The same time gives the same picture, another time another."""
    assert np.array_equal(a_scene().planes(NOON), a_scene().planes(NOON))
    assert not np.array_equal(a_scene().planes(NOON), a_scene().planes(NOON + 0.1))


@pytest.mark.parametrize("size", [(160, 90), (176, 144), (642, 358), (90, 160)])
def test_pictures_of_any_even_size(size):
    """One array of luma and chroma that FFmpeg takes."""
    planes = a_scene(*size).planes(NOON)
    picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    assert (picture.width, picture.height) == size


def test_the_clock_shows_tenths():
    """Local time, truncated, as a clock shows it."""
    assert a_scene().clock(NOON + 3723.99) == "13:02:03.9"


def test_the_clock_is_readable_in_the_picture():
    """Only the clock differs between two names for it: black cells with white digits in them."""
    planes = a_scene(640, 360).planes(NOON + 3)
    box = planes[158:202, 210:430]
    assert box.min() == 16
    assert box.max() == 235


def test_the_ball_moves_all_the_time():
    """There is movement outside the clock, in every second."""
    for second in range(12):
        before, after = (a_scene().planes(NOON + second + part)[:180] for part in (0.2, 0.8))
        moved = before != after
        moved[78:102] = False  # where the clock is
        assert np.count_nonzero(moved) > 20


def test_the_ball_flashes_as_the_second_begins():
    """White for a tenth of a second."""
    flash, rest = (np.count_nonzero(a_scene(name="").planes(NOON + part)[:180] == 235) for part in (0.05, 0.15))
    assert flash > rest + 500


def test_the_name_is_in_the_picture():
    """Two cameras can be told apart."""
    assert not np.array_equal(a_scene(name="Porch").planes(NOON), a_scene(name="Gate").planes(NOON))


def test_the_tone_repeats_without_a_click():
    """The end of the loop goes over into its beginning."""
    around = tone.samples(tone.LOOP_SAMPLES - 100, 200)
    assert np.abs(np.diff(around)).max() < 0.05


def test_the_encoded_tone_is_the_tone():
    """What a player hears from any frame on, once its decoder has overlapped two, is the tone."""
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = tone.audio_specific_config()
    heard = [f.to_ndarray()[0] for n in range(120, 130) for f in decoder.decode(av.Packet(tone.encoded(n)))]
    expected = tone.samples(120 * tone.FRAME, 10 * tone.FRAME)
    settled = slice(2 * tone.FRAME, None)
    assert np.corrcoef(np.concatenate(heard)[settled], expected[settled])[0, 1] > 0.99


def test_frames_of_sound_are_numbered_from_the_wall_clock():
    """The first frame at or after a time."""
    assert tone.frame_number(0.0) == 0
    assert tone.frame_number(0.001) == 1
    assert tone.frame_number(64.0) == 1000


def test_a_film_begins_with_a_key_frame_at_zero():
    """And says what it is made of."""
    film = a_film()
    first = next(iter(film.units(NOON)))
    assert (first.key, first.pts, first.dts) == (True, 0, 0)
    assert [(t.codec, t.width, t.height) for t in film.tracks] == [(H264, 320, 180), (AAC, 0, 0)]


def test_key_frames_come_as_often_as_asked():
    """A GOP has as many pictures as the settings say."""
    units = shot(a_film(gop=4, sound=False), 9)
    assert [unit.key for unit in units] == [number % 4 == 0 for number in range(9)]


def test_sound_and_picture_keep_step():
    """After each picture the sound reaches up to the next one, and no further than a frame beyond."""
    film = a_film(wall=NOON + 0.123)
    units = shot(film, 30, NOON + 0.123)
    sound = [unit for unit in units if unit.track.codec == AAC]
    assert [unit.pts - sound[0].pts for unit in sound] == [1024 * number for number in range(len(sound))]
    assert 0 <= sound[0].pts < 1024
    assert 3.0 - 0.064 <= sound[-1].seconds < 3.0


def test_the_octave_begins_with_the_second():
    """Sound is placed by the wall clock: at a full second the octave begins, whenever the film began."""
    film = a_film(wall=NOON + 0.4)
    first = next(unit for unit in shot(film, 1, NOON + 0.4) if unit.track.codec == AAC)
    begins = NOON + 0.4 + first.seconds
    assert first.data == tone.encoded(round(begins * tone.SAMPLE_RATE / tone.FRAME))


def test_a_silent_film_has_one_track():
    """Without a tone there is no audio track."""
    film = a_film(sound=False)
    shot(film, 3)
    assert [track.codec for track in film.tracks] == [H264]


def test_a_film_in_h265():
    """The other codec, with its parameter sets."""
    film = a_film(codec=H265, sound=False)
    assert shot(film, 1)[0].key
    assert film.tracks[0].extradata.startswith(b"\0\0\0\1\x40\1")


def test_defaults_are_as_the_schema_says():
    """The schema's defaults are documentation of the dataclass's."""
    documented = ssplug_pattern.ssplug_camera_drivers()[0].schema["properties"]
    assert {name: setting["default"] for name, setting in documented.items()} == dataclasses.asdict(PatternSettings())
