"""What the site file may say of the onvif drivers."""

import pytest

from ssplug.interfaces import IPTZDriver, IPTZPresetNames
from ssplug.testing import a_fake_context
from ssplug_onvif.settings import CameraSettings
from ssplug_onvif.source import ONVIFSource


def test_settings_do_not_show_secrets():
    """Not even in a traceback with values."""
    settings = CameraSettings(url="http://u:hunter2@camera", username="u", password="hunter2")
    assert "hunter2" not in repr(settings)


def a_source(**settings):
    return ONVIFSource(a_fake_context(reactor=None), CameraSettings(**settings))


def test_a_source_is_also_what_moves_the_camera():
    """Asked for by adaptation, so that a site file need not say it twice."""
    source = a_source(host="camera")
    assert IPTZDriver(source) is IPTZPresetNames(IPTZDriver(source))
    assert IPTZDriver(source) is IPTZDriver(source)


def test_what_it_is_connected_to():
    """Before it has connected, what is known from the settings."""
    source = a_source(url="http://u:hunter2@camera:81/onvif/device_service")
    assert (source.address, source.port, source.path) == ("camera", 81, "/onvif/device_service")


def test_settings_that_make_no_sense_are_refused_when_they_are_read():
    """Rather than when the camera is connected to."""
    with pytest.raises(ValueError, match="either host or url"):
        a_source()
    with pytest.raises(ValueError, match="more than 127 characters"):
        a_source(host="camera", username="u", password="p" * 200)
