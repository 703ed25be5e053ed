"""RTP data packets (RFC 3550, 5.1) and the frames that carry them inside an RTSP connection (RFC 2326, 10.12)."""

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

PAYLOAD_LIMIT: Final = 1400
"""Bytes of payload in one packet: with all headers less than an Ethernet frame, as every client expects."""

FRAME_HEADER: Final = 4
_HEADER_BYTES: Final = 12
_FRAMED_HEADER = struct.Struct("!cBHBBHII")
_VERSION_2: Final = 0x80
_MARKER: Final = 0x80


class Payload(NamedTuple):
    """What one packet carries, before it has a number."""

    data: bytes
    marker: bool = False
    ticks: int = 0
    """How much later than the access unit it begins, in ticks of the track's clock."""


class Header(NamedTuple):
    """The fixed header of a data packet; no extension, no contributing sources."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int


def access_unit_payloads(packets: list[bytes]) -> list[Payload]:
    """The packets of one access unit, with the marker on the last."""
    payloads = [Payload(packet) for packet in packets]
    if payloads:
        payloads[-1] = Payload(packets[-1], marker=True)
    return payloads


def interleaved_packets(first: Header, payloads: Iterable[Payload], channel: int) -> bytes:
    """Consecutive packets as interleaved frames: "$", channel, length, RTP header and payload of each.

    `first` is the header of an access unit's first packet.
    """
    kind, sequence, timestamp, ssrc = first
    pack = _FRAMED_HEADER.pack
    parts: list[bytes] = []
    for number, (data, marker, ticks) in enumerate(payloads, sequence):
        marked = kind | _MARKER if marker else kind
        size = _HEADER_BYTES + len(data)
        time = (timestamp + ticks) & 0xFFFFFFFF
        parts.append(pack(b"$", channel, size, _VERSION_2, marked, number & 0xFFFF, time, ssrc))
        parts.append(data)
    return b"".join(parts)


def interleaved(packet: bytes, channel: int) -> bytes:
    """An RTP or RTCP packet as an interleaved frame."""
    return b"$" + bytes((channel,)) + len(packet).to_bytes(2, "big") + packet


def on_channel(frames: bytes, channel: int) -> bytes:
    """The same interleaved frames on another channel."""
    moved = bytearray(frames)
    at = 0
    while at < len(moved):
        moved[at + 1] = channel
        at += FRAME_HEADER + int.from_bytes(moved[at + 2 : at + 4], "big")
    return bytes(moved)


def pieces(data: bytes, limit: int, start: int = 0) -> list[bytes]:
    """`data` from `start` on, cut into pieces of `limit` bytes, the last as long as what is left."""
    return [data[at : at + limit] for at in range(start, len(data), limit)]
