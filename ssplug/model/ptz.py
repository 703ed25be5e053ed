"""Pan, tilt and zoom: the specification's commands and capabilities."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


class PTZCapability(enum.IntFlag):
    """What a camera can do. The numbers are those of version 6, which tells speed from continuous."""

    PAN_TILT = 1
    HOME = 2
    ZOOM = 4
    PRESETS = 8
    SPEED = 16
    CONTINUOUS = 32

    def for_version_5(self) -> int:
        """The sum as version 5 writes it, where 16 says continuous and 32 does not exist."""
        basic = int(self) & 0b1111
        return basic | (16 if PTZCapability.CONTINUOUS in self else 0)


class PTZMove(enum.IntEnum):
    """The commands that are not about a preset."""

    LEFT = 1
    RIGHT = 2
    UP = 3
    DOWN = 4
    ZOOM_IN = 5
    ZOOM_OUT = 6
    HOME = 7
    UP_LEFT = 8
    UP_RIGHT = 9
    DOWN_LEFT = 10
    DOWN_RIGHT = 11
    STOP = 99


@dataclass(frozen=True, slots=True)
class GoToPreset:
    """Commands 12 to 19."""

    preset: int


@dataclass(frozen=True, slots=True)
class SavePreset:
    """Commands 112 to 119."""

    preset: int


PTZCommand = PTZMove | GoToPreset | SavePreset


def ptz_command(number: int) -> PTZCommand:
    """The command that the specification numbers so; ValueError for any other number."""
    if 12 <= number <= 19:
        return GoToPreset(number - 11)
    if 112 <= number <= 119:
        return SavePreset(number - 111)
    return PTZMove(number)


PRESETS: Final = 8
"""The specification has commands for so many."""
DEFAULT_SPEED: Final = 50
"""Where nobody says one; 1 to 100."""

PAN_TILT: Final[Mapping[PTZMove, tuple[int, int]]] = {
    PTZMove.LEFT: (-1, 0),
    PTZMove.RIGHT: (1, 0),
    PTZMove.UP: (0, 1),
    PTZMove.DOWN: (0, -1),
    PTZMove.UP_LEFT: (-1, 1),
    PTZMove.UP_RIGHT: (1, 1),
    PTZMove.DOWN_LEFT: (-1, -1),
    PTZMove.DOWN_RIGHT: (1, -1),
}
"""Which way a command turns the camera: to the right, and up."""
ZOOM: Final[Mapping[PTZMove, int]] = {PTZMove.ZOOM_IN: 1, PTZMove.ZOOM_OUT: -1}
"""Which way a command zooms: in."""

_ABOUT_PLACES: Final = {PTZMove.HOME: PTZCapability.HOME, PTZMove.STOP: PTZCapability(0)}


def needed(command: PTZCommand) -> PTZCapability:
    """What a camera must have for `command`; any may be told to stop."""
    if not isinstance(command, PTZMove):
        return PTZCapability.PRESETS
    return _ABOUT_PLACES.get(command, PTZCapability.ZOOM if command in ZOOM else PTZCapability.PAN_TILT)


def goes_on(command: PTZCommand) -> bool:
    """Whether `command` moves a camera that moves continuously until it is told to stop."""
    return isinstance(command, PTZMove) and command not in _ABOUT_PLACES
