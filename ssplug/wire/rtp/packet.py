"""RTP data packets (RFC 3550, 5.1) and the frames that carry them inside an RTSP connection (RFC 2326, 10.12)."""

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

PAYLOAD_LIMIT: Final = 1400
"""Bytes of payload in one packet: with all headers less than an Ethernet frame, as every client expects."""

FRAME_HEADER: Final = 4
_HEADER = struct.Struct("!BBHII")
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


def interleaved_packet(header: Header, payload: Payload, channel: int) -> bytes:
    """One whole interleaved frame: "$", channel, length, RTP header and payload."""
    marker_and_type = header.payload_type | _MARKER if payload.marker else header.payload_type
    return (
        _FRAMED_HEADER.pack(
            b"$",
            channel,
            _HEADER.size + len(payload.data),
            _VERSION_2,
            marker_and_type,
            header.sequence,
            (header.timestamp + payload.ticks) & 0xFFFFFFFF,
            header.ssrc,
        )
        + payload.data
    )


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


def pieces(data: bytes, limit: int) -> Iterable[bytes]:
    """`data` cut into pieces of `limit` bytes, the last as long as what is left."""
    return (data[at : at + limit] for at in range(0, len(data), limit))
