"""One track as a source of RTP: access units in, interleaved frames out.

The sequence numbers, the timestamps and the SSRC belong to the track, not to a client: an access
unit becomes one `bytes` that all clients share, and RTP-Info tells each of them where it joins.
"""

from dataclasses import dataclass

from ssplug.media.access_unit import AccessUnit
from ssplug.wire.rtp.packet import Header, interleaved_packets
from ssplug.wire.rtp.payload_format import PayloadFormat
from ssplug.wire.rtp.rtcp import SenderReport, bye, source_description


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source begins; all three are chosen at random (RFC 3550, 5.1)."""

    ssrc: int
    sequence: int
    timestamp: int
    """What is added to a time in ticks."""


@dataclass(frozen=True, slots=True)
class Packets:
    """The RTP packets of one access unit, as interleaved frames on `channel`."""

    frames: bytes
    channel: int
    sequence: int
    """Of the first of them."""
    count: int


class Packetizer:
    """Counts what it made; not thread-safe."""

    def __init__(self, payload_format: PayloadFormat, origin: Origin, channel: int, cname: str) -> None:
        """`channel` is the one that most clients will want these packets on."""
        self.format = payload_format
        self.ssrc = origin.ssrc
        self.next_sequence = origin.sequence
        self.packets = 0
        self.octets = 0
        self._first_timestamp = origin.timestamp
        self._channel = channel
        self._cname = cname

    def packets_of(self, unit: AccessUnit) -> Packets:
        """The packets of `unit`; NotCarriedError where the payload format has no way to carry it."""
        payloads = self.format.payloads(unit)
        first = Header(self.format.payload_type, self.next_sequence, unit.pts + self._first_timestamp, self.ssrc)
        self.next_sequence = (first.sequence + len(payloads)) & 0xFFFF
        self.packets += len(payloads)
        self.octets += sum([len(payload.data) for payload in payloads])
        return Packets(
            interleaved_packets(first, payloads, self._channel), self._channel, first.sequence, len(payloads)
        )

    def timestamp(self, seconds: float) -> int:
        """The RTP timestamp of a time on the hub's time line."""
        return (round(seconds * self.format.clock_rate) + self._first_timestamp) & 0xFFFFFFFF

    def report(self, seconds: float, wall: float) -> bytes:
        """A compound packet: `seconds` on the hub's time line was `wall` on the clock."""
        report = SenderReport(self.ssrc, wall, self.timestamp(seconds), self.packets, self.octets)
        return report.serialize() + source_description(self.ssrc, self._cname)

    def farewell(self, seconds: float, wall: float) -> bytes:
        """The last report, with BYE (RFC 3550, 6.1: never alone)."""
        return self.report(seconds, wall) + bye(self.ssrc)
