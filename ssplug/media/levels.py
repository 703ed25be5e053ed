"""Brightness and contrast: each value of a picture through a table, in a millisecond for every million.

In planes it comes to the same as in RGB: what is done to red, green and blue alike is done to luma,
and contrast to the differences of colour besides.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ssplug.model.camera import AS_THEY_ARE, Levels

_DOUBLED: Final = 50  # of contrast: distances from mid grey are twice as large


@dataclass(frozen=True, slots=True)
class Span:
    """What values of a kind can be (ITU-R BT.601, 2.5)."""

    low: int
    high: int
    is_colour: bool = False
    """A difference of colour: 128 is none, and brightness does not change it."""

    @property
    def middle(self) -> float:
        """What contrast does not change."""
        return 128 if self.is_colour else (self.low + self.high) / 2


FULL: Final = Span(0, 255)
"""Of RGB, and of luma in JPEG."""
_PLANES: Final = {
    True: (FULL, Span(0, 255, is_colour=True)),
    False: (Span(16, 235), Span(16, 240, is_colour=True)),
}


def adjusted(values: NDArray[np.uint8], levels: Levels, span: Span = FULL) -> NDArray[np.uint8]:
    """`values` as `levels` wants them: the array itself where that is as they are, else another."""
    if levels == AS_THEY_ARE:
        return values
    rows = values.reshape(values.shape[0], -1)
    # Pillow does this without the GIL, and in half the time of numpy.
    changed = Image.fromarray(rows).point(_table(levels, span))
    return np.asarray(changed).reshape(values.shape)


def adjusted_planes(
    planes: Sequence[NDArray[np.uint8]], levels: Levels, is_full_range: bool
) -> list[NDArray[np.uint8]]:
    """The same of Y, Cb and Cr."""
    luma, colour = _PLANES[is_full_range]
    return [adjusted(plane, levels, colour if number else luma) for number, plane in enumerate(planes)]


@functools.lru_cache(maxsize=64)
def _table(levels: Levels, span: Span) -> list[int]:
    shift = 0 if span.is_colour else levels.brightness / 100 * (span.high - span.low) / 2
    stretched = (np.arange(256) - span.middle) * 2 ** (levels.contrast / _DOUBLED) + span.middle + shift
    table: list[int] = np.clip(np.rint(stretched), span.low, span.high).astype(int).tolist()
    return table
