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
