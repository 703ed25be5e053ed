"""Starting in order, stopping in the reverse order, each stop within a time limit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger

_log = Logger()

STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the server: what starts it, and what stops it (and may return a Deferred)."""

    name: str
    start: Callable[[], object]
    stop: Callable[[], object]


@dataclass(slots=True)
class Stages:
    """The parts of the server in the order of their start. Reactor thread."""

    reactor: Any
    stages: list[Stage]
    _running: list[Stage] = field(default_factory=list)

    def start(self) -> None:
        """Start one after the other; what raises ends the start, `stop` then ends what runs."""
        for stage in self.stages:
            stage.start()
            self._running.append(stage)

    async def stop(self) -> None:
        """Stop in the reverse order; a part that fails or hangs is logged and does not keep the others."""
        while self._running:
            stage = self._running.pop()
            stopping = maybeDeferred(stage.stop).addTimeout(STOP_SECONDS, self.reactor)
            try:
                await stopping
            except Exception:  # noqa: BLE001 - the parts below must still be stopped
                _log.failure("{stage} did not stop properly", stage=stage.name)
