"""The pages of the chapter "Live video": `live` and `multiplex`, as they are asked for."""

import enum
import re
from dataclasses import dataclass
from typing import Final, Self

from ssplug.wire.requests import LARGEST_SIDE, Parameters, RequestError


class ViewMethod(enum.IntEnum):
    """How a page shows pictures; the numbers of the specification."""

    AUTO = 0
    JAVASCRIPT_JPEG = 3
    SERVER_PUSH = 4
    STILLS = 5
    HLS = 7


@dataclass(frozen=True, slots=True)
class Size:
    """How large a picture is shown: so many pixels, or so many times its own size."""

    pixels: tuple[int, int] | None = None
    scale: float = 1.0

    def of(self, width: int, height: int) -> tuple[int, int]:
        """Of a picture of that size."""
        return self.pixels or (round(width * self.scale), round(height * self.scale))


_PIXELS: Final = re.compile(r"(\d{1,5})\s*[xX*]\s*(\d{1,5})")
_SCALE: Final = re.compile(r"scale\s*(\d{1,3}(?:\.\d{1,3})?|\.\d{1,3})", re.IGNORECASE)
_LARGEST_SCALE: Final = 8.0
_MOST_PICTURES: Final = 60.0


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """`live`."""

    cameras: tuple[int, ...] = ()
    """In the order in which they are shown; empty: all."""
    size: Size | None = None
    """None: what fits the screen."""
    fps: float | None = None
    method: ViewMethod = ViewMethod.AUTO
    crops: bool = False
    """Whether pictures fill their place, at the price of their edges."""
    border: bool = True
    names: bool = True

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """`cameraNum` may be there more than once, and be a list; `method` is what the specification's example says."""
        return cls(
            cameras=_cameras(parameters.texts("cameraNum")),
            size=_size(parameters.text("imageSize")),
            fps=_fps(parameters),
            method=_method(parameters.integer("viewMethod", "method")),
        )


def multiplex_request(parameters: Parameters) -> LiveRequest:
    """`multiplex`: `cameras` is a list; `format` and `hiRes` are the browser's choice here."""
    return LiveRequest(
        cameras=_cameras(parameters.texts("cameras") + parameters.texts("cameraNum")),
        fps=_fps(parameters),
        crops=bool(parameters.integer("cropMode")),
        border=parameters.integer("border") != 0,
        names=parameters.integer("camInfo") != 0,
    )


def _cameras(texts: tuple[str, ...]) -> tuple[int, ...]:
    """Each once; a comma may be too many."""
    numbers = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    if not all(number.isdecimal() and len(number) < 10 for number in numbers):
        raise RequestError("cameraNum: not a camera's number")
    return tuple(dict.fromkeys(int(number) for number in numbers))


def _size(text: str | None) -> Size | None:
    if not text:
        return None
    if match := _PIXELS.fullmatch(text.strip()):
        width, height = int(match[1]), int(match[2])
        if 1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE:
            return Size((width, height))
    elif (match := _SCALE.fullmatch(text.strip())) and 0 < float(match[1]) <= _LARGEST_SCALE:
        return Size(scale=float(match[1]))
    raise RequestError("imageSize: neither WIDTHxHEIGHT nor scaleFACTOR, such as 640x480 or scale0.5")


def _fps(parameters: Parameters) -> float | None:
    fps = parameters.number("fps", "req_fps")
    return None if fps is None or fps <= 0 else min(fps, _MOST_PICTURES)


def _method(number: int | None) -> ViewMethod:
    try:
        return ViewMethod(number or 0)
    except ValueError:
        known = ", ".join(str(method.value) for method in ViewMethod)
        raise RequestError(f"viewMethod: not one of {known}") from None
