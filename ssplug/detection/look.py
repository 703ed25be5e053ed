"""What one look at a camera showed, for those who watch detection at work: a tuning page, tests, benchmarks.

Nobody makes one while nobody listens.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ssplug.model.classification import Finding
from ssplug.model.motion import Motion


@dataclass(frozen=True, slots=True)
class Look:
    """One picture that was looked at. All regions are in pixels of `size`."""

    at: float
    """Media time of the picture."""
    size: tuple[int, int]
    """Width and height of the camera's picture as people see it."""
    motion: Motion | None
    """All that the detector saw, whether it counts or not."""
    counting: Motion | None
    """What of it counts: enough for the sensitivity, and where it may."""
    findings: tuple[Finding, ...] | None = None
    """All that a classifier found, whether it counts or not; None where none looked."""

    @property
    def score(self) -> float:
        """How much it moves: what the sensitivity is compared with. 0 where nothing does."""
        return self.motion.score if self.motion is not None else 0.0


Observer: TypeAlias = Callable[[Look], None]
"""Called in the reactor thread; must return at once."""
