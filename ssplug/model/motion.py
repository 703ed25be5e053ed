"""Motion: what a detector saw moving in one picture.

A score says how sure a detector is that something moves, whatever its method: 0 is nothing, 50 is what
a sensitivity of 50 just takes for motion.  Sensitivity is the core's, so that it means the same for
every detector: what counts has a score of at least 100 less the sensitivity.
"""

from dataclasses import dataclass

from ssplug.model.event import Region

GREATEST_SCORE = 99.0
"""So that a sensitivity of 0 sees nothing."""


@dataclass(frozen=True, slots=True)
class MovingRegion:
    """A part of the picture in which something moves."""

    region: Region
    """In pixels of the picture that was examined."""
    score: float
    """0 to GREATEST_SCORE."""


@dataclass(frozen=True, slots=True)
class Motion:
    """All that moves in one picture."""

    regions: tuple[MovingRegion, ...]
    """At least one."""

    @property
    def score(self) -> float:
        """That of the surest region."""
        return max(each.score for each in self.regions)

    @property
    def bounds(self) -> Region:
        """The smallest rectangle around all regions."""
        parts = [each.region for each in self.regions]
        left, top = min(part.x for part in parts), min(part.y for part in parts)
        right, bottom = max(part.x + part.width for part in parts), max(part.y + part.height for part in parts)
        return Region(left, top, right - left, bottom - top)

    def counting(self, sensitivity: int) -> "Motion | None":
        """What of it counts at a sensitivity of 0 to 100; None if nothing does."""
        regions = tuple(each for each in self.regions if each.score >= 100 - sensitivity)
        return Motion(regions) if regions else None

    def scaled(self, size: tuple[int, int], to: tuple[int, int]) -> "Motion":
        """The same in a picture of the size `to` (width, height), when these regions are of one of `size`."""
        return Motion(tuple(MovingRegion(each.region.scaled(size, to), each.score) for each in self.regions))
