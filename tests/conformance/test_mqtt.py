"""The action `mqtt` keeps its promises."""

import pytest

import ssplug_mqtt
from ssplug.testing.actions import ActionConformance
from tests.unit.plugins.mqtt_broker import PASSWORD, a_broker

pytest.importorskip("paho.mqtt", reason="the extra mqtt is not installed")


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """One for all tests."""
    with a_broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


class TestMQTT(ActionConformance):
    """With a broker that wants to know who comes."""

    secrets = (PASSWORD,)

    @pytest.fixture
    def driver(self):
        return ssplug_mqtt.ssplug_action_handlers()[0]

    @pytest.fixture
    def settings(self, broker):
        return broker.settings

    @pytest.fixture
    def failing_settings(self, broker):
        return {**broker.settings, "user": "somebody"}
