"""Actions: what action handlers are told, and what they may know of the cameras."""

from dataclasses import dataclass

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
