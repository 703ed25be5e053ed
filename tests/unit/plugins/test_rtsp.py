"""What the rtsp driver decides from its settings."""

import dataclasses

import ssplug_rtsp
from ssplug.testing import a_fake_context
from ssplug_rtsp.source import RTSPSettings, RTSPSource


def test_what_it_is_connected_to():
    """Host, port and path, without credentials."""
    settings = RTSPSettings("rtsp://u:hunter2@camera/user=u_password=hunter2_channel=1.sdp")
    source = RTSPSource(a_fake_context(reactor=None), settings)
    assert (source.address, source.port, source.path) == ("camera", 554, "/user=..._password=..._channel=1.sdp")


def test_settings_do_not_show_secrets():
    """Not even in a traceback with values."""
    assert "hunter2" not in repr(RTSPSettings("rtsp://u:hunter2@camera", "u", "hunter2"))


def test_defaults_are_as_the_schema_says():
    """The schema's defaults are documentation of the dataclass's."""
    documented = ssplug_rtsp.ssplug_camera_drivers()[0].schema["properties"]
    defaults = {name: setting["default"] for name, setting in documented.items() if name != "url"}
    assert {"url": "x", **defaults} == dataclasses.asdict(RTSPSettings("x"))
