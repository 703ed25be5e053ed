"""RTSP messages as values (RFC 2326, 4 to 7)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

VERSION = "RTSP/1.0"


class Method(enum.StrEnum):
    """The methods that are served."""

    OPTIONS = "OPTIONS"
    DESCRIBE = "DESCRIBE"
    SETUP = "SETUP"
    TEARDOWN = "TEARDOWN"
    PLAY = "PLAY"
    PAUSE = "PAUSE"
    GET_PARAMETER = "GET_PARAMETER"
    SET_PARAMETER = "SET_PARAMETER"


NOT_ALLOWED = frozenset({"ANNOUNCE", "RECORD", "REDIRECT"})
"""Methods of RFC 2326 that no resource of ours allows."""


class Status(enum.IntEnum):
    """The status codes that are used (RFC 2326, 7.1.1)."""

    OK = 200
    BAD_REQUEST = 400
    UNAUTHORIZED = 401
    NOT_FOUND = 404
    METHOD_NOT_ALLOWED = 405
    NOT_ACCEPTABLE = 406
    REQUEST_TIMEOUT = 408
    GONE = 410
    REQUEST_ENTITY_TOO_LARGE = 413
    REQUEST_URI_TOO_LARGE = 414
    UNSUPPORTED_MEDIA_TYPE = 415
    PARAMETER_NOT_UNDERSTOOD = 451
    SESSION_NOT_FOUND = 454
    METHOD_NOT_VALID_IN_THIS_STATE = 455
    AGGREGATE_OPERATION_NOT_ALLOWED = 459
    ONLY_AGGREGATE_OPERATION_ALLOWED = 460
    UNSUPPORTED_TRANSPORT = 461
    INTERNAL_SERVER_ERROR = 500
    NOT_IMPLEMENTED = 501
    SERVICE_UNAVAILABLE = 503
    RTSP_VERSION_NOT_SUPPORTED = 505
    OPTION_NOT_SUPPORTED = 551

    @property
    def phrase(self) -> str:
        """The reason phrase; no client reads it."""
        return "OK" if self is Status.OK else self.name.replace("_", " ").title()


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in their order; names are compared without regard to case."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """The value of the first field of that name, or None."""
        wanted = name.lower()
        return next((value for field_name, value in self.fields if field_name.lower() == wanted), None)

    def plus(self, more: Iterable[tuple[str, str]]) -> "Headers":
        """These fields, then `more`."""
        return Headers((*self.fields, *more))


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `method` may be any word; `version` is what the client wrote."""

    method: str
    uri: str
    headers: Headers = Headers()
    body: bytes = b""
    version: str = VERSION

    @property
    def session(self) -> str | None:
        """The session identifier without its parameters, or None."""
        value = self.headers.get("Session")
        return None if value is None else value.partition(";")[0].strip()


@dataclass(frozen=True, slots=True)
class Response:
    """One response; `serialize` adds the version and Content-Length."""

    status: Status
    headers: Headers = Headers()
    body: bytes = field(default=b"", repr=False)

    def plus(self, *fields: tuple[str, str]) -> "Response":
        """The same response with more header fields."""
        return Response(self.status, self.headers.plus(fields), self.body)

    def serialize(self) -> bytes:
        """The bytes on the wire."""
        lines = [f"{VERSION} {self.status.value} {self.status.phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.fields]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8") + self.body


@dataclass(frozen=True, slots=True)
class InterleavedFrame:
    """Binary data within the connection (RFC 2326, 10.12): RTP or RTCP, by its channel."""

    channel: int
    payload: bytes


class BadMessage(Exception):  # noqa: N818 - it is the peer that errs; `status` is the answer
    """What came is no RTSP; the connection cannot go on after the answer."""

    def __init__(self, status: Status, why: str) -> None:
        super().__init__(why)
        self.status = status


def plain_text(status: Status, sentence: str) -> Response:
    """A response whose body says to a person what the status means here."""
    return Response(status, Headers((("Content-Type", "text/plain"),)), sentence.encode("utf-8"))
