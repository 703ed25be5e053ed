"""Names of a model's classes, and which of them are people, vehicles and animals."""

import ast
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from ssplug.model.classification import Classification

Members: TypeAlias = Sequence[str | int]
Groups: TypeAlias = Mapping[int, Classification]
"""Index of a class -> what it is; classes that are none of the three are not in it."""

# The 90 identifiers of COCO, from 1; those that were never used are "".
_COCO_90: Final = tuple(
    """
person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,,stop sign,parking meter,bench,
bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,,backpack,umbrella,,,handbag,tie,suitcase,frisbee,skis,
snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,,wine glass,cup,fork,
knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,,
dining table,,,toilet,,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,,book,clock,
vase,scissors,teddy bear,hair drier,toothbrush
""".replace("\n", "").split(",")
)
COCO_80: Final = tuple(name for name in _COCO_90 if name)
"""As most models count them."""
COCO_91: Final = ("", *_COCO_90)
"""As those of TensorFlow and torchvision do; 0 is the background."""

MEMBERS: Final[Mapping[Classification, Members]] = {
    Classification.HUMAN: ("person",),
    Classification.VEHICLE: ("bicycle", "car", "motorcycle", "bus", "train", "truck", "boat"),
    Classification.ANIMAL: (*("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"),),
}
"""COCO's names for them."""


class LabelsError(ValueError):
    """The classes of a model and what is said of them do not fit; the text says how."""


def labels_of_metadata(names: str) -> tuple[str, ...]:
    """The names that models of Ultralytics carry with them: "{0: 'person', 1: 'bicycle'}"; () if they are none."""
    try:
        named = ast.literal_eval(names)
    except (ValueError, SyntaxError):
        return ()
    if not isinstance(named, dict) or sorted(named) != list(range(len(named))):
        return ()
    return tuple(str(named[index]) for index in range(len(named)))


def coco_labels(count: int | None) -> tuple[str, ...]:
    """COCO's names for a model of `count` classes, None if its outputs do not tell; () if it is not COCO's."""
    if count is None:
        return COCO_91
    return {len(COCO_80): COCO_80, len(COCO_91): COCO_91, len(_COCO_90): COCO_91}.get(count, ())


def groups(labels: Sequence[str], chosen: Mapping[str, Members], count: int | None = None) -> Groups:
    """Which of a model's `count` classes are what: `chosen` by name or index, or else by COCO's names.

    LabelsError says what is not there.
    """
    if count is not None and labels and len(labels) < count:
        raise LabelsError(f"{len(labels)} names do not fit a model of {count} classes")
    wanted = {Classification(group): members for group, members in chosen.items()} or MEMBERS
    found = {
        index: group
        for group, members in wanted.items()
        for member in members
        for index in _indices(member, labels, strict=bool(chosen))
    }
    if not found:
        raise LabelsError(_unknown_classes(labels))
    return found


def _indices(member: str | int, labels: Sequence[str], strict: bool) -> list[int]:
    if isinstance(member, int):
        if labels and member >= len(labels):
            raise LabelsError(f"there is no class {member}: the model has {len(labels)}")
        return [member]
    indices = [index for index, label in enumerate(labels) if label.lower() == member.lower()]
    if strict and not indices:
        raise LabelsError(f"no class is called {member!r}; {_names(labels)}")
    return indices


def _unknown_classes(labels: Sequence[str]) -> str:
    return f"which classes are people, vehicles and animals? Say so in `classes`; {_names(labels)}"


def _names(labels: Sequence[str]) -> str:
    named = [label for label in labels if label]
    return f"the model's are {', '.join(named)}" if named else "the model's have no names: give `labels`, or indices"
