"""Fragmented MP4 (ISO/IEC 14496-12, 8.8) from access units, without decoding.

`TrackMuxer` turns the units of one track into samples, `init_segment` and `fragment` write what an
HLS playlist lists, and `MovieMuxer` puts these together to a footage file.  All of them say what
is to be written and write nothing.

A footage file has two forms.  While it is recorded it is a fragmented MP4, good up to its last
whole fragment whatever happens.  When it is finished, a `moov` box with the place of every sample
is put behind it and the small box in front of the fragments becomes an `mdat` that holds them all:
an ordinary MP4 that any player can seek in.

    recording:  ftyp uuid free | moov | moof mdat free | moof mdat free | ...
    finished:   ftyp uuid mdat(     moov   moof mdat free   moof mdat free   ...) moov

The `uuid` box is the file's label; the `free` box behind a fragment holds the CRC-32 of it, so that
after a loss of power what reached the disk is told from what did not.
"""

import itertools
import struct
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ssplug.media import h264, h265
from ssplug.media.access_unit import H264, H265, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.media.mp4 import SOUND_HANDLER, UPRIGHT, VIDEO_HANDLER, SampleTable, TrackHeader, box, full_box, movie_box
from ssplug.media.nal import nal_units
from ssplug.media.sample_entry import sample_entry
from ssplug.model.footage import Label

HEAD_SIZE: Final = 512
"""Of what stands before a footage file's samples and is rewritten when it is finished: one sector."""
SEAL_SIZE: Final = 12
LABEL_UUID: Final = uuid.UUID("3f1c0f0e-7a0c-4a43-9d52-6c1b8f6f6d9e").bytes

_LARGE_BOX: Final = 16
_KEY_FLAGS: Final = 0x02000000  # sample_depends_on: no other (8.8.3.1)
_OTHER_FLAGS: Final = 0x01010000  # sample_depends_on: others; sample_is_non_sync_sample
_DEFAULT_BASE_IS_MOOF: Final = 0x020000
_RUN_FLAGS: Final = 0x000F01  # data offset; duration, size, flags and composition time of each sample


@dataclass(frozen=True, slots=True)
class Sample:
    """An access unit as MP4 keeps it; times in ticks of its track since the beginning of the movie."""

    data: bytes
    time: int
    """Decoding time."""
    duration: int
    """Until the next; where that is not known yet, as long as the one before lasted."""
    delay: int
    """Presentation time less decoding time."""
    key: bool


class TrackMuxer:
    """One track of a movie: gives samples their times, each later than the one before."""

    def __init__(
        self,
        number: int,
        track: Track,
        starts_at: Fraction,
        first: AccessUnit | None = None,
        matrix: bytes = UPRIGHT,
    ) -> None:
        """The movie begins at `starts_at` seconds of the time line; ValueError for a track MP4 cannot hold.

        `first`, the first unit of a video track, tells how far B-frames put off what is shown.
        """
        self.track = track
        reordering = max(first.pts - first.dts, 0) if first is not None else 0
        self.header = TrackHeader(
            number,
            VIDEO_HANDLER if track.is_video else SOUND_HANDLER,
            track.clock_rate,
            sample_entry(track),
            track.width,
            track.height,
            reordering,
            matrix if track.is_video else UPRIGHT,
        )
        self._zero = round(starts_at * track.clock_rate) - reordering
        self._last_time = -1
        self._last_duration = _usual_duration(track)
        self._configuration = frozenset(nal_units(track.extradata)) if track.codec == H265 else frozenset()

    def samples(self, units: Sequence[AccessUnit], following: AccessUnit | None = None) -> list[Sample]:
        """The samples of units that follow those of the last call; `following` is the unit behind them, if known."""
        before = self._last_time
        times = [self._time(unit) for unit in units]
        if times and before >= 0:
            self._last_duration = times[0] - before
        ends = [*times[1:], *([max(following.dts - self._zero, times[-1] + 1)] if following and times else [])]
        found = []
        for unit, time, end in itertools.zip_longest(units, times, ends):
            if end is not None:
                self._last_duration = end - time
            delay = unit.pts - self._zero - time
            found.append(Sample(self._data(unit), time, self._last_duration, delay, unit.key))
        return found

    def ticks(self, seconds: Fraction) -> int:
        """A moment of the time line in ticks since the beginning of the movie."""
        return round(seconds * self.track.clock_rate) - self._zero

    def _time(self, unit: AccessUnit) -> int:
        # Cameras with B-frames over RTP say only when a picture is shown: then decoding times are
        # no more than an order, and the delay, which may be negative, makes up for it.
        self._last_time = max(unit.dts - self._zero, self._last_time + 1)
        return self._last_time

    def _data(self, unit: AccessUnit) -> bytes:
        if self.track.codec == H264:
            return _length_prefixed(h264.nal_units(unit.data))
        if self.track.codec == H265:
            return _length_prefixed([nal for nal in h265.nal_units(unit.data) if nal not in self._configuration])
        return unit.data


def init_segment(headers: Sequence[TrackHeader], created: float) -> bytes:
    """`ftyp` and `moov`: what a player needs before any fragment."""
    return _file_type() + movie_box(headers, [SampleTable() for _ in headers], created, fragmented=True)


def fragment(sequence: int, runs: Sequence[tuple[TrackHeader, Sequence[Sample]]]) -> bytes:
    """`moof` and `mdat`: the samples of each track, none of them empty."""
    moof = _moof(sequence, runs, 0)
    moof = _moof(sequence, runs, len(moof) + 8)
    return moof + box(b"mdat", *(sample.data for _, samples in runs for sample in samples))


def _moof(sequence: int, runs: Sequence[tuple[TrackHeader, Sequence[Sample]]], data_at: int) -> bytes:
    tracks = []
    for header, samples in runs:
        tracks.append(_traf(header, samples, data_at))
        data_at += sum(len(sample.data) for sample in samples)
    return box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", sequence)), *tracks)


def _traf(header: TrackHeader, samples: Sequence[Sample], data_at: int) -> bytes:
    rows = b"".join(
        struct.pack(">IIIi", s.duration, len(s.data), _KEY_FLAGS if s.key else _OTHER_FLAGS, s.delay) for s in samples
    )
    return box(
        b"traf",
        full_box(b"tfhd", 0, _DEFAULT_BASE_IS_MOOF, struct.pack(">I", header.number)),
        full_box(b"tfdt", 1, 0, struct.pack(">Q", samples[0].time)),
        full_box(b"trun", 1, _RUN_FLAGS, struct.pack(">Ii", len(samples), data_at), rows),
    )


@dataclass(frozen=True, slots=True)
class Ending:
    """What makes a recorded file an ordinary one."""

    tail: bytes
    """To be put behind it."""
    head: bytes
    """To replace its first bytes once the tail is safe."""


class MovieMuxer:
    """A footage file from the access units of one camera."""

    def __init__(self, tracks: Sequence[Track], label: Label, first: AccessUnit, matrix: bytes = UPRIGHT) -> None:
        """`first` is the key frame that the movie begins with; ValueError if MP4 cannot hold one of `tracks`."""
        self.label = label
        self.starts_at = Fraction(first.pts, first.track.clock_rate)
        self._muxers = [
            TrackMuxer(number, track, self.starts_at, first if track == first.track else None, matrix)
            for number, track in enumerate(tracks, 1)
        ]
        self._tables = [SampleTable() for _ in tracks]
        self._sequence = 0
        self.size = 0
        """Bytes of the file so far."""

    def begin(self) -> bytes:
        """What the file begins with."""
        moov = movie_box(self._headers(), self._tables, self.label.started, fragmented=True)
        return self._counted(head(self.label) + moov)

    def fragment(self, units: Sequence[AccessUnit]) -> bytes:
        """The fragment of further units, with its seal; b"" when there are none."""
        runs = [
            (muxer, table, muxer.samples([unit for unit in units if unit.track == muxer.track]))
            for muxer, table in zip(self._muxers, self._tables, strict=True)
        ]
        filled = [run for run in runs if run[2]]
        if not filled:
            return b""
        self._sequence += 1
        data = fragment(self._sequence, [(muxer.header, samples) for muxer, _, samples in filled])
        self._note(filled, len(data))
        return self._counted(data + seal(data))

    def end(self, at: Fraction | None = None, label: Label | None = None) -> Ending:
        """The ending; `at` is when on the time line the last picture ends, where that is known."""
        if at is not None:
            for muxer, table in zip(self._muxers, self._tables, strict=True):
                if muxer.header.is_video and table:
                    table.end = max(muxer.ticks(at) - muxer.header.media_start, table.times[-1] + 1)
        return ending(self._headers(), self._tables, label or self.label, self.size)

    @property
    def duration(self) -> float:
        """Seconds of video so far."""
        ends = [table.end / h.timescale for h, table in zip(self._headers(), self._tables, strict=True) if h.is_video]
        return ends[0] if ends else 0.0

    def _note(self, runs: Sequence[tuple[TrackMuxer, SampleTable, list[Sample]]], size: int) -> None:
        """Remember where the samples of the newest fragment lie: their data end where the fragment ends."""
        at = self.size + size - sum(len(sample.data) for _, _, samples in runs for sample in samples)
        for _, table, samples in runs:
            table.chunks.append((at, len(table)))
            for sample in samples:
                table.add(sample.time, sample.duration, len(sample.data), sample.delay, sample.key)
                at += len(sample.data)

    def _headers(self) -> list[TrackHeader]:
        return [muxer.header for muxer in self._muxers]

    def _counted(self, data: bytes) -> bytes:
        self.size += len(data)
        return data


def head(label: Label, media_size: int | None = None) -> bytes:
    """The first HEAD_SIZE bytes of a footage file; `media_size`, once finished, is from the last 16 of them on."""
    front = _file_type()
    room = HEAD_SIZE - _LARGE_BOX - len(front) - 8 - len(LABEL_UUID)
    front += box(b"uuid", LABEL_UUID, label.to_json().ljust(room))
    if media_size is None:
        return front + box(b"free", bytes(_LARGE_BOX - 8))
    return front + struct.pack(">I4sQ", 1, b"mdat", media_size)


def ending(headers: Sequence[TrackHeader], tables: Sequence[SampleTable], label: Label, size: int) -> Ending:
    """What finishes a file of `size` bytes whose samples are those of `tables`."""
    filled = [pair for pair in zip(headers, tables, strict=True) if pair[1]]
    moov = movie_box([header for header, _ in filled], [table for _, table in filled], label.started)
    return Ending(moov, head(label, size - HEAD_SIZE + _LARGE_BOX))


def seal(data: bytes) -> bytes:
    """The box that says that a fragment is whole."""
    return box(b"free", struct.pack(">I", zlib.crc32(data)))


def relabelled(first_bytes: bytes, label: Label) -> bytes:
    """The head of a file with another label: of the same length, all else as it is."""
    return head(label)[: HEAD_SIZE - _LARGE_BOX] + first_bytes[HEAD_SIZE - _LARGE_BOX : HEAD_SIZE]


def without_unstorable(tracks: Sequence[Track]) -> tuple[list[Track], list[str]]:
    """The tracks that MP4 can hold, and for each of the others why it cannot."""
    kept, reasons = [], []
    for track in tracks:
        try:
            sample_entry(track)
        except ValueError as error:
            reasons.append(str(error))
        else:
            kept.append(track)
    return kept, reasons


def _file_type() -> bytes:
    return box(b"ftyp", b"isom", struct.pack(">I", 512), b"isom", b"iso6", b"mp41", b"mp42")


def _length_prefixed(nals: Sequence[bytes]) -> bytes:
    return b"".join(part for nal in nals for part in (len(nal).to_bytes(4, "big"), nal))


def _usual_duration(track: Track) -> int:
    if not track.is_video:
        return 1024
    return round(VIDEO_CLOCK_RATE / track.frame_rate) if track.frame_rate > 0 else VIDEO_CLOCK_RATE // 25
