"""One camera's actions: its triggers collected, and given to its handlers."""

from collections.abc import Sequence
from typing import Any

from ssplug.actions.collecting import Collecting
from ssplug.actions.performer import Performer
from ssplug.model.event import Event
from ssplug.site.types import CameraConfig


class CameraActions:
    """What one camera does when its actions are triggered. Reactor thread."""

    def __init__(self, config: CameraConfig, performers: Sequence[Performer], reactor: Any) -> None:
        """`performers` may be shared with other cameras; `reactor` counts on a monotonic clock."""
        self.performers = performers
        self._collecting = Collecting(config.identity, config.actions.delay, config.actions.reset)
        self._reactor = reactor
        self._timer: Any = None

    def heard(self, event: Event) -> None:
        """Take an event of this camera."""
        self._collecting.hear(event, self._reactor.seconds())
        self._wait()

    def stop(self) -> None:
        """Wait for nothing more; what is collected just then is not reacted to."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self.stop()
        until = self._collecting.until
        if until is not None:
            self._timer = self._reactor.callLater(max(0.0, until - self._reactor.seconds()), self._look)

    def _look(self) -> None:
        self._timer = None
        trigger = self._collecting.pass_time(self._reactor.seconds())
        if trigger is not None:
            for performer in self.performers:
                performer.perform(trigger)
        self._wait()
