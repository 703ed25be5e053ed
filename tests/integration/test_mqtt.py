"""MQTT from camera to broker and back: the real server, mosquitto with a password, and somebody who listens."""

import io
import json
import urllib.request

import pytest
from PIL import Image

from tests.integration.server import running, write_site
from tests.unit.plugins.mqtt_broker import PASSWORD, a_broker, an_ear

pytestmark = [pytest.mark.integration]
pytest.importorskip("paho.mqtt", reason="the extra mqtt is not installed")

CAMERAS = """\
porch: {name: Front Porch, source: {driver: pattern}, actions: {schedule: armed-24-7, run: [home]}}
still: {source: {driver: file, path: none.mp4}}
"""


@pytest.fixture
def house(tmp_path):
    """A server that is told of a broker, and who listens there."""
    with a_broker(tmp_path) as broker, an_ear(broker) as ear:
        home = f"{{driver: mqtt, host: 127.0.0.1, port: {broker.port}, user: nvr, password: {{$env: MQTT}}}}"
        site = write_site(tmp_path, CAMERAS, rest=f"notify: {{home: {home}}}\n")
        with running(site, env={"MQTT": PASSWORD}) as server:
            ear.wait_for("ssplug/status", b"online")
            yield server, broker, ear
        assert not any(PASSWORD in line for line in server.lines)


def device(said, camera):
    """What Home Assistant is told of a camera."""
    [config] = [topic for topic in said if topic.startswith("homeassistant/") and topic.endswith(f"_{camera}/config")]
    return json.loads(said[config])


def posted(server, page, body):
    return urllib.request.urlopen(f"{server.http}/{page}", body.encode(), timeout=10).read()


def modes(server):
    return urllib.request.urlopen(f"{server.http}/cameramodes?cameraNum=0", timeout=10).read().decode()


def test_a_camera_is_seen_armed_and_renamed_over_mqtt(house):
    """Motion by the detector, a trigger and a picture; a switch that the server obeys; a name that changes."""
    server, _, ear = house
    said = ear.wait_until(lambda said: "ssplug/porch/trigger" in said and "ssplug/porch/snapshot" in said)
    assert (said["ssplug/porch/motion"], said["ssplug/porch/online"]) == (b"ON", b"online")
    assert said["ssplug/still/online"] == b"offline"
    assert Image.open(io.BytesIO(said["ssplug/porch/snapshot"])).size == (640, 360)
    assert json.loads(said["ssplug/porch/trigger"])["event_type"] == "motion"

    topic = device(said, "porch")["components"]["armed_continuous"]["command_topic"]
    assert "C:DISARMED" in modes(server)
    ear.say(topic, "ON")
    ear.wait_for("ssplug/porch/armed/continuous", b"ON")
    assert "C:ARMED" in modes(server)
    ear.say(topic, "OFF")
    ear.wait_for("ssplug/porch/armed/continuous", b"OFF")

    posted(server, "camerasettings", "cameraNum=0&cameraName=Gate&action=save")
    ear.wait_until(lambda said: device(said, "porch")["device"]["name"] == "Gate")
    posted(server, "camerasettings", "cameraNum=1&camEnabledCheck=0&action=save")
    ear.wait_for("ssplug/still/online", b"")


def test_a_broker_that_is_killed_and_comes_back_is_told_all_again(house):
    """Nothing of the server waits for it meanwhile; what happened is told by its outcome."""
    server, broker, ear = house
    broker.end()
    server.wait_for("the connection ended")
    urllib.request.urlopen(f"{server.http}/ssControlContinuousCapture?cameraNum=0&arm=1", timeout=10).close()
    ear.forget()
    broker.begin()
    said = ear.wait_until(lambda said: said.get("ssplug/status") == b"online" and "ssplug/porch/snapshot" in said)
    assert device(said, "porch")["device"]["name"] == "Front Porch"
    assert said["ssplug/porch/armed/continuous"] == b"ON"


def test_the_broker_says_that_a_killed_server_is_gone(house):
    """By its last will."""
    server, _, ear = house
    server.kill()
    ear.wait_for("ssplug/status", b"offline")


def test_a_server_that_stops_says_so_itself(house):
    server, _, ear = house
    server.stop()
    ear.wait_for("ssplug/status", b"offline")


def test_a_wrong_password_is_said_once_and_costs_nothing_else(tmp_path):
    """The broker's own word; the camera goes on."""
    with a_broker(tmp_path) as broker:
        home = f"{{driver: mqtt, host: 127.0.0.1, port: {broker.port}, user: nvr, password: wrong-password}}"
        site = write_site(tmp_path, CAMERAS, rest=f"notify: {{home: {home}}}\n")
        with running(site) as server:
            server.wait_for("the broker refuses: Not authorized")
            server.wait_for("camera=0 (porch) online")
            assert len([line for line in server.lines if "the broker refuses" in line and "warn MQTT 127" in line]) == 1
        assert not any("wrong-password" in line for line in server.lines)
