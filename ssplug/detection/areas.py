"""Masks: parts of the picture that are not looked at."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Polygon: TypeAlias = Sequence[tuple[float, float]]
"""Corners from 0 to 1, origin top left, of the picture as people see it."""


def unmasked(masks: Sequence[Polygon], size: tuple[int, int]) -> NDArray[np.uint8]:
    """1 where the picture of `size` (width, height) is looked at, 0 where one of `masks` lies; (height, width)."""
    width, height = size
    area = Image.new("L", size, 1)
    draw = ImageDraw.Draw(area)
    for mask in masks:
        draw.polygon([(x * width, y * height) for x, y in mask], fill=0)
    return np.asarray(area)
