"""The rtsp driver is a camera driver: with a camera of GStreamer's, and without one."""

import pytest

import ssplug_rtsp
from ssplug.testing.conformance import AbsentCameraConformance, CameraSourceConformance
from tests.conformance.http_camera import a_silent_port
from tests.integration.cameras import PASSWORD, USER, a_free_port, an_rtsp_camera


@pytest.fixture(scope="module")
def camera():
    """One for all tests: it takes its time to start."""
    with an_rtsp_camera(auth="digest") as running:
        yield running


class _RTSP:
    @pytest.fixture
    def driver(self):
        return ssplug_rtsp.ssplug_camera_drivers()[0]


@pytest.mark.integration
class TestRTSP(_RTSP, CameraSourceConformance):
    """H.264 and AAC, with Digest."""

    secrets = (PASSWORD,)

    @pytest.fixture
    def settings(self, camera):
        return {"url": camera.url, "username": USER, "password": PASSWORD}


class TestNobodyListens(_RTSP, AbsentCameraConformance):
    """The connection is refused; the password is part of the URL, twice."""

    secrets = ("hunter2",)

    @pytest.fixture
    def absent_settings(self):
        return {"url": f"rtsp://admin:hunter2@127.0.0.1:{a_free_port()}/live?password=hunter2"}


class TestNobodyAnswers(_RTSP, AbsentCameraConformance):
    """The connection is made, and then there is silence."""

    secrets = ("hunter2",)

    @pytest.fixture
    def absent_settings(self):
        with a_silent_port() as port:
            yield {"url": f"rtsp://127.0.0.1:{port}/live", "username": "admin", "password": "hunter2", "timeout": 1}
