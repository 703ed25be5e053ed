"""MP4 files (ISO/IEC 14496-12): boxes, and the `moov` box from what is known of each track.

A movie's tracks are two values: a `TrackHeader` (how to decode it) and a `SampleTable` (where its
samples are, how large and when).  Whoever writes a file collects them as it goes, whoever reads
one gets them from the file, and `movie_box` writes them down.  Times count from the beginning of
the movie, in ticks of each track.
"""

import itertools
import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ssplug.model.camera import Transform

MOVIE_TIMESCALE: Final = 90_000
VIDEO_HANDLER: Final = b"vide"
SOUND_HANDLER: Final = b"soun"

UPRIGHT: Final = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
"""The unity matrix of `tkhd` (8.3.2)."""

_TURNED: Final[Mapping[Transform, tuple[int, int, int, int]]] = {
    Transform.NONE: (1, 0, 0, 1),
    Transform.ROTATE_RIGHT: (0, 1, -1, 0),
    Transform.ROTATE_LEFT: (0, -1, 1, 0),
    Transform.ROTATE_180: (-1, 0, 0, -1),
    Transform.FLIP_HORIZONTAL: (-1, 0, 0, 1),
    Transform.FLIP_VERTICAL: (1, 0, 0, -1),
}
"""a, b, c and d of x' = a x + c y, y' = b x + d y (6.2.2); x to the right, y down."""

_EPOCH_1904: Final = 2_082_844_800  # seconds from 1904 to 1970
_SELF_CONTAINED: Final = 1
_UNDETERMINED: Final = 0x55C4  # "und" (8.4.2)
_IN_MOVIE_AND_ENABLED: Final = 3


@dataclass(frozen=True, slots=True)
class TrackHeader:
    """How one track is decoded and shown."""

    number: int
    """track_ID, from 1."""
    handler: bytes
    timescale: int
    sample_entry: bytes
    """The box in `stsd`: codec and parameters."""
    width: int = 0
    height: int = 0
    media_start: int = 0
    """Media time that is presented when the movie begins: the reordering delay of B-frames."""
    matrix: bytes = UPRIGHT

    @property
    def is_video(self) -> bool:
        """Video, or else sound."""
        return self.handler == VIDEO_HANDLER


@dataclass(slots=True)
class SampleTable:
    """The samples of one track, in decoding order."""

    times: "array[int]" = field(default_factory=lambda: array("q"))
    """Decoding time of each."""
    sizes: "array[int]" = field(default_factory=lambda: array("I"))
    delays: "array[int]" = field(default_factory=lambda: array("i"))
    """Presentation time less decoding time of each; may be negative."""
    keys: "array[int]" = field(default_factory=lambda: array("I"))
    """Indices of the samples where decoding can start."""
    chunks: list[tuple[int, int]] = field(default_factory=list)
    """Where samples lie without gaps: (offset in the file, index of the first sample)."""
    end: int = 0
    """When the last sample ends."""

    def __len__(self) -> int:
        return len(self.times)

    def add(self, time: int, duration: int, size: int, delay: int, key: bool) -> None:
        """One more sample behind the others, in the chunk begun last."""
        if key:
            self.keys.append(len(self.times))
        self.times.append(time)
        self.sizes.append(size)
        self.delays.append(delay)
        self.end = time + duration

    def durations(self) -> Iterator[int]:
        """How long each sample lasts: until the next."""
        last = iter((self.end,)) if self.times else iter(())
        for begin, end in itertools.pairwise(itertools.chain(self.times, last)):
            yield max(end - begin, 0)

    def offsets(self) -> Iterator[int]:
        """Where in the file each sample begins."""
        for (offset, first), end in zip(self.chunks, self._chunk_ends(), strict=True):
            for size in self.sizes[first:end]:
                yield offset
                offset += size

    def _chunk_ends(self) -> Iterator[int]:
        yield from (first for _, first in self.chunks[1:])
        if self.chunks:
            yield len(self)


def display_matrix(transform: Transform, width: int, height: int) -> bytes:
    """What makes a player turn pictures of this size, which are kept as the camera sent them."""
    a, b, c, d = _TURNED[transform]
    # Moved back so that its left upper corner is at 0, 0 again.
    x, y = -min(0, a * width, c * height), -min(0, b * width, d * height)
    return struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, x << 16, y << 16, 1 << 30)


def turned_by(a: int, b: int, c: int, d: int) -> Transform:
    """The transform that these numbers of a matrix stand for; NONE for any other matrix."""
    return next((transform for transform, numbers in _TURNED.items() if numbers == (a, b, c, d)), Transform.NONE)


def box(kind: bytes, *payload: bytes) -> bytes:
    """A box (4.2)."""
    size = 8 + sum(map(len, payload))
    return b"".join((struct.pack(">I4s", size, kind), *payload))


def full_box(kind: bytes, version: int, flags: int, *payload: bytes) -> bytes:
    """A box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *payload)


def movie_box(
    headers: Sequence[TrackHeader], tables: Sequence[SampleTable], created: float, fragmented: bool = False
) -> bytes:
    """`moov`; `created` is seconds since the epoch. Of a fragmented movie the tables are empty, samples follow."""
    durations = [_movie_duration(header, table) for header, table in zip(headers, tables, strict=True)]
    tracks = [_track(*each, created, fragmented) for each in zip(headers, tables, durations, strict=True)]
    extends = [box(b"mvex", *(_track_extends(header) for header in headers))] if fragmented else []
    return box(b"moov", _movie_header(max(durations, default=0), created, len(headers) + 1), *tracks, *extends)


def _movie_duration(header: TrackHeader, table: SampleTable) -> int:
    if not table:
        return 0
    return _rescaled(table.end - table.times[0], header) + _rescaled(max(_lead(header, table), 0), header)


def _lead(header: TrackHeader, table: SampleTable) -> int:
    """How long after the movie begins the first sample is decoded; negative when media is cut off in front."""
    return table.times[0] - header.media_start if table else -header.media_start


def _rescaled(ticks: int, header: TrackHeader) -> int:
    return ticks * MOVIE_TIMESCALE // header.timescale


def _movie_header(duration: int, created: float, next_track: int) -> bytes:
    return full_box(
        b"mvhd",
        1,
        0,
        struct.pack(">QQIQ", *_dates(created), MOVIE_TIMESCALE, duration),
        struct.pack(">IH10x", 1 << 16, 1 << 8),  # rate, volume
        UPRIGHT,
        struct.pack(">24xI", next_track),
    )


def _dates(created: float) -> tuple[int, int]:
    seconds = int(created) + _EPOCH_1904
    return seconds, seconds


def _track(header: TrackHeader, table: SampleTable, duration: int, created: float, fragmented: bool) -> bytes:
    return box(
        b"trak",
        _track_header(header, duration, created),
        _edits(header, table, duration, fragmented),
        _media(header, table, created),
    )


def _track_header(header: TrackHeader, duration: int, created: float) -> bytes:
    return full_box(
        b"tkhd",
        1,
        _IN_MOVIE_AND_ENABLED,
        struct.pack(">QQI4xQ8x", *_dates(created), header.number, duration),
        struct.pack(">HHH2x", 0, 0 if header.is_video else 1, 0 if header.is_video else 1 << 8),
        header.matrix,
        struct.pack(">II", header.width << 16, header.height << 16),
    )


def _edits(header: TrackHeader, table: SampleTable, duration: int, fragmented: bool) -> bytes:
    """The edit list that makes the movie begin where it should (8.6.6); nothing when it does anyway."""
    if fragmented:
        return _edit_list((0, header.media_start)) if header.media_start else b""
    lead = _lead(header, table)
    if lead > 0:
        empty = _rescaled(lead, header)
        return _edit_list((empty, -1), (duration - empty, 0))
    return _edit_list((duration, -lead)) if lead < 0 else b""


def _edit_list(*edits: tuple[int, int]) -> bytes:
    entries = (struct.pack(">QqI", duration, media_time, 1 << 16) for duration, media_time in edits)
    return box(b"edts", full_box(b"elst", 1, 0, struct.pack(">I", len(edits)), *entries))


def _media(header: TrackHeader, table: SampleTable, created: float) -> bytes:
    duration = table.end - table.times[0] if table else 0
    name = b"Video\0" if header.is_video else b"Sound\0"
    return box(
        b"mdia",
        full_box(
            b"mdhd",
            1,
            0,
            struct.pack(">QQIQHH", *_dates(created), header.timescale, duration, _UNDETERMINED, 0),
        ),
        full_box(b"hdlr", 0, 0, struct.pack(">4x4s12x", header.handler), name),
        box(b"minf", _media_header(header), _data_information(), _sample_table(header, table)),
    )


def _media_header(header: TrackHeader) -> bytes:
    return full_box(b"vmhd", 0, 1, bytes(8)) if header.is_video else full_box(b"smhd", 0, 0, bytes(4))


def _data_information() -> bytes:
    return box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, _SELF_CONTAINED)))


def _track_extends(header: TrackHeader) -> bytes:
    """Defaults of `trex` (8.8.3): none, every fragment says all."""
    return full_box(b"trex", 0, 0, struct.pack(">IIIII", header.number, 1, 0, 0, 0))


def _sample_table(header: TrackHeader, table: SampleTable) -> bytes:
    boxes = [
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), header.sample_entry),
        full_box(b"stts", 0, 0, _run_lengths(table.durations(), ">II")),
        *([full_box(b"ctts", 1, 0, _run_lengths(table.delays, ">Ii"))] if any(table.delays) else []),
        *([_sync_samples(table)] if len(table.keys) < len(table) else []),
        full_box(b"stsc", 0, 0, _samples_per_chunk(table)),
        full_box(b"stsz", 0, 0, struct.pack(">II", 0, len(table)), _big_endian(table.sizes)),
        full_box(b"co64", 0, 0, struct.pack(">I", len(table.chunks)), _chunk_offsets(table)),
    ]
    return box(b"stbl", *boxes)


def _run_lengths(numbers: Iterable[int], form: str) -> bytes:
    runs = [struct.pack(form, sum(1 for _ in group), number) for number, group in itertools.groupby(numbers)]
    return struct.pack(">I", len(runs)) + b"".join(runs)


def _sync_samples(table: SampleTable) -> bytes:
    numbers = array("I", (index + 1 for index in table.keys))
    return full_box(b"stss", 0, 0, struct.pack(">I", len(numbers)), _big_endian(numbers))


def _samples_per_chunk(table: SampleTable) -> bytes:
    """`stsc` lists only the chunks whose number of samples differs from the one before (8.7.4)."""
    firsts = [*(first for _, first in table.chunks), len(table)]
    entries: list[bytes] = []
    before = 0
    for number, (begin, end) in enumerate(itertools.pairwise(firsts), 1):
        if end - begin != before:
            before = end - begin
            entries.append(struct.pack(">III", number, before, 1))
    return struct.pack(">I", len(entries)) + b"".join(entries)


def _chunk_offsets(table: SampleTable) -> bytes:
    return struct.pack(f">{len(table.chunks)}Q", *(offset for offset, _ in table.chunks))


def _big_endian(numbers: "array[int]") -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)
