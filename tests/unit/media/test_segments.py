"""Live video in segments: every unit is in one of them, whole and in order, and durations add up."""

import dataclasses
import io
import itertools
from collections.abc import Iterable, Sequence

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media import h264, segments
from ssplug.media.access_unit import H264, H265, AccessUnit
from ssplug.media.segments import PART_SECONDS, SEGMENT_LIMIT, Segment, Segmenter
from ssplug.testing import an_access_unit
from ssplug.testing.clips import a_clip, a_sound

BEGINS = 98765.4
FIRST = 1000

TRACK, [KEY, *OTHERS] = a_clip(pictures=2, rate=10)


def in_order(*tracks: list[AccessUnit]) -> list[AccessUnit]:
    """The units of all tracks as a camera sends them."""
    return sorted((unit for units in tracks for unit in units), key=lambda unit: unit.dts / unit.track.clock_rate)


def cut(units: Sequence[AccessUnit], segmenter: Segmenter | None = None) -> Segmenter:
    """Everything put in, and the end said."""
    segmenter = segmenter or Segmenter(FIRST)
    segmenter.begin(tuple(dict.fromkeys(unit.track for unit in units)))
    for unit in units:
        segmenter.put(unit)
    segmenter.end()
    return segmenter


def pictures(times: Iterable[float], keys: Iterable[bool]) -> list[AccessUnit]:
    """Pictures of one track at these seconds."""
    return [
        an_access_unit(BEGINS + time, key, KEY.data if key else OTHERS[0].data, TRACK)
        for time, key in zip(times, keys, strict=True)
    ]


def gops(count: int, gop: int = 20, rate: float = 10.0, begins: float = 0.0) -> list[AccessUnit]:
    """GOPs of even pictures."""
    return pictures([begins + n / rate for n in range(count * gop)], [n % gop == 0 for n in range(count * gop)])


def movie(segmenter: Segmenter, chosen: Iterable[Segment]) -> bytes:
    """An init segment and segments behind it: what a player puts together."""
    chosen = list(chosen)
    return (segmenter.init(chosen[0].run) or b"") + b"".join(segment.data for segment in chosen)


@pytest.fixture(autouse=True)
def nothing_is_forgotten(monkeypatch):
    monkeypatch.setattr(segments, "KEPT_SEGMENTS", 10_000)


@pytest.mark.parametrize(("codec", "b_frames"), [(H264, 0), (H264, 2), (H265, 0)])
def test_every_unit_is_in_a_segment_byte_for_byte(codec: str, b_frames: int) -> None:
    """Demuxed by FFmpeg: the same NAL units, the same sound, in the same order."""
    _, video = a_clip(codec, pictures=100, gop=25, b_frames=b_frames, begins=BEGINS)
    _, sound = a_sound(4.0, begins=BEGINS)
    segmenter = cut(in_order(video, sound))
    assert len(segmenter.segments) == 2
    with av.open(io.BytesIO(movie(segmenter, segmenter.segments))) as container:
        packets = [(packet.stream.type, bytes(packet)) for packet in container.demux() if packet.size]
    shown, heard = ([data for kind, data in packets if kind == wanted] for wanted in ("video", "audio"))
    configured = h264.nal_units(video[0].track.extradata) if codec == H265 else []
    expected = [[nal for nal in h264.nal_units(unit.data) if nal not in configured] for unit in video]
    assert [h264.nal_units(h264.from_avcc(sample)) for sample in shown] == expected
    assert heard == [unit.data for unit in sound]


def test_ffmpeg_plays_a_segment_by_itself_at_its_time() -> None:
    """Each is decodable alone, and goes on where the one before ended."""
    _, video = a_clip(pictures=150, gop=25, begins=BEGINS)
    segmenter = cut(video)
    ends = 0.0
    for segment in segmenter.segments:
        with av.open(io.BytesIO(movie(segmenter, [segment]))) as container:
            times = [float(frame.time or 0) for frame in container.decode(video=0)]
        assert times[0] == pytest.approx(ends)
        ends = times[-1] + 0.04
        assert len(times) == 50
    assert segmenter.segments[0].began == pytest.approx(BEGINS)


def test_segments_are_of_two_seconds_where_gops_allow() -> None:
    """Short GOPs are put together, long ones are taken as they are; each begins with a key frame."""
    for gop, expected in ((5, 2.0), (10, 2.0), (20, 2.0), (40, 4.0)):
        segmenter = cut(gops(400 // gop, gop))
        durations = [segment.duration for segment in segmenter.segments]
        assert durations == pytest.approx([expected] * len(durations))
        assert all(segment.independent for segment in segmenter.segments)


def test_a_gop_without_end_is_cut_all_the_same() -> None:
    """By the limit of the first segment; what begins without a key frame is not said to be independent."""
    segmenter = cut(gops(1, 300))
    assert segmenter.target == 6
    assert all(segment.duration <= SEGMENT_LIMIT + 0.5 for segment in segmenter.segments)
    assert [segment.independent for segment in segmenter.segments] == [True, *[False] * (len(segmenter.segments) - 1)]


def test_a_gop_that_is_longer_than_was_promised_is_cut() -> None:
    """The target duration of a playlist never changes."""
    segmenter = cut([*gops(2), *gops(1, 100, begins=4.0)])
    assert segmenter.target == 2
    assert max(segment.duration for segment in segmenter.segments) < 2.5


def test_a_segment_of_too_many_bytes_is_cut(monkeypatch) -> None:
    """Memory is bounded, whatever a camera sends."""
    monkeypatch.setattr(segments, "SEGMENT_BYTES_LIMIT", 5 * len(KEY.data))
    segmenter = cut(gops(3))
    assert max(segment.size for segment in segmenter.segments) < 12 * len(KEY.data) + 4000


@pytest.mark.parametrize("rate", [5, 6, 7, 10, 12, 12.5, 15, 20, 24, 25, 30, 50, 60])
def test_parts_are_of_one_length_at_every_frame_rate(rate: float) -> None:
    """No longer than the part target, and no shorter than 85 % of it, but for the last of a segment."""
    segmenter = cut(gops(4, round(2 * rate), rate))
    assert segmenter.part_target <= PART_SECONDS
    for segment in list(segmenter.segments)[1:]:
        assert all(part.duration <= segmenter.part_target for part in segment.parts)
        assert all(part.duration >= 0.85 * segmenter.part_target for part in segment.parts[:-1])


def test_the_first_segment_has_no_parts_to_show() -> None:
    """How long they will be is known when it is finished."""
    shown = [segment.shows_parts for segment in cut(gops(3)).segments]
    assert shown == [False, True, True]


def test_parts_of_a_slow_camera_are_single_pictures() -> None:
    segmenter = cut(gops(4, gop=2, rate=1.0))
    assert segmenter.part_target == pytest.approx(1.08)
    assert {len(segment.parts) for segment in list(segmenter.segments)[1:]} == {2}


def test_when_the_camera_slows_down_the_part_target_grows() -> None:
    """At night cameras do; a playlist never names a part that is longer than it says."""
    segmenter = cut([*gops(2), *gops(2, gop=4, rate=2.0, begins=4.0)])
    longest = max(part.duration for segment in segmenter.segments if segment.shows_parts for part in segment.parts)
    assert longest == pytest.approx(0.5)
    assert segmenter.part_target >= longest


def test_there_is_news_whenever_a_part_is_finished() -> None:
    """That is when the next picture has come: so every duration is exact."""
    segmenter = Segmenter(FIRST)
    segmenter.begin((TRACK,))
    news = [segmenter.put(unit) for unit in gops(2)]
    assert [index for index, new in enumerate(news) if new] == [20, 23, 26, 29, 32, 35, 38]
    assert segmenter.open is not None
    assert len(segmenter.open.parts) == 6


def test_an_interruption_ends_the_run() -> None:
    """What there was is finished; what follows has an init segment of its own, and goes on in time."""
    segmenter = cut(gops(2, begins=10.0), cut([*gops(2), *pictures([4.0, 4.1], [True, False])]))
    assert [(segment.number, segment.run) for segment in segmenter.segments] == [
        (1000, 0), (1001, 0), (1002, 0), (1003, 1), (1004, 1)
    ]  # fmt: skip
    assert segmenter.segments[2].duration == pytest.approx(0.2)
    assert segmenter.segments[3].began == pytest.approx(BEGINS + 10)
    file = movie(segmenter, [segmenter.segments[3]])
    with av.open(io.BytesIO(file)) as container:
        assert float(next(container.decode(video=0)).time or 0) == pytest.approx(10)


def test_what_is_interrupted_before_the_first_segment_is_given_up() -> None:
    """Nothing is known of its length then, and no playlist has named it."""
    segmenter = cut(pictures([0.0, 0.1], [True, False]))
    assert (segmenter.target, list(segmenter.segments), segmenter.open) == (None, [], None)
    assert cut(gops(2, begins=5.0), segmenter).target == 2


def test_nothing_is_cut_before_the_first_key_frame() -> None:
    """A camera may come online in the middle of a GOP, and its sound before its picture."""
    _, sound = a_sound(1.0, begins=BEGINS)
    segmenter = cut([*sound, *pictures([0.0, 0.1], [False, False]), *gops(2, begins=0.2)])
    assert segmenter.segments[0].began == pytest.approx(BEGINS + 0.2)


def test_units_of_tracks_that_were_not_announced_are_left_out() -> None:
    segmenter = Segmenter(FIRST)
    segmenter.begin((dataclasses.replace(TRACK, width=7),))
    assert not any(segmenter.put(unit) for unit in gops(3))


def test_old_segments_are_forgotten(monkeypatch) -> None:
    """As many as a playlist must list are kept, and a few more for those who have an older one."""
    monkeypatch.setattr(segments, "KEPT_SEGMENTS", 3)
    segmenter = cut(gops(50))
    assert sum(segment.duration for segment in segmenter.listed) >= 3 * 2
    assert len(segmenter.segments) == len(segmenter.listed) + 3 <= 10
    assert segmenter.listed[-1].number == FIRST + 49


def test_the_bytes_that_are_kept_are_bounded(monkeypatch) -> None:
    """Then a playlist lists less than it should."""
    monkeypatch.setattr(segments, "KEPT_BYTES_LIMIT", 60_000)
    assert cut(gops(50)).size <= 60_000


def test_init_segments_go_with_their_last_segment(monkeypatch) -> None:
    monkeypatch.setattr(segments, "KEPT_SEGMENTS", 0)
    segmenter = cut(gops(20, begins=100.0), cut(gops(2)))
    assert segmenter.init(0) is None
    assert segmenter.init(1) is not None


@settings(max_examples=30)
@given(
    intervals=st.lists(st.floats(0.01, 1.5), min_size=30, max_size=100),
    gop=st.integers(1, 60),
)
def test_whatever_the_camera_does_the_playlist_keeps_its_promises(intervals: list[float], gop: int) -> None:
    """Segments follow each other without a gap; at no time is a part longer than the part target of that time."""
    times = itertools.accumulate(intervals, initial=0.0)
    units = pictures(times, [n % gop == 0 for n in range(len(intervals) + 1)])
    segmenter = Segmenter(FIRST)
    segmenter.begin((TRACK,))
    for unit in units:
        if segmenter.put(unit) and segmenter.open is not None:
            assert all(part.duration <= segmenter.part_target for part in segmenter.open.parts)
    segmenter.end()
    for before, after in itertools.pairwise(segmenter.segments):
        assert after.began == pytest.approx(before.began + before.duration)
        assert after.number == before.number + 1
    # One picture may last longer than all that was promised: nobody knows beforehand.
    limit = (segmenter.target or SEGMENT_LIMIT) + 0.5 + max(intervals)
    assert all(segment.duration <= limit for segment in segmenter.segments)
