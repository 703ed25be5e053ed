"""From a part of a picture to what a model wants to be given, and the way back for its boxes."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ssplug.model.event import Region
from ssplug_onnx.boxes import Boxes
from ssplug_onnx.presets import Preset

_GREY: Final = 114  # what models are trained to see beside a picture


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a part of a picture lies in a model's input, in pixels of that."""

    part: Region
    left: int
    top: int
    width: int
    height: int

    def back(self, boxes: Boxes) -> Boxes:
        """Boxes that are in pixels of the input, in pixels of the picture; what lies outside the part is cut off."""
        scale = np.array([self.part.width / self.width, self.part.height / self.height] * 2)
        corners = (boxes.corners - [self.left, self.top] * 2) * scale
        limits = [self.part.width, self.part.height] * 2
        return Boxes(np.clip(corners, 0, limits) + [self.part.x, self.part.y] * 2, boxes.scores, boxes.classes)


def placement(part: Region, size: tuple[int, int], preset: Preset) -> Placement:
    """Where `part` of a picture comes to lie in an input of `size`."""
    if preset.stretched:
        return Placement(part, 0, 0, *size)
    scale = min(size[0] / part.width, size[1] / part.height)
    width, height = max(1, int(part.width * scale)), max(1, int(part.height * scale))
    left, top = ((size[0] - width) // 2, (size[1] - height) // 2) if preset.centred else (0, 0)
    return Placement(part, left, top, width, height)


def prepared(picture: NDArray[np.uint8], place: Placement, size: tuple[int, int]) -> NDArray[np.uint8]:
    """An input of `size` that shows a part of an RGB picture, with grey beside it."""
    part = place.part
    shown = Image.fromarray(picture[part.y : part.y + part.height, part.x : part.x + part.width])
    scaled = shown.resize((place.width, place.height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    if (place.width, place.height) == size:
        return np.asarray(scaled)
    whole = np.full((size[1], size[0], 3), _GREY, np.uint8)
    whole[place.top : place.top + place.height, place.left : place.left + place.width] = np.asarray(scaled)
    return whole


def as_wanted(pixels: NDArray[np.uint8], preset: Preset, wanted: Any) -> NDArray[Any]:
    """RGB pixels in the order, the range and the type (of numpy) of a model; whole numbers are 0 to 255 to all."""
    ordered = pixels[..., ::-1] if preset.bgr else pixels
    if wanted is np.uint8 or preset.full_range:
        return ordered.astype(wanted)
    scaled: NDArray[Any] = ordered.astype(wanted) / wanted(255)
    return scaled
