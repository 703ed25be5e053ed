"""Text in the picture: what it says at a moment, and drawing it."""

import functools
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SMALLEST: Final = 6
"""Pixels of height below which nobody could read it."""
_KEPT: Final = 32
_CODES: Final = re.compile(r"%([a-zA-Z%])|\+d")
# Those of strftime that mean the same everywhere.
_TIMES: Final = frozenset("YmdHMSyBbAaIpj")
_DATE: Final = "%Y-%m-%d"


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
    height, width = pixels.shape[:2]
    patch = _patch(caption.text, max(SMALLEST, round(caption.font_size * scale)))[:height, :width]
    rows, columns = patch.shape[:2]
    vertical, _, horizontal = caption.position.partition("-")
    top = 0 if vertical == "top" else height - rows
    left = 0 if horizontal == "left" else width - columns
    region = pixels[top : top + rows, left : left + columns]
    opaque = patch[:, :, 3:].astype(np.uint16)
    region[:] = (patch[:, :, :3] * opaque + region * (255 - opaque)) // 255


@functools.lru_cache(maxsize=_KEPT)
def _patch(text: str, size: int) -> NDArray[np.uint8]:
    """White letters with a dark edge, to be read on any picture, as RGBA. Cached: it changes once a second."""
    font: Any = ImageFont.load_default(size)
    edge, margin = max(1, size // 12), max(2, size // 3)
    _, _, right, bottom = font.getbbox(text, stroke_width=edge)
    image = Image.new("RGBA", (int(right) + 2 * margin, int(bottom) + 2 * margin))
    draw = ImageDraw.Draw(image)
    draw.text((margin, margin), text, "white", font, stroke_width=edge, stroke_fill="black")
    return np.asarray(image)
