"""How a camera is, as far as MQTT is told: values, and what events make of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ssplug.model.action import CameraState
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.model.classification import Classification
from ssplug.model.event import Event, EventType, Scores

_ARMING: Final[Mapping[EventType, tuple[CaptureMode, bool]]] = {
    EventType[f"{'' if armed else 'DIS'}ARM_{mode.value}"]: (mode, armed)
    for mode in CaptureMode
    for armed in (False, True)
}


@dataclass(frozen=True, slots=True)
class CameraView:
    """One camera."""

    identity: CameraIdentity
    online: bool
    armed: frozenset[CaptureMode]
    moving: bool = False
    seen: frozenset[Classification] = frozenset()
    """What was believed to be there since it began to move."""
    scores: Scores | None = None
    """What the classifier said last."""


def view_of(state: CameraState, before: CameraView | None) -> CameraView:
    """What the server says now; what only events tell is as it was `before`."""
    if before is None or not state.online:
        return CameraView(state.identity, state.online, state.armed)
    return replace(before, identity=state.identity, online=True, armed=state.armed)


def after(view: CameraView, event: Event, least: int) -> CameraView:
    """`view` when `event`, of this camera, has happened; a score of `least` per cent is enough to be seen.

    Who was seen is there until the motion has ended: people stand still, and are hidden for a moment.
    """
    match event.type:
        case EventType.MOTION:
            return replace(view, moving=True)
        case EventType.MOTION_END:
            return replace(view, moving=False, seen=frozenset())
        case EventType.CLASSIFY if isinstance(event.info, Scores):
            seen = view.seen | _seen(event.info, least) if view.moving else view.seen
            return replace(view, scores=event.info, seen=seen)
        case EventType.ONLINE:
            return replace(view, online=True)
        case EventType.OFFLINE:
            return replace(view, online=False, moving=False, seen=frozenset())
    if event.type in _ARMING:
        mode, is_armed = _ARMING[event.type]
        return replace(view, armed=view.armed | {mode} if is_armed else view.armed - {mode})
    return view


def _seen(scores: Scores, least: int) -> frozenset[Classification]:
    return frozenset(kind for kind in Classification if getattr(scores, kind.value) >= least)
