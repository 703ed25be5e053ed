"""How much of a rectangle others cover."""

from collections.abc import Collection
from typing import Final

import numpy as np

from ssplug.model.event import Region

_GRID: Final = 48
"""Cells, across and down, that are looked at."""


def share_of(region: Region, others: Collection[Region]) -> float:
    """What part of `region` lies in any of `others`, 0 to 1, to a few per cent."""
    cells = np.zeros((_GRID, _GRID), np.bool_)
    for each in others:
        left, right = (_cell(x - region.x, region.width) for x in (each.x, each.x + each.width))
        top, bottom = (_cell(y - region.y, region.height) for y in (each.y, each.y + each.height))
        cells[top:bottom, left:right] = True
    return float(cells.mean())


def _cell(offset: int, length: int) -> int:
    return min(max(0, round(offset * _GRID / max(1, length))), _GRID)
