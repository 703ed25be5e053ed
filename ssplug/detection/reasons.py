"""Which reasons call for motion capture, and which for actions: `trigger_on` of the site file."""

import functools
import operator
from collections.abc import Collection, Mapping
from typing import Final

from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.site.types import CameraConfig

CAMERA_PREFIX: Final = "camera:"

_WORDS: Final = {
    TriggerReason.MOTION: "motion",
    TriggerReason.AUDIO: "sound",
    TriggerReason.CAMERA: "camera",
    TriggerReason.HUMAN: "human",
    TriggerReason.VEHICLE: "vehicle",
    TriggerReason.ANIMAL: "animal",
}


def wanted_words(config: CameraConfig) -> Mapping[CaptureMode, Collection[str]]:
    """What of `trigger_on` holds for each mode that can be triggered; sound that is enabled needs no word."""
    motion = frozenset(config.motion.trigger_on) | ({"sound"} if config.motion.sound_enabled else frozenset())
    return {CaptureMode.MOTION: motion, CaptureMode.ACTIONS: frozenset(config.actions.trigger_on) or motion}


def wanted(reasons: TriggerReason, words: Collection[str], origin: str = "") -> TriggerReason:
    """What of `reasons` is among `words`; `origin` is the id of the other camera, for OTHER_CAMERA.

    What somebody asks for (by hand, over the web, by a script) always is.
    """
    return functools.reduce(
        operator.or_, (reason for reason in reasons if _is_wanted(reason, words, origin)), TriggerReason(0)
    )


def _is_wanted(reason: TriggerReason, words: Collection[str], origin: str) -> bool:
    if reason is TriggerReason.OTHER_CAMERA:
        return f"{CAMERA_PREFIX}{origin}" in words
    return reason not in _WORDS or _WORDS[reason] in words
