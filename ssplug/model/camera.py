"""Cameras as the domain knows them: their names and their three modes."""

import enum
from dataclasses import dataclass
from typing import Final


class CaptureMode(enum.Enum):
    """What a camera can be armed for; the values are the specification's letters."""

    CONTINUOUS = "C"
    MOTION = "M"
    ACTIONS = "A"


@dataclass(frozen=True, slots=True)
class CameraIdentity:
    """Who a camera is: `id` in the site file, `number` on the wire, `name` on the screen."""

    id: str
    number: int
    name: str


class Transform(enum.IntEnum):
    """How pictures are turned before anybody sees them; the numbers of `transformationMenu`."""

    NONE = 0
    ROTATE_RIGHT = 1
    ROTATE_LEFT = 2
    ROTATE_180 = 3
    FLIP_HORIZONTAL = 4
    FLIP_VERTICAL = 5


@dataclass(frozen=True, slots=True)
class Levels:
    """How light and how hard pictures are made before anybody sees them: -100 to 100, 0 is as they are."""

    brightness: int = 0
    """Per cent of half the way from black to white."""
    contrast: int = 0
    """50 doubles the distance of every value from mid grey, -50 halves it."""


AS_THEY_ARE: Final = Levels()
