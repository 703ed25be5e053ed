"""Zones: the parts of the picture in which motion counts, and what counts there.

Where a camera has zones, what lies in none of them does not count.  A thing lies in a zone if it stands in
it (the middle of its lower edge does), if half of it does, or if it covers half of the zone: people draw
zones on the ground, and around windows and doors.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ssplug.detection.areas import unmasked
from ssplug.model.event import Region
from ssplug.model.motion import Motion
from ssplug.site.types import Zone

_GRID: Final = (192, 108)
"""Cells, across and down, that a zone is drawn in."""


class Zones:
    """The zones of one camera. Never changes, so that any thread may ask."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._areas = tuple((zone, _Area(zone.polygon)) for zone in zones)

    def of(self, region: Region, size: tuple[int, int]) -> tuple[Zone, ...]:
        """Those that a region of a picture of `size` (width, height) lies in."""
        return tuple(zone for zone, area in self._areas if area.holds(region, size))

    def inside(self, motion: Motion | None, size: tuple[int, int]) -> Motion | None:
        """What of `motion` lies in any zone; all of it where there are none."""
        if motion is None or not self._areas:
            return motion
        regions = tuple(each for each in motion.regions if self.of(each.region, size))
        return Motion(regions) if regions else None

    def __bool__(self) -> bool:
        return bool(self._areas)


class _Area:
    """A polygon, drawn in cells."""

    def __init__(self, polygon: Sequence[tuple[float, float]]) -> None:
        self._cells: NDArray[np.bool_] = unmasked([polygon], _GRID) == 0
        self._count = int(self._cells.sum())

    def holds(self, region: Region, size: tuple[int, int]) -> bool:
        left, right = _cells(region.x, region.width, size[0], _GRID[0])
        top, bottom = _cells(region.y, region.height, size[1], _GRID[1])
        covered = int(self._cells[top:bottom, left:right].sum())
        smaller = min((right - left) * (bottom - top), self._count)
        return 2 * covered >= smaller > 0 or bool(self._cells[bottom - 1, (left + right - 1) // 2])


def _cells(begin: int, length: int, size: int, cells: int) -> tuple[int, int]:
    """The first and the one behind the last cell of a stretch of pixels; at least one."""
    first = min(max(0, begin * cells // max(1, size)), cells - 1)
    return first, min(cells, max(first + 1, -(-(begin + length) * cells // max(1, size))))
