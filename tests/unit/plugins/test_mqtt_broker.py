"""The action `mqtt` at a real broker, beside a server that does as the test says."""

import contextlib
import json
import signal
from datetime import UTC, datetime

import pytest

from ssplug.model.action import CameraState
from ssplug.model.camera import CaptureMode
from ssplug.model.event import EventType, Region, Scores
from ssplug.servers.certificate import CERTIFICATE_NAME, KEY_NAME, kept_certificate
from ssplug.testing import a_camera, a_real_context, in_reactor, pause
from ssplug.testing.actions import A_STILL, FakeServerAtWork, a_trigger

pytest.importorskip("paho.mqtt", reason="the extra mqtt is not installed")

from ssplug_mqtt.handler import MQTTHandler, MQTTSettings
from ssplug_mqtt.link import BATCHES_LIMIT, LinkError
from tests.unit.plugins.mqtt_broker import a_broker, an_ear

PORCH = CameraState(a_camera(), True, frozenset({CaptureMode.MOTION}))
DOOR = CameraState(a_camera(5, "Tür", "door"), False, frozenset())
STATUS = "ssplug/status"
CONFIG = "homeassistant/device/ssplug_0123456789abcdef_{}/config"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """One for all tests that let it live."""
    with a_broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@contextlib.asynccontextmanager
async def at_work(tmp_path, broker, server, **settings):
    """The handler beside the server, and somebody who listens at the broker."""
    context = a_real_context(tmp_path)
    handler = MQTTHandler(context, MQTTSettings(**{**broker.settings, **settings}))
    with an_ear(broker) as ear:
        handler.attach(server)
        try:
            yield handler, Listener(ear, context.workers)
        finally:
            await handler.detach()
            await context.workers.stop()


class Listener:
    """An `Ear` whose waiting does not hold the reactor."""

    def __init__(self, ear, workers):
        self.ear = ear
        self._worker = workers.worker("ear")

    async def until(self, is_so):
        return await self._worker.call(self.ear.wait_until, is_so)

    async def hears(self, topic, payload):
        return await self._worker.call(self.ear.wait_for, topic, payload)

    async def says(self, topic, payload, retain=False):
        return await self._worker.call(self.ear.say, topic, payload, retain)


@in_reactor
async def test_home_assistant_finds_every_camera(tmp_path, broker):
    """A device each, its states and its picture; all retained, and `online` last."""
    server = FakeServerAtWork(PORCH, DOOR)
    async with at_work(tmp_path, broker, server) as (_, ear):
        said = await ear.until(lambda said: said.get(STATUS) == b"online" and "ssplug/porch/snapshot" in said)
        for camera, name in (("porch", "Front Porch"), ("door", "Tür")):
            assert json.loads(said[CONFIG.format(camera)])["device"]["name"] == name
        assert (said["ssplug/porch/online"], said["ssplug/door/online"]) == (b"online", b"offline")
        assert (said["ssplug/porch/armed/motion"], said["ssplug/door/armed/motion"]) == (b"ON", b"OFF")
        assert said["ssplug/porch/snapshot"] == A_STILL
        assert server.stills == [(0, 640)]
        topics = [topic for topic, _, _ in ear.ear.history if topic in (STATUS, "ssplug/door/motion")]
        assert topics == ["ssplug/door/motion", STATUS]
        with an_ear(broker) as late:
            retained = await Listener(late, a_real_context(tmp_path).workers).until(lambda late: set(late) >= set(said))
        assert retained == said


@in_reactor
async def test_events_become_states(tmp_path, broker):
    """Motion with a picture, who is there, and that it is over."""
    server = FakeServerAtWork(PORCH)
    async with at_work(tmp_path, broker, server) as (_, ear):
        await ear.until(lambda said: said.get(STATUS) == b"online" and "ssplug/porch/snapshot" in said)
        for _ in range(3):
            server.publish(EventType.MOTION, 0, Region(1, 2, 3, 4))
        server.publish(EventType.CLASSIFY, 0, Scores(human=80, vehicle=10))
        said = await ear.hears("ssplug/porch/human", b"ON")
        assert (said["ssplug/porch/motion"], said["ssplug/porch/vehicle"]) == (b"ON", b"OFF")
        await ear.until(lambda said: b'"human": 80' in said.get("ssplug/porch/scores", b""))
        server.publish(EventType.MOTION_END, 0)
        await ear.hears("ssplug/porch/human", b"OFF")
        await ear.hears("ssplug/porch/motion", b"OFF")
        server.publish(EventType.OFFLINE, 0)
        await ear.hears("ssplug/porch/online", b"offline")
        server.publish(EventType.DISARM_M, 0)
        await ear.hears("ssplug/porch/armed/motion", b"OFF")
        changes = [payload for topic, payload, _ in ear.ear.history if topic == "ssplug/porch/motion"]
        assert changes[-3:] == [b"OFF", b"ON", b"OFF"]
    assert len(server.stills) == 2


@in_reactor
async def test_a_switch_arms_and_disarms(tmp_path, broker):
    """The server does it; the state changes by its event."""
    server = FakeServerAtWork(PORCH, DOOR)
    async with at_work(tmp_path, broker, server) as (_, ear):
        await ear.hears(STATUS, b"online")
        await ear.says("ssplug/door/armed/actions/set", "ON")
        await ear.says("ssplug/porch/armed/motion/set", "off")
        server_armed = [(5, CaptureMode.ACTIONS, True), (0, CaptureMode.MOTION, False)]
        while server.armed != server_armed:
            await pause(0.01)
        server.publish(EventType.ARM_A, 5)
        await ear.hears("ssplug/door/armed/actions", b"ON")


@in_reactor
async def test_commands_that_make_no_sense_change_nothing(tmp_path, broker):
    """Nor do old ones, which a broker would repeat at each start."""
    server = FakeServerAtWork(PORCH)
    with an_ear(broker) as before:
        before.say("ssplug/porch/armed/continuous/set", "ON", retain=True)
    async with at_work(tmp_path, broker, server) as (_, ear):
        await ear.hears(STATUS, b"online")
        for topic, payload in (("nobody/armed/motion", "ON"), ("porch/armed/motion", "MAYBE"), ("porch/armed/x", "ON")):
            await ear.says(f"ssplug/{topic}/set", payload)
        await ear.says("ssplug/porch/armed/actions/set", "ON")
        while not server.armed:
            await pause(0.01)
        await ear.says("ssplug/porch/armed/continuous/set", "", retain=True)
    assert server.armed == [(0, CaptureMode.ACTIONS, True)]


@in_reactor
async def test_a_trigger_is_told_at_once_and_not_retained(tmp_path, broker):
    """With a new picture."""
    server = FakeServerAtWork(PORCH)
    async with at_work(tmp_path, broker, server) as (handler, ear):
        await handler.perform(a_trigger(), server)
        said = await ear.until(lambda said: "ssplug/porch/trigger" in said)
        assert json.loads(said["ssplug/porch/trigger"])["event_type"] == "motion"
        assert ("ssplug/porch/trigger", said["ssplug/porch/trigger"], True) not in ear.ear.history


@in_reactor
async def test_home_assistant_is_told_all_again_when_it_comes(tmp_path, broker):
    server = FakeServerAtWork(PORCH)
    async with at_work(tmp_path, broker, server) as (_, ear):
        await ear.until(lambda said: said.get(STATUS) == b"online" and "ssplug/porch/snapshot" in said)
        ear.ear.forget()
        await ear.says("homeassistant/status", "online")
        said = await ear.hears(STATUS, b"online")
        assert {CONFIG.format("porch"), "ssplug/porch/motion", "ssplug/porch/armed/motion"} <= set(said)


@in_reactor
async def test_cameras_come_change_and_go(tmp_path, broker):
    """What was retained of one that is gone is taken away; what stays as it is is not told again."""
    server = FakeServerAtWork(PORCH, DOOR)
    async with at_work(tmp_path, broker, server) as (_, ear):
        await ear.until(lambda said: said.get(STATUS) == b"online" and "ssplug/porch/snapshot" in said)
        ear.ear.forget()
        yard = CameraState(a_camera(7, "Yard", "yard"), True, frozenset())
        server.states = [CameraState(a_camera(name="Gate"), True, PORCH.armed), yard]
        server.publish(EventType.CONFIGCHANGE, None)
        said = await ear.until(lambda said: "ssplug/yard/motion" in said and said.get("ssplug/door/snapshot") == b"")
        assert json.loads(said[CONFIG.format("porch")])["device"]["name"] == "Gate"
        assert (said[CONFIG.format("door")], said["ssplug/door/online"]) == (b"", b"")
        assert "ssplug/porch/motion" not in said


@in_reactor
async def test_a_camera_that_went_while_the_server_was_away_is_taken_away_too(tmp_path, broker):
    """Of this server only."""
    async with at_work(tmp_path, broker, FakeServerAtWork(PORCH, DOOR)) as (_, ear):
        await ear.hears(STATUS, b"online")
        await ear.says("homeassistant/device/lamp/config", "{}", retain=True)
    async with at_work(tmp_path, broker, FakeServerAtWork(PORCH)) as (_, ear):
        said = await ear.hears(CONFIG.format("door"), b"")
        assert said["homeassistant/device/lamp/config"] == b"{}"
        await ear.until(lambda said: said.get("ssplug/door/snapshot") == b"")


@in_reactor
async def test_the_server_says_goodbye(tmp_path, broker):
    async with at_work(tmp_path, broker, FakeServerAtWork(PORCH)) as (handler, ear):
        await ear.hears(STATUS, b"online")
        await handler.detach()
        await ear.hears(STATUS, b"offline")
        with pytest.raises(LinkError, match="does not run"):
            await handler.perform(a_trigger(), FakeServerAtWork())


@in_reactor
async def test_other_topics_without_discovery(tmp_path, broker):
    """Nothing is said to Home Assistant, and no picture sent where none is wanted."""
    quiet = {"base_topic": "home/cameras", "discovery_prefix": None, "snapshots": False}
    server = FakeServerAtWork(PORCH)
    async with at_work(tmp_path, broker, server, **quiet) as (_, ear):
        await ear.hears("home/cameras/status", b"online")
        server.publish(EventType.MOTION, 0)
        await ear.hears("home/cameras/porch/motion", b"ON")
        news = [topic for topic, _, retained in ear.ear.history if not retained]
        assert {topic.rpartition("/")[0] for topic in news} == {
            "home/cameras",
            "home/cameras/porch",
            "home/cameras/porch/armed",
        }
    assert server.stills == []


@in_reactor
async def test_a_broker_that_is_killed_and_comes_back_knows_all_again(tmp_path):
    """What happened meanwhile included; triggers get there again."""
    server = FakeServerAtWork(PORCH)
    with a_broker(tmp_path) as broker:
        async with at_work(tmp_path, broker, server) as (handler, ear):
            await ear.until(lambda said: said.get(STATUS) == b"online" and "ssplug/porch/snapshot" in said)
            broker.end()
            server.publish(EventType.MOTION, 0)
            ear.ear.forget()
            broker.begin()
            said = await ear.until(lambda said: said.get(STATUS) == b"online" and "ssplug/porch/snapshot" in said)
            assert said["ssplug/porch/motion"] == b"ON"
            assert CONFIG.format("porch") in said
            await handler.perform(a_trigger(), server)
            await ear.until(lambda said: "ssplug/porch/trigger" in said)


@in_reactor
async def test_a_broker_that_is_not_there(tmp_path):
    """Is no reason to wait, neither for triggers nor at the end."""
    with a_broker(tmp_path) as broker:
        settings = broker.settings
    handler = MQTTHandler(a_real_context(tmp_path), MQTTSettings(**settings))
    handler.attach(FakeServerAtWork())
    with pytest.raises(LinkError, match="nobody listens there"):
        await handler.perform(a_trigger(), FakeServerAtWork())
    await handler.detach()


@in_reactor
async def test_a_server_that_stops_at_once(tmp_path, broker):
    """Before it was connected; nothing is left behind."""
    handler = MQTTHandler(a_real_context(tmp_path), MQTTSettings(**broker.settings))
    for _ in range(3):
        handler.attach(FakeServerAtWork())
        await handler.detach()


@in_reactor
async def test_a_broker_that_takes_nothing_delays_nobody(tmp_path, broker):
    """Events go on; what finds no place in the queue is told when there is one again."""
    server = FakeServerAtWork(PORCH)
    async with at_work(tmp_path, broker, server) as (_, ear):
        await ear.hears(STATUS, b"online")
        broker.process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(BATCHES_LIMIT):
                server.publish(EventType.MOTION, 0)
                server.publish(EventType.MOTION_END, 0)
            server.publish(EventType.ARM_A, 0)
        finally:
            broker.process.send_signal(signal.SIGCONT)
        await ear.hears("ssplug/porch/armed/actions", b"ON")


# paho leaves it to the garbage collector to close a socket whose handshake failed.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@in_reactor
async def test_over_tls(tmp_path):
    """The broker's certificate must be right, unless the site file says that it need not."""
    kept_certificate(tmp_path, ["127.0.0.1"], datetime.now(UTC))
    certificate = tmp_path / CERTIFICATE_NAME
    options = [f"certfile {certificate}", f"keyfile {tmp_path / KEY_NAME}"]
    with a_broker(tmp_path, *options) as broker:
        for more in ({"ca": str(certificate)}, {"verify": False}):
            await _triggers(tmp_path, {**broker.settings, "tls": True, **more})
        for more, reason in (
            ({"tls": True}, "certificate is not right: self-signed"),
            ({"tls": True, "ca": str(tmp_path / "none.pem")}, r"none\.pem: No such file"),
            ({"tls": False}, "127.0.0.1"),
        ):
            with pytest.raises(LinkError, match=reason):
                await _triggers(tmp_path, {**broker.settings, **more})


async def _triggers(tmp_path, settings):
    handler = MQTTHandler(a_real_context(tmp_path), MQTTSettings(**settings))
    handler.attach(FakeServerAtWork())
    try:
        await handler.perform(a_trigger(), FakeServerAtWork())
    finally:
        await handler.detach()
