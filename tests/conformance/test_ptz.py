"""Drivers that move cameras."""

import pytest
from twisted.web.resource import Resource
from twisted.web.server import Site

import ssplug_axis
import ssplug_http
import ssplug_pattern
from ssplug.testing.ptz_conformance import PTZConformance
from tests.conformance.http_camera import PASSWORD, USER, guarded, listening
from tests.integration.cameras import a_free_port
from tests.unit.plugins.axis_answers import INFO, PRESETS


class Recorder(Resource):
    """Remembers what it was asked, and answers by what stands in the address."""

    isLeaf = True

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, bytes]] = []
        """Method, address and body."""
        self._answers = answers

    def render(self, request):
        uri = request.uri.decode()
        self.asked.append((request.method.decode(), uri, request.content.read()))
        return next((answer for part, answer in self._answers.items() if part in uri), "").encode()


def a_digest_camera(recorder: Recorder) -> Site:
    """Asks for USER and PASSWORD, by Digest."""
    site = Site(guarded(recorder, "digest"))
    site.noisy = False
    return site


class TestPattern(PTZConformance):
    """The pattern camera."""

    @pytest.fixture
    def driver(self):
        return next(iter(ssplug_pattern.ssplug_ptz_drivers()))

    @pytest.fixture
    def settings(self):
        return {}

    @pytest.fixture
    def absent_settings(self):
        return None


class TestAxis(PTZConformance):
    """VAPIX with Digest; or the password is wrong."""

    secrets = (PASSWORD, "wrong guess")

    @pytest.fixture
    def driver(self):
        return next(iter(ssplug_axis.ssplug_ptz_drivers()))

    @pytest.fixture
    def url(self):
        with listening(a_digest_camera(Recorder({"info=1": INFO, "presetposcam": PRESETS}))) as port:
            yield f"http://127.0.0.1:{port}"

    @pytest.fixture
    def settings(self, url):
        return {"url": url, "username": USER, "password": PASSWORD}

    @pytest.fixture
    def absent_settings(self, url):
        return {"url": url, "username": USER, "password": "wrong guess"}


class TestHTTP(PTZConformance):
    """A table of GET requests; or nobody listens."""

    secrets = (PASSWORD,)

    commands = {
        "left": "/ptz?left={speed}&password={password}",
        "zoom_in": {"path": "/ptz?zoom={speed}", "stop": "/ptz?zoom=0"},
        "home": "/ptz?home",
        "stop": "/ptz?stop",
        "preset": "/ptz?go={preset}",
        "save_preset": {"path": "/ptz?save={preset}", "method": "POST", "body": "name={name}"},
        **{word: f"/ptz?{word}" for word in ("right", "up", "down", "up_left", "up_right", "down_left", "down_right")},
        "zoom_out": "/ptz?out",
    }

    @pytest.fixture
    def driver(self):
        return next(iter(ssplug_http.ssplug_ptz_drivers()))

    @pytest.fixture
    def settings(self):
        with listening(a_digest_camera(Recorder({"": "OK"}))) as port:
            url = f"http://127.0.0.1:{port}"
            yield {"url": url, "username": USER, "password": PASSWORD, "commands": self.commands, "expect": "OK"}

    @pytest.fixture
    def absent_settings(self):
        return {"url": f"http://127.0.0.1:{a_free_port()}", "password": PASSWORD, "commands": self.commands}
