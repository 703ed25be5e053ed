"""The action `webhook` with real servers: what is taken, what is refused, and what is said of it."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.web.resource import Resource
from twisted.web.server import Site

from ssplug.testing import a_real_context, in_reactor, pause, the_reactor
from ssplug.testing.actions import A_STILL, NOON, FakeServerAtWork, a_trigger, at_work
from ssplug_webhook.webhook import Webhook, WebhookSettings


class Other(Resource):
    """Another server, which answers with the statuses of the test, and then with 200."""

    isLeaf = True

    def __init__(self, *statuses, headers=None):
        super().__init__()
        self.statuses = list(statuses)
        self.headers = headers or {}
        self.taken = []
        self.requests = 0

    def render(self, request):
        self.requests += 1
        status = self.statuses.pop(0) if self.statuses else 200
        request.setResponseCode(status)
        for name, value in self.headers.get(status, {}).items():
            request.setHeader(name, value)
        if status == 200:
            self.taken.append((request.uri, dict(request.requestHeaders.getAllRawHeaders()), request.content.read()))
        return b"thank you"

    async def __aenter__(self):
        self.port = the_reactor().listenTCP(0, Site(self), interface="127.0.0.1")
        self.url = f"http://127.0.0.1:{self.port.getHost().port}/hook?key=token"
        return self

    async def __aexit__(self, *_):
        await self.port.stopListening()


async def until(holds):
    looking = LoopingCall(lambda: looking.stop() if holds() else None)
    await looking.start(0.01)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("ssplug_webhook.deliveries.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("ssplug_webhook.deliveries.LONGEST_PAUSE", 0.05)


@pytest.fixture
def hook(tmp_path):
    return lambda url, **more: Webhook(a_real_context(tmp_path), WebhookSettings(url, **more), wall=lambda: NOON)


@in_reactor
async def test_it_is_told_with_a_key_that_is_the_same_when_repeated(hook):
    """So that the other side may know what it has already."""
    async with Other() as other:
        action, server = hook(other.url, headers={"X-Home": "$server"}), FakeServerAtWork()
        async with at_work(action, server):
            await action.perform(a_trigger(), server)
            await until(lambda: other.taken)
    [(uri, headers, body)] = other.taken
    assert uri == b"/hook?key=token"
    assert headers[b"X-Home"] == [b"Home"]
    assert headers[b"Idempotency-Key"] == [b'"1700000000000000-0-7"']
    assert b'"camera_name": "Front Porch"' in body


@in_reactor
async def test_what_cannot_be_sent_is_kept_and_then_reported_without_a_secret(hook):
    """To perform it is to keep it; the server hears of it when it has failed for a while."""
    async with Other(*[503] * 4) as other:
        action, server = hook(other.url, password="hunter2"), FakeServerAtWork()
        async with at_work(action, server):
            await action.perform(a_trigger(), server)
            await until(lambda: other.taken)
    place = other.url.removeprefix("http://").partition("/")[0]
    assert server.reports == [(0, f"webhook: {place}: 503 Service Unavailable; it is kept, and sent again")]


@in_reactor
async def test_a_server_that_is_not_there_says_so(hook):
    async with Other() as other:
        pass
    action, server = hook(other.url), FakeServerAtWork()
    async with at_work(action, server):
        await action.perform(a_trigger(), server)
        await until(lambda: server.reports)
    [(_, said)] = server.reports
    assert "connection refused: nothing listens there; it is kept" in said


@in_reactor
async def test_a_password_is_sent_when_it_is_asked_for(hook):
    async with Other(401, headers={401: {"WWW-Authenticate": 'Basic realm="x"'}}) as other:
        action, server = hook(other.url, username="nvr", password="hunter2"), FakeServerAtWork()
        async with at_work(action, server):
            await action.perform(a_trigger(), server)
            await until(lambda: other.taken)
    assert other.taken[0][1][b"Authorization"] == [b"Basic bnZyOmh1bnRlcjI="]


@in_reactor
async def test_the_picture_is_that_of_the_moment(hook):
    """Taken once, however often it must be sent."""
    async with Other(503, 503) as other:
        action, server = hook(other.url, image="body", image_width=320), FakeServerAtWork()
        async with at_work(action, server):
            await action.perform(a_trigger(), server)
            await until(lambda: other.taken)
    assert other.taken[0][2] == A_STILL
    assert server.stills == [(0, 320)]


@in_reactor
async def test_a_picture_that_does_not_come_does_not_lose_the_rest(hook, tmp_path):
    """The server stops while it waits for one: the next run tells it without."""
    async with Other() as other:
        server = FakeServerAtWork()
        server.still = lambda number, width=None: Deferred()
        action = hook(other.url, image="body", text="$reason")
        async with at_work(action, server):
            await action.perform(a_trigger(), server)
        assert other.requests == 0
        async with at_work(hook(other.url, image="body", text="$reason"), FakeServerAtWork()):
            await until(lambda: other.taken)
    assert other.taken[0][2] == b"motion"


@in_reactor
async def test_two_hooks_of_a_camera_do_not_send_each_other_s(hook):
    async with Other(*[503] * 100) as down, Other() as well:
        first, second, server = hook(down.url), hook(well.url), FakeServerAtWork()
        async with at_work(first, server):
            await first.perform(a_trigger(), server)
            await until(lambda: down.requests)
            async with at_work(second, server):
                await pause(0.05)
    assert well.requests == 0


def test_a_placeholder_that_means_nothing_is_refused_when_it_is_built(hook):
    with pytest.raises(ValueError, match=r"\$camra_name means nothing. Known: animal, camera_id, "):
        hook("http://10.0.0.9/?camera=$camra_name")
