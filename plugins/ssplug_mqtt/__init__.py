"""Action `mqtt`: tells an MQTT broker, in the way that Home Assistant discovers."""
