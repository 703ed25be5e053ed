"""What a client asks for: a request target and its parameters, read as generously as clients need.

`Target.parse` understands every form of path and query that clients are known to send; what it
makes of them is the same for all.  The functions below it turn parameters into one typed request
per resource.
"""

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote_to_bytes

from ssplug.model.ptz import DEFAULT_SPEED, PTZCommand, ptz_command

LARGEST_SIDE: Final = 8192
"""Pixels of a picture that may be asked for."""
FASTEST: Final = 60.0
"""Pictures a second that may be asked for; more is as much as this."""

FASTEST_MOVE: Final = 100
"""Of the specification's speeds."""

_AUTHORITY = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?]*", re.IGNORECASE)
# A slash at the very end of a URL ends up in its last value.
_INTEGER = re.compile(r"([+-]?[0-9]{1,18})/*")
_NUMBER = re.compile(r"([+-]?[0-9]{0,18}(?:\.[0-9]{0,18})?)/*")


class RequestError(Exception):
    """A request that cannot be granted as it stands; the text is for whoever sent it."""

    status = 400


class UnknownCameraError(RequestError):
    """No camera of that number, or none that this account sees."""

    status = 404

    def __init__(self) -> None:
        super().__init__("The specified camera does not exist.")


class Parameters:
    """Names and values in the order sent; names whatever their case, repeats kept."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: tuple[tuple[str, str], ...] = ()) -> None:
        """`pairs` as they stand in the URL, still percent-encoded."""
        self._pairs = tuple((decoded(name).lower(), value) for name, value in pairs)

    @classmethod
    def of_query(cls, query: str) -> Self:
        """Parse what follows the first question mark; further ones separate like `&`."""
        return cls(tuple(_pairs(query.replace("?", "&"))))

    @classmethod
    def of_form(cls, body: str) -> Self:
        """Parse a posted form, whatever its Content-Type said."""
        return cls(tuple(_pairs(body.strip())))

    def __contains__(self, name: str) -> bool:
        return any(known == name.lower() for known, _ in self._pairs)

    def raw(self, *names: str) -> str | None:
        """The first value of the first of `names` that was sent, still percent-encoded."""
        return next((value for name in names for known, value in self._pairs if known == name.lower()), None)

    def text(self, *names: str) -> str | None:
        """The same, decoded."""
        value = self.raw(*names)
        return None if value is None else decoded(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value of `name`, decoded, in the order sent."""
        return tuple(decoded(value) for known, value in self._pairs if known == name.lower())

    def integer(self, *names: str) -> int | None:
        """A whole number; None where it is missing or empty. RequestError where it is anything else."""
        value = self.text(*names)
        if not value:
            return None
        number = _INTEGER.fullmatch(value.strip())
        if number is None:
            raise RequestError(f"{names[0]}: not a whole number")
        return int(number[1])

    def number(self, *names: str) -> float | None:
        """A decimal number; None where it is missing or empty. RequestError where it is anything else."""
        value = self.text(*names)
        if not value:
            return None
        number = _NUMBER.fullmatch(value.strip())
        if number is None or not re.search("[0-9]", number[1]):
            raise RequestError(f"{names[0]}: not a number")
        return float(number[1])


@dataclass(frozen=True, slots=True)
class Target:
    """A request target, normalised: `/++systemInfo/`, `//systeminfo` and `/%2B%2BsystemInfo?` are one."""

    name: str
    """The first segment of the path in lower case, without `++`; empty for the root."""
    rest: tuple[str, ...] = ()
    """The other segments, as they stand in the URL."""
    parameters: Parameters = Parameters()
    query: str = ""
    """What follows the first question mark, as it stands in the URL."""

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Read a request target in origin or absolute form (RFC 9112, 3.2)."""
        path, query = _path_and_query(_AUTHORITY.sub("", uri).partition("#")[0])
        segments = [segment for segment in path.split("/") if segment]
        name = without_plus(segments[0]).removeprefix("++").lower() if segments else ""
        return cls(name, tuple(segments[1:]), Parameters.of_query(query), query)


def _path_and_query(uri: str) -> tuple[str, str]:
    """Cut at the first `?`, or, where there is none, at the first `&`."""
    path, _, query = uri.partition("?" if "?" in uri else "&")
    return path, query


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for token in query.split("&"):
        name, _, value = token.partition("=")
        if name:
            yield name, value


def without_plus(segment: str) -> str:
    """A path segment decoded: a plus sign is itself."""
    return _text(unquote_to_bytes(segment))


def decoded(value: str) -> str:
    """A name or a value decoded: a plus sign is a space."""
    return _text(unquote_to_bytes(value.replace("+", " ")))


def _text(plain: bytes) -> str:
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        return plain.decode("latin-1")


def camera_number(parameters: Parameters) -> int:
    """The number of `cameraNum`, whatever follows its digits; UnknownCameraError where there is none."""
    digits = re.match(r"\s*([+-]?[0-9]{1,9})", parameters.text("cameraNum") or "")
    if digits is None:
        raise UnknownCameraError
    return int(digits[1])


@dataclass(frozen=True, slots=True)
class StillRequest:
    """`image`: None is what the camera has."""

    camera: int
    width: int | None = None
    height: int | None = None
    quality: int | None = None
    """1 to 100."""

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """RequestError for sizes and numbers that cannot be."""
        return cls(
            camera_number(parameters), _side(parameters, "width"), _side(parameters, "height"), _quality(parameters)
        )


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """`video`: a picture as for `image`, `fps` times a second."""

    still: StillRequest
    fps: float | None = None
    """None: as many as the camera has."""

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """RequestError for sizes and numbers that cannot be."""
        fps = parameters.number("fps", "req_fps")
        if fps is not None and fps < 0:
            raise RequestError("fps: less than nothing")
        return cls(StillRequest.parse(parameters), min(fps, FASTEST) if fps else None)


@dataclass(frozen=True, slots=True)
class EventStreamRequest:
    """`eventStream`."""

    version: int = 1
    """1 to 3."""
    multipart: bool = False
    since: int | None = None
    """Our extension: the number of the last event that the client knows of; it gets those that it missed."""

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """Versions to come are read as 3."""
        version = parameters.integer("version") or 1
        return cls(max(1, min(3, version)), _format(parameters) == "multipart", parameters.integer("since"))


@dataclass(frozen=True, slots=True)
class PTZRequest:
    """`ptz/command`, and `ptzcommand`, which calls it `code`."""

    command: PTZCommand
    speed: int = DEFAULT_SPEED
    """1 to 100."""

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """RequestError for a command that is none, and for a speed that cannot be."""
        number, speed = parameters.integer("command", "code"), parameters.integer("speed")
        if speed is not None and not 1 <= speed <= FASTEST_MOVE:
            raise RequestError(f"speed: not between 1 and {FASTEST_MOVE}")
        try:
            command = ptz_command(0 if number is None else number)
        except ValueError:
            raise RequestError("command: not one of 1-19, 99 and 112-119") from None
        return cls(command, DEFAULT_SPEED if speed is None else speed)


class DocumentFormat(enum.Enum):
    """The three documents of `systemInfo`."""

    LEGACY = ""
    XML = "xml"
    JSON = "json"


def document_format(parameters: Parameters) -> DocumentFormat:
    """The `format` of `systemInfo`; one that is not known is none."""
    try:
        return DocumentFormat(_format(parameters))
    except ValueError:
        return DocumentFormat.LEGACY


def _format(parameters: Parameters) -> str:
    return (parameters.text("format") or "").strip("/ ").lower()


def _side(parameters: Parameters, name: str) -> int | None:
    """Pixels; 0 is not asking."""
    pixels = parameters.integer(name) or None
    if pixels is not None and not 1 <= pixels <= LARGEST_SIDE:
        raise RequestError(f"{name}: not between 1 and {LARGEST_SIDE}")
    return pixels


def _quality(parameters: Parameters) -> int | None:
    """The specification's 1 to 100; what lies outside means the nearest."""
    quality = parameters.integer("quality")
    return None if quality is None else max(1, min(100, quality))
