"""H.265 (ITU-T H.265, ISO/IEC 23008-2): NAL units, parameter sets, where decoding can start."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from ssplug.media.bits import BitReader
from ssplug.media.nal import LARGEST, START_CODE, annex_b, from_avcc, nal_starts, nal_units, rbsp

__all__ = [
    "AUD",
    "PPS_NAL",
    "SPS",
    "SPS_NAL",
    "START_CODE",
    "VPS_NAL",
    "annex_b",
    "extradata_from_hvcc",
    "from_avcc",
    "is_key",
    "length_size",
    "nal_type",
    "nal_units",
    "parameter_sets",
]

# nal_unit_type (table 7-1)
VPS_NAL: Final = 32
SPS_NAL: Final = 33
PPS_NAL: Final = 34
AUD: Final = 35

_SLICES: Final = range(32)
_IRAP: Final = range(16, 24)  # BLA, IDR, CRA and the reserved ones: 3.71, intra random access point
_EXTENDED_SAR: Final = 255


def nal_type(nal: bytes) -> int:
    """`nal_unit_type` of a NAL unit."""
    return nal[0] >> 1 & 0x3F


def parameter_sets(data: bytes) -> tuple[bytes, ...]:
    """The VPS, then the SPS, then the PPS NAL units of Annex B data."""
    found = [nal for nal in _nals_before_slices(data) if nal_type(nal) in (VPS_NAL, SPS_NAL, PPS_NAL)]
    return tuple(sorted(found, key=nal_type))


def length_size(hvcc: bytes) -> int:
    """How many bytes a length has beside this HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1)."""
    return (hvcc[21] & 3) + 1


def extradata_from_hvcc(hvcc: bytes) -> bytes:
    """The parameter sets of an HEVCDecoderConfigurationRecord in Annex B form; ValueError if it is cut short."""
    if len(hvcc) < 23:
        raise ValueError("not an HEVCDecoderConfigurationRecord")
    found: list[bytes] = []
    at = 23
    for _ in range(hvcc[22]):  # numOfArrays
        count = int.from_bytes(hvcc[at + 1 : at + 3], "big")
        at += 3
        if at > len(hvcc):
            raise ValueError("an HEVCDecoderConfigurationRecord that ends early")
        for _ in range(count):
            begin = at + 2
            at = begin + int.from_bytes(hvcc[at:begin], "big")
            if at > len(hvcc):
                raise ValueError("an HEVCDecoderConfigurationRecord that ends early")
            found.append(hvcc[begin:at])
    return annex_b(nal for nal in found if nal and VPS_NAL <= nal_type(nal) <= PPS_NAL)


def is_key(data: bytes) -> bool:
    """Whether decoding can start at this access unit (Annex B): its picture is an IRAP picture."""
    for start in nal_starts(data):
        kind = data[start] >> 1 & 0x3F if start < len(data) else AUD
        if kind in _SLICES:
            return kind in _IRAP
    return False


def _nals_before_slices(data: bytes) -> Iterator[bytes]:
    """What stands before the first slice: a large picture is not copied to find its parameter sets."""
    for start in nal_starts(data):
        if start < len(data) and data[start] >> 1 & 0x3F in _SLICES:
            return
        end = data.find(b"\0\0\1", start)
        nal = data[start : end if end >= 0 else len(data)].rstrip(b"\0")
        if nal:
            yield nal


@dataclass(frozen=True, slots=True)
class SPS:
    """What a sequence parameter set says of its pictures (7.3.2.2.1)."""

    width: int
    height: int
    """Pixels that are shown: the conformance window is applied."""
    profile_id: int
    tier_flag: int
    level_id: int
    """As `profile-id`, `tier-flag` and `level-id` of RFC 7798, 7.1."""
    frame_rate: float | None = None
    """Pictures a second; None where it does not say."""

    @classmethod
    def parse(cls, nal: bytes) -> Self:
        """The SPS in a NAL unit (two header bytes included); ValueError if it makes no sense."""
        if len(nal) < 3 or nal_type(nal) != SPS_NAL:
            raise ValueError("not a sequence parameter set")
        reader = BitReader(rbsp(nal[2:]))
        reader.u(4)  # sps_video_parameter_set_id
        sub_layers = reader.u(3)
        reader.flag()  # sps_temporal_id_nesting_flag
        profile, tier, level = _profile_tier_level(reader, sub_layers)
        reader.ue()  # sps_seq_parameter_set_id
        width, height = _size(reader)
        return cls(width, height, profile, tier, level, _frame_rate(reader, sub_layers))


def _profile_tier_level(reader: BitReader, sub_layers: int) -> tuple[int, int, int]:
    """general_profile_idc, general_tier_flag, general_level_idc (7.3.3)."""
    reader.u(2)  # general_profile_space
    tier, profile = reader.u(1), reader.u(5)
    reader.u(32)  # general_profile_compatibility_flags
    reader.u(48)  # constraint flags
    level = reader.u(8)
    present = [(reader.flag(), reader.flag()) for _ in range(sub_layers)]
    if sub_layers:
        reader.u(2 * (8 - sub_layers))  # reserved_zero_2bits
    for has_profile, has_level in present:
        reader.u(88 * has_profile + 8 * has_level)
    return profile, tier, level


def _size(reader: BitReader) -> tuple[int, int]:
    chroma = reader.ue()
    if chroma == 3 and reader.flag():  # separate_colour_plane_flag
        chroma = 0
    width, height = reader.ue(), reader.ue()
    if reader.flag():  # conformance_window_flag
        left, right, top, bottom = (reader.ue() for _ in range(4))
        width -= (left + right) * (2 if chroma in (1, 2) else 1)
        height -= (top + bottom) * (2 if chroma == 1 else 1)
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise ValueError(f"a sequence parameter set with pictures of {width}x{height}")
    return width, height


def _frame_rate(reader: BitReader, sub_layers: int) -> float | None:
    """From the VUI (E.2.1), which stands behind everything else."""
    try:
        _skip_to_vui(reader, sub_layers)
        if not reader.flag():  # vui_parameters_present_flag
            return None
        _skip_vui_colours(reader)
        if not reader.flag():  # vui_timing_info_present_flag
            return None
        tick, time_scale = reader.u(32), reader.u(32)
    except ValueError:
        return None
    return time_scale / tick if tick and time_scale else None


def _skip_to_vui(reader: BitReader, sub_layers: int) -> None:
    reader.ue()  # bit_depth_luma_minus8
    reader.ue()  # bit_depth_chroma_minus8
    order_bits = reader.ue() + 4  # log2_max_pic_order_cnt_lsb_minus4
    for _ in range(sub_layers + 1 if reader.flag() else 1):  # sps_sub_layer_ordering_info_present_flag
        reader.ue()
        reader.ue()
        reader.ue()
    for _ in range(6):  # block sizes and transform depths
        reader.ue()
    if reader.flag() and reader.flag():  # scaling_list_enabled_flag, sps_scaling_list_data_present_flag
        _skip_scaling_lists(reader)
    reader.u(2)  # amp_enabled_flag, sample_adaptive_offset_enabled_flag
    if reader.flag():  # pcm_enabled_flag
        reader.u(8)
        reader.ue()
        reader.ue()
        reader.flag()
    _skip_short_term_sets(reader)
    if reader.flag():  # long_term_ref_pics_present_flag
        for _ in range(reader.ue()):
            reader.u(order_bits + 1)
    reader.u(2)  # sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag


def _skip_scaling_lists(reader: BitReader) -> None:
    """scaling_list_data (7.3.4)."""
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not reader.flag():  # scaling_list_pred_mode_flag
                reader.ue()
                continue
            if size > 1:
                reader.se()  # scaling_list_dc_coef_minus8
            for _ in range(min(64, 1 << (4 + 2 * size))):
                reader.se()


def _skip_short_term_sets(reader: BitReader) -> None:
    """All st_ref_pic_set (7.3.7): how long one is depends on the one before."""
    deltas = 0
    for index in range(reader.ue()):
        predicted = index > 0 and reader.flag()  # inter_ref_pic_set_prediction_flag
        deltas = _skip_predicted_set(reader, deltas) if predicted else _skip_plain_set(reader)


def _skip_predicted_set(reader: BitReader, deltas: int) -> int:
    reader.flag()  # delta_rps_sign
    reader.ue()  # abs_delta_rps_minus1
    kept = 0
    for _ in range(deltas + 1):
        used = reader.flag()  # used_by_curr_pic_flag
        kept += used or reader.flag()  # use_delta_flag
    return kept


def _skip_plain_set(reader: BitReader) -> int:
    deltas = reader.ue() + reader.ue()  # num_negative_pics, num_positive_pics
    for _ in range(deltas):
        reader.ue()  # delta_poc_minus1
        reader.flag()  # used_by_curr_pic_flag
    return deltas


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
    reader.u(3)  # neutral_chroma_indication_flag, field_seq_flag, frame_field_info_present_flag
    if reader.flag():  # default_display_window_flag
        for _ in range(4):
            reader.ue()
