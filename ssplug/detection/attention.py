"""What counts of all that moves and of all that is recognized, by sensitivities and zones: decided from values alone.

A finding counts if it is sure enough, if it moves (parked cars do not), and, where there are zones, if it lies in
one that takes its class. Motion counts if it is sure enough and lies in a zone; in a zone with classes, only
while one of these has been found in it within HOLD_SECONDS.  As long as nothing can tell classes apart, a zone takes
anything: it is better to see too much than nothing.

Times are media time; all regions are in pixels of one picture.
"""

from collections.abc import Sequence
from typing import Final

from ssplug.detection.parked import Parked
from ssplug.detection.recognizer import LONGEST_PAUSE
from ssplug.detection.shares import share_of
from ssplug.detection.zones import Zones
from ssplug.model.classification import Classification, Finding, scores_of
from ssplug.model.event import Region, Scores
from ssplug.model.motion import Motion
from ssplug.site.types import MotionConfig, Zone

HOLD_SECONDS: Final = LONGEST_PAUSE + 0.5
"""For how long motion in a zone counts after something that belongs there was found in it."""

SHARES: Final = {Classification.HUMAN: 0.1, Classification.VEHICLE: 0.4, Classification.ANIMAL: 0.1}
"""Part of a finding that must move. People may only wave an arm; a vehicle may have somebody walk by."""


class Attention:
    """What one camera's configuration makes of what is seen. Reactor thread, but for `may_count`."""

    def __init__(self, config: MotionConfig, classifies: bool = False) -> None:
        """`classifies` is whether there is a classifier."""
        self._sensitivity = config.sensitivity
        self._sensitivities = config.sensitivities
        self._zones = Zones(config.zones)
        self._parked = Parked()
        self._found_at: dict[Zone, float] = {}
        self.classifies = classifies
        """Whether anybody tells classes apart just now; to be set."""

    def may_count(self, motion: Motion, size: tuple[int, int]) -> Motion | None:
        """What of `motion` counts, whatever it turns out to be. Any thread."""
        return self._zones.inside(motion.counting(self._sensitivity), size)

    def recognize(self, at: float, findings: Sequence[Finding], motion: Motion, size: tuple[int, int]) -> Scores:
        """The scores of what moves and belongs where it is, of all `findings`; zones remember what they took."""
        moving = motion.counting(self._sensitivity)
        regions = [each.region for each in moving.regions] if moving is not None else []
        candidates = self._parked.driving(findings, regions)
        seen = [each for each in candidates if share_of(each.region, regions) >= SHARES[each.kind]]
        if self._zones:
            seen = [each for each in seen if self._taken(at, each, size)]
        return scores_of(seen)

    def counting(self, at: float, motion: Motion | None, size: tuple[int, int]) -> Motion | None:
        """What of the motion in the picture of `at` counts."""
        relevant = self.may_count(motion, size) if motion is not None else None
        if relevant is None or not self._zones:
            return relevant
        regions = tuple(each for each in relevant.regions if self._is_open(at, each.region, size))
        return Motion(regions) if regions else None

    def forget(self) -> None:
        """Begin anew: what was found is gone."""
        self._found_at.clear()
        self._parked = Parked()

    def _taken(self, at: float, finding: Finding, size: tuple[int, int]) -> bool:
        """Whether it lies in a zone that takes its class; those that do remember it, if it is sure enough."""
        zones = [
            zone for zone in self._zones.of(finding.region, size) if not zone.classes or finding.kind in zone.classes
        ]
        if self._sensitivities.take(finding.kind, finding.score):
            self._found_at.update(dict.fromkeys(zones, at))
        return bool(zones)

    def _is_open(self, at: float, region: Region, size: tuple[int, int]) -> bool:
        """Whether motion there counts at that time."""
        return any(self._takes(zone, at) for zone in self._zones.of(region, size))

    def _takes(self, zone: Zone, at: float) -> bool:
        if not zone.classes or not self.classifies:
            return True
        return at - self._found_at.get(zone, float("-inf")) <= HOLD_SECONDS
