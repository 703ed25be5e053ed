"""A program that is run when actions are triggered, and told why by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from twisted.internet.defer import Deferred
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import IAction, IServerAtWork
from ssplug.model.action import Trigger, facts
from ssplug.processes import Program, run_program

PREFIX: Final = "SSPLUG_"


@dataclass(frozen=True, slots=True)
class ScriptSettings:
    """The settings of the schema beside this module."""

    path: str
    arguments: list[str] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    time_limit: float = 60


@implementer(IAction)
class Script:
    """Runs the program once for each trigger; its exit status says whether it worked."""

    def __init__(self, context: DriverContext, settings: ScriptSettings) -> None:
        self._context = context
        self._settings = settings

    def perform(self, trigger: Trigger, server: IServerAtWork) -> "Deferred[None]":
        """Fires when the program has exited with status 0."""
        told = {PREFIX + name.upper(): value for name, value in facts(trigger, server.name, server.zone).items()}
        settings = self._settings
        program = Program(
            settings.path,
            tuple(settings.arguments),
            _without_nul(told) | dict(settings.environment),
            settings.time_limit,
            Path(settings.path).parent,
        )
        return run_program(self._context.reactor, program, lambda line: self._say(program.name, line))

    def _say(self, name: str, line: str) -> None:
        self._context.log.info("script {name}: {line}", name=name, line=line)


def _without_nul(environment: Mapping[str, str]) -> dict[str, str]:
    """No variable can hold a NUL (environ(7)); names of cameras come from people and from the web."""
    return {name: value.replace("\0", "") for name, value in environment.items()}
