"""From the bytes of an RTSP connection to requests and interleaved frames.

`next_event` returns None when more bytes are needed and raises `BadMessage` when more bytes would
not help; those are different things.  What is buffered is bounded: by one message of the limits
below and whatever the caller fed beyond it.
"""

import re

from ssplug.wire.rtsp.message import BadMessage, Headers, InterleavedFrame, Request, Status

HEAD_LIMIT = 16 * 1024
BODY_LIMIT = 64 * 1024

_FRAME_HEADER = 4
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LINE_END = re.compile(r"\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_PRINTABLE = re.compile(r"[^\x00-\x20\x7f]+")
_VERSION = re.compile(r"RTSP/\d+\.\d+")


class Parser:
    """Fed with `feed`, asked with `next_event`."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def buffered(self) -> int:
        """How many bytes wait for the rest of their message."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take what arrived."""
        self._buffer += data

    def next_event(self) -> Request | InterleavedFrame | None:
        """The next whole message, or None while it has not all come. Raises BadMessage."""
        self._skip_empty_lines()
        if self._buffer[:1] == b"$":
            return self._frame()
        return self._request()

    def _skip_empty_lines(self) -> None:
        # RFC 2326, 4.1: ignore empty lines before a message. Players also send them as keep-alive.
        if self._buffer.startswith((b"\r", b"\n")):
            self._buffer = self._buffer.lstrip(b"\r\n")

    def _frame(self) -> InterleavedFrame | None:
        if len(self._buffer) < _FRAME_HEADER:
            return None
        end = _FRAME_HEADER + int.from_bytes(self._buffer[2:4], "big")
        if len(self._buffer) < end:
            return None
        return InterleavedFrame(self._buffer[1], self._take(end)[_FRAME_HEADER:])

    def _request(self) -> Request | None:
        end = _HEAD_END.search(self._buffer, 0, HEAD_LIMIT)
        if end is None:
            self._check_beginning()
            return None
        request = _request(bytes(self._buffer[: end.start()]))
        length = _content_length(request.headers)
        if len(self._buffer) < end.end() + length:
            return None
        body = self._take(end.end() + length)[end.end() :]
        return Request(request.method, request.uri, request.headers, body, request.version)

    def _check_beginning(self) -> None:
        """Refuse what cannot become a request, as early as it shows."""
        if self._buffer and not _TOKEN.match(chr(self._buffer[0])):
            raise BadMessage(Status.BAD_REQUEST, "neither a request nor an interleaved frame")
        if len(self._buffer) >= HEAD_LIMIT:
            first_line_ended = b"\n" in self._buffer[:HEAD_LIMIT]
            status = Status.BAD_REQUEST if first_line_ended else Status.REQUEST_URI_TOO_LARGE
            raise BadMessage(status, f"a head of more than {HEAD_LIMIT} bytes")

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def _request(head: bytes) -> Request:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    first, *lines = _LINE_END.split(text)
    method, uri, version = _request_line(first)
    return Request(method, uri, Headers(tuple(_fields(lines))), version=version)


def _request_line(line: str) -> tuple[str, str, str]:
    words = line.split(" ")
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]) or not _PRINTABLE.fullmatch(words[1]):
        raise BadMessage(Status.BAD_REQUEST, "not a request line")
    if not _VERSION.fullmatch(words[2]):
        raise BadMessage(Status.BAD_REQUEST, "a request line without RTSP version")
    return words[0], words[1], words[2]


def _fields(lines: list[str]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}".strip())
            continue
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name.rstrip()):
            raise BadMessage(Status.BAD_REQUEST, "a header line without name or colon")
        fields.append((name.rstrip(), value.strip()))
    return fields


def _content_length(headers: Headers) -> int:
    value = headers.get("Content-Length")
    if value is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,10}", value):
        raise BadMessage(Status.BAD_REQUEST, "Content-Length is not a number")
    if int(value) > BODY_LIMIT:
        raise BadMessage(Status.REQUEST_ENTITY_TOO_LARGE, f"a body of more than {BODY_LIMIT} bytes")
    return int(value)
