"""Reading footage files: what they say of themselves, and where their samples are.

Reads the files that `ssplug.media.fmp4` writes, finished or cut off anywhere.  Nothing is decoded
and of the samples nothing is read, but for the CRC-32 of the last fragments of a file that was cut
off.  What is read may be damaged: every number is checked before it is used, and what makes no
sense ends the file there.
"""

import struct
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ssplug.media.fmp4 import HEAD_SIZE, LABEL_UUID, SEAL_SIZE
from ssplug.media.mp4 import MOVIE_TIMESCALE, SampleTable, TrackHeader
from ssplug.model.footage import Label

Read: TypeAlias = Callable[[int, int], bytes]
"""(offset, count) -> the bytes of the file there, fewer at its end."""

CHECKED_TAIL: Final = 16 * 2**20
"""How much at the end of a cut-off file is checked against its CRC: more than a disk is ever behind."""

_LARGEST_MOOV: Final = 512 * 2**20
_LARGEST_MOOF: Final = 64 * 2**20
_LATEST: Final = 1 << 62
_NOT_SYNC: Final = 0x00010000  # sample_is_non_sync_sample (8.8.3.1)


@dataclass(frozen=True, slots=True)
class Index:
    """What is known of a footage file without its samples."""

    label: Label
    headers: tuple[TrackHeader, ...]
    tables: tuple[SampleTable, ...]
    finished: bool
    """Whether it is an ordinary MP4; otherwise a fragmented one, perhaps cut off."""
    end: int
    """Where the last whole fragment ends, or the file."""

    @property
    def duration(self) -> float:
        """Seconds of video."""
        for header, table in zip(self.headers, self.tables, strict=True):
            if header.is_video and table:
                return (table.end - table.times[0]) / header.timescale
        return 0.0

    @property
    def is_h264(self) -> bool:
        """Whether its pictures are H.264, which every browser plays."""
        return all(header.sample_entry[4:8] == b"avc1" for header in self.headers if header.is_video)

    @property
    def is_empty(self) -> bool:
        """Whether there is no sample at all."""
        return not any(len(table) for table in self.tables)


def read_label(read: Read) -> Label:
    """What a footage file says of itself; ValueError if it is none of ours."""
    for kind, begin, end in _boxes(read(0, HEAD_SIZE)):
        if kind == b"uuid":
            payload = read(begin, end - begin)
            if payload.startswith(LABEL_UUID):
                return Label.from_json(payload[len(LABEL_UUID) :])
    raise ValueError("no footage label")


def read_index(read: Read, size: int) -> Index:
    """The index of a file of `size` bytes; ValueError if it is none of ours or has no whole `moov`."""
    label = read_label(read)
    at = HEAD_SIZE - 16
    front = read(at, 16)
    if len(front) == 16 and front[:8] == b"\0\0\0\1mdat":
        return _finished(read, label, at + int.from_bytes(front[8:], "big"), size)
    return _unfinished(read, label, size)


def _finished(read: Read, label: Label, moov_at: int, size: int) -> Index:
    moov = _whole_box(read, moov_at, size, b"moov", _LARGEST_MOOV)
    tracks = _tracks(moov)
    return Index(label, tuple(h for h, _ in tracks), tuple(t for _, t in tracks), True, moov_at + len(moov) + 8)


def _unfinished(read: Read, label: Label, size: int) -> Index:
    moov = _whole_box(read, HEAD_SIZE, size, b"moov", _LARGEST_MOOV)
    headers = tuple(header for header, _ in _tracks(moov))
    tables = tuple(SampleTable() for _ in headers)
    end = HEAD_SIZE + 8 + len(moov)
    for moof_at, moof, begin, after in _fragments(read, end, size):
        if after > size - CHECKED_TAIL and not _is_sealed(read, moof_at, after):
            break
        try:
            runs = _runs(moof, moof_at, begin, after - SEAL_SIZE)
        except (ValueError, struct.error):
            break
        _add(headers, tables, runs)
        end = after
    return Index(label, headers, tables, False, end)


def _whole_box(read: Read, at: int, size: int, kind: bytes, limit: int) -> bytes:
    """The payload of the box at `at`; ValueError if it is another, too large or cut short."""
    length, found = _box_head(read(at, 8))
    if found != kind or not 8 <= length <= min(limit, size - at):
        raise ValueError(f"no {kind.decode()} box at {at}")
    return read(at + 8, length - 8)


def _box_head(data: bytes) -> tuple[int, bytes]:
    return (int.from_bytes(data[:4], "big"), data[4:8]) if len(data) == 8 else (0, b"")


def _boxes(data: bytes, begin: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """The boxes inside `data`: kind, where the payload begins, where it ends. Ends at what is damaged."""
    end = len(data) if end is None else end
    while begin + 8 <= end:
        length, kind = _box_head(data[begin : begin + 8])
        if not 8 <= length <= end - begin:
            return
        yield kind, begin + 8, begin + length
        begin += length


def _path(data: bytes, *kinds: bytes) -> bytes:
    """The payload of the first box at this path; ValueError if there is none."""
    for wanted in kinds:
        found = next(((begin, end) for kind, begin, end in _boxes(data) if kind == wanted), None)
        if found is None:
            raise ValueError(f"no {wanted.decode()} box")
        data = data[found[0] : found[1]]
    return data


def _tracks(moov: bytes) -> list[tuple[TrackHeader, SampleTable]]:
    try:
        return [_track(moov[begin:end]) for kind, begin, end in _boxes(moov) if kind == b"trak"]
    except struct.error as error:
        raise ValueError(f"a damaged moov box: {error}") from error


def _track(trak: bytes) -> tuple[TrackHeader, SampleTable]:
    tkhd, mdhd = _path(trak, b"tkhd"), _path(trak, b"mdia", b"mdhd")
    handler = _path(trak, b"mdia", b"hdlr")[8:12]
    stbl = _path(trak, b"mdia", b"minf", b"stbl")
    lead, media_start = _edits(trak)
    width, height = struct.unpack_from(">II", tkhd, 88)
    header = TrackHeader(
        struct.unpack_from(">I", tkhd, 20)[0],
        handler,
        struct.unpack_from(">I", mdhd, 20)[0],
        _path(stbl, b"stsd")[8:],
        width >> 16,
        height >> 16,
        media_start,
        tkhd[52:88],
    )
    if not header.timescale:
        raise ValueError("a track without a clock")
    first = lead * header.timescale // MOVIE_TIMESCALE
    return header, _samples(stbl, first)


def _edits(trak: bytes) -> tuple[int, int]:
    """How long the movie runs before the track begins (movie's timescale), and where its media begin."""
    try:
        elst = _path(trak, b"edts", b"elst")
    except ValueError:
        return 0, 0
    lead = start = 0
    for duration, media_time, _rate in struct.iter_unpack(">QqI", elst[8:]):
        lead, start = (lead + duration, start) if media_time < 0 else (lead, media_time)
    return lead, start


def _samples(stbl: bytes, first: int) -> SampleTable:
    table = SampleTable(sizes=_numbers(_path(stbl, b"stsz")[12:]))
    count = len(table.sizes)
    time = first
    for repeat, duration in _pairs(_path(stbl, b"stts"), ">II", count):
        for _ in range(repeat):
            table.times.append(time)
            time += duration
    table.end = time
    table.delays = _delays(stbl, count)
    table.keys = _keys(stbl, count)
    table.chunks = _chunks(stbl, count)
    if not len(table.times) == len(table.delays) == count:
        raise ValueError("a sample table that contradicts itself")
    return table


def _numbers(data: bytes) -> "array[int]":
    return array("I", struct.unpack(f">{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _pairs(payload: bytes, form: str, count: int) -> Iterator[tuple[int, int]]:
    """The runs of `stts` and `ctts`; ValueError when they are of more than `count` samples."""
    left = count
    for repeat, number in struct.iter_unpack(form, payload[8 : 8 + (len(payload) - 8) // 8 * 8]):
        left -= repeat
        if left < 0:
            raise ValueError("a sample table that contradicts itself")
        yield repeat, number


def _delays(stbl: bytes, count: int) -> "array[int]":
    try:
        ctts = _path(stbl, b"ctts")
    except ValueError:
        return array("i", bytes(4 * count))
    delays = array("i")
    for repeat, delay in _pairs(ctts, ">Ii", count):
        delays.extend([delay] * repeat)
    return delays


def _keys(stbl: bytes, count: int) -> "array[int]":
    try:
        stss = _path(stbl, b"stss")
    except ValueError:
        return array("I", range(count))
    return array("I", (number - 1 for number in _numbers(stss[8:]) if 0 < number <= count))


def _chunks(stbl: bytes, count: int) -> list[tuple[int, int]]:
    """Offset and first sample of each chunk, from `co64` and the runs of `stsc`."""
    offsets = [offset for (offset,) in struct.iter_unpack(">Q", _path(stbl, b"co64")[8:])]
    runs = list(struct.iter_unpack(">III", _path(stbl, b"stsc")[8:]))
    chunks: list[tuple[int, int]] = []
    first = 0
    for (begin, samples, _), end in zip(runs, [*(run[0] for run in runs[1:]), len(offsets) + 1], strict=False):
        for offset in offsets[begin - 1 : end - 1]:
            chunks.append((offset, first))
            first += samples
    if first != count:
        raise ValueError("a sample table that contradicts itself")
    return chunks


def _fragments(read: Read, at: int, size: int) -> Iterator[tuple[int, bytes, int, int]]:
    """Each fragment that the file has room for: offset and payload of `moof`, where the samples begin, its end."""
    while True:
        length, kind = _box_head(read(at, 8))
        if kind != b"moof" or not 8 <= length <= min(_LARGEST_MOOF, size - at):
            return
        moof = read(at + 8, length - 8)
        data_at = at + length
        data_length, data_kind = _box_head(read(data_at, 8))
        after = data_at + data_length + SEAL_SIZE
        if data_kind != b"mdat" or data_length < 8 or after > size or len(moof) != length - 8:
            return
        yield at, moof, data_at + 8, after
        at = after


def _is_sealed(read: Read, begin: int, end: int) -> bool:
    crc, at = 0, begin
    while at < end - SEAL_SIZE:
        piece = read(at, min(2**20, end - SEAL_SIZE - at))
        if not piece:
            return False
        crc = zlib.crc32(piece, crc)
        at += len(piece)
    return read(end - SEAL_SIZE, SEAL_SIZE) == struct.pack(">I4sI", SEAL_SIZE, b"free", crc)


@dataclass(frozen=True, slots=True)
class _Run:
    """The samples of one track in one fragment."""

    number: int
    time: int
    offset: int
    rows: list[tuple[int, int, int, int]]
    """Duration, size, flags, delay."""


def _runs(moof: bytes, moof_at: int, begin: int, end: int) -> list[_Run]:
    """The runs of a fragment whose samples lie from `begin` to `end`; ValueError if they do not."""
    runs = [_run(moof[b:e], moof_at) for kind, b, e in _boxes(moof) if kind == b"traf"]
    for run in runs:
        if not begin <= run.offset <= run.offset + sum(row[1] for row in run.rows) <= end:
            raise ValueError("samples outside their fragment")
    return runs


def _run(traf: bytes, moof_at: int) -> _Run:
    trun = _path(traf, b"trun")
    count, offset = struct.unpack_from(">Ii", trun, 4)
    rows = list(struct.iter_unpack(">IIIi", trun[12:]))
    if len(rows) != count:
        raise ValueError("a run of samples that is cut short")
    time = struct.unpack_from(">Q", _path(traf, b"tfdt"), 4)[0]
    if time >= _LATEST:
        raise ValueError("samples of another age")
    return _Run(struct.unpack_from(">I", _path(traf, b"tfhd"), 4)[0], time, moof_at + offset, rows)


def _add(headers: Sequence[TrackHeader], tables: Sequence[SampleTable], runs: Sequence[_Run]) -> None:
    by_number = {header.number: table for header, table in zip(headers, tables, strict=True)}
    for run in runs:
        table = by_number.get(run.number)
        if table is None:
            continue
        table.chunks.append((run.offset, len(table)))
        time = run.time
        for duration, size, flags, delay in run.rows:
            table.add(time, duration, size, delay, not flags & _NOT_SYNC)
            time += duration
