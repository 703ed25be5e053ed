"""The scripts of the site's folder, run because somebody asks for it."""

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from ssplug.actions.folders import script_names
from ssplug.processes import Program, ProgramError, run_program
from ssplug.site.types import Site
from ssplug.workers import Worker

RUNNING_LIMIT: Final = 8
SCRIPT_SECONDS: Final = 60.0

_log = Logger()


class Scripts:
    """What stands in the folder. Reactor thread."""

    def __init__(self, site: Callable[[], Site], worker: Worker, reactor: Any) -> None:
        """`site` is as it is just then; `worker` reads the disk."""
        self._site = site
        self._worker = worker
        self._reactor = reactor
        self._running: set[Deferred[None]] = set()

    def names(self) -> "Deferred[tuple[str, ...]]":
        """Those that can be run."""
        return self._worker.call(script_names, self._site().scripts)

    def run(self, name: str) -> "Deferred[None]":
        """Run one of `names`, for SCRIPT_SECONDS at most; fails with ProgramError."""
        folder = self._site().scripts
        if folder is None or len(self._running) >= RUNNING_LIMIT:
            return fail(ProgramError(f"{name}: {RUNNING_LIMIT} scripts run already"))
        environment = {"SSPLUG_SERVER": self._site().server.name, "SSPLUG_REASON": "web"}
        program = Program(str(folder / name), (), environment, SCRIPT_SECONDS, folder)
        running = run_program(
            self._reactor, program, lambda line: _log.info("script {name}: {line}", name=name, line=line)
        )
        self._running.add(running)
        return running.addBoth(self._ended, running)

    def stop(self) -> None:
        """End those that run."""
        for running in tuple(self._running):
            running.cancel()

    def _ended(self, result: Any, running: "Deferred[None]") -> Any:
        self._running.discard(running)
        return result
