"""What a pattern camera and what moves it share: two drivers that the core builds apart from each other."""

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary, WeakValueDictionary

from ssplug.drivers import DriverContext
from ssplug.workers import Workers
from ssplug_pattern.view import Movement


@dataclass(eq=False)
class Mount:
    """How one camera moves. The reactor thread replaces the movement; threads that draw look at it."""

    movement: Movement | None = None
    """None as long as nothing can move the camera: it sees a scene that is no larger than its picture."""


# The threads of a server are what its drivers have in common; a process may run several servers, as tests do.
_MOUNTS: "Final[WeakKeyDictionary[Workers, WeakValueDictionary[str, Mount]]]" = WeakKeyDictionary()


def mount_of(context: DriverContext) -> Mount:
    """The mount of the camera that a driver is built for, for as long as somebody has it. Reactor thread."""
    mounts = _MOUNTS.setdefault(context.workers, WeakValueDictionary())
    return mounts.setdefault(context.camera.id if context.camera is not None else "", Mount())
