"""Where a pattern camera looks: a part of a scene that is larger than its picture, as a function of the time."""

import math
from dataclasses import dataclass, replace
from typing import Final

_WIDEST: Final = 1.0
_NARROWEST: Final = 8.0


@dataclass(frozen=True, slots=True)
class View:
    """A part of the scene."""

    x: float = 0.5
    """Where its middle is, from left (0) to right (1)."""
    y: float = 0.56
    """From top to bottom."""
    zoom: float = 2.0
    """How much wider the scene is; 1 to 8."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom as parts of the scene."""
        half = 0.5 / self.zoom
        return self.x - half, self.y - half, self.x + half, self.y + half

    def limited(self) -> "View":
        """The nearest that lies in the scene."""
        zoom = min(max(self.zoom, _WIDEST), _NARROWEST)
        half = 0.5 / zoom
        return View(min(max(self.x, half), 1 - half), min(max(self.y, half), 1 - half), zoom)


@dataclass(frozen=True, slots=True)
class Movement:
    """From a view on, at a steady pace. Times are monotonic seconds."""

    start: View = View()
    began: float = 0.0
    across: float = 0.0
    """Widths of the scene a second, to the right."""
    down: float = 0.0
    """Heights of the scene a second."""
    closer: float = 0.0
    """Doublings of the zoom a second."""
    seconds: float = math.inf
    """How long it lasts; infinity: until another begins."""

    def view(self, at: float) -> View:
        """What is seen at `at`."""
        time = min(max(at - self.began, 0.0), self.seconds)
        if not time:
            return self.start
        # The edge of the scene holds a camera up, and not what it would have seen behind it.
        zoom = self.start.zoom * 2 ** min(max(self.closer * time, -10), 10)
        return View(self.start.x + self.across * time, self.start.y + self.down * time, zoom).limited()

    def after(self, at: float, across: float = 0.0, down: float = 0.0, closer: float = 0.0) -> "Movement":
        """Another movement that begins at `at`, where this one has come to; without a pace it stands."""
        return Movement(self.view(at), at, across, down, closer)

    def towards(self, target: View, at: float, seconds: float) -> "Movement":
        """A movement that begins at `at` and ends at `target` after `seconds`."""
        start = self.view(at)
        return replace(
            self.after(at),
            across=(target.x - start.x) / seconds,
            down=(target.y - start.y) / seconds,
            closer=math.log2(target.zoom / start.zoom) / seconds,
            seconds=seconds,
        )
