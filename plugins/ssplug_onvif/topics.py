"""What a camera's notifications mean: which of them say that something moves. No I/O."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ssplug_onvif.answers import Notification

MOTION: Final = "motion"
INPUTS: Final = "inputs"

_INPUT_TOPICS: Final = frozenset({"Device/Trigger/DigitalInput", "Device/Trigger/AlarmIn"})
_MOTION_TOPICS: Final = re.compile(
    r"RuleEngine/(?!.*Tamper).*|"  # of the analytics: every rule, but not those about the camera itself
    r"VideoSource/MotionAlarm|"
    r"VideoAnalytics/.*Motion.*"  # Axis before its firmware 6
)
# What the state is called: IsMotion, IsInside, IsPeople by ONVIF, State and Value by most, motion by Axis.
_STATE_ITEMS: Final = re.compile(r"Is[A-Z]\w*|State|Value|LogicalState|motion|active")
_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0"})


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that the camera noticed, or that is over."""

    what: str
    """For people: CellMotionDetector/Motion, DigitalInput 1."""
    key: tuple[str, ...]
    """The same for the beginning and the end."""
    moving: bool


def topic_path(topic: str) -> str:
    """The topic without prefixes, which each camera chooses itself, and without the space around it."""
    return "/".join(step.strip().rpartition(":")[2] for step in topic.strip().split("/"))


def sighting(notification: Notification, events: Iterable[str]) -> Sighting | None:
    """What a notification says; None where it is about something that is not among `events`."""
    path = topic_path(notification.topic)
    if path in _INPUT_TOPICS:
        kind = INPUTS
    elif _MOTION_TOPICS.fullmatch(path):
        kind = MOTION
    else:
        return None
    moving = _state(notification)
    if kind not in events or moving is None:
        return None
    sources = tuple(f"{name}={value}" for name, value in sorted(notification.source.items()))
    return Sighting(_name(path, notification), (path, *sources), moving)


def _state(notification: Notification) -> bool | None:
    """Whether it is going on; None where it is not told."""
    if notification.operation == "Deleted":
        return False
    for name, value in notification.data.items():
        state = value.strip().lower()
        if _STATE_ITEMS.fullmatch(name) and state in _TRUE | _FALSE:
            return state in _TRUE
    return None


def _name(path: str, notification: Notification) -> str:
    if path in _INPUT_TOPICS:
        token = next(iter(notification.source.values()), "")
        return f"{path.rpartition('/')[2]} {token}".strip()
    return path.removeprefix("RuleEngine/")


class Sightings:
    """Keeps in mind what is going on, since a camera may notice several things at a time."""

    LIMIT: Final = 100
    """Things at a time; a camera that notices more makes them up."""

    def __init__(self, events: Iterable[str]) -> None:
        self._events = frozenset(events)
        self._going_on: dict[tuple[str, ...], str] = {}

    def news(self, notifications: Iterable[Notification]) -> Iterator[tuple[bool, str]]:
        """What to report: each beginning, and the end of the last thing that was going on."""
        for notification in notifications:
            seen = sighting(notification, self._events)
            if seen is not None:
                yield from self._noted(seen)

    def over(self) -> Iterator[tuple[bool, str]]:
        """What to report when the camera can no longer be heard: nothing is going on any more."""
        going_on, self._going_on = self._going_on, {}
        if going_on:
            yield False, next(reversed(going_on.values()))

    def _noted(self, seen: Sighting) -> Iterator[tuple[bool, str]]:
        if not seen.moving:
            if self._going_on.pop(seen.key, None) is not None and not self._going_on:
                yield False, seen.what
        elif seen.key not in self._going_on and len(self._going_on) < self.LIMIT:
            self._going_on[seen.key] = seen.what
            yield True, seen.what
