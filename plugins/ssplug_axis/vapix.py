"""What ptz.cgi is told and answers (VAPIX, PTZ API). No Twisted, no network."""

import re
from typing import Final

from ssplug.model.ptz import PAN_TILT, PRESETS, ZOOM, GoToPreset, PTZCapability, PTZCommand, PTZMove, SavePreset

PTZ: Final = "/axis-cgi/com/ptz.cgi"

_STOPS: Final = {PTZCapability.PAN_TILT: "continuouspantiltmove=0,0", PTZCapability.ZOOM: "continuouszoommove=0"}
_STEPS: Final = {move: move.name.lower().replace("_", "") for move in PTZMove}
"""Where the camera has no continuous movement: `move=upleft`."""
_ZOOM_STEP: Final = 10
"""Of the 9999 steps that there are, at speed 1."""

_ABILITIES: Final = (
    ("continuouspantiltmove=", PTZCapability.PAN_TILT | PTZCapability.SPEED | PTZCapability.CONTINUOUS),
    ("continuouszoommove=", PTZCapability.ZOOM | PTZCapability.SPEED | PTZCapability.CONTINUOUS),
    ("rzoom=", PTZCapability.ZOOM | PTZCapability.SPEED),
    ("gotoserverpresetno=", PTZCapability.PRESETS),
)
_MOVES: Final = re.compile(r"\bmove=([^\n]*)")
_PRESET: Final = re.compile(r"^\s*presetposno(\d{1,3})\s*=\s*(.*?)\s*$", re.MULTILINE)
_ERROR: Final = re.compile(r"\s*Error:?\s*(.{0,200})", re.DOTALL | re.IGNORECASE)


def query(command: PTZCommand, speed: int, abilities: PTZCapability) -> str:
    """The parameters that carry out `command` at `speed` (1-100) on a camera with these abilities."""
    if isinstance(command, GoToPreset):
        return f"gotoserverpresetno={command.preset}"
    if isinstance(command, SavePreset):
        return f"setserverpresetno={command.preset}"
    if command is PTZMove.HOME:
        return "move=home"
    if command is PTZMove.STOP:
        return "&".join(stop for ability, stop in _STOPS.items() if ability in abilities)
    continuous = PTZCapability.CONTINUOUS in abilities
    if command in ZOOM:
        rate = ZOOM[command] * speed
        return f"continuouszoommove={rate}" if continuous else f"rzoom={rate * _ZOOM_STEP}"
    across, up = (direction * speed for direction in PAN_TILT[command])
    return f"continuouspantiltmove={across},{up}" if continuous else f"move={_STEPS[command]}"


def abilities(info: str) -> PTZCapability:
    """What a camera can do whose `info=1` is this: it lists the parameters that it understands."""
    found = PTZCapability(0)
    for parameter, ability in _ABILITIES:
        if parameter in info:
            found |= ability
    moves = {word for match in _MOVES.finditer(info) for word in re.findall(r"\w+", match[1])}
    if "home" in moves:
        found |= PTZCapability.HOME
    return found | PTZCapability.PAN_TILT if "left" in moves else found


def preset_names(answer: str) -> tuple[str, ...]:
    """The names of presets 1 to 8 that `query=presetposcam` gave; "" for one that is not set."""
    names = {int(number): name for number, name in _PRESET.findall(answer)}
    return tuple(names.get(number, "") for number in range(1, PRESETS + 1))


def error(answer: str) -> str | None:
    """What is wrong, in the camera's words: it answers 200 all the same. None where all is well."""
    found = _ERROR.match(answer)
    return None if found is None else " ".join(found[1].split()) or "error"
