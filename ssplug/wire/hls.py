"""HTTP Live Streaming: playlists (RFC 8216, and its second edition for low latency), and names of what they list.

Every address in a playlist is relative to the server's root, and carries `parameters`: the camera,
the quality, and the credentials where they came in the address.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import quote

from ssplug.media.access_unit import Track
from ssplug.media.codec_string import codec_string
from ssplug.media.segments import Segment
from ssplug.wire.requests import Parameters, RequestError, camera_number

PLAYLIST_TYPE: Final = "application/x-mpegURL"
MEDIA_TYPE: Final = "video/mp4"

QUALITIES: Final = range(3)
"""What `quality` may be: 0 is the camera's own, 1 and 2 are less."""

_VERSION: Final = 6  # EXT-X-MAP (7)
_PARTS_LISTED: Final = 3  # target durations from the end (B.3)
_PARTS_HELD_BACK: Final = 3  # part targets (4.4.3.8)
_AHEAD: Final = 2  # segments that may be asked for before they are there (6.2.5.2)

_NAME = re.compile(r"init(?P<run>[0-9]{1,15})\.mp4|(?P<number>[0-9]{1,15})(?:\.(?P<part>[0-9]{1,6}))?\.m4s")


@dataclass(frozen=True, slots=True)
class Playlist:
    """What there is of one camera at one moment."""

    target: int
    """Seconds; no segment is longer when rounded."""
    part_target: float
    segments: tuple[Segment, ...]
    """Oldest first, at least one."""
    open: Segment | None
    """The one that is being made; None while the camera is offline."""

    def reaches(self, position: "Position") -> bool:
        """Whether it has what a client waits for."""
        last, part = self.segments[-1], position.part
        if position.number == last.number + 1:
            return part is not None and self._has_open(part)
        # A part behind the last of its segment means the first of the next (6.2.5.2).
        is_behind = position.number == last.number and part is not None and part >= len(last.parts)
        return position.number <= last.number and (not is_behind or self._has_open(0))

    @property
    def with_open(self) -> tuple[Segment, ...]:
        """All segments, also the one that is being made."""
        return self.segments if self.open is None else (*self.segments, self.open)

    def _has_open(self, part: int) -> bool:
        return self.open is not None and len(self.open.parts) > part

    def is_ahead(self, position: "Position") -> bool:
        """Whether a client waits for what is too far off to be waited for."""
        return position.number > self.segments[-1].number + _AHEAD


@dataclass(frozen=True, slots=True)
class Position:
    """Where in a stream: a segment, or one of its parts."""

    number: int
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """The last part of an address: the init segment of a run, or a segment, or a part of one."""

    run: int | None = None
    position: Position | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for any other text."""
        found = _NAME.fullmatch(text)
        if found is None:
            return None
        if found["run"] is not None:
            return cls(run=int(found["run"]))
        return cls(position=Position(int(found["number"]), int(found["part"]) if found["part"] else None))


@dataclass(frozen=True, slots=True)
class HLSRequest:
    """`hls` and `hls_mediaplaylist`."""

    camera: int
    quality: int = 0
    sound: bool = True
    auth: str | None = None
    """As it came, percent-encoded."""
    after: Position | None = None
    """What must be in the playlist before it is sent."""

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """RequestError for numbers that cannot be."""
        return cls(
            camera_number(parameters),
            quality_of(parameters),
            wants_sound(parameters),
            parameters.raw("auth"),
            _position(parameters),
        )

    def parameters(self, quality: int | None = None) -> str:
        """What every address repeats."""
        words = [f"cameraNum={self.camera}", f"quality={self.quality if quality is None else quality}"]
        words += [] if self.sound else ["acodec=none"]
        words += [] if self.auth is None else [f"auth={quote(self.auth, safe='%/+=-_~.')}"]
        return "&".join(words)


class TooFarError(RequestError):
    """A client waits for what is too far off; it has lost its place."""

    status = HTTPStatus.BAD_REQUEST


def wants_sound(parameters: Parameters) -> bool:
    """Whether `acodec` leaves sound in; RTSP clients use the same word."""
    return (parameters.text("acodec") or "").strip().lower() != "none"


def quality_of(parameters: Parameters) -> int:
    """One of QUALITIES; RequestError for others."""
    quality = parameters.integer("quality") or 0
    if quality not in QUALITIES:
        raise RequestError("quality: not 0, 1 or 2")
    return quality


def _position(parameters: Parameters) -> Position | None:
    number, part = parameters.integer("_HLS_msn"), parameters.integer("_HLS_part")
    if number is None:
        if part is not None:
            raise RequestError("_HLS_part: without _HLS_msn")
        return None
    if number < 0 or (part or 0) < 0:
        raise RequestError("_HLS_msn: less than nothing")
    return Position(number, part)


def master_playlist(request: HLSRequest, qualities: Sequence["Variant"]) -> str:
    """The list of media playlists (4.3.4)."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}"]
    for variant in qualities:
        lines += [
            f"#EXT-X-STREAM-INF:{variant.attributes()}",
            f"hls_mediaplaylist?{request.parameters(variant.quality)}",
        ]
    return "\n".join([*lines, ""])


@dataclass(frozen=True, slots=True)
class Variant:
    """One quality of a camera."""

    quality: int
    tracks: tuple[Track, ...]
    bandwidth: int
    """Bits a second of the largest segment."""
    average_bandwidth: int

    @classmethod
    def of(cls, quality: int, tracks: tuple[Track, ...], playlist: Playlist) -> Self:
        """As its segments have been so far."""
        sizes = [(segment.size * 8, segment.duration) for segment in playlist.segments]
        average = sum(bits for bits, _ in sizes) / sum(seconds for _, seconds in sizes)
        return cls(quality, tracks, round(max(bits / seconds for bits, seconds in sizes)), round(average))

    def attributes(self) -> str:
        """The attribute list of EXT-X-STREAM-INF (4.3.4.2)."""
        video = next(track for track in self.tracks if track.is_video)
        codecs = ",".join(map(codec_string, self.tracks))
        attributes = [
            f"BANDWIDTH={self.bandwidth}",
            f"AVERAGE-BANDWIDTH={self.average_bandwidth}",
            f'CODECS="{codecs}"',
            f"RESOLUTION={video.width}x{video.height}",
        ]
        attributes += [f"FRAME-RATE={video.frame_rate:.3f}"] if video.frame_rate > 0 else []
        return ",".join(attributes)


def media_playlist(playlist: Playlist, parameters: str, wall_offset: float) -> str:
    """The list of segments and parts; `wall_offset` is wall time less the hub's time."""
    first = playlist.segments[0]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{playlist.target}",
        f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={_PARTS_HELD_BACK * playlist.part_target:.3f}",
        f"#EXT-X-PART-INF:PART-TARGET={playlist.part_target:.3f}",
        f"#EXT-X-MEDIA-SEQUENCE:{first.number}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.run}",
    ]
    if all(segment.independent for segment in playlist.with_open if segment.parts):
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    lines += _Writer(playlist, parameters, wall_offset).segments()
    return "\n".join([*lines, ""])


@dataclass(frozen=True, slots=True)
class _Writer:
    """The part of a media playlist that is about segments."""

    playlist: Playlist
    parameters: str
    wall_offset: float

    def segments(self) -> Iterator[str]:
        last = self.playlist.segments[-1]
        parts_from = last.began + last.duration - _PARTS_LISTED * self.playlist.target
        run = None
        for segment in self.playlist.segments:
            yield from self._head(segment, run)
            if segment.began >= parts_from:
                yield from self._parts(segment)
            yield f"#EXTINF:{segment.duration:.5f},"
            yield self._address(f"{segment.number}.m4s")
            run = segment.run
        if self.playlist.open is not None:
            yield from self._open(self.playlist.open, run)

    def _head(self, segment: Segment, run_before: int | None) -> Iterator[str]:
        if segment.run != run_before:
            if run_before is not None:
                yield "#EXT-X-DISCONTINUITY"
            yield f'#EXT-X-MAP:URI="{self._address(f"init{segment.run}.mp4")}"'
        began = datetime.fromtimestamp(segment.began + self.wall_offset, UTC)
        yield f"#EXT-X-PROGRAM-DATE-TIME:{began.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}"

    def _parts(self, segment: Segment) -> Iterator[str]:
        if not segment.shows_parts:
            return
        for index, part in enumerate(segment.parts):
            independent = ",INDEPENDENT=YES" if part.independent else ""
            address = self._address(f"{segment.number}.{index}.m4s")
            yield f'#EXT-X-PART:DURATION={part.duration:.5f},URI="{address}"{independent}'

    def _open(self, segment: Segment, run_before: int | None) -> Iterator[str]:
        yield from self._head(segment, run_before)
        yield from self._parts(segment)
        hint = self._address(f"{segment.number}.{len(segment.parts)}.m4s")
        yield f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{hint}"'

    def _address(self, name: str) -> str:
        return f"hls/{name}?{self.parameters}"
