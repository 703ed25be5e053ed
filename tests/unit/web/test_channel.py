"""An HTTP connection within bounds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.logger import globalLogPublisher

from ssplug.servers.web import channel
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Answer
from tests.unit.web.scene import UUID, Client, Scene, a_camera_at_work, responses

STATUS = "GET /camStatus HTTP/1.1\r\nHost: nvr\r\n\r\n"


def a_client() -> tuple[Scene, Client]:
    scene = Scene(a_camera_at_work())
    return scene, scene.client()


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /systemInfo HTTP/9.9\r\n\r\n",
        "GET  /systemInfo HTTP/1.1\r\n\r\n",
        "GET /system Info HTTP/1.1\r\n\r\n",
        "OPTIONS rtsp://nvr/stream RTSP/1.0\r\nCSeq: 1\r\n\r\n",
        "$\x00\x00\x04abcd\r\n\r\n",
        "GET /image HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /image HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
        "GET /image HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET /image HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET /image HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /image HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "GET /image HTTP/1.1\r\nA: b\x00c\r\n\r\n",
    ],
)
@pytest.mark.parametrize("piece", [1, 1 << 20])
def test_what_is_no_request_is_refused_and_closed(request_text: str, piece: int) -> None:
    """Among them RTSP, and a piece of it, in the middle of HTTP: whole and byte by byte."""
    _, client = a_client()
    client.get("/camStatus")
    client.clear()
    data = request_text.encode("latin-1")
    for start in range(0, len(data), piece):
        client.send(data[start : start + piece])
    [response] = responses(client.received)
    assert (response.status, response.body) == (400, b"400 Bad Request")
    assert response.header("Server") == f"BBVS/6.0/{UUID}"
    assert response.header("SS-UUID") == UUID
    assert not client.is_open


@pytest.mark.parametrize(
    "head",
    [
        "GET /" + "a" * 20_000,
        "GET / HTTP/1.1\r\nCookie: " + "a" * 20_000,
        "GET / HTTP/1.1\r\n" + "Cookie: 0123456789\r\n" * 1000,
    ],
)
def test_a_head_of_more_than_16_kib_is_refused(head: str) -> None:
    """In one line without end, in one header, in many."""
    _, client = a_client()
    client.send(head)
    [response] = responses(client.received)
    assert response.status == 431
    assert not client.is_open


def test_what_comes_after_a_refusal_is_not_looked_at() -> None:
    _, client = a_client()
    client.send("nonsense\r\n\r\n")
    client.clear()
    client.send(STATUS * 100)
    assert client.received == b""


def test_a_byte_a_second_does_not_keep_a_connection_open() -> None:
    """The deadline for a head is not put off by what trickles in."""
    scene, client = a_client()
    for letter in STATUS[: int(channel.HEAD_SECONDS)]:
        assert client.is_open
        client.send(letter)
        scene.clock.advance(1)
    assert [response.status for response in responses(client.received)] == [408]
    assert not client.is_open


def test_the_deadline_counts_for_the_second_request_too() -> None:
    scene, client = a_client()
    client.get("/camStatus")
    scene.clock.advance(30)
    client.clear()
    client.send("G")
    scene.clock.advance(channel.HEAD_SECONDS)
    assert [response.status for response in responses(client.received)] == [408]


def test_a_body_that_trickles_in_has_a_deadline() -> None:
    scene, client = a_client()
    client.send("POST /camStatus HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
    for _ in range(int(channel.BODY_SECONDS)):
        client.send("x")
        scene.clock.advance(1)
    assert [response.status for response in responses(client.received)] == [408]
    assert not client.is_open


def test_a_connection_without_requests_is_closed_after_a_while() -> None:
    scene, client = a_client()
    client.get("/camStatus")
    scene.clock.advance(channel.IDLE_SECONDS - 1)
    assert client.is_open
    scene.clock.advance(1)
    assert not client.is_open


def test_a_connection_that_says_nothing_at_all_is_closed() -> None:
    scene, client = a_client()
    scene.clock.advance(channel.HEAD_SECONDS)
    assert not client.is_open


def test_a_body_said_to_be_too_long_is_refused_unread() -> None:
    _, client = a_client()
    client.send(f"POST /image HTTP/1.1\r\nContent-Length: {channel.BODY_LIMIT + 1}\r\n\r\n")
    assert [response.status for response in responses(client.received)] == [413]
    assert not client.is_open


def test_a_body_in_chunks_that_grows_too_long_is_refused() -> None:
    _, client = a_client()
    client.send("POST /image HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(channel.BODY_LIMIT // 0x10000 + 1):
        client.send(chunk)
    client.send("0\r\n\r\n")
    assert [response.status for response in responses(client.received)] == [413]
    assert not client.is_open


def test_requests_may_come_all_at_once() -> None:
    """Pipelining: answered in order."""
    _, client = a_client()
    client.send("GET /image?cameraNum=0 HTTP/1.1\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n" + STATUS)
    assert [response.status for response in responses(client.received)] == [200, 404, 200]


def test_requests_may_come_byte_by_byte() -> None:
    _, client = a_client()
    for letter in STATUS * 2:
        client.send(letter)
    assert [response.status for response in responses(client.received)] == [200, 200]


def test_a_connection_stays_open_and_is_closed_when_the_client_says_so() -> None:
    """Cynical's plugin waits for the close before it reads."""
    _, client = a_client()
    assert client.get("/camStatus").header("Connection") is None
    assert client.is_open
    assert client.get("/camStatus", "Connection: close").header("Connection") == "close"
    assert not client.is_open


def test_http_1_0_is_answered_and_closed() -> None:
    _, client = a_client()
    client.send("GET /camStatus HTTP/1.0\r\n\r\n")
    [response] = responses(client.received)
    assert (response.version, response.status) == ("HTTP/1.0", 200)
    assert not client.is_open


@pytest.mark.parametrize("uri", ["/systemInfo", "/image?cameraNum=0", "/nothing", "/", "/pages/live.css"])
def test_head_is_get_without_the_body(uri: str) -> None:
    scene = Scene(a_camera_at_work())
    got, head = scene.get(uri), scene.get(uri, method="HEAD")
    assert head.body == b""
    assert [head.status, head.header("Content-Length")] == [got.status, got.header("Content-Length")]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_other_methods_are_not_allowed(method: str) -> None:
    response = Scene().get("/systemInfo", "Content-Length: 0", method=method)
    assert (response.status, response.header("Allow")) == (405, "GET, HEAD")


class Broken(Endpoint):
    """Fails."""

    async def get(self, query: Query) -> Answer:
        raise ZeroDivisionError("a secret of ours")


def test_a_fault_of_ours_is_logged_and_not_shown() -> None:
    """The client learns nothing from it, the log says which camera and which connection."""
    scene = Scene()
    scene.web.resource.putChild(b"broken", Broken(scene.context))
    events: list[dict[str, object]] = []
    globalLogPublisher.addObserver(events.append)
    try:
        response = scene.get("/broken?cameraNum=3")
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert (response.status, response.body) == (500, b"500 Internal Server Error")
    [event] = [event for event in events if event.get("log_failure")]
    assert event["camera"] == "3"
    assert "192.0.2.7" in str(event["connection"])


def test_passwords_in_addresses_are_not_logged() -> None:
    events: list[dict[str, object]] = []
    globalLogPublisher.addObserver(events.append)
    try:
        Scene().get("/camStatus?auth=c2VjcmV0OnNlY3JldA==")
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert events
    assert not [event for event in events if "c2VjcmV0" in repr(event.items())]


def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind() -> None:
    scene = Scene(a_camera_at_work())
    for data in ("", "GET /cam", "POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc", STATUS):
        scene.client().send(data).leave()
    assert scene.web.connections == 0
    assert not [call for call in scene.clock.getDelayedCalls() if call.active()]


def test_stopping_closes_every_connection() -> None:
    scene = Scene(a_camera_at_work())
    clients = [scene.client(), scene.client().send("GET /eventStream?version=3 HTTP/1.1\r\n\r\n")]
    scene.web.stopFactory()
    assert not any(client.is_open for client in clients)
    scene.clock.advance(0)
    assert not [call for call in scene.clock.getDelayedCalls() if call.active()]


PIECES = st.sampled_from(
    [
        *(
            "GET ",
            "POST ",
            "/image?cameraNum=0",
            "/++eventStream?version=3",
            "/%2B%2Bvideo?cameraNum=",
            "&auth=YTpi",
            "?",
        ),
        *(" HTTP/1.1", " RTSP/1.0", "\r\n", "\r\n\r\n", "\n", " ", "Content-Length: 3", "Transfer-Encoding: chunked"),
        *(
            "Connection: close",
            "Authorization: Basic ####",
            "Expect: 100-continue",
            ": ",
            "3\r\nabc\r\n",
            "\x00",
            "$\x00\x00\x01a",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(st.characters(max_codepoint=255), max_size=5), max_size=20))
def test_whatever_comes_is_answered_or_closed_within_bounds(pieces: list[str]) -> None:
    """Nothing that is sent raises in the channel, and after a while nothing of it is left but streams."""
    scene, client = a_client()
    for piece in pieces:
        if client.is_open:
            client.send(piece.encode("latin-1"))
    scene.clock.pump([1] * int(channel.BODY_SECONDS + channel.IDLE_SECONDS))
    assert client.received.count(b"\r\nServer: BBVS/6.0/") == client.received.count(
        b"HTTP/1.1 "
    ) - client.received.count(b"HTTP/1.1 100 Continue")
    assert not client.is_open or b"Content-Type: multipart/" in client.received or b" NULL\r" in client.received


def test_what_happens_is_counted() -> None:
    scene, client = a_client()
    client.get("/camStatus")
    client.get("/nothing")
    client.send("nonsense\r\n")
    assert (scene.web.counters.requests, scene.web.counters.refused) == (2, 1)
