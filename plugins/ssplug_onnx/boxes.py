"""Boxes around what a model found. Pure numpy."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

OVERLAP: Final = 0.45
"""Part of both together that two boxes share, above which they are taken for the same thing."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """What a model found in one picture; the i-th box is the i-th row of each array."""

    corners: NDArray[np.float64]
    """(n, 4): left, top, right, bottom, in pixels."""
    scores: NDArray[np.float64]
    """(n,): 0 to 1, as the model means it."""
    classes: NDArray[np.int64]
    """(n,): indices of the model's classes."""

    def __len__(self) -> int:
        return len(self.scores)

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Boxes":
        """Those that are `chosen`, by a mask or by indices in the order wanted."""
        return Boxes(self.corners[chosen], self.scores[chosen], self.classes[chosen])


NO_BOXES: Final = Boxes(np.empty((0, 4)), np.empty(0), np.empty(0, np.int64))


def boxes_around(
    centres: NDArray[np.float64], sizes: NDArray[np.float64], scores: NDArray[np.float64], classes: NDArray[np.int64]
) -> Boxes:
    """Boxes from their centres and sizes, each (n, 2)."""
    return Boxes(np.hstack([centres - sizes / 2, centres + sizes / 2]), scores, classes)


def joined(parts: list[Boxes]) -> Boxes:
    """All of them in one."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return NO_BOXES
    return Boxes(
        np.concatenate([part.corners for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.classes for part in parts]),
    )


def surest(boxes: Boxes, overlap: float = OVERLAP) -> Boxes:
    """Without those that overlap a surer one (non-maximum suppression), the surest first; whatever their classes."""
    waiting = np.argsort(-boxes.scores, kind="stable")
    kept: list[int] = []
    while len(waiting):
        first, waiting = waiting[0], waiting[1:]
        kept.append(int(first))
        waiting = waiting[shared(boxes.corners[first], boxes.corners[waiting]) <= overlap]
    return boxes.only(np.array(kept, np.int64))


def shared(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of `box` with each of `others`; 0 where both are empty."""
    both = _area(np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:]))
    union = _area(box[:2], box[2:]) + _area(others[:, :2], others[:, 2:]) - both
    return np.divide(both, union, out=np.zeros(len(others)), where=union > 0)


def _area(top_left: NDArray[np.float64], bottom_right: NDArray[np.float64]) -> NDArray[np.float64]:
    area: NDArray[np.float64] = np.clip(bottom_right - top_left, 0, None).prod(-1)
    return area
