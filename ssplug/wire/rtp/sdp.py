"""Session descriptions (RFC 8866, RFC 2326 appendix C), complete: players need not look at the media."""

from collections.abc import Sequence
from dataclasses import dataclass

from ssplug.wire.rtp.payload_format import PayloadFormat

MEDIA_TYPE = "application/sdp"


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """One "m=" section."""

    format: PayloadFormat
    control: str
    """Relative to the request: trackID=0."""
    frame_rate: float = 0.0
    """Pictures a second; 0: unknown, or no video."""


def session_description(name: str, session_id: int, media: Sequence[MediaDescription]) -> bytes:
    """The SDP of a presentation that is live, over whatever address it was asked for."""
    lines = [
        "v=0",
        f"o=- {session_id} 1 IN IP4 127.0.0.1",
        f"s={' '.join(name.split()) or '-'}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
    ]
    for section in media:
        lines += _section(section)
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8")


def _section(section: MediaDescription) -> list[str]:
    kind = section.format.payload_type
    lines = [f"m={section.format.media} 0 RTP/AVP {kind}", f"a=rtpmap:{kind} {section.format.encoding}"]
    if section.format.fmtp:
        lines.append(f"a=fmtp:{kind} {section.format.fmtp}")
    if section.frame_rate:
        lines.append(f"a=framerate:{section.frame_rate:g}")
    return [*lines, f"a=control:{section.control}"]
