"""Action `mqtt`: tells an MQTT broker, in the way that Home Assistant discovers. Needs the extra `mqtt`."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema

__all__ = ["ssplug_action_handlers"]


def _build(context: DriverContext, settings: Mapping[str, Any]) -> object:
    try:
        from ssplug_mqtt.handler import MQTTHandler, MQTTSettings
    except ModuleNotFoundError as error:
        raise ValueError("paho-mqtt is not installed: pip install 'ssplug[mqtt]'") from error

    return MQTTHandler(context, MQTTSettings(**settings))


@hookimpl
def ssplug_action_handlers() -> list[Driver]:
    """One driver."""
    return [Driver("mqtt", packaged_schema(__name__), _build, "tells MQTT and Home Assistant; needs ssplug[mqtt]")]
