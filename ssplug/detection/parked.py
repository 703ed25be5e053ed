"""Vehicles that stand where they stood: whoever walks by moves, they do not. Decided from values alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ssplug.model.classification import Classification, Finding
from ssplug.model.event import Region

PARKED_SECONDS: Final = 1.5
"""In one place, look after look, after which a vehicle is parked."""
FORGOTTEN_SECONDS: Final = 600.0
"""Without being seen, after which a place is empty."""

_SAME_PLACE: Final = 0.6  # intersection over union
_PAUSE: Final = 1.1  # seconds between two looks of which one belongs to the other
_MOST: Final = 64


@dataclass(slots=True)
class _Place:
    """Where a vehicle was seen. Its region stays: what creeps along leaves it."""

    region: Region
    since: float
    seen_at: float
    parked: bool = False

    def see(self, at: float) -> None:
        if not self.parked and at - self.seen_at > _PAUSE:
            self.since = at
        self.seen_at = at
        self.parked = self.parked or at - self.since >= PARKED_SECONDS

    def is_over(self, at: float) -> bool:
        return at - self.seen_at > (FORGOTTEN_SECONDS if self.parked else _PAUSE)


class Parked:
    """The vehicles in front of one camera that stand still. Times are media time."""

    def __init__(self) -> None:
        self._places: list[_Place] = []

    def moving(self, at: float, findings: Iterable[Finding]) -> list[Finding]:
        """Those of one look that are not parked."""
        self._places = [place for place in self._places if not place.is_over(at)][-_MOST:]
        return [each for each in findings if each.kind is not Classification.VEHICLE or not self._is_parked(at, each)]

    def _is_parked(self, at: float, finding: Finding) -> bool:
        place = next((place for place in self._places if place.region.shared(finding.region) >= _SAME_PLACE), None)
        if place is None:
            self._places.append(_Place(finding.region, at, at))
            return False
        place.see(at)
        return place.parked
