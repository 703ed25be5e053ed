"""The receiving side of RTP, for tests: written from the RFCs and not from the packetizers that it checks.

frames = interleaved_frames(transport.value())
packets = [Packet.parse(data) for channel, data in frames if channel == 0]
assert access_units(packets, h264_nal_units) == [...]
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Packet:
    """An RTP data packet (RFC 3550, 5.1)."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """ValueError for anything with padding, extension or contributing sources: we send none."""
        if len(data) < 12 or data[0] != 0x80:
            raise ValueError("not a plain RTP packet")
        return cls(
            payload_type=data[1] & 0x7F,
            sequence=int.from_bytes(data[2:4], "big"),
            timestamp=int.from_bytes(data[4:8], "big"),
            ssrc=int.from_bytes(data[8:12], "big"),
            marker=bool(data[1] & 0x80),
            payload=data[12:],
        )


def interleaved_frames(data: bytes) -> list[tuple[int, bytes]]:
    """Channel and packet of each frame (RFC 2326, 10.12); ValueError for anything between or after them."""
    found = []
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at : at + 1] != b"$" or end > len(data):
            raise ValueError(f"no whole interleaved frame at byte {at}")
        found.append((data[at + 1], data[at + 4 : end]))
        at = end
    return found


def access_units(packets: Iterable[Packet], depacketize: Callable[[Sequence[bytes]], list[bytes]]) -> list[list[bytes]]:
    """What the packets of each timestamp carry; ValueError unless the marker is on the last of each, and only there."""
    found = []
    for _, group in itertools.groupby(packets, key=lambda packet: packet.timestamp):
        unit = list(group)
        if [packet.marker for packet in unit] != [False] * (len(unit) - 1) + [True]:
            raise ValueError("the marker is not on the last packet of an access unit")
        found.append(depacketize([packet.payload for packet in unit]))
    return found


def h264_nal_units(payloads: Sequence[bytes]) -> list[bytes]:
    """RFC 6184, 5.6 to 5.8."""
    found: list[bytes] = []
    fragments = bytearray()
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == 28:
            if payload[1] & 0x80:
                fragments = bytearray((payload[0] & 0xE0 | payload[1] & 0x1F,))
            fragments += payload[2:]
            if payload[1] & 0x40:
                found.append(bytes(fragments))
        elif kind == 24:
            found.extend(_with_lengths(payload[1:]))
        else:
            found.append(payload)
    return found


def h265_nal_units(payloads: Sequence[bytes]) -> list[bytes]:
    """RFC 7798, 4.4.1 to 4.4.3."""
    found: list[bytes] = []
    fragments = bytearray()
    for payload in payloads:
        kind = payload[0] >> 1 & 0x3F
        if kind == 49:
            if payload[2] & 0x80:
                fragments = bytearray((payload[0] & 0x81 | (payload[2] & 0x3F) << 1, payload[1]))
            fragments += payload[3:]
            if payload[2] & 0x40:
                found.append(bytes(fragments))
        elif kind == 48:
            found.extend(_with_lengths(payload[2:]))
        else:
            found.append(payload)
    return found


def aac_blocks(payloads: Sequence[bytes]) -> list[bytes]:
    """RFC 3640, 3.2, mode AAC-hbr, one access unit in all the payloads; ValueError if its size is not as said."""
    sizes = {int.from_bytes(payload[2:4], "big") >> 3 for payload in payloads}
    data = b"".join(payload[4:] for payload in payloads)
    if sizes != {len(data)} or any(payload[:2] != b"\0\x10" for payload in payloads):
        raise ValueError("AU headers that do not fit what follows")
    return [data]


def _with_lengths(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        yield data[at + 2 : end]
        at = end
