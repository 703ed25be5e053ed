"""The drivers that move cameras by HTTP, against a server that remembers what it was asked."""

import pytest
from twisted.web.resource import Resource
from twisted.web.server import Site

from ssplug.model.ptz import GoToPreset, PTZCapability, PTZMove, SavePreset
from ssplug.testing import a_real_context, in_reactor
from ssplug.web_client import WebError
from ssplug_axis.ptz import AxisPTZ, AxisPTZSettings
from ssplug_http.ptz import HTTPPTZ
from ssplug_http.settings import HTTPSettings
from tests.conformance.http_camera import PASSWORD, USER, listening
from tests.conformance.test_ptz import Recorder, a_digest_camera
from tests.unit.plugins.axis_answers import INFO, PRESETS

AXIS = "/axis-cgi/com/ptz.cgi?camera=1&"
TABLE = {
    "left": "/go?left={speed}",
    "zoom_in": {"path": "/zoom?in", "stop": "/zoom?0"},
    "stop": "/stop",
    "save_preset": {"path": "/save", "method": "PUT", "body": "<n>{name}</n>", "content_type": "application/xml"},
}


class Away(Resource):
    """Sends everybody to another host."""

    isLeaf = True

    def render_GET(self, request):
        request.redirect(b"http://elsewhere.example/take")
        return b""


@pytest.fixture
def recorder():
    return Recorder(
        {"info=1": INFO, "presetposcam": PRESETS, "gotoserverpresetno=7": "Error:\nNo such preset\n", "/": ""}
    )


@pytest.fixture
def url(recorder):
    with listening(a_digest_camera(recorder)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def axis(url, tmp_path):
    return AxisPTZ(a_real_context(tmp_path), AxisPTZSettings(url, USER, PASSWORD))


@pytest.fixture
def http(url, tmp_path):
    return HTTPPTZ(a_real_context(tmp_path), HTTPSettings(url, TABLE, USER, PASSWORD))


@in_reactor
async def test_a_diagonal_that_the_table_lacks_moves_both_ways_and_ends_both(url, tmp_path, recorder):
    commands = {"left": {"path": "/l", "stop": "/ls"}, "up": {"path": "/u", "stop": "/us"}}
    http = HTTPPTZ(a_real_context(tmp_path), HTTPSettings(url, commands, USER, PASSWORD))
    await http.perform(PTZMove.UP_LEFT, 50)
    await http.perform(PTZMove.STOP, 100)
    assert [uri for _, uri, _ in recorder.asked] == ["/l", "/u", "/ls", "/us"]


@in_reactor
async def test_an_axis_camera_is_asked_with_digest(axis, recorder):
    """For what it can do, for names, and to move."""
    assert await axis.capabilities() == PTZCapability(63)
    assert (await axis.preset_names())[2] == "Front door"
    await axis.perform(PTZMove.UP_LEFT, 70)
    await axis.perform(PTZMove.STOP, 100)
    assert [uri.removeprefix(AXIS) for _, uri, _ in recorder.asked] == [
        "info=1",
        "query=presetposcam",
        "continuouspantiltmove=-70,70",
        "continuouspantiltmove=0,0&continuouszoommove=0",
    ]


@in_reactor
async def test_an_axis_camera_says_what_is_wrong(axis):
    """With a status of 200."""
    with pytest.raises(WebError, match="the camera says: No such preset"):
        await axis.perform(GoToPreset(7), 50)


def test_a_camera_that_is_no_axis_camera_can_do_nothing(tmp_path):
    """It answers whatever it is asked."""

    @in_reactor
    async def ask(port):
        axis = AxisPTZ(a_real_context(tmp_path), AxisPTZSettings(f"http://127.0.0.1:{port}"))
        with pytest.raises(WebError, match="lists no movement"):
            await axis.capabilities()

    with listening(Site(Recorder({"": "<html>Welcome</html>"}))) as port:
        ask(port)


@in_reactor
async def test_a_table_is_sent(http, recorder):
    """Method, path and body; and each movement is ended as it says, once."""
    for command in (PTZMove.LEFT, PTZMove.ZOOM_IN, PTZMove.STOP, PTZMove.STOP, SavePreset(2)):
        await http.perform(command, 30)
    assert recorder.asked == [
        ("GET", "/go?left=30", b""),
        ("GET", "/zoom?in", b""),
        ("GET", "/zoom?0", b""),
        ("GET", "/stop", b""),
        ("GET", "/stop", b""),
        ("PUT", "/save", b"<n>Preset 2</n>"),
    ]


@in_reactor
async def test_an_answer_that_does_not_say_what_it_should_is_no_success(url, tmp_path):
    """Some cameras answer 200 whatever happened; the address is told without what it was asked."""
    settings = HTTPSettings(url, {"left": "/go?password={password}"}, USER, PASSWORD, expect="<result>0</result>")
    http = HTTPPTZ(a_real_context(tmp_path), settings)
    with pytest.raises(WebError, match="the answer of /go does not say '<result>0</result>'"):
        await http.perform(PTZMove.LEFT, 50)


@pytest.mark.parametrize("make", ["axis", "http"])
def test_credentials_do_not_follow_to_another_host(tmp_path, make):
    """Whatever the camera says."""

    @in_reactor
    async def ask(port):
        context, url = a_real_context(tmp_path), f"http://127.0.0.1:{port}"
        axis = AxisPTZ(context, AxisPTZSettings(url, USER, PASSWORD))
        http = HTTPPTZ(context, HTTPSettings(url, TABLE, USER, PASSWORD))
        with pytest.raises(WebError, match=r"redirects to another host, elsewhere\.example"):
            await {"axis": axis, "http": http}[make].perform(PTZMove.LEFT, 50)

    with listening(Site(Away())) as port:
        ask(port)
