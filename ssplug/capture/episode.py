"""When motion capture begins and ends.

An episode begins with a trigger and ends some seconds after the motion did; whatever triggers in
between makes it longer.

| state | what happens | next |
| --- | --- | --- |
| QUIET | triggered by motion | MOVING: the episode begins |
| QUIET | triggered by anything else | TRAILING: the episode begins |
| MOVING | the motion ends | TRAILING |
| TRAILING | motion, or triggered by motion | MOVING |
| TRAILING | triggered by anything else | TRAILING, anew |
| TRAILING | `after` seconds are over | QUIET: the episode ends |
| any | `stop` | QUIET: the episode ends |
"""

import enum
from typing import Final

from ssplug.model.event import TriggerReason

MOTION_REASONS: Final = TriggerReason.MOTION | TriggerReason.HUMAN | TriggerReason.VEHICLE | TriggerReason.ANIMAL
"""Those that a MOTION_END follows."""


class EpisodeState(enum.Enum):
    """See the table of the module."""

    QUIET = enum.auto()
    MOVING = enum.auto()
    TRAILING = enum.auto()


class Episode:
    """One camera's episodes, one after the other; times are monotonic seconds."""

    def __init__(self, after: float) -> None:
        """An episode goes on for `after` seconds behind the motion, or behind any other trigger."""
        self._after = after
        self._until = 0.0
        self.state = EpisodeState.QUIET

    @property
    def is_on(self) -> bool:
        """Whether there is an episode."""
        return self.state is not EpisodeState.QUIET

    @property
    def until(self) -> float | None:
        """When it ends if nothing happens; None when it does not."""
        return self._until if self.state is EpisodeState.TRAILING else None

    def trigger(self, reason: TriggerReason, now: float) -> bool:
        """Whether this begins an episode."""
        begins = not self.is_on
        if reason & MOTION_REASONS:
            self.state = EpisodeState.MOVING
        elif self.state is not EpisodeState.MOVING:
            self._trail(now)
        return begins

    def motion(self) -> None:
        """Something moves; that alone begins nothing."""
        if self.is_on:
            self.state = EpisodeState.MOVING

    def motion_end(self, now: float) -> None:
        """Nothing moves any more."""
        if self.state is EpisodeState.MOVING:
            self._trail(now)

    def pass_time(self, now: float) -> bool:
        """Whether the episode ends now."""
        if self.state is not EpisodeState.TRAILING or now < self._until:
            return False
        return self.stop()

    def stop(self) -> bool:
        """End the episode, if there is one."""
        was_on = self.is_on
        self.state = EpisodeState.QUIET
        return was_on

    def _trail(self, now: float) -> None:
        self.state = EpisodeState.TRAILING
        self._until = now + self._after
