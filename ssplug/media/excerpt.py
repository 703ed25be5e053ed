"""Any stretch of time of a camera as one movie, put together from the samples of its footage files.

Nothing is decoded. The excerpt is a fragmented MP4, written as it is read: it begins at the last key
frame at or before the wanted time, and closes the gaps between files. It ends where the camera
changed its resolution or codec, for a movie has one of each.

Blocks; belongs to the thread that iterates.
"""

import bisect
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Protocol

from ssplug.media.fmp4 import Sample, fragment, init_segment
from ssplug.media.mp4 import SampleTable, TrackHeader
from ssplug.media.mp4_index import Index, read_index

_FRAGMENT_SECONDS: Final = 1
_OVERLAP: Final = 0.25
"""Seconds that a file may begin before the one before it ends: its clock may have drifted from the server's."""


class FileReader(Protocol):
    """A file that is being read, as storage backends give it."""

    size: int

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes at `offset`."""

    def close(self) -> None:
        """Let go of it."""


def excerpt(files: Sequence[Callable[[], FileReader]], start: float, end: float) -> Generator[bytes, None, None]:
    """The movie from `start` to `end` (wall time), of files in the order of their beginning; perhaps nothing.

    What cannot be opened or read is passed over. Pieces are of a second.
    """
    montage = _Montage()
    position = start
    for opener in files:
        try:
            reader = opener()
        except OSError:
            continue
        try:
            take = _take(reader, position, end, is_first=not montage.headers)
            if take is None:
                continue
            if not montage.fits(take.index):
                return
            yield from montage.add(take)
            position = take.ends_at
        finally:
            reader.close()


@dataclass(frozen=True, slots=True)
class _Take:
    """What is used of one file: the samples of video from `first` to before `last`."""

    reader: FileReader
    index: Index
    header: TrackHeader
    table: SampleTable
    first: int
    last: int

    @property
    def begins(self) -> Fraction:
        """Seconds of the file's time line, like `ends`; decoding times, as that is what the samples follow."""
        return Fraction(self.table.times[self.first], self.header.timescale)

    @property
    def ends(self) -> Fraction:
        at = self.table.times[self.last] if self.last < len(self.table) else self.table.end
        return Fraction(at, self.header.timescale)

    @property
    def ends_at(self) -> float:
        """Wall time."""
        return self.index.label.started + float(self.ends - Fraction(self.header.media_start, self.header.timescale))


def _take(reader: FileReader, start: float, end: float, is_first: bool) -> _Take | None:
    """What a file has from `start` to `end`; None where that is nothing, or the file is damaged."""
    try:
        index = read_index(reader.read, reader.size)
    except (ValueError, OSError):
        return None
    for header, table in zip(index.headers, index.tables, strict=True):
        if header.is_video and table.keys:
            shown = [time + delay - header.media_start for time, delay in zip(table.times, table.delays, strict=True)]
            begin, stop = (round((at - index.label.started) * header.timescale) for at in (start, end))
            first = _first(table, shown, begin, header.timescale, is_first)
            last = next((number for number in range(len(shown) - 1, -1, -1) if shown[number] < stop), -1) + 1
            return _Take(reader, index, header, table, first, last) if first is not None and first < last else None
    return None


def _first(table: SampleTable, shown: Sequence[int], begin: int, timescale: int, is_first: bool) -> int | None:
    """The key frame to begin at: at or before `begin`, or, behind another file, at or after it."""
    if is_first:
        before = [key for key in table.keys if shown[key] <= begin]
        has_it = table.end > begin or not before
        return (before[-1] if before else table.keys[0]) if has_it else None
    tolerated = begin - round(_OVERLAP * timescale)
    return next((key for key in table.keys if shown[key] >= tolerated), None)


@dataclass(slots=True)
class _Montage:
    """The movie so far."""

    headers: tuple[TrackHeader, ...] = ()
    length: Fraction = Fraction(0)
    """Seconds of pictures."""
    sequence: int = 0
    ends: dict[int, int] = field(default_factory=dict)
    """When the last sample of each track ends, in its ticks."""

    def fits(self, index: Index) -> bool:
        """Whether the pictures of a file are decoded as those before."""
        return not self.headers or self._same(next(h for h in index.headers if h.is_video)) is not None

    def add(self, take: _Take) -> Iterator[bytes]:
        """The pieces of a take; before the first, what a player needs of the whole movie."""
        if not self.headers:
            self.headers = take.index.headers
            yield init_segment(self.headers, take.index.label.started)
        tracks = [
            (ours, _Track(header, table))
            for header, table in zip(take.index.headers, take.index.tables, strict=True)
            if (ours := self._same(header)) is not None
        ]
        begin = take.begins
        while begin < take.ends:
            end = min(begin + _FRAGMENT_SECONDS, take.ends)
            runs = [(ours, self._run(ours, track, take, begin, end)) for ours, track in tracks]
            if filled := [run for run in runs if run[1]]:
                self.sequence += 1
                yield fragment(self.sequence, filled)
            begin = end
        self.length += take.ends - take.begins

    def _same(self, header: TrackHeader) -> TrackHeader | None:
        """Our track that a file's goes on with."""
        return next((ours for ours in self.headers if _decoding(ours) == _decoding(header)), None)

    def _run(self, ours: TrackHeader, track: "_Track", take: _Take, begin: Fraction, end: Fraction) -> list[Sample]:
        """The samples of a track from `begin` to `end`, moved to where they belong in this movie."""
        zero = round((self.length - take.begins) * ours.timescale)
        earliest = self.ends.get(ours.number, 0)
        samples = track.samples(take.reader, begin, end, zero, earliest)
        if samples:
            self.ends[ours.number] = samples[0].time + sum(sample.duration for sample in samples)
        return samples


class _Track:
    """One track of a file."""

    def __init__(self, header: TrackHeader, table: SampleTable) -> None:
        self._header = header
        self._table = table
        self._offsets = list(table.offsets())
        self._durations = list(table.durations())
        self._keys = frozenset(table.keys)

    def samples(self, reader: FileReader, begin: Fraction, end: Fraction, zero: int, earliest: int) -> list[Sample]:
        """Those decoded from `begin` to before `end`, `zero` later; the first of them not before `earliest`."""
        times, scale = self._table.times, self._header.timescale
        first, last = (bisect.bisect_left(times, at * scale) for at in (begin, end))
        return [
            Sample(
                reader.read(self._offsets[number], self._table.sizes[number]),
                max(times[number] + zero, earliest),
                self._durations[number],
                self._table.delays[number],
                number in self._keys,
            )
            for number in range(first, last)
        ]


def _decoding(header: TrackHeader) -> tuple[bytes, int, bytes, int, bytes]:
    """What must be the same in all parts of a track."""
    return header.handler, header.timescale, header.sample_entry, header.media_start, header.matrix
