"""From mu-law samples to RTP packets in the codec that a camera wants (RFC 3550, 3551, 3640). No I/O."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol

import av
import numpy as np

from ssplug.media import g711
from ssplug_onvif.rtsp import AAC, PCMA, Loudspeaker

PACKET_SAMPLES: Final = 160
"""Of mu-law, at a time: 20 ms, as RFC 3551, 4.5 recommends."""
SILENCE: Final = b"\xff"
"""A sample of mu-law."""

_VERSION_2: Final = 0x80
_MARKER: Final = 0x80
_HEADER: Final = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class Piece:
    """The payload of one packet."""

    data: bytes
    ticks: int
    """How long it lasts, by the track's clock."""


class Codec(Protocol):
    """Makes pieces of samples."""

    def pieces(self, samples: bytes) -> Iterable[Piece]:
        """What is complete with these mu-law samples."""


class _MuLaw:
    def pieces(self, samples: bytes) -> Iterable[Piece]:
        return [Piece(samples, len(samples))]


class _ALaw:
    def pieces(self, samples: bytes) -> Iterable[Piece]:
        return [Piece(g711.to_alaw(g711.from_mulaw(samples)), len(samples))]


class _AAC:
    """AAC-hbr with one access unit a packet (RFC 3640, 3.3.6)."""

    FRAME: Final = 1024

    def __init__(self, clock_rate: int, channels: int) -> None:
        encoder: Any = av.CodecContext.create("aac", "w")
        encoder.sample_rate = clock_rate
        encoder.layout = "stereo" if channels == 2 else "mono"
        encoder.format = "fltp"
        encoder.time_base = Fraction(1, clock_rate)
        self._encoder = encoder
        self._samples = 0

    def pieces(self, samples: bytes) -> Iterable[Piece]:
        """PyAV's encoder resamples what it is given, and cuts it into frames."""
        decoded = g711.from_mulaw(samples)[np.newaxis, :]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(decoded), format="s16", layout="mono")
        frame.sample_rate, frame.pts = g711.SAMPLE_RATE, self._samples
        frame.time_base = Fraction(1, g711.SAMPLE_RATE)
        self._samples += len(samples)
        units = [bytes(packet) for packet in self._encoder.encode(frame)]
        return [Piece(_AU_HEADERS_LENGTH + (len(unit) << 3).to_bytes(2, "big") + unit, self.FRAME) for unit in units]


_AU_HEADERS_LENGTH: Final = (16).to_bytes(2, "big")


def codec(speaker: Loudspeaker) -> Codec:
    """What makes pieces for `speaker`."""
    if speaker.codec == AAC:
        return _AAC(speaker.clock_rate, speaker.channels)
    return _ALaw() if speaker.codec == PCMA else _MuLaw()


class Packets:
    """Numbers pieces and gives them times."""

    def __init__(self, speaker: Loudspeaker, channel: int, ssrc: int, sequence: int, timestamp: int) -> None:
        """`channel` is that of the interleaved frames; the last three begin at random (RFC 3550, 5.1)."""
        self._codec = codec(speaker)
        self._speaker = speaker
        self._channel = channel
        self._ssrc = ssrc
        self._sequence = sequence
        self._timestamp = timestamp
        self._begins = True

    def pause(self, seconds: float) -> None:
        """Nothing was said for so long: what follows is that much later, and begins anew."""
        self._timestamp += round(seconds * self._speaker.clock_rate)
        self._begins = True

    def frames(self, samples: bytes) -> Iterator[bytes]:
        """Interleaved frames with the packets that are complete with `samples`."""
        for piece in self._codec.pieces(samples):
            marked = self._begins or self._speaker.codec == AAC  # a talkspurt begins; a whole access unit
            kind = self._speaker.payload_type | (_MARKER if marked else 0)
            numbers = (self._sequence & 0xFFFF, self._timestamp & 0xFFFFFFFF, self._ssrc)
            packet = _HEADER.pack(_VERSION_2, kind, *numbers) + piece.data
            self._sequence += 1
            self._timestamp += piece.ticks
            self._begins = False
            yield b"$" + bytes((self._channel,)) + len(packet).to_bytes(2, "big") + packet
