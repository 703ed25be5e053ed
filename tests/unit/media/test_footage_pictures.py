"""Previews of footage, and footage at lower bit rates."""

import dataclasses
import functools
import io
from collections.abc import Callable, Sequence
from fractions import Fraction

import av
import pytest
from PIL import Image

from ssplug.media import h264
from ssplug.media.access_unit import H264, H265, MJPEG, AccessUnit, Track
from ssplug.media.fmp4 import MovieMuxer
from ssplug.media.footage_pictures import Target, image_preview, movie_preview, transcoded
from ssplug.media.mp4 import display_matrix
from ssplug.media.nal import annex_b
from ssplug.model.camera import CaptureMode, Transform
from ssplug.model.footage import Label
from ssplug.testing.clips import a_clip, a_sound
from ssplug.testing.encoded import a_jpeg, encoded_video

LABEL = Label(0, CaptureMode.MOTION, 1795348800.0)


def a_movie(
    tracks: Sequence[Track], units: Sequence[AccessUnit], transform: Transform = Transform.NONE, finish: bool = True
) -> bytes:
    """A footage file."""
    matrix = display_matrix(transform, tracks[0].width, tracks[0].height)
    first = next(unit for unit in units if unit.track == tracks[0])
    muxer = MovieMuxer(tracks, LABEL, first, matrix)
    data = muxer.begin() + muxer.fragment(units)
    if not finish:
        return data
    ending = muxer.end()
    return ending.head + data[len(ending.head) :] + ending.tail


def reading(data: bytes) -> tuple[Callable[[int, int], bytes], int]:
    return lambda offset, count: data[offset : offset + count], len(data)


@functools.cache
def a_small_movie(codec: str = H264, transform: Transform = Transform.NONE, sound: bool = False) -> bytes:
    """Two seconds of 640x360, with or without sound."""
    track, pictures = a_clip(codec, pictures=50, size=(640, 360))
    if not sound:
        return a_movie([track], pictures, transform)
    sound_track, sounds = a_sound(2.0)
    units = sorted(pictures + sounds, key=lambda unit: Fraction(unit.dts, unit.track.clock_rate))
    return a_movie([track, sound_track], units, transform)


@pytest.mark.parametrize("codec", [H264, H265, MJPEG])
def test_a_preview_shows_a_movie_of_any_codec(codec: str) -> None:
    assert Image.open(io.BytesIO(movie_preview(*reading(a_small_movie(codec))))).size == (320, 180)


def test_a_movie_that_is_not_finished_has_a_preview() -> None:
    track, units = a_clip(pictures=25, size=(640, 360))
    assert movie_preview(*reading(a_movie([track], units, finish=False))).startswith(b"\xff\xd8")


def test_a_preview_is_never_larger_than_the_movie() -> None:
    track, units = a_clip(pictures=25, size=(64, 48))
    assert Image.open(io.BytesIO(movie_preview(*reading(a_movie([track], units))))).size == (64, 48)


@pytest.mark.parametrize(
    ("transform", "corner"),
    [
        (Transform.NONE, (0, 1)),
        (Transform.ROTATE_RIGHT, (0, 0)),
        (Transform.ROTATE_LEFT, (1, 1)),
        (Transform.ROTATE_180, (1, 0)),
        (Transform.FLIP_HORIZONTAL, (1, 1)),
        (Transform.FLIP_VERTICAL, (0, 0)),
    ],
)
def test_pictures_are_turned_as_a_player_turns_them(transform: Transform, corner: tuple[int, int]) -> None:
    """The camera's pictures have a red quarter at the bottom on the left."""
    movie = a_movie(*described(*encoded_video(width=320, height=180, count=10)), transform)
    made = b"".join(transcoded(*reading(movie), Target(500_000)))
    with av.open(io.BytesIO(made)) as container:
        encoded = next(container.decode(video=0)).to_image()
    for picture in (Image.open(io.BytesIO(movie_preview(*reading(movie)))), encoded):
        assert (picture.height > picture.width) == (transform in (Transform.ROTATE_LEFT, Transform.ROTATE_RIGHT))
        assert _red_corner(picture) == corner


def described(track: Track, units: Sequence[AccessUnit]) -> tuple[list[Track], list[AccessUnit]]:
    """With the parameter sets in the track, where a movie looks for them."""
    full = dataclasses.replace(track, extradata=annex_b(h264.parameter_sets(units[0].data)))
    return [full], [dataclasses.replace(unit, track=full) for unit in units]


def _red_corner(picture: Image.Image) -> tuple[int, int]:
    """Which of the four corners is red: right or left, bottom or top."""
    small = picture.convert("RGB").resize((4, 4))
    corners = {(x, y): small.getpixel((3 * x, 3 * y)) for x in (0, 1) for y in (0, 1)}
    return max(corners, key=lambda corner: corners[corner][0] - corners[corner][1])


@pytest.mark.parametrize("data", [b"", b"nothing", b"\0\0\0\x18ftypisom" + bytes(1000)])
def test_what_is_no_movie_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"movie|pictures"):
        movie_preview(*reading(data))
    with pytest.raises(ValueError, match=r"movie|pictures"):
        list(transcoded(*reading(data), Target(500_000)))


def test_the_preview_of_an_image_is_smaller() -> None:
    assert Image.open(io.BytesIO(image_preview(a_jpeg(1280, 720)))).size == (320, 180)
    assert Image.open(io.BytesIO(image_preview(a_jpeg(64, 48)))).size == (64, 48)
    with pytest.raises(ValueError, match="not a picture"):
        image_preview(b"\xff\xd8nothing")


@pytest.mark.parametrize("codec", [H264, H265, MJPEG])
def test_every_picture_and_all_sound_is_in_what_was_encoded(codec: str) -> None:
    made = b"".join(transcoded(*reading(a_small_movie(codec, sound=True)), Target(300_000)))
    with av.open(io.BytesIO(made)) as container:
        shown = [frame.time for frame in container.decode(video=0)]
    with av.open(io.BytesIO(made)) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0)) / 16000
    assert [stream.type for stream in av.open(io.BytesIO(made)).streams] == ["video", "audio"]
    assert shown == pytest.approx([number / 25 for number in range(50)], abs=0.001)
    assert heard == pytest.approx(2.0, abs=0.2)


def test_the_bit_rate_is_kept() -> None:
    """Of noise, which no encoder likes: within a third over a movie this short."""
    made = b"".join(transcoded(*reading(a_small_movie()), Target(300_000)))
    assert len(made) * 8 / 2.0 < 400_000


def test_it_begins_to_be_sent_before_it_is_all_encoded() -> None:
    """What a player needs comes first, then fragments of at most a second."""
    pieces = list(transcoded(*reading(a_small_movie()), Target(300_000)))
    assert pieces[0][4:8] == b"ftyp"
    assert len(pieces) >= 2
    with av.open(io.BytesIO(pieces[0])) as container:
        assert container.streams.video[0].width == 640


def test_a_movie_is_no_longer_read_when_nobody_wants_it() -> None:
    data = a_small_movie()
    reads: list[int] = []

    def read(offset: int, count: int) -> bytes:
        reads.append(offset)
        return data[offset : offset + count]

    pieces = transcoded(read, len(data), Target(300_000))
    next(pieces)
    pieces.close()
    after = len(reads)
    assert list(pieces) == []
    assert len(reads) == after


@pytest.mark.parametrize(
    ("rate", "size", "expected"),
    [
        (512_000, (1920, 1080), (640, 360)),
        (2_000_000, (1920, 1080), (1280, 720)),
        (8_000_000, (3840, 2160), (1920, 1080)),
        (50_000_000, (3840, 2160), (3840, 2160)),
        (512_000, (1080, 1920), (360, 640)),
        (512_000, (321, 241), (320, 240)),
        (512_000, (5000, 3), (640, 2)),
    ],
)
def test_a_picture_is_as_large_as_its_bit_rate_is_worth(
    rate: int, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert Target(rate).size(*size) == expected
