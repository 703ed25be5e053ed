"""A camera that is turned to a preset when actions are triggered: its own, or another that looks there too."""

from dataclasses import dataclass

from twisted.internet.defer import Deferred, fail
from zope.interface import implementer

from ssplug.interfaces import IAction, IServerAtWork
from ssplug.model.action import Trigger
from ssplug.model.ptz import DEFAULT_SPEED, GoToPreset


class UnknownCameraError(Exception):
    """There is no camera of that id."""


@dataclass(frozen=True, slots=True)
class PTZSettings:
    """The settings of the schema beside this module."""

    preset: int
    camera: str | None = None
    speed: int = DEFAULT_SPEED


@implementer(IAction)
class PTZAction:
    """Goes to one preset."""

    def __init__(self, settings: PTZSettings) -> None:
        self._settings = settings

    def perform(self, trigger: Trigger, server: IServerAtWork) -> "Deferred[None]":
        """Fires when the camera has accepted it."""
        number = self._number(trigger, server)
        if number is None:
            return fail(UnknownCameraError(f"there is no camera {self._settings.camera!r} that is enabled"))
        moved: Deferred[None] = server.move(number, GoToPreset(self._settings.preset), self._settings.speed)
        return moved

    def _number(self, trigger: Trigger, server: IServerAtWork) -> int | None:
        wanted = self._settings.camera
        if wanted is None:
            return trigger.camera.number
        return next((state.identity.number for state in server.cameras() if state.identity.id == wanted), None)
