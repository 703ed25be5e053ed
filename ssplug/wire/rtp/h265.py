"""H.265 over RTP (RFC 7798): single NAL units, aggregation packets and fragmentation units, no DONL."""

import base64
import functools
from collections.abc import Iterable, Sequence
from typing import Final

from ssplug.media import h265
from ssplug.media.access_unit import VIDEO_CLOCK_RATE, AccessUnit
from ssplug.wire.rtp.nal_units import groups, with_lengths, with_parameter_sets
from ssplug.wire.rtp.packet import PAYLOAD_LIMIT, Payload, access_unit_payloads, pieces
from ssplug.wire.rtp.payload_format import VIDEO_PAYLOAD_TYPE, PayloadFormat

AGGREGATION: Final = 48
FRAGMENTATION: Final = 49
_START: Final = 0x80
_END: Final = 0x40
_FORBIDDEN_AND_LAYER: Final = 0x81
_SPROP: Final = {h265.VPS_NAL: "sprop-vps", h265.SPS_NAL: "sprop-sps", h265.PPS_NAL: "sprop-pps"}


def payload_format(parameter_sets: Sequence[bytes]) -> PayloadFormat:
    """The format of a track with these VPS, SPS and PPS."""
    return PayloadFormat(
        media="video",
        payload_type=VIDEO_PAYLOAD_TYPE,
        encoding=f"H265/{VIDEO_CLOCK_RATE}",
        clock_rate=VIDEO_CLOCK_RATE,
        payloads=functools.partial(_payloads, tuple(parameter_sets)),
        fmtp=_fmtp(parameter_sets),
    )


def packets(nals: Iterable[bytes], limit: int = PAYLOAD_LIMIT) -> list[bytes]:
    """The NAL units of one access unit as payloads of at most `limit` bytes."""
    found: list[bytes] = []
    for group in groups((nal for nal in nals if len(nal) >= 2), limit, header=2):
        if len(group) > 1:
            found.append(_aggregation(group))
        elif len(group[0]) <= limit:
            found.append(group[0])
        else:
            found.extend(_fragments(group[0], limit))
    return found


def _payloads(parameter_sets: tuple[bytes, ...], unit: AccessUnit) -> list[Payload]:
    nals = h265.nal_units(unit.data)
    if unit.key:
        nals = with_parameter_sets(nals, parameter_sets, h265.SPS_NAL, h265.AUD, h265.nal_type)
    return access_unit_payloads(packets(nals))


def _aggregation(nals: list[bytes]) -> bytes:
    """RFC 7798, 4.4.2: F is set if it is for any of them, LayerId and TID are the lowest."""
    forbidden = max(nal[0] & 0x80 for nal in nals)
    layer = min((nal[0] & 1) << 5 | nal[1] >> 3 for nal in nals)
    temporal = min(nal[1] & 7 for nal in nals)
    header = bytes((forbidden | AGGREGATION << 1 | layer >> 5, (layer & 0x1F) << 3 | temporal))
    return header + with_lengths(nals)


def _fragments(nal: bytes, limit: int) -> list[bytes]:
    """RFC 7798, 4.4.3."""
    header = bytes((nal[0] & _FORBIDDEN_AND_LAYER | FRAGMENTATION << 1, nal[1]))
    kind = h265.nal_type(nal)
    first, *middle, last = pieces(nal, limit - 3, start=2)
    return [
        header + bytes((kind | _START,)) + first,
        *[header + bytes((kind,)) + piece for piece in middle],
        header + bytes((kind | _END,)) + last,
    ]


def _fmtp(parameter_sets: Sequence[bytes]) -> str:
    fields = []
    for kind, name in _SPROP.items():
        sets = [base64.b64encode(nal).decode("ascii") for nal in parameter_sets if h265.nal_type(nal) == kind]
        if sets:
            fields.append(f"{name}={','.join(sets)}")
    return ";".join(fields)
