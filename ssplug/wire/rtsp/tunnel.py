"""RTSP tunnelled in HTTP, for players behind proxies: bytes in, values out.

QuickTime began it, and everybody does it the same way: one connection asks with GET and is answered
for ever, with the responses and the interleaved frames as they are; another sends requests, in
Base64, as the body of a POST that is not answered.  A cookie says that they belong together.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from ssplug.wire.requests import Target
from ssplug.wire.rtsp.message import BadMessage, Status

MEDIA_TYPE: Final = "application/x-rtsp-tunnelled"

_RESOURCE: Final = "stream"
_REQUEST_LINE: Final = re.compile(rb"(GET|POST) (\S+) HTTP/1\.[01]")
_COOKIE: Final = re.compile(rb"\n[xX]-[sS]ession[cC]ookie[ \t]*:[ \t]*([\x21-\x7e]{1,256})[ \t]*\r?\n", re.IGNORECASE)
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=]")


@dataclass(frozen=True, slots=True)
class Opening:
    """How one of the two connections begins."""

    is_way_out: bool
    """Whether it is the one that is answered (GET)."""
    cookie: bytes
    body: bytes
    """What has come behind the head."""


def may_open_tunnel(first_line: bytes) -> bool:
    """Whether a request that begins with this line may be one end of a tunnel; its head says whether it is."""
    request = _REQUEST_LINE.fullmatch(first_line)
    return request is not None and Target.parse(request[2].decode("latin-1")).name == _RESOURCE


def has_head(data: bytes) -> bool:
    """Whether the head of a request has come whole."""
    return _HEAD_END.search(data) is not None


def opening(data: bytes) -> Opening | None:
    """The opening that `data`, which has a whole head, begins with; None if it is no tunnel's."""
    data = data.lstrip(b"\r\n")
    end = _HEAD_END.search(data)
    if end is None or not may_open_tunnel(data.partition(b"\n")[0].removesuffix(b"\r")):
        return None
    cookie = _COOKIE.search(data, 0, end.end())
    return None if cookie is None else Opening(data.startswith(b"GET"), cookie[1], data[end.end() :])


def granted(server: str) -> bytes:
    """The head of the answer to GET; what follows is RTSP until the end. `server` is for the Server header."""
    lines = [
        "HTTP/1.0 200 OK",
        f"Server: {server}",
        f"Content-Type: {MEDIA_TYPE}",
        "Cache-Control: no-store",
        "Pragma: no-cache",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def refused(server: str, status: str, why: str) -> bytes:
    """The whole answer to an opening that is not granted; `status` is code and phrase."""
    lines = [
        f"HTTP/1.0 {status}",
        f"Server: {server}",
        "Content-Type: text/plain",
        f"Content-Length: {len(why)}",
        "Connection: close",
    ]
    return ("\r\n".join([*lines, "", ""]) + why).encode("ascii")


class Base64Stream:
    """Decodes Base64 as it comes: a client encodes each of its messages by itself, with padding behind it."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """What `data` completes; BadMessage if it is no Base64. At most three characters wait for more."""
        coded = self._rest + bytes(data).translate(None, b"\r\n\t ")
        if _NOT_BASE64.search(coded):
            raise BadMessage(Status.BAD_REQUEST, "a tunnelled request that is not Base64")
        end = len(coded) // 4 * 4
        self._rest = coded[end:]
        return b"".join(map(_decoded, _messages(coded[:end])))


def _messages(coded: bytes) -> list[bytes]:
    """Pieces with padding at their ends only."""
    return re.findall(rb"[^=]+={0,2}|=+", coded)


def _decoded(coded: bytes) -> bytes:
    try:
        return base64.b64decode(coded, validate=True)
    except binascii.Error as error:
        raise BadMessage(Status.BAD_REQUEST, "a tunnelled request that is not Base64") from error
