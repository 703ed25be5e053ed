"""A real MQTT broker (mosquitto) on loopback, and somebody who listens to all that is said there."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.integration.s3_server import a_free_port, wait_for_port

USER, PASSWORD = "nvr", "hunter2"
WAIT_SECONDS = 20


class Broker:
    """One broker, which can be ended and begun again at the same port."""

    def __init__(self, folder: Path, *options: str):
        self.port = a_free_port()
        self._passwords = folder / "passwords"
        subprocess.run(["mosquitto_passwd", "-b", "-c", self._passwords, USER, PASSWORD], check=True)
        self._config = folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous false", f"password_file {self._passwords}"]
        self._config.write_text("\n".join([*lines, "persistence false", "user root", *options]) + "\n")
        self.begin()

    def begin(self):
        self.process = subprocess.Popen(["mosquitto", "-c", self._config], stderr=subprocess.DEVNULL)
        wait_for_port(self.port, self.process)

    def end(self):
        """As a power cut does; what was retained is gone."""
        self.process.kill()
        self.process.wait()

    @property
    def settings(self):
        return {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD}


@contextmanager
def a_broker(folder: Path, *options: str) -> Iterator[Broker]:
    """It is there when this begins, and gone when it ends; skips the test where mosquitto is not installed."""
    if shutil.which("mosquitto") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("mosquitto is not installed: .ci/packages")
        pytest.skip("mosquitto is not installed: .ci/packages")
    broker = Broker(folder, *options)
    try:
        yield broker
    finally:
        broker.end()


class Ear:
    """Another program at the broker, such as Home Assistant: it knows the last word of each topic."""

    def __init__(self, broker: Broker):
        self.said: dict[str, bytes] = {}
        self.history: list[tuple[str, bytes, bool]] = []
        self._news = threading.Condition()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(USER, PASSWORD)
        self._client.on_message = self._heard
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def _heard(self, _client, _data, message):
        with self._news:
            self.said[message.topic] = message.payload
            self.history.append((message.topic, message.payload, message.retain))
            self._news.notify_all()

    def say(self, topic: str, payload: str, retain: bool = False):
        """Publish; returns when the broker has it."""
        self._client.publish(topic, payload, 1, retain).wait_for_publish(WAIT_SECONDS)

    def wait_until(self, is_so: Callable[[dict[str, bytes]], object]):
        """Until what was said is so; what it is then."""
        with self._news:
            assert self._news.wait_for(lambda: is_so(self.said), WAIT_SECONDS), self.said
            return dict(self.said)

    def wait_for(self, topic: str, payload: bytes):
        """Until that is the last word of a topic."""
        return self.wait_until(lambda said: said.get(topic) == payload)

    def forget(self):
        """Listen afresh."""
        with self._news:
            self.said.clear()
            self.history.clear()

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def an_ear(broker: Broker) -> Iterator[Ear]:
    """Somebody who listens, for as long as this lasts."""
    ear = Ear(broker)
    try:
        yield ear
    finally:
        ear.close()
