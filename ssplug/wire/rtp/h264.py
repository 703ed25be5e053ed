"""H.264 over RTP (RFC 6184), packetization mode 1: single NAL units, STAP-A and FU-A."""

import base64
import functools
from collections.abc import Iterable, Sequence
from typing import Final

from ssplug.media import h264
from ssplug.media.access_unit import VIDEO_CLOCK_RATE, AccessUnit
from ssplug.wire.rtp.nal_units import groups, with_lengths, with_parameter_sets
from ssplug.wire.rtp.packet import PAYLOAD_LIMIT, Payload, access_unit_payloads, pieces
from ssplug.wire.rtp.payload_format import VIDEO_PAYLOAD_TYPE, PayloadFormat

STAP_A: Final = 24
FU_A: Final = 28
_START: Final = 0x80
_END: Final = 0x40
_FORBIDDEN_AND_NRI: Final = 0xE0
_TYPE: Final = 0x1F


def payload_format(parameter_sets: Sequence[bytes]) -> PayloadFormat:
    """The format of a track with these SPS and PPS; none are better than wrong ones."""
    return PayloadFormat(
        media="video",
        payload_type=VIDEO_PAYLOAD_TYPE,
        encoding=f"H264/{VIDEO_CLOCK_RATE}",
        clock_rate=VIDEO_CLOCK_RATE,
        payloads=functools.partial(_payloads, tuple(parameter_sets)),
        fmtp=_fmtp(parameter_sets),
    )


def packets(nals: Iterable[bytes], limit: int = PAYLOAD_LIMIT) -> list[bytes]:
    """The NAL units of one access unit as payloads of at most `limit` bytes."""
    found: list[bytes] = []
    for group in groups(nals, limit, header=1):
        if len(group) > 1:
            found.append(_stap_a(group))
        elif len(group[0]) <= limit:
            found.append(group[0])
        else:
            found.extend(_fu_a(group[0], limit))
    return found


def _payloads(parameter_sets: tuple[bytes, ...], unit: AccessUnit) -> list[Payload]:
    nals = h264.nal_units(unit.data)
    if unit.key:
        nals = with_parameter_sets(nals, parameter_sets, h264.SPS_NAL, h264.AUD, h264.nal_type)
    return access_unit_payloads(packets(nals))


def _stap_a(nals: list[bytes]) -> bytes:
    """RFC 6184, 5.7.1: F is set if it is for any of them, NRI is the highest."""
    forbidden = max(nal[0] & 0x80 for nal in nals)
    importance = max(nal[0] & 0x60 for nal in nals)
    return bytes((forbidden | importance | STAP_A,)) + with_lengths(nals)


def _fu_a(nal: bytes, limit: int) -> list[bytes]:
    """RFC 6184, 5.8."""
    indicator = nal[0] & _FORBIDDEN_AND_NRI | FU_A
    kind = nal[0] & _TYPE
    first, *middle, last = pieces(nal, limit - 2, start=1)
    header = bytes((indicator, kind))
    return [
        bytes((indicator, kind | _START)) + first,
        *[header + piece for piece in middle],
        bytes((indicator, kind | _END)) + last,
    ]


def _fmtp(parameter_sets: Sequence[bytes]) -> str:
    fields = ["packetization-mode=1"]
    sps = next((nal for nal in parameter_sets if h264.nal_type(nal) == h264.SPS_NAL and len(nal) >= 4), None)
    if sps is not None:
        fields.append(f"profile-level-id={sps[1:4].hex().upper()}")
        fields.append("sprop-parameter-sets=" + ",".join(map(_base64, parameter_sets)))
    return ";".join(fields)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
