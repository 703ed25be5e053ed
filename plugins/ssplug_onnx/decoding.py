"""From the outputs of detection models to boxes in pixels of their input. Pure numpy.

Each function takes the outputs (float arrays, in the model's order) with the (width, height) of the input, and
leaves out what is less sure than FLOOR.  Which function belongs to which model is `presets`.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ssplug_onnx.boxes import Boxes, boxes_around

Array: TypeAlias = NDArray[np.float64]

FLOOR: Final = 0.05
"""What is less sure is nothing, whatever the sensitivity."""
STRIDES: Final = (8, 16, 32)
_LARGEST_EXPONENT: Final = 12.0


def yolox(outputs: Sequence[Array], size: tuple[int, int]) -> Boxes:
    """One (1, cells, 5 + classes): x, y, w, h, objectness, classes; places relative to cells, sizes as logarithms."""
    rows = outputs[0][0]
    chosen, scores, classes = _best(rows[:, 4:5] * rows[:, 5:])
    cells, strides = grid(size)
    rows, cells, strides = rows[chosen], cells[chosen], strides[chosen]
    sizes = np.exp(np.minimum(rows[:, 2:4], _LARGEST_EXPONENT)) * strides
    return boxes_around((rows[:, :2] + cells) * strides, sizes, scores, classes)


def fastestdet(outputs: Sequence[Array], size: tuple[int, int]) -> Boxes:
    """One (1, 5 + classes, rows, columns): objectness, x, y, w, h, classes; parts of the picture."""
    planes = outputs[0][0]
    height, width = planes.shape[1:]
    rows = planes.reshape(len(planes), -1).T
    likely = np.clip(rows[:, :1], 0, None) ** 0.6 * np.clip(rows[:, 5:], 0, None) ** 0.4
    chosen, scores, classes = _best(likely)
    rows = rows[chosen]
    cells = np.stack([chosen % width, chosen // width], axis=1)
    whole = np.array(size)
    centres = (np.tanh(rows[:, 1:3]) + cells) / (width, height) * whole
    return boxes_around(centres, whole / (1 + np.exp(-rows[:, 3:5])), scores, classes)


def yolov5(outputs: Sequence[Array], size: tuple[int, int]) -> Boxes:
    """One (1, anchors, 5 + classes): x, y, w, h in pixels, objectness, classes."""
    rows = outputs[0][0]
    chosen, scores, classes = _best(rows[:, 4:5] * rows[:, 5:])
    return boxes_around(rows[chosen, :2], rows[chosen, 2:4], scores, classes)


def yolov8(outputs: Sequence[Array], size: tuple[int, int]) -> Boxes:
    """One (1, 4 + classes, cells): x, y, w, h in pixels, classes."""
    rows = outputs[0][0].T
    chosen, scores, classes = _best(rows[:, 4:])
    return boxes_around(rows[chosen, :2], rows[chosen, 2:4], scores, classes)


def yolov10(outputs: Sequence[Array], size: tuple[int, int]) -> Boxes:
    """One (1, boxes, 6): left, top, right, bottom in pixels, score, class; overlaps are gone already."""
    rows = outputs[0][0]
    return _listed(rows[:, :4], rows[:, 4], rows[:, 5])


def ssd(outputs: Sequence[Array], size: tuple[int, int], places: Mapping[str, int]) -> Boxes:
    """Boxes, scores and classes apart; `places` says which output is which.

    TensorFlow's ("detection_boxes") are top, left, bottom, right; others are left, top, right, bottom.
    Either are parts of the picture, or pixels where they are larger than that.
    """
    corners = outputs[places["boxes"]].reshape(-1, 4)
    if "tensorflow" in places:
        corners = corners[:, [1, 0, 3, 2]]
    if not len(corners) or np.abs(corners).max() <= 2:
        corners = corners * (*size, *size)
    return _listed(corners, outputs[places["scores"]].reshape(-1), outputs[places["classes"]].reshape(-1))


def grid(size: tuple[int, int]) -> tuple[Array, Array]:
    """The (column, row) of every cell of an input, row by row and stride by stride, and its stride, as (n, 1)."""
    layers = [_cells(size[0] // stride, size[1] // stride) for stride in STRIDES]
    strides = [np.full((len(layer), 1), float(stride)) for layer, stride in zip(layers, STRIDES, strict=True)]
    return np.concatenate(layers), np.concatenate(strides)


def cell_count(size: tuple[int, int]) -> int:
    """How many cells `grid` has."""
    return sum((size[0] // stride) * (size[1] // stride) for stride in STRIDES)


def _cells(columns: int, rows: int) -> Array:
    return np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2).astype(float)


def _best(scores: Array) -> tuple[NDArray[np.int64], Array, NDArray[np.int64]]:
    """Rows whose best class is sure enough: their indices, and the score and index of that class."""
    best = scores.max(axis=1)
    chosen = np.flatnonzero(best >= FLOOR)
    return chosen, best[chosen], scores[chosen].argmax(axis=1)


def _listed(corners: Array, scores: Array, classes: Array) -> Boxes:
    chosen = np.flatnonzero(scores >= FLOOR)
    return Boxes(corners[chosen], scores[chosen], classes[chosen].astype(np.int64))
