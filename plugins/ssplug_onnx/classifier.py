"""A detection model as a classifier: what moves is cut out, shown to the model, and what it says is put in groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from zope.interface import implementer

from ssplug.interfaces import IClassifier, IModelInformation
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import Region
from ssplug_onnx.boxes import Boxes, joined, surest
from ssplug_onnx.crops import crops
from ssplug_onnx.labels import LabelsError, Members, coco_labels, groups, labels_of_metadata
from ssplug_onnx.network import opened
from ssplug_onnx.preparing import as_wanted, placement, prepared
from ssplug_onnx.presets import class_count, described, preset_of

_GREATEST: Final = 99.0


@dataclass(frozen=True, slots=True)
class OnnxSettings:
    """The settings of the schema beside this module."""

    model: str
    preset: str = "auto"
    size: int | None = None
    labels: str | None = None
    classes: Mapping[str, Members] = field(default_factory=dict)
    threads: int = 1


@implementer(IClassifier, IModelInformation)
class OnnxClassifier:
    """Classifies for one camera. Decoding thread, but for what builds and describes it."""

    def __init__(self, settings: OnnxSettings) -> None:
        """Reactor thread; blocks while the model is opened, unless another camera has it open. ValueError with why."""
        self._network = opened(Path(settings.model), settings.threads, settings.size)
        self._shapes = self._network.shapes()
        self._preset_name, self._preset = preset_of(settings.preset, self._shapes, self._network.input.size)
        count = class_count(self._preset_name, self._shapes)
        self._labels = (
            _written(settings.labels)
            or labels_of_metadata(self._network.metadata.get("names", ""))
            or coco_labels(count)
        )
        self._groups = groups(self._labels, settings.classes, count)

    def classify(self, picture: NDArray[np.uint8], regions: tuple[Region, ...]) -> tuple[Finding, ...]:
        """See `IClassifier`."""
        size = (picture.shape[1], picture.shape[0])
        parts = crops(regions, size, min(self._network.input.size))
        found = joined([self._boxes(picture, part) for part in parts])
        return tuple(finding for group in Classification for finding in self._findings(found, group))

    def describe(self) -> tuple[str, ...]:
        """See `IModelInformation`."""
        wanted = self._network.input
        order = "height x width x 3" if wanted.channels_last else "3 x height x width"
        return (
            f"input: {wanted.name}, {wanted.size[0]} x {wanted.size[1]} pixels, {np.dtype(wanted.type)}, {order}",
            f"output: {described(self._shapes)}",
            f"preset: {self._preset_name}",
            *(f"{group}: {self._members(group)}" for group in Classification),
        )

    def _boxes(self, picture: NDArray[np.uint8], part: Region) -> Boxes:
        size = self._network.input.size
        place = placement(part, size, self._preset)
        outputs = self._network.run(as_wanted(prepared(picture, place, size), self._preset, self._network.input.type))
        return place.back(self._preset.decode(outputs, size))

    def _findings(self, boxes: Boxes, group: Classification) -> list[Finding]:
        """Those of one group; where several of its classes are seen in one place, the surest."""
        classes = [index for index, its_group in self._groups.items() if its_group is group]
        kept, threshold = surest(boxes.only(np.isin(boxes.classes, classes))), self._preset.thresholds[group]
        rows = zip(kept.corners.tolist(), kept.scores.tolist(), kept.classes.tolist(), strict=True)
        return [
            Finding(group, scored(score, threshold), _region(*corners), self._label(index))
            for corners, score, index in rows
        ]

    def _members(self, group: Classification) -> str:
        names = [self._label(index) for index, its_group in sorted(self._groups.items()) if its_group is group]
        return ", ".join(names) or "none of its classes"

    def _label(self, index: int) -> str:
        return self._labels[index] if index < len(self._labels) else str(index)


def scored(confidence: float, threshold: float) -> float:
    """A model's 0 to 1 as 0 to 99, so that `threshold` is 50 whatever the model means by it."""
    if confidence < threshold:
        return 50 * confidence / threshold
    return min(_GREATEST, 50 + 50 * (confidence - threshold) / (1 - threshold))


def _written(path: str | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        return tuple(line.strip() for line in Path(path).read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise LabelsError(f"{path}: {error}") from error


def _region(left: float, top: float, right: float, bottom: float) -> Region:
    x, y = int(left), int(top)
    return Region(x, y, max(1, round(right) - x), max(1, round(bottom) - y))
