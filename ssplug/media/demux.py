"""From the packets of an open container to access units: what every driver that uses PyAV needs.

    demuxer = Demuxer(container)
    for packet in container.demux(demuxer.streams):
        unit = demuxer.access_unit(packet)
        if demuxer.tracks != told: ...  # online(demuxer.tracks), before the unit
        if unit is not None: ...        # access_unit(unit)

All of it runs in the thread that opened the container.  A container need not have been probed
(`analyzeduration=0`, `probesize=32`): what it does not know of its streams is taken from their
parameter sets, and nothing is given until every track is known.
"""

import bisect
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol

from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition

from ssplug.media import aac, h264, h265, mjpeg
from ssplug.media.access_unit import AAC, H264, H265, MJPEG, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.media.nal import START_CODE

PATIENCE: Final = 500
"""Packets after which a track that is still unknown is given up, so that the others may be seen."""

_HIGHEST_FRAME_RATE: Final = 240.0
_REORDER_LIMIT: Final = 16  # max_dec_frame_buffering of both codecs


class Demuxer:
    """The access units of one open container: its best video stream and its first of sound."""

    def __init__(self, container: InputContainer) -> None:
        """Choose the streams; ValueError when there is neither video nor sound."""
        chosen = _chosen_streams(container)
        if not chosen:
            raise ValueError("there is neither video nor sound in it")
        self.streams: tuple[Any, ...] = tuple(chosen)
        """What to pass to `container.demux`."""
        self._by_index = {stream.index: _Elementary(stream) for stream in chosen}
        self._waited = 0

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Those that are known by now; a new value whenever a stream changes."""
        return tuple(each.form.track for each in self._by_index.values() if each.form.track is not None)

    def access_unit(self, packet: "Packet[Any]") -> AccessUnit | None:
        """The access unit in `packet`.

        None for an empty packet (PyAV's last), for one that is damaged, of another stream, or that
        came before the tracks were known.
        """
        elementary = self._by_index.get(packet.stream_index)
        if elementary is None or not packet.size:
            return None
        unit = elementary.access_unit(packet)
        return unit if self._is_described() else None

    def _is_described(self) -> bool:
        if self._waited >= PATIENCE or len(self.tracks) == len(self._by_index):
            return True
        self._waited += 1
        return False


def _chosen_streams(container: InputContainer) -> list[Any]:
    video = [s for s in container.streams.video if _is_known(s) and not s.disposition & Disposition.attached_pic]
    audio = [s for s in container.streams.audio if _is_known(s)]
    best: Any = container.streams.best("video")
    return ([best] if best in video else video[:1]) + audio[:1]


def _is_known(stream: Any) -> bool:
    """Whether FFmpeg knows the codec."""
    return stream.codec_context is not None


class _Form(Protocol):
    """What is peculiar to a codec: how its track is described and its packets are put into our form."""

    track: Track | None
    """None until enough is known of it."""

    def payload(self, data: bytes, key: bool) -> tuple[bytes, bool]:
        """Data and key of the access unit; ValueError if it is damaged. Keeps `track` up to date."""


class _Elementary:
    """One stream of the container."""

    def __init__(self, stream: Any) -> None:
        self.form = _form(stream)
        self._stamps = _Timestamps()

    def access_unit(self, packet: "Packet[Any]") -> AccessUnit | None:
        try:
            data, key = self.form.payload(bytes(packet), bool(packet.is_keyframe))
        except ValueError:
            return None
        track = self.form.track
        if track is None:
            return None
        pts, dts = self._stamps.next(packet.pts, packet.dts, packet.duration or 0)
        scale = packet.time_base * track.clock_rate
        return AccessUnit(track, data, _scaled(pts, scale), _scaled(dts, scale), key)


def _scaled(ticks: int, scale: Fraction) -> int:
    return ticks if scale == 1 else round(ticks * scale)


class _Timestamps:
    """Fills in what a container leaves out, in the ticks of the stream."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._step = 0
        self._highest: list[int] = []
        self._depth = 0

    def next(self, pts: int | None, dts: int | None, duration: int) -> tuple[int, int]:
        """Pts and dts of the next packet in decoding order."""
        if dts is None:
            dts = self._following(duration) if pts is None else self._decoding_time(pts)
        self._step = max(0, dts - self._last) if self._last is not None else 0
        self._last = dts
        return (dts if pts is None else pts), dts

    def _following(self, duration: int) -> int:
        """When a packet without any time is due; FFmpeg gives the first of RTSP none, where zero is meant."""
        return self._last + (duration or self._step) if self._last is not None else 0

    def _decoding_time(self, pts: int) -> int:
        """When a picture must be decoded that says only when it is shown.

        With pictures that are shown `depth` places after they are decoded, it is the `depth` + 1st
        highest presentation time so far; how deep the stream reorders shows with its first B picture.
        """
        later = len(self._highest) - bisect.bisect_right(self._highest, pts)
        self._depth = max(self._depth, later)
        bisect.insort(self._highest, pts)
        del self._highest[: -_REORDER_LIMIT - 1]
        return self._highest[max(0, len(self._highest) - 1 - self._depth)]


def _form(stream: Any) -> _Form:
    context = stream.codec_context
    codec = context.codec.canonical_name
    if context.type == "audio":
        return _AACForm(context) if codec == AAC else _PlainForm(_audio_track(codec, context))
    track = _video_track(codec, stream)
    if codec in _NAL_CODECS:
        return _NALForm(track, bytes(context.extradata or b""), _NAL_CODECS[codec])
    return _JPEGForm(track) if codec == MJPEG else _PlainForm(track)


def _video_track(codec: str, stream: Any) -> Track:
    context = stream.codec_context
    promised = float(stream.average_rate or 0)
    rate = promised if promised <= _HIGHEST_FRAME_RATE else 0.0
    return Track(codec, VIDEO_CLOCK_RATE, bytes(context.extradata or b""), context.width, context.height, rate)


def _audio_track(codec: str, context: Any) -> Track:
    extradata = bytes(context.extradata or b"")
    return Track(codec, context.sample_rate or 8000, extradata, channels=max(1, context.channels))


class _PlainForm:
    """Codecs whose packets are taken as they are."""

    def __init__(self, track: Track) -> None:
        self.track: Track | None = track
        self._every_unit_is_key = not track.is_video

    def payload(self, data: bytes, key: bool) -> tuple[bytes, bool]:
        return data, key or self._every_unit_is_key


class _JPEGForm:
    """Motion JPEG: each picture says its size."""

    def __init__(self, track: Track) -> None:
        self._described = track
        self.track: Track | None = track if track.width else None

    def payload(self, data: bytes, key: bool) -> tuple[bytes, bool]:
        width, height = mjpeg.size(data)
        if (width, height) != (self._described.width, self._described.height):
            self._described = dataclasses.replace(self._described, width=width, height=height)
        self.track = self._described
        return mjpeg.with_huffman_tables(data), True


class _AACForm:
    """AAC: ADTS headers are taken off; where there is no extradata, the first of them stands in."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self.track: Track | None = self._described(bytes(context.extradata or b""))

    def payload(self, data: bytes, key: bool) -> tuple[bytes, bool]:
        if self.track is None and aac.is_adts(data):
            self.track = self._described(aac.AudioSpecificConfig.from_adts(data).serialize())
        return aac.raw_data_block(data), True

    def _described(self, extradata: bytes) -> Track | None:
        if not extradata:
            return None
        track = _audio_track(AAC, self._context)
        try:
            config = aac.AudioSpecificConfig.parse(extradata)
        except ValueError:  # a configuration for which FFmpeg's word must do, such as one with a program_config_element
            return dataclasses.replace(track, extradata=extradata)
        rate = self._context.sample_rate or config.sample_rate
        return dataclasses.replace(track, extradata=extradata, clock_rate=rate, channels=config.channels)


@dataclass(frozen=True, slots=True)
class _NALCodec:
    """H.264 or H.265."""

    is_key: Callable[[bytes], bool]
    parameter_sets: Callable[[bytes], tuple[bytes, ...]]
    parse_sps: Callable[[bytes], h264.SPS | h265.SPS]
    nal_type: Callable[[bytes], int]
    sps: int
    aud: int
    extradata_from_record: Callable[[bytes], bytes]
    length_size: Callable[[bytes], int]


_NAL_CODECS: Final = {
    H264: _NALCodec(
        h264.is_key,
        h264.parameter_sets,
        h264.SPS.parse,
        h264.nal_type,
        h264.SPS_NAL,
        h264.AUD,
        h264.extradata_from_avcc,
        h264.length_size,
    ),
    H265: _NALCodec(
        h265.is_key,
        h265.parameter_sets,
        h265.SPS.parse,
        h265.nal_type,
        h265.SPS_NAL,
        h265.AUD,
        h265.extradata_from_hvcc,
        h265.length_size,
    ),
}


class _NALForm:
    """H.264 and H.265: Annex B, and parameter sets before every key frame."""

    def __init__(self, track: Track, extradata: bytes, codec: _NALCodec) -> None:
        self._codec = codec
        self._described = track
        self._length_size: int | None = None
        self._sps: tuple[bytes, ...] = ()
        self.track: Track | None = None
        self._learn(self._parameter_sets(extradata))

    def payload(self, data: bytes, key: bool) -> tuple[bytes, bool]:
        data = h264.from_avcc(data, self._length_size) if self._length_size else _with_long_start_codes(data)
        key = self._codec.is_key(data)
        if key:
            in_band = self._codec.parameter_sets(data)
            self._learn(in_band)
            if not self._all_sps(in_band):
                data = self._with_parameter_sets(data)
        return data, key

    def _parameter_sets(self, extradata: bytes) -> tuple[bytes, ...]:
        """Those of the container, whose form also tells the form of its packets."""
        if not extradata.startswith(b"\1"):
            return self._codec.parameter_sets(extradata)
        try:
            annex_b = self._codec.extradata_from_record(extradata)
        except ValueError:
            return ()
        finally:
            self._length_size = self._codec.length_size(extradata.ljust(23, b"\3"))
        return self._codec.parameter_sets(annex_b)

    def _learn(self, sets: Sequence[bytes]) -> None:
        """Describe the track anew when its SPS are others; a PPS alone changes nothing that others must know."""
        sps = self._all_sps(sets)
        if not sps or sps == self._sps:
            return
        self._sps = sps
        self.track = dataclasses.replace(self._sized(sps[0]), extradata=h264.annex_b(sets))

    def _sized(self, nal: bytes) -> Track:
        try:
            sps = self._codec.parse_sps(nal)
        except ValueError:  # FFmpeg may understand it all the same
            return self._described
        rate = self._described.frame_rate or sps.frame_rate or 0.0
        return dataclasses.replace(self._described, width=sps.width, height=sps.height, frame_rate=rate)

    def _all_sps(self, sets: Sequence[bytes]) -> tuple[bytes, ...]:
        return tuple(nal for nal in sets if self._codec.nal_type(nal) == self._codec.sps)

    def _with_parameter_sets(self, data: bytes) -> bytes:
        """The key frame with the container's sets before it, but behind its access unit delimiter."""
        sets = self.track.extradata if self.track is not None else b""
        begin = 0
        if self._codec.nal_type(data[4:]) == self._codec.aud:
            begin = data.find(START_CODE, 4)
        return data[:begin] + sets + data[begin:]


def _with_long_start_codes(data: bytes) -> bytes:
    """Annex B with start codes of four bytes only, as most sources write it anyway."""
    if data.startswith(START_CODE) and data.count(START_CODE[1:]) == data.count(START_CODE):
        return data
    return h264.annex_b(h264.nal_units(data))
