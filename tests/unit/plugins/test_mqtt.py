"""What is said over MQTT, from values alone."""

import dataclasses
import itertools
import json
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ssplug_mqtt
from ssplug.model.action import CameraState
from ssplug.model.camera import CaptureMode
from ssplug.model.classification import Classification
from ssplug.model.event import Event, EventType, Region, Scores, TriggerReason
from ssplug.testing import a_camera, a_fake_context
from ssplug.testing.actions import a_trigger

pytest.importorskip("paho.mqtt", reason="the extra mqtt is not installed")

from ssplug_mqtt.handler import MQTTSettings
from ssplug_mqtt.topics import Topics, announcement, leftovers, snapshot, states, triggered
from ssplug_mqtt.views import CameraView, after, view_of

TOPICS = Topics("ssplug", "homeassistant", "c0ffee")
LEAST = 50


def a_view(**values):
    return CameraView(a_camera(), **{"online": True, "armed": frozenset(), **values})


def seen_after(*events, view=None):
    """The view when all that has happened."""
    view = view or a_view()
    for kind, info in events:
        view = after(view, Event(1, 0.0, 0, kind, info), LEAST)
    return view


MOTION = (EventType.MOTION, Region(1, 2, 3, 4))
MOTION_END = (EventType.MOTION_END, None)


def classify(**scores):
    return EventType.CLASSIFY, Scores(**scores)


def test_who_was_seen_is_there_until_the_motion_ends():
    """Also where the classifier loses sight of them for a moment."""
    there = seen_after(MOTION, classify(human=80), MOTION, classify(human=10, vehicle=50))
    assert there.seen == {Classification.HUMAN, Classification.VEHICLE}
    assert there.scores == Scores(10, 50)
    gone = seen_after(MOTION_END, view=there)
    assert (gone.moving, gone.seen) == (False, frozenset())


def test_a_low_score_is_nobody():
    assert seen_after(MOTION, classify(human=LEAST - 1)).seen == frozenset()


def test_nobody_is_seen_where_nothing_moves():
    """For nothing would end it."""
    assert seen_after(classify(human=90)).seen == frozenset()


def test_a_camera_that_is_offline_sees_nothing():
    offline = seen_after(MOTION, classify(human=90), (EventType.OFFLINE, None))
    assert (offline.online, offline.moving, offline.seen) == (False, False, frozenset())
    assert seen_after((EventType.ONLINE, None), view=offline).online


@pytest.mark.parametrize("mode", CaptureMode)
def test_each_mode_is_armed_and_disarmed(mode):
    armed = seen_after((EventType[f"ARM_{mode.value}"], None))
    assert armed.armed == {mode}
    assert seen_after((EventType[f"DISARM_{mode.value}"], None), view=armed).armed == frozenset()


def test_what_only_events_tell_outlives_a_change_of_the_site():
    """A name or a mode may be another."""
    before = a_view(moving=True, seen=frozenset({Classification.HUMAN}))
    now = view_of(CameraState(a_camera(name="Door"), True, frozenset({CaptureMode.MOTION})), before)
    assert now == dataclasses.replace(before, identity=a_camera(name="Door"), armed=frozenset({CaptureMode.MOTION}))


_events = st.one_of(
    st.tuples(st.sampled_from([kind for kind in EventType if kind is not EventType.CLASSIFY]), st.none()),
    st.builds(classify, human=st.integers(0, 100)),
)


@given(st.lists(_events, max_size=20))
@settings(max_examples=60)
def test_somebody_is_seen_only_where_something_moves(events):
    """And something moves only where the camera is online, unless it says so itself."""
    view = seen_after(*events)
    assert view.moving or not view.seen


def test_states_are_words_that_home_assistant_understands():
    said = states(TOPICS, a_view(moving=True, armed=frozenset({CaptureMode.ACTIONS}), scores=Scores(90, 0, 5)))
    assert said == {
        "ssplug/porch/online": b"online",
        "ssplug/porch/motion": b"ON",
        "ssplug/porch/human": b"OFF",
        "ssplug/porch/vehicle": b"OFF",
        "ssplug/porch/animal": b"OFF",
        "ssplug/porch/armed/continuous": b"OFF",
        "ssplug/porch/armed/motion": b"OFF",
        "ssplug/porch/armed/actions": b"ON",
        "ssplug/porch/scores": b'{"human": 90, "vehicle": 0, "animal": 5}',
    }


def announced(view=None, topics=TOPICS, snapshots=True):
    return announcement(topics, view or a_view(), "Home", snapshots)


def components(**how):
    [payload] = announced(**how).values()
    return json.loads(payload)["components"]


# Of each platform, what Home Assistant cannot do without (besides `platform` and `unique_id`).
REQUIRED = {
    "binary_sensor": {"state_topic"},
    "switch": {"command_topic", "state_topic"},
    "event": {"state_topic", "event_types"},
    "image": {"image_topic"},
}


def test_a_camera_is_announced_as_one_device():
    """By what stays when its name changes; the discovery message names device, origin and entities."""
    [(topic, payload)] = announced().items()
    assert topic == "homeassistant/device/ssplug_c0ffee_porch/config"
    said = json.loads(payload)
    assert said["device"]["identifiers"] == ["ssplug_c0ffee_porch"]
    assert said["device"]["name"] == "Front Porch"
    assert said["origin"]["name"] == "ssplug"
    other = json.loads(announced(view=CameraView(a_camera(name="Tür"), True, frozenset()))[topic])
    assert {**other, "device": None} == {**said, "device": None}


def test_every_entity_has_what_its_platform_needs():
    for name, entity in components().items():
        assert entity["unique_id"] == f"ssplug_c0ffee_porch_{name}"
        assert set(entity) >= REQUIRED[entity["platform"]]
        assert entity["name"]
        assert {"topic": "ssplug/status"} in entity["availability"]


def test_every_topic_of_an_entity_is_one_where_something_is_said():
    """States, scores, picture and triggers; commands are understood."""
    said = {*states(TOPICS, a_view(scores=Scores())), snapshot(TOPICS, "porch", b"").topic, "ssplug/porch/trigger"}
    entities = components().values()
    heard = {entity[key] for entity in entities for key in entity if key.endswith("_topic") and key != "command_topic"}
    assert heard == said
    commands = {TOPICS.command(entity["command_topic"]) for entity in entities if "command_topic" in entity}
    assert commands == {("porch", mode) for mode in CaptureMode}


def test_the_words_of_the_connection_are_those_that_are_said():
    online = components()["online"]
    both = {states(TOPICS, a_view(online=each))[online["state_topic"]].decode() for each in (True, False)}
    assert both == {online["payload_on"], online["payload_off"]}


def test_no_picture_is_announced_where_none_is_sent():
    assert "snapshot" not in components(snapshots=False)


def test_nothing_is_announced_without_discovery():
    quiet = Topics("ssplug", None, "c0ffee")
    assert announced(topics=quiet) == {}
    assert (quiet.birth, quiet.devices, quiet.camera_of("None/device/ssplug_c0ffee_porch/config")) == (None, None, None)
    assert all(message.topic.startswith("ssplug/porch/") for message in leftovers(quiet, "porch"))


def test_an_announcement_tells_whose_it_is():
    """Of this server and of no other."""
    assert TOPICS.camera_of(TOPICS.discovery("back-door_2")) == "back-door_2"
    assert TOPICS.camera_of(Topics("ssplug", "homeassistant", "other").discovery("porch")) is None
    assert TOPICS.camera_of("homeassistant/device/lamp/config") is None


def test_nothing_is_left_of_a_camera_that_is_gone():
    everything = {**announced(), **states(TOPICS, a_view(scores=Scores())), "ssplug/porch/snapshot": b""}
    taken_away = leftovers(TOPICS, "porch")
    assert {message.topic for message in taken_away} == set(everything)
    assert {(message.payload, message.retain) for message in taken_away} == {(b"", True)}


@pytest.mark.parametrize(
    "topic",
    [
        "ssplug/porch/armed/motion",
        "ssplug/porch/armed/x/set",
        "other/porch/armed/motion/set",
        "ssplug/a/b/armed/motion/set",
    ],
)
def test_what_is_no_command(topic):
    assert TOPICS.command(topic) is None


def test_a_trigger_says_the_most_telling_reason_first():
    """It is news, and not retained."""
    message = triggered(TOPICS, a_trigger(TriggerReason.MOTION | TriggerReason.HUMAN, scores=Scores(80)))
    assert (message.topic, message.retain) == ("ssplug/porch/trigger", False)
    assert json.loads(message.payload) == {
        "event_type": "human",
        "reasons": ["human", "motion"],
        "camera": "Front Porch",
        "number": 0,
        "event": 7,
        "at": "2023-11-14T22:13:20.000+00:00",
        "scores": {"human": 80, "vehicle": 0, "animal": 0},
    }


@pytest.mark.parametrize("reasons", [*TriggerReason, *itertools.pairwise(TriggerReason)])
def test_every_trigger_is_of_a_type_that_was_announced(reasons):
    reason = sum(reasons) if isinstance(reasons, tuple) else reasons
    said = json.loads(triggered(TOPICS, a_trigger(TriggerReason(reason))).payload)
    assert said["event_type"] in components()["trigger"]["event_types"]


def test_the_port_follows_tls():
    assert [MQTTSettings("h", tls=tls).broker.port for tls in (False, True)] == [1883, 8883]


def test_the_password_is_not_in_tracebacks():
    settings = MQTTSettings("h", password="hunter2")
    assert "hunter2" not in repr(settings) + repr(settings.broker)


def test_without_the_library_it_says_what_to_install(monkeypatch):
    """It costs the destination only."""
    for name in ("ssplug_mqtt.handler", "ssplug_mqtt.link"):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "paho", None)
    monkeypatch.setitem(sys.modules, "paho.mqtt.client", None)
    with pytest.raises(ValueError, match=r"pip install 'ssplug\[mqtt\]'"):
        ssplug_mqtt.ssplug_action_handlers()[0].build(a_fake_context(reactor=None), {"host": "h"})
