"""Which protocol the first bytes of a connection speak.

HTTP and RTSP share one port.  The decision is the version token at the end of the first line and
not the method: OPTIONS belongs to both, and either family may grow methods.  Whatever comes after
the first line is not looked at, but for GET and POST of `stream`: these may be RTSP tunnelled in
HTTP, as a field of their heads says.
"""

import enum
import re
from http import HTTPStatus

from ssplug.wire.rtsp.tunnel import has_head, may_open_tunnel, opening

FIRST_LINE_LIMIT = 16 * 1024

# RFC 9110, 5.6.2 without "$", which begins an interleaved frame and no request. The longest
# registered method has 17 letters.
_METHOD = re.compile(rb"[!#%&'*+\-.^_`|~0-9A-Za-z]{1,32}")
_VERSION = re.compile(rb"(HTTP|RTSP)/(\d+)\.\d+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Protocol(enum.Enum):
    """What is spoken on the port."""

    HTTP = "HTTP"
    RTSP = "RTSP"
    TUNNEL = "RTSP in HTTP"


class Refusal(enum.Enum):
    """Why nothing here can answer; the value is the status to say so with, None for no answer at all."""

    HOPELESS = None
    MALFORMED = HTTPStatus.BAD_REQUEST
    TOO_LONG = HTTPStatus.REQUEST_URI_TOO_LONG
    UNKNOWN_VERSION = HTTPStatus.HTTP_VERSION_NOT_SUPPORTED


def classify(data: bytes) -> Protocol | Refusal | None:
    """The protocol that `data`, all that has come so far, begins; None while more is needed."""
    start = data.lstrip(b"\r\n")
    if start and not _may_be_a_request(start):
        return Refusal.HOPELESS
    end = start.find(b"\n")
    if end >= 0:
        return _decision(start, start[:end].removesuffix(b"\r"))
    return Refusal.TOO_LONG if len(data) >= FIRST_LINE_LIMIT else None


def answer(refusal: Refusal, server: str) -> bytes:
    """The whole HTTP response to a refused first line; empty where the peer would not understand one.

    `server` is the value of the Server header.
    """
    status = refusal.value
    if status is None:
        return b""
    body = f"{status.value} {status.phrase}"
    head = (
        f"HTTP/1.1 {body}\r\nServer: {server}\r\nConnection: close\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode("ascii")


def _may_be_a_request(start: bytes) -> bool:
    """Whether `start` begins with a method, or with as much of one as has come."""
    method = _METHOD.match(start)
    return method is not None and (method.end() == len(start) or start[method.end()] in b" \t\r\n")


def _decision(start: bytes, line: bytes) -> Protocol | Refusal | None:
    if not may_open_tunnel(line):
        return _protocol_of(line)
    if has_head(start):
        return Protocol.HTTP if opening(start) is None else Protocol.TUNNEL
    return Protocol.HTTP if len(start) >= FIRST_LINE_LIMIT else None


def _protocol_of(line: bytes) -> Protocol | Refusal:
    if _CONTROL.search(line):
        return Refusal.HOPELESS
    version = _VERSION.fullmatch(line.rpartition(b" ")[2])
    if version is None or line.count(b" ") < 2:
        return Refusal.MALFORMED
    if version[1] == b"RTSP":
        return Protocol.RTSP
    # "PRI * HTTP/2.0" is the preface of HTTP/2 with prior knowledge (RFC 9113, 3.4).
    return Protocol.HTTP if version[2] == b"1" else Refusal.UNKNOWN_VERSION
