"""A sound that is played when actions are triggered. The server has the player: one sound at a time for all."""

from dataclasses import dataclass

from twisted.internet.defer import Deferred
from zope.interface import implementer

from ssplug.interfaces import IAction, IServerAtWork
from ssplug.model.action import Trigger


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """The settings of the schema beside this module."""

    file: str


@implementer(IAction)
class Sound:
    """Plays one file."""

    def __init__(self, settings: SoundSettings) -> None:
        self._settings = settings

    def perform(self, trigger: Trigger, server: IServerAtWork) -> "Deferred[None]":
        """Fires when it has been played to its end."""
        played: Deferred[None] = server.play(self._settings.file)
        return played
