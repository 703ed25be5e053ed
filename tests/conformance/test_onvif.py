"""The onvif drivers are a camera driver and a PTZ driver: with ipycam, and without a camera."""

import pytest

import ssplug_onvif
from ssplug.testing.conformance import AbsentCameraConformance, CameraSourceConformance, DriverConformance
from tests.integration.cameras import PASSWORD, USER, a_free_port, an_onvif_camera


@pytest.fixture(scope="module")
def camera():
    """One for all tests: it takes its time to start."""
    with an_onvif_camera() as running:
        yield running


class _Camera:
    @pytest.fixture
    def driver(self):
        return ssplug_onvif.ssplug_camera_drivers()[0]


@pytest.mark.integration
class TestCamera(_Camera, CameraSourceConformance):
    """ONVIF tells where the stream is."""

    secrets = (PASSWORD,)

    @pytest.fixture
    def settings(self, camera):
        return {"url": camera.url, "username": USER, "password": PASSWORD}


class TestNobodyListens(_Camera, AbsentCameraConformance):
    """The connection is refused."""

    secrets = ("hunter2",)

    @pytest.fixture
    def absent_settings(self):
        return {"host": "127.0.0.1", "port": a_free_port(), "username": "admin", "password": "hunter2"}


class TestPTZ(DriverConformance):
    """What moves it."""

    @pytest.fixture
    def driver(self):
        return ssplug_onvif.ssplug_ptz_drivers()[0]
