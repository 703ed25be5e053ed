"""What an MP4 file says of a codec: the sample entry of each track's `stsd` (ISO/IEC 14496-12, 8.5.2)."""

import struct
from collections.abc import Callable, Mapping
from typing import Final

from ssplug.media import h264, h265
from ssplug.media.access_unit import AAC, H264, H265, MJPEG, Track
from ssplug.media.bits import BitReader
from ssplug.media.mp4 import box, full_box
from ssplug.media.nal import rbsp

MPEG4: Final = "mpeg4"

# objectTypeIndication and streamType (ISO/IEC 14496-1, tables 5 and 6)
_MPEG4_VISUAL: Final = 0x20
_MPEG4_AUDIO: Final = 0x40
_JPEG: Final = 0x6C
_VISUAL_STREAM: Final = 4
_AUDIO_STREAM: Final = 5

_HIGH_PROFILES: Final = frozenset({100, 110, 122, 144})  # whose avcC says more (ISO/IEC 14496-15, 5.3.3.1.2)


def sample_entry(track: Track) -> bytes:
    """The sample entry of `track`; ValueError, with the reason, when MP4 cannot hold it."""
    if track.codec not in _ENTRIES:
        raise ValueError(f"{track.codec} cannot be kept in an MP4 file")
    return _ENTRIES[track.codec](track)


def _avc1(track: Track) -> bytes:
    sets = h264.parameter_sets(track.extradata)
    sps = [nal for nal in sets if h264.nal_type(nal) == h264.SPS_NAL and len(nal) >= 4]
    pps = [nal for nal in sets if h264.nal_type(nal) == h264.PPS_NAL]
    if not sps or not pps:
        raise ValueError("H.264 without its parameter sets")
    record = struct.pack(">B3sBB", 1, sps[0][1:4], 0xFF, 0xE0 | len(sps)) + b"".join(map(_counted, sps))
    record += struct.pack(">B", len(pps)) + b"".join(map(_counted, pps))
    if sps[0][1] in _HIGH_PROFILES:
        record += _avc_format(sps[0])
    return _visual(b"avc1", track, box(b"avcC", record))


def _avc_format(sps: bytes) -> bytes:
    reader = BitReader(rbsp(sps[4:]))
    reader.ue()  # seq_parameter_set_id
    chroma = reader.ue()
    if chroma == 3:
        reader.flag()  # separate_colour_plane_flag
    return struct.pack(">BBBB", 0xFC | chroma, 0xF8 | reader.ue(), 0xF8 | reader.ue(), 0)


def _hvc1(track: Track) -> bytes:
    """All parameter sets are in the entry, none in the samples: the form that QuickTime plays."""
    sets = h265.parameter_sets(track.extradata)
    arrays = [
        (kind, [nal for nal in sets if h265.nal_type(nal) == kind])
        for kind in (h265.VPS_NAL, h265.SPS_NAL, h265.PPS_NAL)
    ]
    if not all(nals for _, nals in arrays):
        raise ValueError("H.265 without its parameter sets")
    record = _hevc_format(arrays[1][1][0]) + struct.pack(">B", len(arrays))
    for kind, nals in arrays:
        record += struct.pack(">BH", 0x80 | kind, len(nals)) + b"".join(map(_counted, nals))
    return _visual(b"hvc1", track, box(b"hvcC", record))


def _hevc_format(sps: bytes) -> bytes:
    """The fields of HEVCDecoderConfigurationRecord up to its arrays (ISO/IEC 14496-15, 8.3.3.1.2)."""
    payload = rbsp(sps[2:])
    if len(payload) < 13:
        raise ValueError("H.265 with a sequence parameter set that is cut short")
    sub_layers, nested = payload[0] >> 1 & 7, payload[0] & 1
    profile_tier_level = payload[1:13]
    chroma, luma_depth, chroma_depth = _hevc_sampling(payload, sub_layers)
    layers = (sub_layers + 1) << 3 | nested << 2 | 3  # numTemporalLayers, temporalIdNested, lengthSizeMinusOne
    return struct.pack(
        ">B12sHBBBBHB", 1, profile_tier_level, 0xF000, 0xFC, 0xFC | chroma, 0xF8 | luma_depth, 0xF8 | chroma_depth, 0,
        layers,
    )  # fmt: skip


def _hevc_sampling(payload: bytes, sub_layers: int) -> tuple[int, int, int]:
    """chroma_format_idc, bit_depth_luma_minus8, bit_depth_chroma_minus8 (ITU-T H.265, 7.3.2.2)."""
    reader = BitReader(payload[13:])
    present = [(reader.flag(), reader.flag()) for _ in range(sub_layers)]
    if sub_layers:
        reader.u(2 * (8 - sub_layers))
    for has_profile, has_level in present:
        reader.u(88 * has_profile + 8 * has_level)
    reader.ue()  # sps_seq_parameter_set_id
    chroma = reader.ue()
    if chroma == 3:
        reader.flag()  # separate_colour_plane_flag
    reader.ue()  # pic_width_in_luma_samples
    reader.ue()  # pic_height_in_luma_samples
    if reader.flag():  # conformance_window_flag
        for _ in range(4):
            reader.ue()
    return chroma, reader.ue(), reader.ue()


def _mjpeg(track: Track) -> bytes:
    return _visual(b"mp4v", track, _elementary_stream(_JPEG, _VISUAL_STREAM, b""))


def _mpeg4(track: Track) -> bytes:
    if not track.extradata:
        raise ValueError("MPEG-4 video without its configuration")
    return _visual(b"mp4v", track, _elementary_stream(_MPEG4_VISUAL, _VISUAL_STREAM, track.extradata))


def _mp4a(track: Track) -> bytes:
    if not track.extradata:
        raise ValueError("AAC without its AudioSpecificConfig")
    rate = track.clock_rate if track.clock_rate < 1 << 16 else 0  # the configuration says it anyway
    head = struct.pack(">6xH8xHH4xI", 1, track.channels, 16, rate << 16)
    return box(b"mp4a", head, _elementary_stream(_MPEG4_AUDIO, _AUDIO_STREAM, track.extradata))


def _visual(kind: bytes, track: Track, configuration: bytes) -> bytes:
    resolution = 72 << 16
    head = struct.pack(
        ">6xH16xHHII4xH32xHh", 1, track.width, track.height, resolution, resolution, 1, 0x18, -1
    )  # fmt: skip
    return box(kind, head, configuration)


def _elementary_stream(object_type: int, stream_type: int, specific: bytes) -> bytes:
    """`esds` (ISO/IEC 14496-1, 7.2.6.5)."""
    config = struct.pack(">BB11x", object_type, stream_type << 2 | 1)
    if specific:
        config += _descriptor(5, specific)
    return full_box(b"esds", 0, 0, _descriptor(3, b"\0\0\0" + _descriptor(4, config) + _descriptor(6, b"\2")))


def _descriptor(tag: int, payload: bytes) -> bytes:
    size = len(payload)  # seven bits a byte, all but the last marked (ISO/IEC 14496-1, 8.3.3)
    return bytes((tag, *(size >> shift & 0x7F | 0x80 for shift in (21, 14, 7)), size & 0x7F)) + payload


def _counted(nal: bytes) -> bytes:
    return struct.pack(">H", len(nal)) + nal


_ENTRIES: Final[Mapping[str, Callable[[Track], bytes]]] = {
    H264: _avc1,
    H265: _hvc1,
    MJPEG: _mjpeg,
    MPEG4: _mpeg4,
    AAC: _mp4a,
}
