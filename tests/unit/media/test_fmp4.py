"""Footage files: what goes in comes out, whole, cut off or damaged; other readers agree."""

import dataclasses
import io
import struct
from collections.abc import Sequence
from fractions import Fraction

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media import h264, h265
from ssplug.media.access_unit import AAC, H264, H265, MJPEG, PCMU, AccessUnit, Track
from ssplug.media.fmp4 import (
    HEAD_SIZE,
    MovieMuxer,
    TrackMuxer,
    ending,
    fragment,
    init_segment,
    relabelled,
    without_unstorable,
)
from ssplug.media.mp4 import display_matrix
from ssplug.media.mp4_index import Index, Read, read_index, read_label
from ssplug.media.sample_entry import sample_entry
from ssplug.model.camera import CaptureMode, Transform
from ssplug.model.event import TriggerReason
from ssplug.model.footage import Label
from ssplug.testing.clips import a_clip, a_sound

LABEL = Label(7, CaptureMode.MOTION, 1_700_000_000.25, 3600)
BEGINS = 98765.4


def in_order(*tracks: list[AccessUnit]) -> list[AccessUnit]:
    """The units of all tracks as a camera sends them."""
    return sorted((unit for units in tracks for unit in units), key=lambda unit: unit.dts / unit.track.clock_rate)


def recorded(units: Sequence[AccessUnit], at_once: int = 10) -> tuple[MovieMuxer, bytearray]:
    """A file that is being recorded, so many units a fragment."""
    tracks = list(dict.fromkeys(unit.track for unit in units))
    muxer = MovieMuxer(tracks, LABEL, next(unit for unit in units if unit.track.is_video))
    file = bytearray(muxer.begin())
    for begin in range(0, len(units), at_once):
        file += muxer.fragment(units[begin : begin + at_once])
    return muxer, file


def finished(units: Sequence[AccessUnit], end: Fraction | None = None) -> bytes:
    """A file that was finished."""
    muxer, file = recorded(units)
    last = muxer.end(end)
    return last.head + bytes(file[HEAD_SIZE:]) + last.tail


def reading(file: bytes | bytearray) -> Read:
    """`file` as something to read from."""
    return lambda offset, count: bytes(file[offset : offset + count])


def index_of(file: bytes | bytearray) -> Index:
    """The index of `file`."""
    return read_index(reading(file), len(file))


def samples_of(file: bytes | bytearray, index: Index) -> list[list[bytes]]:
    """The samples of each track, cut out of the file."""
    return [
        [bytes(file[at : at + size]) for at, size in zip(table.offsets(), table.sizes, strict=True)]
        for table in index.tables
    ]


def kept(unit: AccessUnit) -> list[bytes]:
    """What a file is to hold of a unit: all, but for parameter sets of H.265 that its sample entry holds."""
    if unit.track.codec == H264:
        return h264.nal_units(unit.data)
    if unit.track.codec == H265:
        configured = h265.nal_units(unit.track.extradata)
        return [nal for nal in h265.nal_units(unit.data) if nal not in configured]
    return [unit.data]


def nals(sample: bytes, track: Track) -> list[bytes]:
    """A sample taken apart again."""
    return h264.nal_units(h264.from_avcc(sample)) if track.codec in (H264, H265) else [sample]


@pytest.mark.parametrize(("codec", "b_frames"), [(H264, 0), (H264, 2), (H265, 0), (MJPEG, 0)])
def test_every_access_unit_is_in_the_file_byte_for_byte_and_in_order(codec: str, b_frames: int) -> None:
    """Found by our own index, while it is recorded and when it is finished."""
    track, pictures = a_clip(codec, b_frames=b_frames, begins=BEGINS)
    _, sound = a_sound(begins=BEGINS + 0.01)
    units = in_order(pictures, sound)
    for file in (recorded(units)[1], finished(units)):
        video, audio = samples_of(file, index_of(file))
        assert [nals(sample, track) for sample in video] == [kept(unit) for unit in pictures]
        assert audio == [unit.data for unit in sound]


@pytest.mark.parametrize(("codec", "b_frames", "tag"), [(H264, 0, "avc1"), (H264, 2, "avc1"), (H265, 0, "hvc1")])
def test_ffmpeg_plays_each_picture_at_its_time(codec: str, b_frames: int, tag: str) -> None:
    """From 0 on, in step with the sound, each decoded; the same whether finished or not."""
    _, pictures = a_clip(codec, pictures=30, b_frames=b_frames, begins=BEGINS)
    _, sound = a_sound(1.2, begins=BEGINS + 0.25)
    units = in_order(pictures, sound)
    for file in (bytes(recorded(units)[1]), finished(units)):
        with av.open(io.BytesIO(file)) as container:
            video, audio = container.streams.video[0], container.streams.audio[0]
            assert video.codec_tag == tag
            times = [float(frame.time or 0) for frame in container.decode(video)]
            assert times == pytest.approx([number / 25 for number in range(30)])
            container.seek(0)
            assert float(next(container.decode(audio)).time or 0) == pytest.approx(0.25)


def test_a_finished_file_has_an_index_that_a_player_can_seek_in() -> None:
    """Key frames are marked; the duration is that of the pictures."""
    _, pictures = a_clip(pictures=75, gop=25)
    with av.open(io.BytesIO(finished(pictures))) as container:
        stream = container.streams.video[0]
        assert stream.frames == 75
        assert float((stream.duration or 0) * (stream.time_base or 0)) == pytest.approx(3.0)
        container.seek(round(2.5 / (stream.time_base or 1)), stream=stream)
        assert next(container.demux(stream)).pts == 2 * 90_000


def test_decoding_times_are_made_up_for_cameras_that_send_none() -> None:
    """B-frames whose units carry only the time they are shown at are shown at that time."""
    _, pictures = a_clip(b_frames=2, pictures=30)
    first = pictures[0].pts
    undated = [dataclasses.replace(unit, dts=unit.pts) for unit in pictures]
    with av.open(io.BytesIO(finished(undated))) as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
    assert [(packet.pts or 0) for packet in packets] == [unit.pts - first for unit in pictures]
    decoding = [packet.dts or 0 for packet in packets]
    assert decoding == sorted(set(decoding))


def test_the_last_picture_lasts_as_long_as_it_is_told() -> None:
    """A file that was cut ends where the next one begins."""
    _, pictures = a_clip(b_frames=2, pictures=25, begins=BEGINS)
    end = Fraction(pictures[0].pts, 90_000) + Fraction(7, 2)
    assert index_of(finished(pictures, end)).duration == pytest.approx(3.5)


def test_a_file_says_what_it_is() -> None:
    """The label, the same before and after finishing."""
    units = a_clip(pictures=3)[1]
    assert read_label(reading(recorded(units)[1])) == LABEL
    assert index_of(finished(units)).label == LABEL


def test_a_file_can_be_labelled_anew() -> None:
    """Only the label changes: the file plays as before."""
    file = finished(a_clip(pictures=5)[1])
    new = dataclasses.replace(LABEL, triggers=TriggerReason.HUMAN, tag=1)
    again = relabelled(file[:HEAD_SIZE], new) + file[HEAD_SIZE:]
    assert len(again) == len(file)
    assert index_of(again).label == new
    assert samples_of(again, index_of(again)) == samples_of(file, index_of(file))


_UNITS = in_order(a_clip(pictures=40, gop=10, begins=BEGINS)[1], a_sound(1.6, begins=BEGINS)[1])
_MUXER, _FILE = recorded(_UNITS)
_WHOLE = index_of(_FILE)
_BEGIN = len(MovieMuxer([_UNITS[0].track], LABEL, _UNITS[0]).begin())


@given(st.integers(0, len(_FILE)))
@settings(max_examples=150)
def test_a_file_cut_off_anywhere_is_good_up_to_its_last_whole_fragment(cut: int) -> None:
    """And nothing of it is lost before; what has no `moov` yet has no picture either."""
    try:
        index = index_of(_FILE[:cut])
    except ValueError:
        assert cut < _first_fragment()
        return
    assert index.end <= cut
    for table, whole in zip(index.tables, _WHOLE.tables, strict=True):
        assert list(table.times) == list(whole.times[: len(table)])
    assert sum(map(len, index.tables)) == _units_of_whole_fragments(cut)


def _first_fragment() -> int:
    return _FILE.index(b"moof") - 4


def _units_of_whole_fragments(cut: int) -> int:
    muxer = MovieMuxer(list(dict.fromkeys(unit.track for unit in _UNITS)), LABEL, _UNITS[0])
    muxer.begin()
    whole = 0
    for begin in range(0, len(_UNITS), 10):
        muxer.fragment(_UNITS[begin : begin + 10])
        whole = min(begin + 10, len(_UNITS)) if muxer.size <= cut else whole
    return whole


def test_a_file_that_was_cut_off_is_finished_like_any_other() -> None:
    """The same bytes as if recording had ended there."""
    cut = _FILE[: _WHOLE.end - 5]
    index = index_of(cut)
    last = ending(index.headers, index.tables, index.label, index.end)
    repaired = last.head + bytes(cut[HEAD_SIZE : index.end]) + last.tail
    assert index_of(repaired).finished
    assert samples_of(repaired, index_of(repaired)) == samples_of(cut, index)
    with av.open(io.BytesIO(repaired)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(index.tables[0])


@given(st.integers(_first_fragment(), len(_FILE) - 1), st.integers(1, 255))
@settings(max_examples=100)
def test_a_fragment_that_is_not_what_was_written_is_left_out(at: int, change: int) -> None:
    """With everything behind it: what is left is a prefix of what was recorded."""
    damaged = bytearray(_FILE)
    damaged[at] ^= change
    index = index_of(damaged)
    assert index.end <= at
    assert list(index.tables[0].times) == list(_WHOLE.tables[0].times[: len(index.tables[0])])


_FINISHED = finished(_UNITS)
_MOOV = _FINISHED.rindex(b"moov")


@given(st.integers(0, HEAD_SIZE) | st.integers(_MOOV - 4, len(_FINISHED) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_a_damaged_index_is_refused_or_read_but_never_breaks_the_reader(at: int, change: int) -> None:
    """ValueError, or an index whose samples can be listed."""
    damaged = bytearray(_FINISHED)
    if at >= len(damaged):
        return
    damaged[at] ^= change
    try:
        index = index_of(damaged)
    except ValueError:
        return
    for table in index.tables:
        assert len(list(table.offsets())) == len(list(table.durations())) == len(table)


@pytest.mark.parametrize("file", [b"", b"\0" * 2000, b"\xff\xd8" + b"x" * 600, _FINISHED[:400], _FINISHED[:-3]])
def test_a_file_of_another_kind_is_refused(file: bytes) -> None:
    """ValueError, so that reindexing can name it."""
    with pytest.raises(ValueError, match=r"no .* (box|label)"):
        index_of(file)


def test_what_mp4_cannot_hold_is_named_and_the_rest_kept() -> None:
    """The video is never given up because of the sound."""
    video, sound = a_clip(pictures=2)[0], Track(PCMU, 8000, channels=1)
    storable, reasons = without_unstorable([video, sound, Track("vp8", 90_000), Track(H264, 90_000)])
    assert storable == [video]
    assert reasons == [
        "pcm_mulaw cannot be kept in an MP4 file",
        "vp8 cannot be kept in an MP4 file",
        "H.264 without its parameter sets",
    ]


@pytest.mark.parametrize(
    "track",
    [Track(H265, 90_000), Track(AAC, 16000, channels=1), Track("mpeg4", 90_000), Track(H264, 90_000, b"\0\0\1gB")],
)
def test_a_track_without_its_configuration_has_no_sample_entry(track: Track) -> None:
    """A file that nobody could decode is not written."""
    with pytest.raises(ValueError, match="without its"):
        sample_entry(track)


@pytest.mark.parametrize(
    ("transform", "top_left_goes_to", "top_right_goes_to"),
    [
        (Transform.NONE, (0, 0), (640, 0)),
        (Transform.ROTATE_RIGHT, (360, 0), (360, 640)),
        (Transform.ROTATE_LEFT, (0, 640), (0, 0)),
        (Transform.ROTATE_180, (640, 360), (0, 360)),
        (Transform.FLIP_HORIZONTAL, (640, 0), (0, 0)),
        (Transform.FLIP_VERTICAL, (0, 360), (640, 360)),
    ],
)
def test_a_player_is_told_how_to_turn_the_picture(
    transform: Transform, top_left_goes_to: tuple[int, int], top_right_goes_to: tuple[int, int]
) -> None:
    """Kept as the camera sent it, shown as the user wants it, and nothing of it outside the screen."""
    a, b, _, c, d, _, x, y, _ = struct.unpack(">9i", display_matrix(transform, 640, 360))

    def shown(left: int, top: int) -> tuple[int, int]:
        return (a * left + c * top + x) >> 16, (b * left + d * top + y) >> 16

    assert shown(0, 0) == top_left_goes_to
    assert shown(640, 0) == top_right_goes_to
    assert min(*shown(0, 0), *shown(640, 0), *shown(0, 360), *shown(640, 360)) == 0


def test_segments_of_a_playlist_play_behind_their_init_segment() -> None:
    """Any of them, not only the first."""
    track, pictures = a_clip(pictures=50, gop=25)
    muxer = TrackMuxer(1, track, Fraction(0), pictures[0])
    first, second = (fragment(n, [(muxer.header, muxer.samples(pictures[n * 25 : n * 25 + 25]))]) for n in (0, 1))
    assert len(first) > 0
    with av.open(io.BytesIO(init_segment([muxer.header], 0.0) + second)) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    assert times == pytest.approx([1 + number / 25 for number in range(25)])
