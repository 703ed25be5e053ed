"""What SDP and a packetizer need to know of one track, whatever its codec."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ssplug.media.access_unit import AccessUnit
from ssplug.wire.rtp.packet import Payload

VIDEO_PAYLOAD_TYPE: Final = 97
AUDIO_PAYLOAD_TYPE: Final = 98
"""Dynamic types (RFC 3551, 6); 97 is what clients have always been given for video."""


class NotCarriedError(ValueError):
    """RTP has no way to carry the track, or the access unit; the text says why."""


@dataclass(frozen=True, slots=True)
class PayloadFormat:
    """An RTP payload format with the parameters of one track."""

    media: str
    """"video" or "audio"."""
    payload_type: int
    encoding: str
    """As `a=rtpmap` writes it: H264/90000, L16/16000/1."""
    clock_rate: int
    payloads: Callable[[AccessUnit], list[Payload]] = field(compare=False)
    """Cuts an access unit of this track; raises NotCarriedError where it cannot."""
    fmtp: str = ""
    """As `a=fmtp` writes it; empty: there is nothing to say."""
