"""A scene that is larger than the picture: a street with numbered houses, and the ball and the clock above it."""

from datetime import tzinfo
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ssplug_pattern.scene import BARS, Planes, Scene, chroma
from ssplug_pattern.view import View

_GRASS: Final = (38, 66, 40)
_ROOF: Final = (90, 48, 40)
_LIGHT: Final = (255, 236, 160)
_SCALE: Final = 2
"""How much wider and higher the scene is than the picture: at the zoom of a view that is home, no pixel is scaled."""


class Panorama:
    """What a pattern camera that can be moved looks at."""

    def __init__(self, width: int, height: int, name: str, zone: tzinfo | None = None) -> None:
        """As for Scene: the size is that of the picture."""
        self._size = width, height
        self._whole = width * _SCALE, height * _SCALE
        self._scene = Scene(*self._whole, name, zone, _paint_street)

    def planes(self, at: float, view: View) -> Planes:
        """The part that `view` shows at `at`, seconds of the wall clock."""
        scene = self._scene.planes(at)
        luma = scene[: self._whole[1]]
        parts = [_part(luma, view, self._size)]
        half = self._size[0] // 2, self._size[1] // 2
        parts += [_part(plane, view, half) for plane in chroma(scene, *self._whole)]
        return np.concatenate([part.ravel() for part in parts]).reshape(-1, self._size[0])


def _part(plane: Planes, view: View, size: tuple[int, int]) -> Planes:
    """What `view` shows of one plane, in `size`."""
    height, width = plane.shape
    left, top, right, bottom = view.box
    box = left * width, top * height, right * width, bottom * height
    return np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR, box))


def _paint_street(image: Image.Image) -> None:
    """Grass, and a house in each colour of the bars, numbered from the left."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    ground = height * 3 // 4
    draw.rectangle((0, ground, width, height), fill=_GRASS)
    plot = width / len(BARS)
    for index, colour in enumerate(BARS):
        _paint_house(draw, (index + 0.15) * plot, ground, plot * 0.7, colour, str(index + 1))


def _paint_house(
    draw: ImageDraw.ImageDraw, left: float, ground: float, width: float, colour: tuple[int, int, int], number: str
) -> None:
    top, middle = ground - width * 0.8, left + width / 2
    draw.rectangle((left, top, left + width, ground), fill=colour)
    draw.polygon([(left - width * 0.1, top), (middle, top - width * 0.5), (left + width * 1.1, top)], fill=_ROOF)
    for column in (0.12, 0.62):
        draw.rectangle(
            (left + width * column, top + width * 0.12, left + width * (column + 0.26), top + width * 0.38), fill=_LIGHT
        )
    font = ImageFont.load_default(max(8, width * 0.3))
    draw.text((middle, ground - width * 0.2), number, fill=(16, 16, 16), font=font, anchor="mm")
