"""Events: what happened, to which camera, and what is to be said about it.

The names are those of the specification's "Event Stream". How an event is written for a
client (dialects, framing) is `ssplug.wire.event_line`.
"""

import enum
from dataclasses import dataclass
from typing import TypeAlias


class EventType(enum.StrEnum):
    """The specification's event names."""

    ARM_C = "ARM_C"
    DISARM_C = "DISARM_C"
    ARM_M = "ARM_M"
    DISARM_M = "DISARM_M"
    ARM_A = "ARM_A"
    DISARM_A = "DISARM_A"
    ERROR = "ERROR"
    CONFIGCHANGE = "CONFIGCHANGE"
    OFFLINE = "OFFLINE"
    ONLINE = "ONLINE"
    MOTION = "MOTION"
    MOTION_END = "MOTION_END"
    CLASSIFY = "CLASSIFY"
    TRIGGER_M = "TRIGGER_M"
    TRIGGER_A = "TRIGGER_A"
    FILE = "FILE"
    NULL = "NULL"


class TriggerReason(enum.IntFlag):
    """Why motion capture or actions were triggered.

    The numbers are those of version 6; version 5 writes ANIMAL as 512 (`wire.event_line`).
    """

    MOTION = 1
    AUDIO = 2
    SCRIPT = 4
    CAMERA = 8
    WEB = 16
    OTHER_CAMERA = 32
    MANUAL = 64
    HUMAN = 128
    VEHICLE = 256
    ANIMAL = 1024


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a camera's picture, in its pixels, origin top left."""

    x: int
    y: int
    width: int
    height: int

    def scaled(self, size: tuple[int, int], to: tuple[int, int]) -> "Region":
        """The same in a picture of the size `to` (width, height), when this is of one of `size`."""
        left, right = (min(to[0], round(x * to[0] / size[0])) for x in (self.x, self.x + self.width))
        top, bottom = (min(to[1], round(y * to[1] / size[1])) for y in (self.y, self.y + self.height))
        return Region(left, top, right - left, bottom - top)

    def shared(self, other: "Region") -> float:
        """Intersection over union: 1 where both are the same, 0 where they have nothing in common."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        both = max(0, width) * max(0, height)
        return both / max(1, self.width * self.height + other.width * other.height - both)


@dataclass(frozen=True, slots=True)
class Scores:
    """What a classifier believes, in per cent."""

    human: int = 0
    vehicle: int = 0
    animal: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """An error for the ERROR event and `last-error`; codes are documented in docs/operating.md."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class FilePath:
    """The full path of a finished footage file."""

    path: str


EventInfo: TypeAlias = Region | Scores | TriggerReason | Failure | FilePath | None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `number` grows by one per event of this server and is never reused."""

    number: int
    at: float
    """Wall time, seconds since the epoch (UTC)."""
    camera: int | None
    """The camera's number; None where the event is about the whole server."""
    type: EventType
    info: EventInfo = None
