"""As much of RTSP as a client needs that only sends sound (RFC 2326; ONVIF Streaming, 5.3). No I/O.

The other side is a camera: what it sends is bounded, and may be nonsense.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from ssplug.media.aac import SAMPLE_RATES

BACK_CHANNEL: Final = "www.onvif.org/ver20/backchannel"
HEAD_LIMIT: Final = 16_384
BODY_LIMIT: Final = 65_536

_STATUS: Final = re.compile(r"RTSP/1\.\d +(\d{3})\b")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_FRAME_HEADER: Final = 4
_SHORTEST_SESSION: Final = 2.0  # seconds; a camera that says less would be asked without end


class BadReplyError(Exception):
    """What came is no RTSP; the text says so, for people."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One response."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    """Names in lower case."""
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first of that name, in lower case; "" without."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """All of that name, in lower case."""
        return [value for known, value in self.headers if known == name]

    @property
    def session(self) -> tuple[str, float]:
        """Identifier, "" without; and for how many seconds it lasts (RFC 2326, 12.37)."""
        identifier, _, parameters = self.header("session").partition(";")
        lasts = re.search(r"timeout\s*=\s*(\d{1,5})", parameters)
        return identifier.strip(), max(_SHORTEST_SESSION, float(lasts[1])) if lasts else 60.0


def request(method: str, url: str, fields: Mapping[str, str]) -> bytes:
    """A request without a body."""
    lines = [f"{method} {url} RTSP/1.0", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("utf-8")


class ReplyParser:
    """From the bytes of a connection to replies; interleaved packets (RFC 2326, 10.12) are passed over."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Reply]:
        """The replies that are complete now; BadReplyError where there will never be one."""
        self._buffer += data
        while (taken := self._next()) is not None:
            if isinstance(taken, Reply):
                yield taken

    def _next(self) -> Reply | bytes | None:
        """A reply or a packet, or None while it has not all come."""
        if self._buffer.startswith((b"\r", b"\n")):  # RFC 2326, 4.1: empty lines before a message mean nothing
            self._buffer = self._buffer.lstrip(b"\r\n")
        if self._buffer[:1] == b"$":
            size = _FRAME_HEADER + int.from_bytes(self._buffer[2:4], "big")
            complete = len(self._buffer) >= _FRAME_HEADER and size <= len(self._buffer)
            return self._take(size) if complete else None
        end = _HEAD_END.search(self._buffer, 0, HEAD_LIMIT)
        if end is None:
            if len(self._buffer) >= HEAD_LIMIT or not b"RTSP/".startswith(bytes(self._buffer[:5])):
                raise BadReplyError("what answers there does not speak RTSP")
            return None
        reply = _reply(bytes(self._buffer[: end.start()]).decode("utf-8", "replace"))
        whole = end.end() + _length(reply)
        if len(self._buffer) < whole:
            return None
        return Reply(reply.status, reply.headers, self._take(whole)[end.end() :])

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def _reply(head: str) -> Reply:
    first, *lines = head.splitlines()
    status = _STATUS.match(first)
    if status is None:
        raise BadReplyError("what answers there does not speak RTSP")
    fields = (line.partition(":") for line in lines)
    return Reply(int(status[1]), tuple((name.strip().lower(), value.strip()) for name, _, value in fields))


def _length(reply: Reply) -> int:
    told = reply.header("content-length") or "0"
    if not told.isdecimal() or int(told) > BODY_LIMIT:
        raise BadReplyError(f"a reply with a body of {told[:20]} bytes")
    return int(told)


# -- the session description ------------------------------------------------------------------------

PCMU: Final = "PCMU"
PCMA: Final = "PCMA"
AAC: Final = "MPEG4-GENERIC"
_BEST_FIRST: Final = (PCMU, PCMA, AAC)
_STATIC: Final = {0: f"{PCMU}/8000", 8: f"{PCMA}/8000"}  # RFC 3551, table 4


class SpeechlessError(Exception):
    """The camera takes no sound that could be sent to it; the text says which it takes, for people."""


@dataclass(frozen=True, slots=True)
class Loudspeaker:
    """A track of the session description that the client is to send."""

    control: str
    """Its URL."""
    payload_type: int
    codec: str
    """PCMU, PCMA or MPEG4-GENERIC."""
    clock_rate: int = 8000
    channels: int = 1


def loudspeaker(sdp: str, base: str) -> Loudspeaker:
    """The best of the tracks that are for us to send (a=sendonly, the camera's view); SpeechlessError without.

    `base` is what its relative URLs begin at.
    """
    session, *sections = re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)
    base = _control(session, base) or base
    found = [each for section in sections for each in _loudspeakers(section, base)]
    known = [each for each in found if each.codec in _BEST_FIRST]
    if not known:
        others = ", ".join(sorted({each.codec for each in found}))
        raise SpeechlessError(f"it takes {others} only" if others else "it has no loudspeaker")
    return min(known, key=lambda each: _BEST_FIRST.index(each.codec))


def _loudspeakers(section: str, base: str) -> Iterator[Loudspeaker]:
    media = re.match(r"m=audio +\d+(?:/\d+)? +RTP/AVP((?: +\d{1,3})+)", section)
    if media is None or not re.search(r"^a=sendonly\s*$", section, re.MULTILINE):
        return
    maps = dict(re.findall(r"^a=rtpmap:(\d+) +(\S+)", section, re.MULTILINE))
    for number in media[1].split():
        codec, _, parameters = maps.get(number, _STATIC.get(int(number), "")).partition("/")
        rate, _, channels = parameters.partition("/")
        if rate.isdecimal() and _is_speakable(codec.upper(), int(rate)):
            yield Loudspeaker(_control(section, base) or base, int(number), codec.upper(), int(rate), _count(channels))
        elif codec:
            yield Loudspeaker("", int(number), f"{codec}/{parameters}")


def _is_speakable(codec: str, rate: int) -> bool:
    """G.711 is 8 kHz; AAC has the rates of ISO 14496-3, table 1.18; others we cannot make."""
    return rate in SAMPLE_RATES if codec == AAC else codec in (PCMU, PCMA) and rate == 8000


def _count(channels: str) -> int:
    return 2 if channels == "2" else 1


def _control(section: str, base: str) -> str:
    """RFC 2326, C.1.1; "" where it does not say. An asterisk is the base itself."""
    found = re.search(r"^a=control:\s*(\S+)", section, re.MULTILINE)
    if found is None or found[1] == "*":
        return ""
    if re.match(r"rtsps?://", found[1]):
        return found[1]
    # Not as RFC 3986 has it, but as every camera means it: behind the whole of the base.
    return urljoin(base, found[1]) if found[1].startswith("/") else f"{base.rstrip('/')}/{found[1]}"
