"""Classification: what a classifier believes to see in a picture."""

import enum
from dataclasses import dataclass

from ssplug.model.event import Region


class Classification(enum.StrEnum):
    """The three groups that the protocol knows; the values are words of `trigger_on`."""

    HUMAN = "human"
    VEHICLE = "vehicle"
    ANIMAL = "animal"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a picture."""

    kind: Classification
    score: float
    """How sure the classifier is, 0 to 100."""
    region: Region
    """In pixels of the picture that was classified."""
    label: str = ""
    """What the model calls it, such as "dog"; "" if it has no names."""
