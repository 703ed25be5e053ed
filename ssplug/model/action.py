"""Actions: what action handlers are told, and what they may know of the cameras."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.model.event import Scores, TriggerReason


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why actions run."""

    camera: CameraIdentity
    reason: TriggerReason
    """A sum, where there were several within the delay."""
    at: float
    """Wall time of the first of them, seconds since the epoch."""
    event: int
    """The number of its TRIGGER_A event."""
    scores: Scores | None = None
    """What the camera was last believed to show, where there is a classifier."""


@dataclass(frozen=True, slots=True)
class CameraState:
    """A camera, and how it is."""

    identity: CameraIdentity
    online: bool
    armed: frozenset[CaptureMode]


REASON_WORDS: Final[Mapping[TriggerReason, str]] = {
    TriggerReason.HUMAN: "human",
    TriggerReason.VEHICLE: "vehicle",
    TriggerReason.ANIMAL: "animal",
    TriggerReason.MOTION: "motion",
    TriggerReason.AUDIO: "sound",
    TriggerReason.CAMERA: "camera",
    TriggerReason.OTHER_CAMERA: "other-camera",
    TriggerReason.SCRIPT: "script",
    TriggerReason.WEB: "web",
    TriggerReason.MANUAL: "manual",
}
"""For programs: scripts and web hooks. The telling ones first."""


def facts(trigger: Trigger, server: str, zone: tzinfo) -> dict[str, str]:
    """All that there is to say of a trigger, by name, for templates and environments.

    `server` is the name of the server, `zone` that of the times.
    """
    scores = trigger.scores or Scores()
    return {
        "server": server,
        "camera_number": str(trigger.camera.number),
        "camera_id": trigger.camera.id,
        "camera_name": trigger.camera.name,
        "reason": ", ".join(word for reason, word in REASON_WORDS.items() if reason in trigger.reason),
        "reason_code": str(int(trigger.reason)),
        "time": datetime.fromtimestamp(trigger.at, zone).isoformat(timespec="seconds"),
        "timestamp": f"{trigger.at:.6f}",
        "event": str(trigger.event),
        "human": str(scores.human),
        "vehicle": str(scores.vehicle),
        "animal": str(scores.animal),
    }


FACTS: Final = frozenset(facts(Trigger(CameraIdentity("", 0, ""), TriggerReason(0), 0.0, 0), "", UTC))
"""The names."""
