"""H.264 (ITU-T H.264, ISO/IEC 14496-10): NAL units, parameter sets, where decoding can start."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from ssplug.media.bits import BitReader
from ssplug.media.nal import LARGEST, START_CODE, annex_b, from_avcc, nal_starts, nal_units, rbsp

__all__ = [
    "AUD",
    "IDR",
    "PPS_NAL",
    "SEI",
    "SLICE",
    "SPS",
    "SPS_NAL",
    "START_CODE",
    "annex_b",
    "extradata_from_avcc",
    "from_avcc",
    "is_key",
    "length_size",
    "nal_type",
    "nal_units",
    "parameter_sets",
]

# nal_unit_type (table 7-1)
SLICE: Final = 1
IDR: Final = 5
SEI: Final = 6
SPS_NAL: Final = 7
PPS_NAL: Final = 8
AUD: Final = 9

_RECOVERY_POINT: Final = 6  # payloadType of an SEI message (D.1.8)
_INTRA_SLICES: Final = frozenset({2, 4, 7, 9})  # slice_type I and SI (table 7-6)
_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_EXTENDED_SAR: Final = 255


def nal_type(nal: bytes) -> int:
    """`nal_unit_type` of a NAL unit."""
    return nal[0] & 0x1F


def parameter_sets(data: bytes) -> tuple[bytes, ...]:
    """The SPS, then the PPS NAL units of Annex B data."""
    found = [nal for nal in _nals_before_slices(data) if nal_type(nal) in (SPS_NAL, PPS_NAL)]
    return tuple(sorted(found, key=nal_type))


def length_size(avcc: bytes) -> int:
    """How many bytes a length has beside this AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1)."""
    return (avcc[4] & 3) + 1


def extradata_from_avcc(avcc: bytes) -> bytes:
    """The parameter sets of an AVCDecoderConfigurationRecord in Annex B form; ValueError if it is cut short."""
    if len(avcc) < 7 or avcc[0] != 1:
        raise ValueError("not an AVCDecoderConfigurationRecord")
    sps, at = _sets_at(avcc, 6, avcc[5] & 0x1F)
    pps, _ = _sets_at(avcc, at + 1, avcc[at]) if at < len(avcc) else ([], at)
    return annex_b([*sps, *pps])


def _sets_at(avcc: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    sets = []
    for _ in range(count):
        begin = at + 2
        at = begin + int.from_bytes(avcc[at:begin], "big")
        if at > len(avcc):
            raise ValueError("an AVCDecoderConfigurationRecord that ends early")
        sets.append(avcc[begin:at])
    return [nal for nal in sets if nal], at


def is_key(data: bytes) -> bool:
    """Whether decoding can start at this access unit (Annex B).

    At an IDR picture; at a recovery point, as the only entry that streams with intra refresh or
    open GOPs offer; and at an intra picture that brings its SPS: some cameras send IDR once only.
    """
    has_sps = False
    for start in nal_starts(data):
        kind = data[start] & 0x1F if start < len(data) else 0
        if kind == IDR:
            return True
        if kind == SLICE:
            return has_sps and _is_intra(data[start : start + 16])
        if kind == SEI and _is_recovery_point(data, start):
            return True
        has_sps = has_sps or kind == SPS_NAL
    return False


def _is_intra(head: bytes) -> bool:
    reader = BitReader(rbsp(head[1:]))
    try:
        reader.ue()  # first_mb_in_slice
        return reader.ue() in _INTRA_SLICES
    except ValueError:
        return False


def _is_recovery_point(data: bytes, start: int) -> bool:
    end = data.find(b"\0\0\1", start)
    return _RECOVERY_POINT in _sei_types(rbsp(data[start + 1 : end if end >= 0 else len(data)]))


def _sei_types(payload: bytes) -> Iterator[int]:
    """The payloadType of each SEI message (7.3.2.3)."""
    at = 0
    while at + 2 <= len(payload) and payload[at] != 0x80:
        kind, at = _sei_number(payload, at)
        size, at = _sei_number(payload, at)
        yield kind
        at += size


def _sei_number(payload: bytes, at: int) -> tuple[int, int]:
    number = 0
    while at < len(payload) and payload[at] == 0xFF:
        number += 255
        at += 1
    return (number + payload[at], at + 1) if at < len(payload) else (number, at)


def _nals_before_slices(data: bytes) -> Iterator[bytes]:
    """What stands before the first slice: a large picture is not copied to find its parameter sets."""
    for start in nal_starts(data):
        if start < len(data) and data[start] & 0x1F in range(SLICE, IDR + 1):
            return
        end = data.find(b"\0\0\1", start)
        nal = data[start : end if end >= 0 else len(data)].rstrip(b"\0")
        if nal:
            yield nal


@dataclass(frozen=True, slots=True)
class SPS:
    """What a sequence parameter set says of its pictures (7.3.2.1.1)."""

    width: int
    height: int
    """Pixels that are shown: cropping is applied."""
    profile_level_id: str
    """Six hexadecimal digits, as `profile-level-id` of RFC 6184, 8.1."""
    frame_rate: float | None = None
    """Pictures a second; None where it does not say."""

    @classmethod
    def parse(cls, nal: bytes) -> Self:
        """The SPS in a NAL unit (header byte included); ValueError if it makes no sense."""
        if len(nal) < 4 or nal_type(nal) != SPS_NAL:
            raise ValueError("not a sequence parameter set")
        reader = BitReader(rbsp(nal[4:]))
        reader.ue()  # seq_parameter_set_id
        chroma = _chroma_format(reader) if nal[1] in _HIGH_PROFILES else 1
        _skip_picture_order(reader)
        width, height = _size(reader, chroma)
        return cls(width, height, nal[1:4].hex().upper(), _frame_rate(reader))


def _chroma_format(reader: BitReader) -> int:
    """chroma_format_idc, 0 also for separate colour planes, which are cropped alike."""
    chroma = reader.ue()
    separate_planes = chroma == 3 and reader.flag()
    reader.ue()  # bit_depth_luma_minus8
    reader.ue()  # bit_depth_chroma_minus8
    reader.flag()  # qpprime_y_zero_transform_bypass_flag
    if reader.flag():  # seq_scaling_matrix_present_flag
        for index in range(12 if chroma == 3 else 8):
            if reader.flag():
                _skip_scaling_list(reader, 16 if index < 6 else 64)
    return 0 if separate_planes else chroma


def _skip_scaling_list(reader: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.se()) % 256
        last = following or last


def _skip_picture_order(reader: BitReader) -> None:
    reader.ue()  # log2_max_frame_num_minus4
    order = reader.ue()  # pic_order_cnt_type
    if order == 0:
        reader.ue()  # log2_max_pic_order_cnt_lsb_minus4
    elif order == 1:
        reader.flag()  # delta_pic_order_always_zero_flag
        reader.se()  # offset_for_non_ref_pic
        reader.se()  # offset_for_top_to_bottom_field
        for _ in range(min(reader.ue(), 255)):
            reader.se()  # offset_for_ref_frame
    reader.ue()  # max_num_ref_frames
    reader.flag()  # gaps_in_frame_num_value_allowed_flag


def _size(reader: BitReader, chroma: int) -> tuple[int, int]:
    width = (reader.ue() + 1) * 16
    map_units = reader.ue() + 1
    fields = 1 if reader.flag() else 2  # frame_mbs_only_flag
    if fields == 2:
        reader.flag()  # mb_adaptive_frame_field_flag
    height = map_units * 16 * fields
    reader.flag()  # direct_8x8_inference_flag
    if reader.flag():  # frame_cropping_flag
        left, right, top, bottom = (reader.ue() for _ in range(4))
        width -= (left + right) * (2 if chroma in (1, 2) else 1)
        height -= (top + bottom) * (2 if chroma == 1 else 1) * fields
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise ValueError(f"a sequence parameter set with pictures of {width}x{height}")
    return width, height


def _frame_rate(reader: BitReader) -> float | None:
    """From the VUI (E.1.1); a VUI that is cut short says nothing, and cameras do cut it."""
    try:
        if not reader.flag():  # vui_parameters_present_flag
            return None
        _skip_vui_colours(reader)
        if not reader.flag():  # timing_info_present_flag
            return None
        tick, time_scale = reader.u(32), reader.u(32)
    except ValueError:
        return None
    return time_scale / (2 * tick) if tick and time_scale else None


def _skip_vui_colours(reader: BitReader) -> None:
    if reader.flag() and reader.u(8) == _EXTENDED_SAR:  # aspect_ratio_idc
        reader.u(32)
    if reader.flag():  # overscan_info_present_flag
        reader.flag()
    if reader.flag():  # video_signal_type_present_flag
        reader.u(4)  # video_format, video_full_range_flag
        if reader.flag():  # colour_description_present_flag
            reader.u(24)
    if reader.flag():  # chroma_loc_info_present_flag
        reader.ue()
        reader.ue()
