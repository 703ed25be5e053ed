"""Classification: what a classifier believes to see in a picture.

Scores are on the scale of motion's (`ssplug.model.motion`): what counts has a score of at least 100 less the
sensitivity, so that a sensitivity means the same for every model.
"""

import enum
import functools
import operator
from collections.abc import Iterable
from dataclasses import dataclass

from ssplug.model.event import Region, Scores, TriggerReason
from ssplug.model.footage import ObjectClass

GREATEST_SCORE = 99.0
"""So that a sensitivity of 0 sees nothing."""


class Classification(enum.StrEnum):
    """The three groups that the protocol knows; the values are words of `trigger_on`."""

    HUMAN = "human"
    VEHICLE = "vehicle"
    ANIMAL = "animal"

    @property
    def reason(self) -> TriggerReason:
        """Of triggers for it."""
        return TriggerReason[self.name]

    @property
    def object_class(self) -> ObjectClass:
        """What footage that shows it is labelled with."""
        return ObjectClass[self.name]


def reasons_of(kinds: Iterable[Classification]) -> TriggerReason:
    """Of triggers for all of them."""
    return functools.reduce(operator.or_, (kind.reason for kind in kinds), TriggerReason(0))


def classes_of(kinds: Iterable[Classification]) -> ObjectClass:
    """What footage that shows all of them is labelled with."""
    return functools.reduce(operator.or_, (kind.object_class for kind in kinds), ObjectClass(0))


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """How readily something is taken for each of them, 0 to 100."""

    human: int = 50
    vehicle: int = 50
    animal: int = 50

    def take(self, kind: Classification, score: float) -> bool:
        """Whether a score is enough."""
        sensitivity: int = getattr(self, kind.value)
        return score >= 100 - sensitivity

    def taken(self, scores: Scores) -> frozenset[Classification]:
        """What of `scores` is enough."""
        return frozenset(kind for kind in Classification if self.take(kind, getattr(scores, kind.value)))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a picture."""

    kind: Classification
    score: float
    """How sure the classifier is, 0 to GREATEST_SCORE: 50 is what a sensitivity of 50 just takes."""
    region: Region
    """In pixels of the picture that was classified."""
    label: str = ""
    """What the model calls it, such as "dog"; "" if it has no names."""

    def scaled(self, size: tuple[int, int], to: tuple[int, int]) -> "Finding":
        """The same in a picture of the size `to` (width, height), when its region is of one of `size`."""
        return Finding(self.kind, self.score, self.region.scaled(size, to), self.label)


def scores_of(findings: Iterable[Finding]) -> Scores:
    """The greatest score of each of the three; whole numbers, rounded down, so that none comes to count by it."""
    greatest = dict.fromkeys(Classification, 0)
    for finding in findings:
        greatest[finding.kind] = max(greatest[finding.kind], min(int(finding.score), int(GREATEST_SCORE)))
    return Scores(**{kind.value: score for kind, score in greatest.items()})
