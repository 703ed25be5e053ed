"""The PTZ driver: turns a pattern camera, as smoothly as a good one."""

import time
from collections.abc import Callable
from typing import Final

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import IPTZDriver, IPTZPresetNames
from ssplug.model.ptz import PAN_TILT, PRESETS, ZOOM, GoToPreset, PTZCapability, PTZCommand, PTZMove, SavePreset
from ssplug_pattern.mount import mount_of
from ssplug_pattern.view import Movement, View

_HOME: Final = View()
_PRESETS: Final = {
    1: ("Left", View(0.2, 0.62, 3.0)),
    2: ("Middle", View(0.5, 0.62, 4.0)),
    3: ("Right", View(0.8, 0.62, 3.0)),
    4: ("All", View(zoom=1.0)),
}
_GLIDE_SECONDS: Final = 0.8
_FASTEST: Final = 0.5
"""Widths of the scene a second, and doublings of the zoom, at speed 100 and zoom 1."""


@implementer(IPTZDriver, IPTZPresetNames)
class PatternPTZ:
    """Moves the pattern camera of the same id. Saved presets last until the server ends. Reactor thread."""

    def __init__(self, context: DriverContext, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._mount = mount_of(context)
        self._monotonic = monotonic
        self._movement = self._mount.movement or Movement(_HOME)
        self._mount.movement = self._movement
        self._presets = dict(_PRESETS)

    def capabilities(self) -> "Deferred[PTZCapability]":
        """See IPTZDriver."""
        return succeed(PTZCapability(63))

    def perform(self, command: PTZCommand, speed: int) -> "Deferred[None]":
        """See IPTZDriver."""
        now = self._monotonic()
        if isinstance(command, SavePreset):
            self._presets[command.preset] = (f"Preset {command.preset}", self._movement.view(now))
        else:
            self._movement = self._mount.movement = self._moved(command, speed, now)
        return succeed(None)

    def preset_names(self) -> "Deferred[tuple[str, ...]]":
        """See IPTZPresetNames."""
        return succeed(tuple(self._presets.get(number, ("", _HOME))[0] for number in range(1, PRESETS + 1)))

    def _moved(self, command: PTZMove | GoToPreset, speed: int, now: float) -> Movement:
        if isinstance(command, GoToPreset):
            _, target = self._presets.get(command.preset, ("", self._movement.view(now)))
            return self._movement.towards(target, now, _GLIDE_SECONDS)
        if command is PTZMove.HOME:
            return self._movement.towards(_HOME, now, _GLIDE_SECONDS)
        pace = _FASTEST * speed / 100
        across, up = PAN_TILT.get(command, (0, 0))
        closer = ZOOM.get(command, 0)
        # What is close to the eye moves fast through it.
        zoom = self._movement.view(now).zoom
        return self._movement.after(now, across * pace / zoom, -up * pace / zoom, 2 * closer * pace)
