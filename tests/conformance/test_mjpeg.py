"""The mjpeg driver is a camera driver: with a stream, and with stills."""

import pytest

import ssplug_mjpeg
from ssplug.testing.conformance import AbsentCameraConformance, CameraSourceConformance
from tests.conformance.http_camera import PASSWORD, USER, a_camera
from tests.integration.cameras import a_free_port


class TestMJPEGStream(CameraSourceConformance, AbsentCameraConformance):
    """A multipart stream that asks for Digest; or nobody listens."""

    secrets = (PASSWORD,)

    @pytest.fixture
    def driver(self):
        return ssplug_mjpeg.ssplug_camera_drivers()[0]

    @pytest.fixture
    def settings(self):
        with a_camera() as port:
            yield {"url": f"http://127.0.0.1:{port}/digest", "username": USER, "password": PASSWORD}

    @pytest.fixture
    def absent_settings(self):
        return {"url": f"http://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{a_free_port()}/x?pwd={PASSWORD}"}


class TestMJPEGStills(CameraSourceConformance, AbsentCameraConformance):
    """One JPEG for each request; or the password is wrong."""

    secrets = ("wrong guess",)

    @pytest.fixture
    def driver(self):
        return ssplug_mjpeg.ssplug_camera_drivers()[0]

    @pytest.fixture
    def settings(self):
        with a_camera() as port:
            yield {"url": f"http://127.0.0.1:{port}/still", "interval": 0.04}

    @pytest.fixture
    def absent_settings(self):
        with a_camera() as port:
            yield {"url": f"http://127.0.0.1:{port}/basic", "username": USER, "password": "wrong guess"}
