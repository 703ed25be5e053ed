"""When a camera's actions run: `delay` and `reset`, decided from values alone.

| state | what happens | next | said |
| --- | --- | --- | --- |
| READY | TRIGGER_A | COLLECTING | |
| COLLECTING | TRIGGER_A | COLLECTING: one more reason | |
| COLLECTING | `delay` seconds are over | RESTING | the actions run, once for all reasons |
| COLLECTING | DISARM_A | READY: somebody came home and said so | |
| RESTING | TRIGGER_A | RESTING: it is passed over | |
| RESTING | `reset` seconds are over | READY | |

What the camera shows (CLASSIFY) belongs to the episode of motion that it was said in, or to the
triggers that are being collected then.
"""

import enum
from dataclasses import replace

from ssplug.model.action import Trigger
from ssplug.model.camera import CameraIdentity
from ssplug.model.event import Event, EventType, Scores, TriggerReason


class CollectingState(enum.Enum):
    """See the table of the module."""

    READY = enum.auto()
    COLLECTING = enum.auto()
    RESTING = enum.auto()


class Collecting:
    """One camera's triggers. Times, but for those of events, are monotonic seconds."""

    def __init__(self, camera: CameraIdentity, delay: float, reset: float) -> None:
        self._camera = camera
        self._delay = delay
        self._reset = reset
        self._seen: Scores | None = None
        self._trigger: Trigger | None = None
        self.state = CollectingState.READY
        self.until: float | None = None
        """When `pass_time` has something to do; None while nothing is waited for."""

    def hear(self, event: Event, now: float) -> None:
        """Take an event of this camera."""
        if event.type is EventType.TRIGGER_A and isinstance(event.info, TriggerReason):
            self._triggered(event, event.info, now)
        elif event.type is EventType.CLASSIFY and isinstance(event.info, Scores):
            self._classified(event.info)
        elif event.type is EventType.MOTION_END:
            self._seen = None
        elif event.type is EventType.DISARM_A and self.state is CollectingState.COLLECTING:
            self._become(CollectingState.READY, None)

    def pass_time(self, now: float) -> Trigger | None:
        """Take note that it is `now`; what the actions are to run for, if they are to run now."""
        if self.until is None or now < self.until:
            return None
        if self.state is CollectingState.RESTING:
            self._become(CollectingState.READY, None)
            return None
        trigger, self._trigger = self._trigger, None
        self._become(CollectingState.RESTING, now + self._reset)
        return trigger

    def _triggered(self, event: Event, reason: TriggerReason, now: float) -> None:
        if self.state is CollectingState.READY:
            self._trigger = Trigger(self._camera, reason, event.at, event.number, self._seen)
            self._become(CollectingState.COLLECTING, now + self._delay)
        elif self.state is CollectingState.COLLECTING and self._trigger is not None:
            self._trigger = replace(self._trigger, reason=self._trigger.reason | reason)

    def _classified(self, scores: Scores) -> None:
        self._seen = scores
        if self.state is CollectingState.COLLECTING and self._trigger is not None:
            self._trigger = replace(self._trigger, scores=scores)

    def _become(self, state: CollectingState, until: float | None) -> None:
        self.state = state
        self.until = until
