"""When motion begins, when it is a trigger, and when it ends: decided from values alone.

| state | what is seen | next | said |
| --- | --- | --- | --- |
| IDLE | motion that counts | MOVING | MOTION |
| IDLE | the camera reports motion | MOVING | MOTION |
| MOVING | motion, and it has moved for the trigger time | TRIGGERED | TRIGGER |
| MOVING, TRIGGERED | motion, or the camera still reports it | the same | MOTION, at most every REPEAT_SECONDS |
| MOVING, TRIGGERED | nothing for QUIET_SECONDS, and the camera reports none | IDLE | MOTION_END |
| MOVING, TRIGGERED | `end`: the camera went away, or the server stops | IDLE | MOTION_END |

Times are media time: what a test or a benchmark feeds at any speed gives the same.
"""

import enum
from dataclasses import dataclass
from typing import Final

from ssplug.model.event import Region
from ssplug.model.motion import Motion

REPEAT_SECONDS: Final = 0.5
"""Between two MOTION of one episode."""
QUIET_SECONDS: Final = 2.0
"""Without motion, after which an episode is over."""

# Between two pictures that both show motion it is taken to have gone on, but not for longer than this:
# key frames may be many seconds apart.
_LONGEST_STEP: Final = 0.5
# The times of pictures are rounded to ticks.
_ROUNDING: Final = 0.001


class State(enum.Enum):
    """See the table of the module."""

    IDLE = enum.auto()
    MOVING = enum.auto()
    TRIGGERED = enum.auto()


class Said(enum.Enum):
    """What an episode has to say."""

    MOTION = enum.auto()
    TRIGGER = enum.auto()
    MOTION_END = enum.auto()


@dataclass(frozen=True, slots=True)
class News:
    """One thing said; `region` is where it moves, for MOTION."""

    said: Said
    region: Region | None = None


class MotionEpisodes:
    """One camera's episodes of motion, one after the other. Each method returns what is to be said, in order."""

    def __init__(self, sensitivity: int, trigger_time: float) -> None:
        """`sensitivity` is 0 to 100; `trigger_time` is for how many seconds it must move."""
        self._sensitivity = sensitivity
        self._trigger_time = trigger_time
        self.state = State.IDLE
        self._reported: Region | None = None
        self._moved = 0.0
        self._seen_at: float | None = None
        """When motion was last seen, if the picture before showed it."""
        self._moving_at = 0.0
        self._said_at = 0.0

    @property
    def is_on(self) -> bool:
        """Whether there is an episode."""
        return self.state is not State.IDLE

    def see(self, at: float, motion: Motion | None) -> tuple[News, ...]:
        """Take what a detector saw in the picture of `at`."""
        counting = motion.counting(self._sensitivity) if motion is not None else None
        if counting is None:
            self._seen_at = None
            return self.pass_time(at)
        self._count(at)
        news = self._moving(at, counting.bounds)
        if self.state is State.MOVING and self._moved >= self._trigger_time - _ROUNDING:
            self.state = State.TRIGGERED
            news += (News(Said.TRIGGER),)
        return news

    def report(self, at: float, region: Region | None) -> tuple[News, ...]:
        """Take what the camera itself reports: motion in `region`, or (None) that there is none any more."""
        if region is None and self._reported is not None:
            self._moving_at = max(self._moving_at, at)
        self._reported = region
        return self.pass_time(at)

    def pass_time(self, at: float) -> tuple[News, ...]:
        """Take note that it is `at` by now."""
        if self._reported is not None:
            return self._moving(at, self._reported)
        return self.end() if at - self._moving_at >= QUIET_SECONDS else ()

    def end(self) -> tuple[News, ...]:
        """End the episode, if there is one."""
        was_on = self.is_on
        self.state = State.IDLE
        self._reported = self._seen_at = None
        self._moved = 0.0
        return (News(Said.MOTION_END),) if was_on else ()

    def _count(self, at: float) -> None:
        if self._seen_at is not None:
            self._moved += min(max(0.0, at - self._seen_at), _LONGEST_STEP)
        self._seen_at = at

    def _moving(self, at: float, region: Region) -> tuple[News, ...]:
        begins = not self.is_on
        self._moving_at = at
        if begins:
            self.state = State.MOVING
        if not begins and at - self._said_at < REPEAT_SECONDS - _ROUNDING:
            return ()
        self._said_at = at
        return (News(Said.MOTION, region),)
