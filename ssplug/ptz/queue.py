"""Which commands wait for a camera that is busy with another one.

A movement that nobody has begun is pointless once somebody wants another: the newest replaces it.
A stop is never lost, or the camera would run on; what goes to a preset, or saves one, keeps its
place, and what came before it stays before it, for a preset saves what was reached.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from ssplug.model.ptz import GoToPreset, PTZCommand, PTZMove, SavePreset

PLACES_LIMIT: Final = 8
WAITING_LIMIT: Final = 4 * PLACES_LIMIT + 3
"""No more can wait: between two places there are at most a stop, a movement and another stop."""


class QueueFullError(Exception):
    """Too much waits for this camera."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A command of somebody who waits for it to be done."""

    command: PTZCommand
    speed: int
    """1 to 100."""
    answer: Any = field(default=None, repr=False)
    """Whom to tell."""

    @property
    def is_place(self) -> bool:
        """Whether it is about a certain place, and not a movement."""
        return isinstance(self.command, GoToPreset | SavePreset) or self.command is PTZMove.HOME

    @property
    def is_stop(self) -> bool:
        """Whether it ends movements."""
        return self.command is PTZMove.STOP


def queued(waiting: tuple[Order, ...], new: Order) -> tuple[Order, ...]:
    """What waits once `new` does; what is missing then was replaced by it. Raises QueueFullError."""
    if new.is_place:
        if sum(order.is_place for order in waiting) >= PLACES_LIMIT:
            raise QueueFullError(f"{PLACES_LIMIT} presets are waiting")
        return (*waiting, new)
    settled = _last_place(waiting) + 1
    recent = waiting[settled:]
    if not new.is_stop:
        # One stop does for all, also for what is being carried out right now.
        recent = tuple(order for order in recent if order.is_stop)[-1:]
    elif recent and recent[-1].is_stop:
        recent = recent[:-1]
    return (*waiting[:settled], *recent, new)


def _last_place(waiting: tuple[Order, ...]) -> int:
    return max((index for index, order in enumerate(waiting) if order.is_place), default=-1)
