"""AAC over RTP (RFC 3640, mode AAC-hbr): one access unit a packet, longer ones in fragments."""

from typing import Final

from ssplug.media.aac import AudioSpecificConfig
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.wire.rtp.packet import PAYLOAD_LIMIT, Payload, access_unit_payloads, pieces
from ssplug.wire.rtp.payload_format import AUDIO_PAYLOAD_TYPE, NotCarriedError, PayloadFormat

_HEADERS_LENGTH: Final = (16).to_bytes(2, "big")
"""AU-headers-length: one header of sixteen bits."""
_SIZE_LIMIT: Final = 1 << 13
_INDEX_BITS: Final = 3


def payload_format(track: Track) -> PayloadFormat:
    """The format of an AAC track; its AudioSpecificConfig is made up for AAC-LC where the track has none."""
    config = track.extradata or AudioSpecificConfig(track.clock_rate, track.channels).serialize()
    return PayloadFormat(
        media="audio",
        payload_type=AUDIO_PAYLOAD_TYPE,
        encoding=f"MPEG4-GENERIC/{track.clock_rate}/{track.channels}",
        clock_rate=track.clock_rate,
        payloads=_payloads,
        fmtp="streamtype=5;profile-level-id=1;mode=AAC-hbr;"
        f"sizelength=13;indexlength=3;indexdeltalength=3;config={config.hex().upper()}",
    )


def _payloads(unit: AccessUnit) -> list[Payload]:
    """RFC 3640, 3.2.1: each fragment repeats the size of the whole; the marker is on the last."""
    size = len(unit.data)
    if size >= _SIZE_LIMIT:
        raise NotCarriedError(f"a piece of AAC of {size} bytes; thirteen bits cannot say that")
    header = _HEADERS_LENGTH + (size << _INDEX_BITS).to_bytes(2, "big")
    return access_unit_payloads([header + piece for piece in pieces(unit.data, PAYLOAD_LIMIT - len(header))])
