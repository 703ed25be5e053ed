"""The web client against a web server that behaves as cameras do, well and badly."""

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from ssplug.model.url import CameraURL
from ssplug.testing import in_reactor, the_reactor
from ssplug.web_client import WebClient, WebError
from tests.conformance.http_camera import PASSWORD, USER, Page, Root, guarded, listening


class Echo(Resource):
    """Says what was asked of it."""

    isLeaf = True

    def render(self, request):
        request.setHeader(b"Content-Type", b"Text/Plain")
        return b"%s %s %s" % (request.method, request.uri, request.content.read())


class Endless(Resource):
    """A body that grows for as long as somebody reads it."""

    isLeaf = True

    def render_GET(self, request):
        self.ended = request.notifyFinish()
        request.registerProducer(_Zeros(request), True)
        return NOT_DONE_YET


class _Zeros:
    def __init__(self, request):
        self._request = request
        the_reactor().callLater(0, self._more)

    def _more(self):
        if self._request.channel is not None:
            self._request.write(bytes(65_536))
            the_reactor().callLater(0, self._more)

    def pauseProducing(self):
        """It does not care."""

    def resumeProducing(self):
        """It does not care."""

    def stopProducing(self):
        """The reader is gone."""


class Elsewhere(Resource):
    """Sends everybody to `location` with `status`."""

    isLeaf = True

    def __init__(self, status: int, location: bytes) -> None:
        super().__init__()
        self._status, self._location = status, location

    def render(self, request):
        request.setResponseCode(self._status)
        request.setHeader(b"Location", self._location)
        return b""


@pytest.fixture
def children():
    return {
        "echo": Echo(),
        "basic": guarded(Echo(), "basic"),
        "digest": guarded(Echo(), "digest"),
        "fault": Page(b"application/soap+xml", b"<Fault/>"),
        "endless": Endless(),
        "kept": Elsewhere(307, b"/echo"),
        "seen": Elsewhere(303, b"/echo"),
        "away": Elsewhere(302, b"http://elsewhere.example/echo"),
    }


@pytest.fixture
def client(children):
    root = Root()
    for name, resource in children.items():
        root.putChild(name.encode(), resource)
    with listening(Site(root)) as port:
        yield a_client(port)


def a_client(port, username=USER, password=PASSWORD):
    return WebClient(the_reactor(), CameraURL.parse(f"http://127.0.0.1:{port}/echo", username, password))


@pytest.mark.parametrize("path", ["/echo", "/basic", "/digest", "/kept"])
@in_reactor
async def test_what_is_sent_arrives(client, path):
    """With the credentials that are asked for, and behind a redirect: method, path and body."""
    reply = await client.fetch(f"{path}?x=1", "POST", b"hello")
    assert (reply.status, reply.content_type) == (200, "text/plain")
    assert reply.body in (b"POST %s?x=1 hello" % path.encode(), b"POST /echo hello")


@in_reactor
async def test_the_server_is_challenged_once(client):
    """What it asked for is known the next time, and counted."""
    for turn in ("first", "second", "third"):
        reply = await client.fetch(f"/digest?turn={turn}")
        assert reply.body == f"GET /digest?turn={turn} ".encode()


@in_reactor
async def test_see_other_is_asked_for_by_get(client):
    """RFC 9110, 15.4.4."""
    assert (await client.fetch("/seen", "POST", b"hello")).body == b"GET /echo "


@in_reactor
async def test_a_status_is_the_callers_to_judge(client):
    """`check` says it in words."""
    reply = await client.fetch("/nothing?password=secret")
    with pytest.raises(WebError, match=r"^404: the camera has nothing at /nothing$"):
        reply.check()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/away", "the camera redirects to another host, elsewhere.example: set url to the new address"),
        ("/endless", "the camera sends more than 200000 bytes"),
    ],
)
@in_reactor
async def test_what_a_camera_must_not_do(client, path, why):
    """One sentence for whoever has to mend it."""
    with pytest.raises(WebError, match=why):
        await client.fetch(path, limit=200_000)


def test_a_body_that_is_too_long_ends_its_connection(client, children):
    """The camera need not send the rest."""

    @in_reactor
    async def ask():
        with pytest.raises(WebError):
            await client.fetch("/endless")
        with pytest.raises(Exception, match="Connection"):
            await children["endless"].ended

    ask()


@pytest.mark.parametrize(
    ("username", "why"),
    [("", "401: the camera asks for a user name and a password"), ("guess", "401: user name or password refused")],
)
def test_who_may_not(children, username, why):
    """Whether the password is missing or wrong."""

    @in_reactor
    async def ask(port):
        with pytest.raises(WebError, match=why):
            await a_client(port, username).fetch("/digest")

    root = Root()
    root.putChild(b"digest", children["digest"])
    with listening(Site(root)) as port:
        ask(port)


class Silent(Protocol):
    """Takes what comes."""


class Babbling(Protocol):
    """No HTTP."""

    def connectionMade(self):
        self.transport.write(b"220 mail.example ESMTP\r\n")
        self.transport.loseConnection()


@pytest.mark.parametrize(
    ("protocol", "why"), [(Silent, "no answer within 0.2 seconds"), (Babbling, "the reply is not HTTP")]
)
def test_who_is_no_camera(protocol, why):
    """And how to tell."""

    @in_reactor
    async def ask(port):
        with pytest.raises(WebError, match=f"127.0.0.1:{port}: {why}"):
            await a_client(port).fetch("/", seconds=0.2)

    with listening(Factory.forProtocol(protocol)) as port:
        ask(port)
