"""The topics, and what is said in them. Everything here is a pure function of values.

All that describes a state is retained: whoever subscribes knows at once how things are.
Home Assistant is told by one discovery message for each camera, its "device discovery":
PREFIX/device/ID/config, with an entity for each state (https://www.home-assistant.io/integrations/mqtt/).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import ssplug
from ssplug.model.action import Trigger
from ssplug.model.camera import CaptureMode
from ssplug.model.classification import Classification
from ssplug.model.event import Scores, TriggerReason
from ssplug_mqtt.views import CameraView

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
ON: Final = b"ON"
OFF: Final = b"OFF"

_MODES: Final = {mode.name.lower(): mode for mode in CaptureMode}
_MODE_NAMES: Final = {
    CaptureMode.CONTINUOUS: ("Continuous capture", "mdi:record-rec"),
    CaptureMode.MOTION: ("Motion capture", "mdi:motion-sensor"),
    CaptureMode.ACTIONS: ("Actions", "mdi:bell"),
}
# The most telling first: what an automation will ask for.
_EVENT_TYPES: Final = (
    TriggerReason.HUMAN,
    TriggerReason.VEHICLE,
    TriggerReason.ANIMAL,
    TriggerReason.AUDIO,
    TriggerReason.MOTION,
    TriggerReason.CAMERA,
    TriggerReason.OTHER_CAMERA,
    TriggerReason.SCRIPT,
    TriggerReason.WEB,
    TriggerReason.MANUAL,
)


@dataclass(frozen=True, slots=True)
class Message:
    """Something to publish; an empty payload that is retained takes away what was retained."""

    topic: str
    payload: bytes
    retain: bool = True


@dataclass(frozen=True, slots=True)
class Topics:
    """Where things are said; a camera is known by its id in the site file, which stays when its name changes."""

    base: str
    prefix: str | None
    """Of Home Assistant's discovery; None without."""
    identity: str
    """Of the server."""

    @property
    def status(self) -> str:
        """Whether the server is there."""
        return f"{self.base}/status"

    @property
    def commands(self) -> str:
        """A filter for all commands."""
        return f"{self.base}/+/armed/+/set"

    @property
    def birth(self) -> str | None:
        """Where Home Assistant says that it is there."""
        return f"{self.prefix}/status" if self.prefix else None

    @property
    def devices(self) -> str | None:
        """A filter for all discovery messages."""
        return f"{self.prefix}/device/+/config" if self.prefix else None

    def of(self, camera: str, *what: str) -> str:
        """One of a camera's."""
        return "/".join((self.base, camera, *what))

    def device(self, camera: str) -> str:
        """What Home Assistant knows a camera by."""
        return f"ssplug_{self.identity}_{camera}"

    def discovery(self, camera: str) -> str:
        """Where a camera is announced."""
        return f"{self.prefix}/device/{self.device(camera)}/config"

    def camera_of(self, discovery: str) -> str | None:
        """The other way round: the camera that is announced there, None for what this server did not announce."""
        begin, end = f"{self.prefix}/device/{self.device('')}", "/config"
        ours = self.prefix is not None and discovery.startswith(begin) and discovery.endswith(end)
        return discovery.removeprefix(begin).removesuffix(end) if ours else None

    def command(self, topic: str) -> tuple[str, CaptureMode] | None:
        """The camera and the mode that a command is for, None for no command."""
        parts = topic.removeprefix(f"{self.base}/").split("/")
        if len(parts) != 4 or (parts[1], parts[3]) != ("armed", "set") or parts[2] not in _MODES:
            return None
        return parts[0], _MODES[parts[2]]


def states(topics: Topics, view: CameraView) -> dict[str, bytes]:
    """What is retained of one camera but for its picture, by topic."""
    camera = view.identity.id
    said = {topics.of(camera, "online"): ONLINE if view.online else OFFLINE}
    said[topics.of(camera, "motion")] = _switch(view.moving)
    for kind in Classification:
        said[topics.of(camera, kind.value)] = _switch(kind in view.seen)
    for name, mode in _MODES.items():
        said[topics.of(camera, "armed", name)] = _switch(mode in view.armed)
    if view.scores is not None:
        said[topics.of(camera, "scores")] = json.dumps(_scores(view.scores)).encode()
    return said


def snapshot(topics: Topics, camera: str, jpeg: bytes) -> Message:
    """A camera's newest picture."""
    return Message(topics.of(camera, "snapshot"), jpeg)


def leftovers(topics: Topics, camera: str) -> list[Message]:
    """What takes away all that was ever retained of a camera that is no more."""
    kinds = [(kind.value,) for kind in Classification]
    modes = [("armed", name) for name in _MODES]
    rest = [("online",), ("motion",), *kinds, *modes, ("scores",), ("snapshot",)]
    announced = [topics.discovery(camera)] if topics.prefix is not None else []
    return [Message(topic, b"") for topic in (*announced, *(topics.of(camera, *what) for what in rest))]


def triggered(topics: Topics, trigger: Trigger) -> Message:
    """News about a trigger: not retained, for it is over at once."""
    reasons = [_word(reason) for reason in _EVENT_TYPES if reason in trigger.reason]
    said: dict[str, Any] = {
        "event_type": reasons[0] if reasons else _word(TriggerReason.MANUAL),
        "reasons": reasons,
        "camera": trigger.camera.name,
        "number": trigger.camera.number,
        "event": trigger.event,
        "at": datetime.fromtimestamp(trigger.at, UTC).isoformat(timespec="milliseconds"),
    }
    if trigger.scores is not None:
        said["scores"] = _scores(trigger.scores)
    return Message(topics.of(trigger.camera.id, "trigger"), json.dumps(said).encode(), retain=False)


def _switch(is_on: bool) -> bytes:
    return ON if is_on else OFF


def _word(reason: TriggerReason) -> str:
    return str(reason.name).lower()


def _scores(scores: Scores) -> dict[str, int]:
    return {kind.value: getattr(scores, kind.value) for kind in Classification}


# -- Home Assistant -------------------------------------------------------------------------------


def announcement(topics: Topics, view: CameraView, server: str, snapshots: bool) -> dict[str, bytes]:
    """The discovery message of one camera, by topic; nothing where there is no discovery."""
    if topics.prefix is None:
        return {}
    camera = view.identity.id
    device = topics.device(camera)
    entities = {**_sensors(topics, camera), **_switches(topics, camera), **_others(topics, camera, snapshots)}
    said = {
        "device": {
            "identifiers": [device],
            "name": view.identity.name,
            "manufacturer": "ssplug",
            "model": f"Camera {view.identity.number} of {server}",
            "sw_version": ssplug.__version__,
        },
        "origin": {"name": "ssplug", "sw_version": ssplug.__version__},
        "components": {name: {**entity, "unique_id": f"{device}_{name}"} for name, entity in entities.items()},
    }
    return {topics.discovery(camera): json.dumps(said, sort_keys=True).encode()}


def _sensors(topics: Topics, camera: str) -> dict[str, Mapping[str, Any]]:
    """What is seen is known only while both server and camera are there."""
    online = topics.of(camera, "online")
    both = {"availability": [{"topic": topics.status}, {"topic": online}], "availability_mode": "all"}
    connection = {
        "platform": "binary_sensor",
        "name": "Connection",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": online,
        "payload_on": ONLINE.decode(),
        "payload_off": OFFLINE.decode(),
        "availability": [{"topic": topics.status}],
    }
    motion = {"platform": "binary_sensor", "name": "Motion", "device_class": "motion", **both}
    kinds = {
        kind.value: {
            "platform": "binary_sensor",
            "name": kind.value.capitalize(),
            "device_class": "occupancy",
            "state_topic": topics.of(camera, kind.value),
            "json_attributes_topic": topics.of(camera, "scores"),
            **both,
        }
        for kind in Classification
    }
    return {"online": connection, "motion": {**motion, "state_topic": topics.of(camera, "motion")}, **kinds}


def _switches(topics: Topics, camera: str) -> dict[str, Mapping[str, Any]]:
    return {
        f"armed_{name}": {
            "platform": "switch",
            "name": _MODE_NAMES[mode][0],
            "icon": _MODE_NAMES[mode][1],
            "state_topic": topics.of(camera, "armed", name),
            "command_topic": topics.of(camera, "armed", name, "set"),
            "availability": [{"topic": topics.status}],
        }
        for name, mode in _MODES.items()
    }


def _others(topics: Topics, camera: str, snapshots: bool) -> dict[str, Mapping[str, Any]]:
    available = {"availability": [{"topic": topics.status}]}
    trigger = {
        "platform": "event",
        "name": "Trigger",
        "state_topic": topics.of(camera, "trigger"),
        "event_types": [_word(reason) for reason in _EVENT_TYPES],
        **available,
    }
    picture = {
        "platform": "image",
        "name": "Snapshot",
        "image_topic": topics.of(camera, "snapshot"),
        "content_type": "image/jpeg",
        **available,
    }
    return {"trigger": trigger, **({"snapshot": picture} if snapshots else {})}
