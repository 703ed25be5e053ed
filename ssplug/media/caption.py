"""Text in the picture: what it says at a moment, and drawing it."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ssplug.media.lettering import lettering

SMALLEST: Final = 6
"""Pixels of height below which nobody could read it."""
_KEPT: Final = 32
_CODES: Final = re.compile(r"%([a-zA-Z%])|\+d")
# Those of strftime that mean the same everywhere.
_TIMES: Final = frozenset("YmdHMSyBbAaIpj")
_DATE: Final = "%Y-%m-%d"
_LUMA_RANGE: Final = (16, 235)
_NO_COLOUR: Final = 128


@dataclass(frozen=True, slots=True)
class Caption:
    """One line of text in a corner."""

    text: str
    font_size: int
    """In pixels of the camera's own picture, with which it is scaled."""
    position: str
    """top-left, top-right, bottom-left or bottom-right."""


def caption_text(template: str, name: str, now: datetime) -> str:
    """`template` with its codes replaced: %c is the camera, %Y %m %d %H %M %S and others the time, +d the date.

    What is no code stays as it is.
    """

    def meant(code: re.Match[str]) -> str:
        if code[0] == "+d":
            return now.strftime(_DATE)
        letter = code[1]
        known = {"c": name, "%": "%"} | ({letter: now.strftime(code[0])} if letter in _TIMES else {})
        return known.get(letter, code[0])

    return _CODES.sub(meant, template)


def stamp(pixels: NDArray[np.uint8], caption: Caption, scale: float) -> None:
    """Draw `caption` into RGB `pixels`, `scale` times as high as the camera's own; what does not fit is cut."""
    patch, top, left = _placed(caption, scale, *pixels.shape[:2])
    region = pixels[top : top + patch.shape[0], left : left + patch.shape[1]]
    _blend(region, patch[:, :, :3], patch[:, :, 3:])


def stamp_planes(planes: Sequence[NDArray[np.uint8]], caption: Caption, scale: float) -> None:
    """The same in Y, Cb and Cr of a picture of even sides with half as much colour each way, of limited range."""
    patch, top, left = _placed(caption, scale, *planes[0].shape)
    black, white = _LUMA_RANGE
    luma = black + patch[:, :, 0].astype(np.uint16) * (white - black) // 255
    _blend(planes[0][top : top + patch.shape[0], left : left + patch.shape[1]], luma, patch[:, :, 3])
    opaque = patch[::2, ::2, 3]
    for plane in planes[1:]:
        region = plane[top // 2 : top // 2 + opaque.shape[0], left // 2 : left // 2 + opaque.shape[1]]
        _blend(region, np.full_like(opaque, _NO_COLOUR), opaque)


def _placed(caption: Caption, scale: float, height: int, width: int) -> tuple[NDArray[np.uint8], int, int]:
    """What of the text fits into a picture of that size, with the row and the column (both even) that it begins at."""
    patch = _patch(caption.text, max(SMALLEST, round(caption.font_size * scale)))[:height, :width]
    rows, columns = patch.shape[:2]
    vertical, _, horizontal = caption.position.partition("-")
    top = 0 if vertical == "top" else height - rows
    left = 0 if horizontal == "left" else width - columns
    return patch, top - top % 2, left - left % 2


def _blend(region: NDArray[np.uint8], over: NDArray[Any], opaque: NDArray[np.uint8]) -> None:
    """Draw `over` into `region`, as opaque as 0 to 255 say."""
    weight = opaque.astype(np.uint16)
    region[:] = (over * weight + region * (255 - weight)) // 255


@functools.lru_cache(maxsize=_KEPT)
def _patch(text: str, size: int) -> NDArray[np.uint8]:
    """White letters with a dark edge, to be read on any picture, as RGBA. Cached: it changes once a second."""
    text, font = lettering(text, size)
    edge, margin = max(1, size // 12), max(2, size // 3)
    _, _, right, bottom = font.getbbox(text, stroke_width=edge)
    image = Image.new("RGBA", (int(right) + 2 * margin, int(bottom) + 2 * margin))
    draw = ImageDraw.Draw(image)
    draw.text((margin, margin), text, "white", font, stroke_width=edge, stroke_fill="black")
    return np.asarray(image)
