"""The Transport header (RFC 2326, 12.39), of which only interleaved TCP is served."""

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass

_PROTOCOL = "rtp/avp/tcp"
_CHANNELS = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?")
_LAST_CHANNEL = 255


@dataclass(frozen=True, slots=True)
class Channels:
    """Where the packets of one track go within the connection."""

    rtp: int
    rtcp: int

    def header(self, ssrc: int) -> str:
        """The value of the Transport header that promises them."""
        return f"RTP/AVP/TCP;unicast;interleaved={self.rtp}-{self.rtcp};ssrc={ssrc:08X}"


def interleaved_channels(header: str, taken: Collection[Channels]) -> Channels | None:
    """The channels of the first alternative in `header` that can be served, or None.

    They are the client's, unless it names none or others of its tracks have them (`taken`).
    """
    for alternative in header.split(","):
        protocol, *parameters = [part.strip().lower() for part in alternative.split(";")]
        if protocol == _PROTOCOL and "multicast" not in parameters:
            return _free(_asked_for(parameters), taken)
    return None


def _asked_for(parameters: list[str]) -> Channels | None:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        numbers = _CHANNELS.fullmatch(value) if name == "interleaved" else None
        if numbers is not None:
            rtp = int(numbers[1])
            return Channels(rtp, int(numbers[2] or rtp + 1))
    return None


def _free(wanted: Channels | None, taken: Collection[Channels]) -> Channels:
    used = {number for channels in taken for number in _numbers(channels)}
    pairs = (Channels(rtp, rtp + 1) for rtp in range(0, _LAST_CHANNEL, 2))
    candidates = pairs if wanted is None else itertools.chain([wanted], pairs)
    return next(channels for channels in candidates if _is_valid(channels) and used.isdisjoint(_numbers(channels)))


def _numbers(channels: Channels) -> tuple[int, int]:
    return channels.rtp, channels.rtcp


def _is_valid(channels: Channels) -> bool:
    return channels.rtp != channels.rtcp and max(_numbers(channels)) <= _LAST_CHANNEL
