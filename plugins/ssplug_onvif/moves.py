"""From a command and a speed to a request of the PTZ service, as the camera's node can carry it out. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from onveef import envelopes

from ssplug.model.ptz import PAN_TILT, ZOOM, GoToPreset, PTZCapability, PTZCommand, PTZMove, SavePreset
from ssplug_onvif.answers import Node, Preset, Range, Space

SLOTS: Final = 8
"""Presets that clients know."""

_OWN_NAME: Final = "ssplug {}"
_STEP: Final = 0.1
"""Of a coordinate's whole way, in one step at full speed, where the camera knows steps only."""
_KINDS: Final = {  # from the best to the least: operation, and the element of its vector
    "continuous": ("ContinuousMove", "Velocity"),
    "relative": ("RelativeMove", "Translation"),
    "absolute": ("AbsoluteMove", "Position"),
}


class CannotMoveError(Exception):
    """The camera has no way to do what was asked; the text says what, for people."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the camera looks, in the coordinates of its absolute spaces."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0


@dataclass(frozen=True, slots=True)
class Mover:
    """Moves by one profile, whose node is known."""

    profile: str
    node: Node

    @property
    def capabilities(self) -> PTZCapability:
        """What the camera can do."""
        spaces = self.node.spaces
        able = PTZCapability(0)
        for capability, is_able in (
            (PTZCapability.PAN_TILT, self._kind("pan_tilt") is not None),
            (PTZCapability.ZOOM, self._kind("zoom") is not None),
            (PTZCapability.HOME, self.node.home),
            (PTZCapability.PRESETS, self.node.presets > 0),
            (PTZCapability.CONTINUOUS | PTZCapability.SPEED, any(name.startswith("continuous") for name in spaces)),
        ):
            able |= capability if is_able else PTZCapability(0)
        return able

    def needs_position(self, command: PTZMove) -> bool:
        """Whether the camera only goes to places, so that one must know where it is."""
        return command in (*PAN_TILT, *ZOOM) and self._kind(_axes(command)) == "absolute"

    def move(self, command: PTZMove, speed: int, position: Position = Position()) -> str:
        """The request's body for a command that is not about a preset; CannotMoveError where there is none."""
        if command is PTZMove.STOP:
            zoom, pan_tilt = (self._kind(axes) is not None for axes in ("zoom", "pan_tilt"))
            return envelopes.ptz_stop(profile_token=self.profile, pan_tilt=pan_tilt, zoom=zoom)
        if command is PTZMove.HOME:
            if not self.node.home:
                raise CannotMoveError("the camera has no home position")
            return envelopes.ptz_goto_home_position(profile_token=self.profile)
        return self._moved(command, speed / 100, position)

    def go_to(self, preset: Preset) -> str:
        """The request's body that goes to a preset."""
        return envelopes.ptz_goto_preset(profile_token=self.profile, preset_token=preset.token)

    def save(self, slot: int, preset: Preset | None) -> str:
        """The request's body that makes the present position preset `slot`, instead of `preset` if there is one."""
        if preset is None:
            return envelopes.ptz_set_preset(profile_token=self.profile, preset_name=_OWN_NAME.format(slot))
        return envelopes.ptz_set_preset(profile_token=self.profile, preset_name=preset.name, preset_token=preset.token)

    def _kind(self, axes: str) -> str | None:
        return next((kind for kind in _KINDS if f"{kind}_{axes}" in self.node.spaces), None)

    def _moved(self, command: PTZMove, part: float, position: Position) -> str:
        axes = _axes(command)
        kind = self._kind(axes)
        if kind is None:
            raise CannotMoveError(f"the camera cannot {'zoom' if axes == 'zoom' else 'pan or tilt'}")
        space = self.node.spaces[f"{kind}_{axes}"]
        if axes == "zoom":
            x = _coordinate(kind, space.x, ZOOM[command] * part, position.zoom)
            vector = f'<tt:Zoom x="{x}"{_named(space)}/>'
        else:
            pan, tilt = PAN_TILT[command]
            x = _coordinate(kind, space.x, pan * part, position.pan)
            y = _coordinate(kind, space.y, tilt * part, position.tilt)
            vector = f'<tt:PanTilt x="{x}" y="{y}"{_named(space)}/>'
        operation, element = _KINDS[kind]
        token = f"<tptz:ProfileToken>{escape(self.profile)}</tptz:ProfileToken>"
        return f"<tptz:{operation}>{token}<tptz:{element}>{vector}</tptz:{element}></tptz:{operation}>"


def _axes(command: PTZMove) -> str:
    return "zoom" if command in ZOOM else "pan_tilt"


def _named(space: Space) -> str:
    """Which space the numbers are of: else it is the configuration's default, which may be another."""
    return f" space={quoteattr(space.uri)}" if space.uri else ""


def _coordinate(kind: str, reach: Range, part: float, now: float) -> str:
    """`part` (-1 to 1) of what there is in that direction: of speed, of a step, or of a step from `now`."""
    if kind == "absolute":
        number = min(max(now + part * _STEP * (reach.high - reach.low), reach.low), reach.high)
    else:
        number = (abs(reach.high) if part > 0 else abs(reach.low)) * part * (_STEP if kind == "relative" else 1)
    return f"{number:.5f}"


# -- presets ----------------------------------------------------------------------------------------


def slots(presets: Sequence[Preset]) -> tuple[Preset | None, ...]:
    """Which of the camera's presets clients know as 1 to 8.

    Those that were saved from here have the number they were saved as; the others fill what is free,
    in the camera's order, or by number, so that a new one is the last where a camera lists it first.
    """
    ours = {_OWN_NAME.format(slot): slot for slot in range(1, SLOTS + 1)}
    taken = {ours[preset.name]: preset for preset in presets if preset.name in ours}
    others = iter([preset for preset in _in_order(presets) if preset.name not in ours])
    return tuple(taken[slot] if slot in taken else next(others, None) for slot in range(1, SLOTS + 1))


def _in_order(presets: Sequence[Preset]) -> Sequence[Preset]:
    if all(preset.token.isdecimal() for preset in presets):
        return sorted(presets, key=lambda preset: int(preset.token))
    return presets


def preset_of(command: PTZCommand) -> int | None:
    """The preset that a command is about; None for any other."""
    return command.preset if isinstance(command, GoToPreset | SavePreset) else None
