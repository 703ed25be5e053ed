"""Drivers that cameras are spoken through with."""

import pytest
from twisted.web.resource import Resource
from twisted.web.server import Site

import ssplug_axis
import ssplug_null
from ssplug.testing.talkback import TalkbackConformance
from tests.conformance.http_camera import PASSWORD, USER, Page, guarded, listening
from tests.integration.cameras import a_free_port


class Loudspeaker(Resource):
    """Takes sound as Axis cameras do, and remembers it."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[bytes, bytes]] = []

    def render_POST(self, request):
        self.heard.append((request.getHeader(b"Content-Type"), request.content.read()))
        return b""


def an_axis_camera(loudspeaker: Loudspeaker) -> Site:
    """With Digest, for whatever is asked."""
    audio = Resource()
    audio.putChild(b"transmit.cgi", loudspeaker)
    cgi = Resource()
    cgi.putChild(b"audio", audio)
    cgi.putChild(b"param.cgi", Page(b"text/plain", b"root.Audio.NbrOfConfigs=1\n"))
    root = Resource()
    root.putChild(b"axis-cgi", guarded(cgi, "digest"))
    return Site(root)


class TestAxis(TalkbackConformance):
    """With Digest; or nobody listens."""

    @pytest.fixture
    def driver(self):
        return ssplug_axis.ssplug_talkback_drivers()[0]

    @pytest.fixture
    def settings(self):
        with listening(an_axis_camera(Loudspeaker())) as port:
            yield {"url": f"http://127.0.0.1:{port}", "username": USER, "password": PASSWORD}

    @pytest.fixture
    def absent_settings(self):
        return {"url": f"http://127.0.0.1:{a_free_port()}"}


class TestNull(TalkbackConformance):
    """It is always there."""

    @pytest.fixture
    def driver(self):
        return ssplug_null.ssplug_talkback_drivers()[0]

    @pytest.fixture
    def settings(self):
        return {}

    @pytest.fixture
    def absent_settings(self):
        return None
