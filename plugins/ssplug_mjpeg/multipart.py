"""What cameras send as multipart/x-mixed-replace (RFC 2046, 5.1), and what they make of it.

Parts with and without Content-Length, lines that end with LF alone, a boundary parameter that is
quoted, that already has the two hyphens of the delimiter, or that is missing: the delimiter that
comes first is taken for what it is.  No Twisted; bytes in, parts out.

| state | what comes | next |
| --- | --- | --- |
| DELIMITER | a line that is none (a preamble, the end of a body) | DELIMITER |
| DELIMITER | the delimiter | HEADERS |
| DELIMITER | the closing delimiter | END |
| HEADERS | a header | HEADERS |
| HEADERS | an empty line | BODY |
| BODY | as many bytes as Content-Length says, or all up to the delimiter | DELIMITER |
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PART_LIMIT: Final = 16 * 2**20
_HEADERS_LIMIT: Final = 16 * 2**10


class MultipartError(ValueError):
    """What came is no multipart body, or a part of it is too large."""


class _State(enum.Enum):
    """See the table of the module."""

    DELIMITER = enum.auto()
    HEADERS = enum.auto()
    BODY = enum.auto()
    END = enum.auto()


@dataclass(frozen=True, slots=True)
class Part:
    """One part; the names of its headers are in lower case."""

    headers: Mapping[str, str]
    body: bytes


class MultipartParser:
    """Takes the body of a reply apart as it comes."""

    def __init__(self, boundary: str = "", part_limit: int = PART_LIMIT) -> None:
        """`boundary` is the parameter of the Content-Type, '' where there is none; `part_limit` is in bytes."""
        self._name = boundary.strip('" \t').strip("-").encode("latin-1", "replace")
        self._limits = {_State.DELIMITER: part_limit, _State.HEADERS: _HEADERS_LIMIT, _State.BODY: part_limit}
        self._state = _State.DELIMITER
        self._taken = 0  # bytes of lines in this state
        self._buffer = bytearray()
        self._searched = 0  # bytes of the buffer in which there is nothing to be found
        self._delimiter = b""
        self._headers: dict[str, str] = {}

    @property
    def ended(self) -> bool:
        """Whether the closing delimiter came: what follows is ignored."""
        return self._state is _State.END

    def feed(self, data: bytes) -> list[Part]:
        """The parts that `data` completes; MultipartError when there is no hope."""
        self._buffer += data
        parts: list[Part] = []
        while self._advance(parts):
            pass
        return parts

    def _advance(self, parts: list[Part]) -> bool:
        """Take one line or one body; False when that needs more bytes."""
        if self._state is _State.END:
            self._buffer.clear()
            return False
        if self._state is not _State.BODY:
            return self._take_line()
        body = self._body()
        if body is not None:
            parts.append(Part(self._headers, body))
            self._enter(_State.DELIMITER)
        return body is not None

    def _enter(self, state: _State) -> None:
        self._state = state
        self._taken = 0

    def _expect_at_most(self, size: int) -> None:
        limit = self._limits[self._state]
        if size > limit:
            raise MultipartError(f"more than {limit} bytes for one picture, or this is no multipart body")

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._searched = 0

    # -- lines -------------------------------------------------------------------------------------

    def _take_line(self) -> bool:
        end = self._buffer.find(b"\n", self._searched)
        self._searched = len(self._buffer)
        self._expect_at_most(self._taken + (self._searched if end < 0 else end))
        if end < 0:
            return False
        line = bytes(self._buffer[:end]).rstrip()
        self._drop(end + 1)
        self._taken += end + 1
        (self._read_delimiter if self._state is _State.DELIMITER else self._read_header)(line)
        return True

    def _read_delimiter(self, line: bytes) -> None:
        if not self._delimiter and self._is_first_delimiter(line):
            self._delimiter = line
        if not self._delimiter or not line.startswith(self._delimiter):
            return
        self._headers = {}
        self._enter(_State.END if line == self._delimiter + b"--" else _State.HEADERS)

    def _is_first_delimiter(self, line: bytes) -> bool:
        """The first line that looks like a delimiter tells how this camera writes it, hyphens and all."""
        return line.strip(b"-") == self._name if self._name else len(line) > 2 and line.startswith(b"--")

    def _read_header(self, line: bytes) -> None:
        if not line:
            self._enter(_State.BODY)
            return
        name, _, value = line.decode("latin-1").partition(":")
        self._headers[name.strip().lower()] = value.strip()

    # -- bodies ------------------------------------------------------------------------------------

    def _body(self) -> bytes | None:
        length = self._headers.get("content-length", "")
        return self._counted(int(length)) if length.isascii() and length.isdigit() else self._delimited()

    def _counted(self, length: int) -> bytes | None:
        self._expect_at_most(length)
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        self._drop(length)
        return body

    def _delimited(self) -> bytes | None:
        end = self._buffer.find(self._delimiter, self._searched)
        if end < 0:
            self._expect_at_most(len(self._buffer))
            self._searched = max(0, len(self._buffer) - len(self._delimiter))
            return None
        body = bytes(self._buffer[:end])
        self._drop(end)
        return body.removesuffix(b"\n").removesuffix(b"\r")
