"""HLS playlists, to the letter and by the rules of RFC 8216 and its second edition."""

import dataclasses
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media.access_unit import H265
from ssplug.media.nal import annex_b
from ssplug.media.segments import Part, Segment
from ssplug.testing import a_video_track, an_audio_track
from ssplug.wire.hls import HLSRequest, Name, Playlist, Position, Variant, master_playlist, media_playlist
from ssplug.wire.requests import Parameters, RequestError, UnknownCameraError

VIDEO = a_video_track(extradata=annex_b([bytes.fromhex("67640028ac"), b"\x68\xce"]), width=1920, height=1080)
WALL = 1_795_342_920.0  # 2026-11-22T10:22:00Z


def a_segment(number: int, run: int = 7, began: float | None = None, key: bool = True, shows: bool = True) -> Segment:
    """Two seconds in five parts of 0.4 seconds."""
    parts = tuple(Part(b"x" * 100, 0.4, key and index == 0) for index in range(5))
    return Segment(number, run, 2.0 * number if began is None else began, parts, shows)


def opened(segment: Segment, parts: int) -> Segment:
    """A segment of which there are so many parts."""
    return dataclasses.replace(segment, parts=segment.parts[:parts])


def a_playlist(*segments: Segment, open_parts: int | None = 1, run: int = 7) -> Playlist:
    """What there is after these segments; None: the camera is offline."""
    following = a_segment(segments[-1].number + 1, run)
    return Playlist(2, 0.432, segments, None if open_parts is None else opened(following, open_parts))


def lines(playlist: Playlist, parameters: str = "cameraNum=0") -> list[str]:
    return media_playlist(playlist, parameters, WALL).splitlines()


def test_a_media_playlist_to_the_letter() -> None:
    """The first segment has no parts that could be had, the open one has nothing else; the camera was away once."""
    playlist = a_playlist(a_segment(10, 7, shows=False), a_segment(11, 8), open_parts=2, run=8)
    assert media_playlist(playlist, "cameraNum=3&quality=0&auth=YTpi", WALL) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.296\n"
        "#EXT-X-PART-INF:PART-TARGET=0.432\n"
        "#EXT-X-MEDIA-SEQUENCE:10\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:7\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MAP:URI="hls/init7.mp4?cameraNum=3&quality=0&auth=YTpi"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:22:20.000Z\n"
        "#EXTINF:2.00000,\n"
        "hls/10.m4s?cameraNum=3&quality=0&auth=YTpi\n"
        "#EXT-X-DISCONTINUITY\n"
        '#EXT-X-MAP:URI="hls/init8.mp4?cameraNum=3&quality=0&auth=YTpi"\n'
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:22:22.000Z\n"
        '#EXT-X-PART:DURATION=0.40000,URI="hls/11.0.m4s?cameraNum=3&quality=0&auth=YTpi",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.40000,URI="hls/11.1.m4s?cameraNum=3&quality=0&auth=YTpi"\n'
        '#EXT-X-PART:DURATION=0.40000,URI="hls/11.2.m4s?cameraNum=3&quality=0&auth=YTpi"\n'
        '#EXT-X-PART:DURATION=0.40000,URI="hls/11.3.m4s?cameraNum=3&quality=0&auth=YTpi"\n'
        '#EXT-X-PART:DURATION=0.40000,URI="hls/11.4.m4s?cameraNum=3&quality=0&auth=YTpi"\n'
        "#EXTINF:2.00000,\n"
        "hls/11.m4s?cameraNum=3&quality=0&auth=YTpi\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:22:24.000Z\n"
        '#EXT-X-PART:DURATION=0.40000,URI="hls/12.0.m4s?cameraNum=3&quality=0&auth=YTpi",INDEPENDENT=YES\n'
        '#EXT-X-PART:DURATION=0.40000,URI="hls/12.1.m4s?cameraNum=3&quality=0&auth=YTpi"\n'
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="hls/12.2.m4s?cameraNum=3&quality=0&auth=YTpi"\n'
    )


def test_a_master_playlist_to_the_letter() -> None:
    """CODECS, RESOLUTION, and the bits of the largest segment (RFC 8216, 4.3.4.2)."""
    small = dataclasses.replace(a_segment(1), parts=(Part(b"x" * 100_000, 2.0, True),))
    large = dataclasses.replace(a_segment(2), parts=(Part(b"x" * 200_000, 2.0, True),))
    variant = Variant.of(0, (VIDEO, an_audio_track()), a_playlist(small, large))
    assert master_playlist(HLSRequest(3, auth="YTpi"), [variant]) == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:6\n"
        '#EXT-X-STREAM-INF:BANDWIDTH=800000,AVERAGE-BANDWIDTH=600000,CODECS="avc1.640028,mp4a.40.2",'
        "RESOLUTION=1920x1080,FRAME-RATE=25.000\n"
        "hls_mediaplaylist?cameraNum=3&quality=0&auth=YTpi\n"
    )


def test_a_frame_rate_that_is_not_known_is_not_said() -> None:
    variant = Variant.of(0, (dataclasses.replace(VIDEO, frame_rate=0.0),), a_playlist(a_segment(1)))
    assert "FRAME-RATE" not in variant.attributes()


def test_while_the_camera_is_offline_there_is_nothing_to_look_forward_to() -> None:
    """No hint, no part of a segment that does not come; and no end: the camera may be back."""
    text = media_playlist(a_playlist(a_segment(10), open_parts=None), "cameraNum=0", WALL)
    assert "PRELOAD-HINT" not in text
    assert "ENDLIST" not in text
    assert text.endswith("hls/10.m4s?cameraNum=0\n")


def test_a_segment_without_a_key_frame_is_not_called_independent() -> None:
    """Also if it is the one that is being made."""
    tag = "#EXT-X-INDEPENDENT-SEGMENTS"
    assert tag in lines(a_playlist(a_segment(10)))
    assert tag not in lines(a_playlist(a_segment(10), a_segment(11, key=False)))
    playlist = dataclasses.replace(a_playlist(a_segment(10)), open=opened(a_segment(11, key=False), 1))
    assert tag not in lines(playlist)


@settings(max_examples=50)
@given(
    runs=st.lists(st.booleans(), min_size=1, max_size=12),
    first=st.integers(0, 2**33),
    open_parts=st.none() | st.integers(0, 5),
)
def test_every_playlist_keeps_the_rules(runs: list[bool], first: int, open_parts: int | None) -> None:
    """Target durations, hold back, one EXT-X-MAP for each run, hints that name the very next part."""
    numbers = [first + index for index in range(len(runs))]
    in_runs = list(itertools.accumulate(runs, initial=first))[1:]
    segments = [a_segment(number, run) for number, run in zip(numbers, in_runs, strict=True)]
    text = lines(a_playlist(*segments, open_parts=open_parts, run=in_runs[-1]))
    value = dict(line[1:].split(":", 1) for line in text if line.startswith("#EXT-X-") and ":" in line)
    assert all(round(float(seconds)) <= int(value["EXT-X-TARGETDURATION"]) for seconds in found(r"EXTINF:(.*),", text))
    part_target = float(value["EXT-X-PART-INF"].partition("=")[2])
    assert all(float(seconds) <= part_target for seconds in found(r"EXT-X-PART:DURATION=([^,]*),", text))
    assert float(value["EXT-X-SERVER-CONTROL"].rpartition("=")[2]) >= 3 * part_target - 0.001
    assert (int(value["EXT-X-MEDIA-SEQUENCE"]), int(value["EXT-X-DISCONTINUITY-SEQUENCE"])) == (first, in_runs[0])
    assert len(found("EXT-X-MAP:(.*)", text)) == len(set(in_runs)) == text.count("#EXT-X-DISCONTINUITY") + 1
    assert len(found(r"EXT-X-PROGRAM-DATE-TIME:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)", text)) == len(segments) + (
        open_parts is not None
    )
    hint = [f"hls/{numbers[-1] + 1}.{open_parts}.m4s?cameraNum=0"] if open_parts is not None else []
    assert found('PRELOAD-HINT:TYPE=PART,URI="(.*)"', text) == hint
    # Parts are listed near the end only, from a whole segment on.
    with_parts = {int(number) for number in found(r'EXT-X-PART:.*URI="hls/(\d+)\.', text)}
    assert with_parts - {numbers[-1] + 1} == set(numbers[-3:])


def found(pattern: str, text: list[str]) -> list[str]:
    return [match[1] for match in map(re.compile(pattern).search, text) if match]


@pytest.mark.parametrize(
    ("position", "there"),
    [
        (Position(9), True),
        (Position(10), True),
        (Position(10, 4), True),
        (Position(10, 5), True),
        (Position(10, 99), True),
        (Position(11), False),
        (Position(11, 0), True),
        (Position(11, 1), True),
        (Position(11, 2), False),
        (Position(12), False),
        (Position(12, 0), False),
    ],
)
def test_a_client_waits_until_the_playlist_has_its_place(position: Position, there: bool) -> None:
    """Segments up to 10, and two parts of 11; a part behind the last of a segment is the first of the next."""
    playlist = a_playlist(a_segment(9), a_segment(10), open_parts=2)
    assert playlist.reaches(position) is there


def test_a_part_behind_the_last_segment_is_waited_for() -> None:
    """Until the next segment has one."""
    for open_parts in (None, 0):
        assert not a_playlist(a_segment(10), open_parts=open_parts).reaches(Position(10, 5))


def test_whoever_is_far_ahead_is_not_waited_for() -> None:
    """A client may ask for the next segment and the one behind it (6.2.5.2)."""
    playlist = a_playlist(a_segment(10))
    assert [playlist.is_ahead(Position(number)) for number in (10, 11, 12, 13)] == [False, False, False, True]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("init7.mp4", Name(run=7)),
        ("12.m4s", Name(position=Position(12))),
        ("12.0.m4s", Name(position=Position(12, 0))),
        ("12.m4", None),
        ("12.-1.m4s", None),
        ("../12.m4s", None),
        ("12.m4s\n", None),
        ("1" * 16 + ".m4s", None),
        ("", None),
    ],
)
def test_names_of_files_are_understood(text: str, name: Name | None) -> None:
    assert Name.parse(text) == name


@pytest.mark.parametrize(
    ("query", "request_"),
    [
        ("cameraNum=3", HLSRequest(3)),
        ("&cameraNum=3&quality=2", HLSRequest(3, quality=2)),
        ("cameraNum=3&auth=YTpi%3D", HLSRequest(3, auth="YTpi%3D")),
        ("cameraNum=3&acodec=none", HLSRequest(3, sound=False)),
        ("cameraNum=3&_HLS_msn=12", HLSRequest(3, after=Position(12))),
        ("cameraNum=3&_HLS_msn=12&_HLS_part=4", HLSRequest(3, after=Position(12, 4))),
        ("cameraNum=3&_HLS_skip=YES", HLSRequest(3)),
    ],
)
def test_requests_are_understood(query: str, request_: HLSRequest) -> None:
    assert HLSRequest.parse(Parameters.of_query(query)) == request_


@pytest.mark.parametrize("more", ["quality=3", "quality=-1", "quality=x", "_HLS_part=1", "_HLS_msn=-1", "_HLS_msn=x"])
def test_numbers_that_cannot_be_are_refused(more: str) -> None:
    with pytest.raises(RequestError):
        HLSRequest.parse(Parameters.of_query(f"cameraNum=0&{more}"))
    with pytest.raises(UnknownCameraError):
        HLSRequest.parse(Parameters.of_query(more))


def test_what_every_address_repeats_cannot_break_out_of_it() -> None:
    """Credentials are written as they came, but for what a playlist or a URL would take for something else."""
    request = HLSRequest(3, 1, sound=False, auth='a"b<c>%3D+/=#\n')
    assert request.parameters() == "cameraNum=3&quality=1&acodec=none&auth=a%22b%3Cc%3E%3D+/=%23%0A"


def test_a_codec_without_a_name_cannot_be_listed() -> None:
    with pytest.raises(ValueError):
        Variant(0, (a_video_track(H265),), 1, 1).attributes()
