"""Vehicles that stand where they stood: whoever walks by moves, they do not. Decided from values alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ssplug.detection.shares import share_of
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import Region

PARKED_LOOKS: Final = 4
"""In one place, look after look, after which a vehicle is parked."""
GONE_LOOKS: Final = 3
"""In which something moves in its place and it is not there, after which it is gone."""

_SAME_PLACE: Final = 0.6  # intersection over union
_SOMETHING_MOVES: Final = 0.1  # part of its place
_MOST: Final = 64


@dataclass(slots=True)
class _Place:
    """Where a vehicle was seen. Its region stays: what creeps along leaves it."""

    region: Region
    seen: int = 1
    missed: int = 0

    @property
    def is_parked(self) -> bool:
        return self.seen >= PARKED_LOOKS

    def see(self) -> None:
        self.seen += 1
        self.missed = 0

    def miss(self, moving: Collection[Region]) -> bool:
        """Whether it is still there for all that is known; only where something moves is it sure that one looked."""
        self.missed += share_of(self.region, moving) >= _SOMETHING_MOVES
        return self.is_parked and self.missed < GONE_LOOKS


class Parked:
    """The vehicles in front of one camera that stand still."""

    def __init__(self) -> None:
        self._places: list[_Place] = []

    def driving(self, findings: Sequence[Finding], moving: Collection[Region]) -> list[Finding]:
        """What of one look of a classifier is not parked; `moving` is where something moves."""
        vehicles = [finding for finding in findings if finding.kind is Classification.VEHICLE]
        found = [(finding, self._place_of(finding.region)) for finding in vehicles]
        seen = [place for _, place in found]
        self._places = [place for place in self._places if place in seen or place.miss(moving)][-_MOST:]
        parked = [finding for finding, place in found if place.is_parked]
        return [finding for finding in findings if finding not in parked]

    def _place_of(self, region: Region) -> _Place:
        for place in self._places:
            if place.region.shared(region) >= _SAME_PLACE:
                place.see()
                return place
        self._places.append(_Place(region))
        return self._places[-1]
