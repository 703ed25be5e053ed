"""One movie of any stretch of time, from the samples of several files."""

import io
from collections.abc import Callable, Sequence
from fractions import Fraction

import av
import pytest

from ssplug.media.access_unit import H264, H265, AccessUnit, Track
from ssplug.media.excerpt import FileReader, excerpt
from ssplug.media.fmp4 import MovieMuxer
from ssplug.model.camera import CaptureMode
from ssplug.model.footage import Label
from ssplug.testing.clips import a_clip, a_sound
from ssplug.testing.storage import MemoryReader

NOON = 1795348800.0


def a_file(
    at: float,
    codec: str = H264,
    size: tuple[int, int] = (64, 48),
    sound: bool = True,
    finish: bool = True,
    b_frames: int = 0,
) -> Callable[[], FileReader]:
    """Two seconds from `at` after noon, with a key frame every 0.4 s and all pictures different."""
    track, units = a_clip(codec, pictures=50, gop=10, size=size, b_frames=b_frames)
    tracks: list[Track] = [track]
    if sound:
        sound_track, sounds = a_sound(2.0)
        tracks.append(sound_track)
        units = sorted(units + sounds, key=lambda unit: Fraction(unit.dts, unit.track.clock_rate))
    data = bytearray(recorded(tracks, units, at, finish))
    return lambda: MemoryReader(data)


def recorded(tracks: Sequence[Track], units: Sequence[AccessUnit], at: float, finish: bool) -> bytes:
    label = Label(0, CaptureMode.CONTINUOUS, NOON + at)
    muxer = MovieMuxer(tracks, label, next(unit for unit in units if unit.track == tracks[0]))
    data = muxer.begin() + muxer.fragment(units)
    if not finish:
        return data
    ending = muxer.end()
    return ending.head + data[len(ending.head) :] + ending.tail


def a_movie(files: Sequence[Callable[[], FileReader]], start: float, end: float) -> bytes:
    return b"".join(excerpt(files, NOON + start, NOON + end))


def shown(movie: bytes) -> list[float]:
    with av.open(io.BytesIO(movie)) as container:
        return [round(frame.time or 0.0, 3) for frame in container.decode(video=0)]


def evenly(count: int) -> list[float]:
    return [round(number / 25, 3) for number in range(count)]


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("sound", [True, False])
def test_files_that_follow_one_another_make_one_movie_without_a_gap(sound: bool, b_frames: int) -> None:
    files = [a_file(2.0 * number, sound=sound, b_frames=b_frames) for number in range(3)]
    assert shown(a_movie(files, 0.0, 6.0)) == evenly(150)


def test_it_begins_at_the_key_frame_before_and_ends_in_time() -> None:
    files = [a_file(2.0 * number) for number in range(3)]
    assert shown(a_movie(files, 0.5, 5.5)) == evenly(round((5.5 - 0.4) * 25) + 1)
    assert shown(a_movie(files, 2.9, 3.1)) == evenly(8)


def test_the_samples_are_those_of_the_files() -> None:
    """Byte for byte: nothing is encoded anew."""
    movie = a_movie([a_file(0.0, sound=False)], 0.0, 2.0)
    _, units = a_clip(H264, pictures=50, gop=10)
    with av.open(io.BytesIO(movie)) as container:
        sizes = [packet.size for packet in container.demux(video=0) if packet.size]
    assert sizes == [len(unit.data) for unit in units]


def test_sound_goes_on_where_files_meet() -> None:
    movie = a_movie([a_file(0.0), a_file(2.0)], 0.0, 4.0)
    with av.open(io.BytesIO(movie)) as container:
        times = [packet.pts for packet in container.demux(audio=0) if packet.pts is not None]
    assert times == sorted(set(times))
    assert times[-1] / 16000 == pytest.approx(3.95, abs=0.15)


def test_a_gap_between_files_is_closed() -> None:
    assert shown(a_movie([a_file(0.0), a_file(60.0)], 0.0, 100.0)) == evenly(100)


def test_what_two_files_have_is_there_once() -> None:
    """As when motion capture runs beside continuous capture."""
    assert shown(a_movie([a_file(0.0), a_file(0.8)], 0.0, 10.0)) == evenly(50 + 20)


def test_a_file_that_is_being_recorded_is_used_as_far_as_it_goes() -> None:
    assert shown(a_movie([a_file(0.0), a_file(2.0, finish=False)], 0.0, 9.0)) == evenly(100)


@pytest.mark.parametrize("other", [a_file(2.0, codec=H265), a_file(2.0, size=(128, 96))])
def test_it_ends_where_the_pictures_become_others(other: Callable[[], FileReader]) -> None:
    assert shown(a_movie([a_file(0.0), other, a_file(4.0)], 0.0, 9.0)) == evenly(50)


def test_files_that_are_gone_or_damaged_are_passed_over() -> None:
    def gone() -> FileReader:
        raise FileNotFoundError

    files = [gone, a_file(0.0), lambda: MemoryReader(bytearray(b"no movie")), a_file(2.0)]
    assert shown(a_movie(files, 0.0, 9.0)) == evenly(100)


@pytest.mark.parametrize(("start", "end"), [(-10.0, -5.0), (5.0, 9.0), (-10.0, 0.0)])
def test_of_a_time_without_footage_there_is_nothing(start: float, end: float) -> None:
    assert a_movie([a_file(0.0)], start, end) == b""


def test_it_is_made_a_second_at_a_time() -> None:
    pieces = list(excerpt([a_file(0.0), a_file(2.0)], NOON, NOON + 4.0))
    assert len(pieces) == 1 + 4
    assert pieces[0][4:8] == b"ftyp"
