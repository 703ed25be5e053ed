"""Samples over RTP (RFC 3551, 4.5): G.711 (PCMU, PCMA) and L16."""

import functools
from typing import Final

from ssplug.media.access_unit import PCMA, PCMU, AccessUnit, Track
from ssplug.wire.rtp.packet import PAYLOAD_LIMIT, Payload, pieces
from ssplug.wire.rtp.payload_format import AUDIO_PAYLOAD_TYPE, PayloadFormat

L16: Final = "pcm_s16be"
"""FFmpeg's name of what L16 carries: network byte order (RFC 3551, 4.5.11)."""

_ENCODINGS: Final = {PCMU: "PCMU", PCMA: "PCMA", L16: "L16"}
_SAMPLE_BYTES: Final = {PCMU: 1, PCMA: 1, L16: 2}
# RFC 3551, table 4: static types, for these very parameters only
_STATIC_TYPES: Final = {(PCMU, 8000, 1): 0, (PCMA, 8000, 1): 8, (L16, 44100, 2): 10, (L16, 44100, 1): 11}


def payload_format(track: Track) -> PayloadFormat:
    """The format of a track of samples."""
    channels = f"/{track.channels}" if track.channels > 1 or track.codec == L16 else ""
    return PayloadFormat(
        media="audio",
        payload_type=_STATIC_TYPES.get((track.codec, track.clock_rate, track.channels), AUDIO_PAYLOAD_TYPE),
        encoding=f"{_ENCODINGS[track.codec]}/{track.clock_rate}{channels}",
        clock_rate=track.clock_rate,
        payloads=functools.partial(_payloads, _SAMPLE_BYTES[track.codec] * track.channels),
    )


def _payloads(tick_bytes: int, unit: AccessUnit) -> list[Payload]:
    """No marker: it would begin a talkspurt, and sound from a camera has no pauses (RFC 3551, 4.1)."""
    limit = PAYLOAD_LIMIT // tick_bytes * tick_bytes
    return [Payload(piece, ticks=number * limit // tick_bytes) for number, piece in enumerate(pieces(unit.data, limit))]
