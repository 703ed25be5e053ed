"""What clients ask of arming: two dialects of setting schedules and overrides, and plain switches.

A value that cannot be read selects nothing, and so does an unknown letter of `mode`: the protocol
answers `OK` to both, and nothing changes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from ssplug.model.camera import CaptureMode
from ssplug.wire.requests import Parameters, camera_number

ALL_CAMERAS: Final = -1

_UNCHANGED = -1
_ALL_MODES = "X"
# Ids of other servers need 64 bits.
_ID = re.compile(r"\s*(-?[0-9]{1,19})/*\s*")


@dataclass(frozen=True, slots=True)
class ArmingRequest:
    """What to set; None leaves as it is."""

    camera: int
    """ALL_CAMERAS for all that the account may arm."""
    modes: tuple[CaptureMode, ...] = ()
    schedule: int | None = None
    override: int | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it leaves schedule and override as they are, which needs no permission."""
        return self.schedule is None and self.override is None

    @classmethod
    def of_schedule(cls, parameters: Parameters) -> Self:
        """`setSchedule` and `ssSetSchedule`, where `id` is another word for `schedule`."""
        return cls._of(parameters, ("schedule", "id"), ("override",))

    @classmethod
    def of_override(cls, parameters: Parameters) -> Self:
        """`ssSetOverride`, where `id` is another word for `override`."""
        return cls._of(parameters, ("schedule",), ("override", "id"))

    @classmethod
    def _of(cls, parameters: Parameters, schedule: tuple[str, ...], override: tuple[str, ...]) -> Self:
        camera = camera_number(parameters)
        try:
            return cls(camera, _modes(parameters), _id(parameters, schedule), _id(parameters, override))
        except ValueError:
            return cls(camera)


@dataclass(frozen=True, slots=True)
class SwitchRequest:
    """`ssControl...`: arm or disarm modes until something else is set."""

    camera: int
    armed: bool | None
    """None: neither was asked for."""

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """`arm` is 1 or 0."""
        arm = (parameters.text("arm") or "").strip("/ ").lower()
        return cls(camera_number(parameters), _SWITCH.get(arm))


_SWITCH: Mapping[str, bool] = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class PresetRequest:
    """`setPreset` and `ssSetPreset`."""

    id: int | None
    """None: it cannot be read."""

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """Presets are for all cameras; `cameraNum` says nothing."""
        try:
            return cls(_id(parameters, ("id",)))
        except ValueError:
            return cls(None)


def _modes(parameters: Parameters) -> tuple[CaptureMode, ...]:
    letters = (parameters.text("mode") or "").upper()
    return tuple(mode for mode in CaptureMode if mode.value in letters or _ALL_MODES in letters)


def _id(parameters: Parameters, names: tuple[str, ...]) -> int | None:
    """The first of `names` that was sent; None where it is missing, empty or says "unchanged"."""
    text = parameters.text(*names)
    if not text:
        return None
    number = _ID.fullmatch(text)
    if number is None:
        raise ValueError(f"{names[0]}: {text!r} is no id")
    return None if int(number[1]) == _UNCHANGED else int(number[1])
