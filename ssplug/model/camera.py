"""Cameras as the domain knows them: their names and their three modes."""

import enum
from dataclasses import dataclass


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
