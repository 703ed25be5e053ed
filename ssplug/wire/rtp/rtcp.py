"""RTCP, as a sender of media writes it (RFC 3550, 6)."""

import struct
from dataclasses import dataclass
from typing import Final

_SENDER_REPORT: Final = 200
_SOURCE_DESCRIPTION: Final = 202
_BYE: Final = 203
_CNAME: Final = 1
_VERSION_2: Final = 0x80
_NTP_EPOCH: Final = 2_208_988_800
"""Seconds from 1900 to 1970."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What is said of one source: that its timestamp `timestamp` is the wall time `wall`."""

    ssrc: int
    wall: float
    """Seconds since the epoch (UTC)."""
    timestamp: int
    packets: int
    octets: int
    """Of payload, without headers."""

    def serialize(self) -> bytes:
        """Without report blocks: nothing is received here."""
        seconds, fraction = divmod(self.wall + _NTP_EPOCH, 1)
        body = struct.pack(
            "!IIIIII",
            self.ssrc,
            int(seconds) & 0xFFFFFFFF,
            int(fraction * (1 << 32)),
            self.timestamp,
            self.packets & 0xFFFFFFFF,
            self.octets & 0xFFFFFFFF,
        )
        return _packet(_SENDER_REPORT, 0, body)


def source_description(ssrc: int, cname: str) -> bytes:
    """The CNAME, which is the same for all tracks of a camera: by it receivers know what belongs together."""
    name = cname.encode("utf-8")
    chunk = ssrc.to_bytes(4, "big") + bytes((_CNAME, len(name))) + name
    return _packet(_SOURCE_DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))


def bye(ssrc: int) -> bytes:
    """No more will come from this source."""
    return _packet(_BYE, 1, ssrc.to_bytes(4, "big"))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", _VERSION_2 | count, kind, len(body) // 4) + body
