"""What is known of families of detection models: how they want a picture, and how to read what they say.

| preset | models | picture | outputs |
| --- | --- | --- | --- |
| yolox | YOLOX | BGR 0-255, placed top left | (1, cells, 5 + classes), not decoded |
| fastestdet | FastestDet | BGR 0-1, stretched | (1, 5 + classes, rows, columns) |
| yolov5 | YOLOv5, v6, v7 | RGB 0-1, in the middle | (1, 3 x cells, 5 + classes) |
| yolov8 | YOLOv8, v9, 11, 12 | RGB 0-1, in the middle | (1, 4 + classes, cells) |
| yolov10 | YOLOv10, and others exported with their own NMS | RGB 0-1, in the middle | (1, boxes, 6) |
| ssd | SSD of TensorFlow, torchvision | RGB, stretched | boxes, scores and classes |
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ssplug.model.classification import Classification
from ssplug_onnx import decoding
from ssplug_onnx.boxes import Boxes

Decode = Callable[[Sequence[decoding.Array], tuple[int, int]], Boxes]
Shapes = Mapping[str, tuple[int, ...]]
"""Of a model's outputs, by name, in their order."""

ORDINARY: Final = {Classification.HUMAN: 0.35, Classification.VEHICLE: 0.35, Classification.ANIMAL: 0.25}
"""Species are confused with one another, which leaves little for each: animals are believed sooner."""

_MOST_LISTED: Final = 1000  # boxes that a model with its own NMS gives


@dataclass(frozen=True, slots=True)
class Preset:
    """One family."""

    decode: Decode
    bgr: bool = False
    full_range: bool = False
    """Whether it wants 0 to 255, not 0 to 1."""
    stretched: bool = False
    """Whether a picture fills the input whatever its aspect."""
    centred: bool = True
    """Whether a picture that keeps its aspect is in the middle of the input, not top left."""
    thresholds: Mapping[Classification, float] = field(default_factory=lambda: ORDINARY)
    """How sure the model must be, 0 to 1, for a sensitivity of 50."""


_FASTESTDET_THRESHOLDS: Final = {Classification.HUMAN: 0.55, Classification.VEHICLE: 0.55, Classification.ANIMAL: 0.65}

PRESETS: Final[Mapping[str, Preset]] = {
    "yolox": Preset(decoding.yolox, bgr=True, full_range=True, centred=False),
    "fastestdet": Preset(decoding.fastestdet, bgr=True, stretched=True, thresholds=_FASTESTDET_THRESHOLDS),
    "yolov5": Preset(decoding.yolov5),
    "yolov8": Preset(decoding.yolov8),
    "yolov10": Preset(decoding.yolov10),
}
"""All but `ssd`, which depends on the names of a model's outputs."""


class PresetError(ValueError):
    """No preset fits a model, or not the one that was asked for; the text says what the model looks like."""


def preset_of(name: str, shapes: Shapes, size: tuple[int, int]) -> tuple[str, Preset]:
    """The preset of that name, or the one that fits for "auto", and its name; PresetError if it does not fit."""
    places = _ssd_places(shapes)
    if places is not None and name in ("auto", "ssd"):
        return "ssd", Preset(functools.partial(decoding.ssd, places=places), stretched=True)
    found = guessed(shapes, size) if name == "auto" else name
    if found is None or found not in PRESETS or not _may_be(found, shapes, size):
        raise PresetError(f"{_complaint(name)}: it makes {described(shapes)} of a picture of {size[0]} x {size[1]}")
    return found, PRESETS[found]


def guessed(shapes: Shapes, size: tuple[int, int]) -> str | None:
    """The preset, `ssd` apart, that a model looks like by its outputs; None if it looks like none."""
    return next((name for name in PRESETS if _looks_like(name, shapes, size)), None)


def class_count(name: str, shapes: Shapes) -> int | None:
    """How many classes a model has; None if its outputs do not tell."""
    shape = next(iter(shapes.values()))
    of_preset = {
        "yolox": lambda: shape[2] - 5,
        "yolov5": lambda: shape[2] - 5,
        "yolov8": lambda: shape[1] - 4,
        "fastestdet": lambda: shape[1] - 5,
    }
    return of_preset[name]() if name in of_preset else None


def described(shapes: Shapes) -> str:
    """Names and shapes for people."""
    return ", ".join(f"{name} ({' x '.join(map(str, shape))})" for name, shape in shapes.items())


def _looks_like(name: str, shapes: Shapes, size: tuple[int, int]) -> bool:
    shape, cells = next(iter(shapes.values())), decoding.cell_count(size)
    if len(shapes) != 1 or shape[0] != 1:
        return False
    if len(shape) == 4:
        return name == "fastestdet" and shape[1] > 5 and shape[2:] == (size[1] // 16, size[0] // 16)
    if len(shape) != 3:
        return False
    _, rows, columns = shape
    return {
        "yolox": rows == cells and columns > 5,
        "yolov5": rows == 3 * cells and columns > 5,
        "yolov8": columns == cells and rows > 4,
        "yolov10": columns == 6 and rows <= _MOST_LISTED,
    }.get(name, False)


def _may_be(name: str, shapes: Shapes, size: tuple[int, int]) -> bool:
    """Where somebody says what a model is, less has to fit: anchors may be of another number."""
    shape = next(iter(shapes.values()))
    if name in ("yolov5", "yolov10"):
        return len(shapes) == 1 and len(shape) == 3 and shape[0] == 1 and shape[2] >= 6
    return _looks_like(name, shapes, size)


def _complaint(name: str) -> str:
    return "no preset fits this model" if name == "auto" else f"this model does not fit the preset {name}"


def _ssd_places(shapes: Shapes) -> dict[str, int] | None:
    """Which output holds boxes, scores and classes; with "tensorflow" where these are named as there."""
    names = [name.lower() for name in shapes]
    places: dict[str, int] = {}
    for what, words in (("boxes", ("box",)), ("scores", ("score",)), ("classes", ("class", "label"))):
        found = [index for index, name in enumerate(names) if any(word in name for word in words)]
        if len(found) != 1:
            return None
        places[what] = found[0]
    if "detection_boxes" in names[places["boxes"]]:
        places["tensorflow"] = places["boxes"]
    return places
