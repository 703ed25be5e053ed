"""Which parts of a picture a model is shown: what moves, with enough around it to tell what it is."""

from collections.abc import Sequence
from typing import Final

from ssplug.model.event import Region

MARGIN: Final = 1.5
"""Times its longer side that a moving region is shown of."""
MOST: Final = 2
"""Parts of one picture; where there would be more, one around all of them is shown."""


def crops(regions: Sequence[Region], size: tuple[int, int], smallest: int) -> list[Region]:
    """Squares around `regions` in a picture of `size`, none smaller than `smallest` unless the picture is.

    Nor smaller than half the picture's shorter side: what moves may be the arm of somebody near.
    """
    squares = [_square(region, size, max(smallest, min(size) // 2)) for region in regions]
    found = _merged(squares)
    if len(found) > MOST:
        found = [_square(_around(found), size, smallest)]
    return found


def _square(region: Region, size: tuple[int, int], smallest: int) -> Region:
    side = max(smallest, round(MARGIN * max(region.width, region.height)))
    left, width = _placed(region.x, region.width, side, size[0])
    top, height = _placed(region.y, region.height, side, size[1])
    return Region(left, top, width, height)


def _placed(begin: int, length: int, side: int, limit: int) -> tuple[int, int]:
    """Begin and length of a stretch of `side` around another, moved and cut to lie between 0 and `limit`."""
    side = min(side, limit)
    wanted = begin + length // 2 - side // 2
    return min(max(0, wanted), limit - side), side


def _merged(squares: Sequence[Region]) -> list[Region]:
    """What lies mostly in another needs no look of its own; the largest come first."""
    kept: list[Region] = []
    for square in sorted(squares, key=lambda each: -each.width * each.height):
        if not any(2 * _common(square, other) >= square.width * square.height for other in kept):
            kept.append(square)
    return kept


def _common(one: Region, other: Region) -> int:
    """Pixels in both."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(0, width) * max(0, height)


def _around(parts: Sequence[Region]) -> Region:
    left, top = min(part.x for part in parts), min(part.y for part in parts)
    right, bottom = max(part.x + part.width for part in parts), max(part.y + part.height for part in parts)
    return Region(left, top, right - left, bottom - top)
