"""The file driver with files of many kinds, in real time."""

import contextlib
import itertools

import pytest

from ssplug.media.access_unit import AAC, H264, H265, MJPEG
from ssplug.testing import RecordingSink, a_real_context, in_reactor
from ssplug.testing.encoded import a_jpeg, encoded_audio, encoded_video, write_media
from ssplug_file.source import FileSettings, FileSource

pytestmark = pytest.mark.integration


@contextlib.asynccontextmanager
async def watching(tmp_path, path):
    """A sink that hears of one attempt."""
    source, sink = FileSource(a_real_context(tmp_path), FileSettings(str(path))), RecordingSink()
    source.start(sink)
    try:
        yield sink
    finally:
        await source.stop()


def a_movie(path, codec=H264, sound=True, frame_rate=50, count=10, **options):
    """A file of 10 pictures, a fifth of a second; the sound is as long."""
    streams = [encoded_video(codec, count=count, frame_rate=frame_rate, **options)]
    if sound:
        streams.append(encoded_audio(seconds=count / frame_rate))
    write_media(str(path), *streams)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "codecs"),
    [
        ("a.mp4", H264, [H264, AAC]),
        ("a.mkv", H265, [H265, AAC]),
        ("a.ts", H264, [H264, AAC]),
        ("a.avi", MJPEG, [MJPEG, AAC]),
        ("a: b#c%d.mov", H264, [H264, AAC]),
    ],
)
@in_reactor
async def test_files_of_many_kinds(tmp_path, name, codec, codecs):
    """Each is played with its tracks, three times and more, without a jump."""
    async with watching(tmp_path, a_movie(tmp_path / name, codec)) as sink:
        await sink.until_video(35)
    assert [track.codec for track in sink.tracks] == codecs
    assert sink.told.count("online") == 1
    steps = [after.pts - before.pts for before, after in itertools.pairwise(sink.video)]
    assert (
        max(steps) <= 90_000 // 50 + 2 * 1024 * 90_000 // 16_000
    )  # a picture, and the sound that AAC adds at both ends
    assert min(steps) > 0


@in_reactor
async def test_a_film_without_sound_has_no_seam(tmp_path):
    """Every picture is as long as any other, also the last of a pass."""
    async with watching(tmp_path, a_movie(tmp_path / "a.mp4", sound=False)) as sink:
        await sink.until_video(35)
    assert {after.pts - before.pts for before, after in itertools.pairwise(sink.video)} == {90_000 // 50}


@in_reactor
async def test_nothing_is_encoded_anew(tmp_path):
    """The second pass has the bytes of the first, which are those of the file."""
    track, units = encoded_video(count=10, frame_rate=50)
    write_media(str(tmp_path / "a.mp4"), (track, units))
    async with watching(tmp_path, tmp_path / "a.mp4") as sink:
        await sink.until_video(20)
    assert [unit.data for unit in sink.video[:20]] == [unit.data for unit in units] * 2


@in_reactor
async def test_pictures_out_of_order(tmp_path):
    """B pictures: decoding times never go back, also where a pass ends."""
    movie = a_movie(tmp_path / "a.mp4", sound=False, options={"preset": "fast", "bf": "2", "tune": "stillimage"})
    async with watching(tmp_path, movie) as sink:
        await sink.until_video(35)
    times = [unit.dts for unit in sink.video]
    assert times == sorted(set(times))
    assert any(unit.pts > unit.dts for unit in sink.video)


@in_reactor
async def test_a_file_that_is_replaced(tmp_path):
    """From the next pass on it is the new one, announced anew."""
    movie = a_movie(tmp_path / "a.mp4", sound=False)
    async with watching(tmp_path, movie) as sink:
        await sink.until_video(1)
        a_movie(tmp_path / "b.mp4", width=160, height=120, sound=False).replace(movie)
        await sink.until(lambda: sink.video[-1].track.width == 160)
    assert sink.strangers == []


@in_reactor
async def test_a_still(tmp_path):
    """One picture, once a second: a JPEG is a camera that shows the same all the time."""
    (tmp_path / "a.jpg").write_bytes(a_jpeg())
    async with watching(tmp_path, tmp_path / "a.jpg") as sink:
        await sink.until_video(2)
    assert [unit.pts for unit in sink.video[:2]] == [0, 90_000]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("nothing.mp4", None, "there is no such file"),
        ("", None, "that is a folder"),
        ("a.mp4", b"", "that is no media file, or it is damaged"),
        ("a.mp4", b"\0" * 5000, "that is no media file, or it is damaged"),
        ("a.txt", b"Remember the milk.\n" * 1000, "that is a text"),
    ],
)
@in_reactor
async def test_why_there_is_no_picture(tmp_path, name, content, reason):
    """The file is named, and what is the matter with it."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    async with watching(tmp_path, tmp_path / name) as sink:
        await sink.until_offline()
    assert sink.reasons == [f"{tmp_path / name}: {reason}"]


@in_reactor
async def test_a_film_that_breaks_off_is_played_as_far_as_it_goes(tmp_path):
    """And then again."""
    movie = a_movie(tmp_path / "a.ts", sound=False)
    data = movie.read_bytes()
    movie.write_bytes(data[: len(data) // 2])
    async with watching(tmp_path, movie) as sink:
        await sink.until_video(20)
    assert sink.reasons == []
