"""The onvif drivers are a camera driver and a PTZ driver: with ipycam, and without a camera."""

import pytest

import ssplug_onvif
from ssplug.testing.conformance import AbsentCameraConformance, CameraSourceConformance
from ssplug.testing.ptz_conformance import PTZConformance
from ssplug.testing.talkback import TalkbackConformance
from tests.integration.cameras import PASSWORD, USER, a_free_port, an_onvif_camera, an_rtsp_camera


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


@pytest.mark.integration
class TestPTZ(PTZConformance):
    """What moves it; or a password that it refuses."""

    secrets = ("hunter2",)

    @pytest.fixture
    def driver(self):
        return ssplug_onvif.ssplug_ptz_drivers()[0]

    @pytest.fixture
    def settings(self, camera):
        return {"url": camera.url, "username": USER, "password": PASSWORD}

    @pytest.fixture
    def absent_settings(self, camera):
        return {"url": camera.url, "username": USER, "password": "hunter2"}


@pytest.fixture(scope="module")
def ear(tmp_path_factory):
    """A camera that hears."""
    with an_rtsp_camera(audio="pcmu", auth="digest", heard=tmp_path_factory.mktemp("ear") / "heard.ulaw") as running:
        yield running


@pytest.mark.integration
class TestTalkback(TalkbackConformance):
    """By the back channel of a camera of GStreamer's; or nobody listens."""

    @pytest.fixture
    def driver(self):
        return ssplug_onvif.ssplug_talkback_drivers()[0]

    @pytest.fixture
    def settings(self, ear):
        return {"url": ear.url, "username": USER, "password": PASSWORD}

    @pytest.fixture
    def absent_settings(self):
        return {"url": f"rtsp://127.0.0.1:{a_free_port()}/live"}
