"""RTSP tunnelled in HTTP: how a tunnel begins, and what comes through it."""

import base64
import contextlib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.wire.rtsp.message import BadMessage
from ssplug.wire.rtsp.tunnel import Base64Stream, Opening, granted, opening, refused
from ssplug.wire.sniff import FIRST_LINE_LIMIT, Protocol, classify

# As ffmpeg 5.1 and GStreamer 1.22 send them.
FFMPEG_GET = (
    b"GET /stream?cameraNum=0 HTTP/1.1\r\nUser-Agent: Lavf59.27.100\r\nx-sessioncookie: 2a4bf1a2\r\n"
    b"Accept: application/x-rtsp-tunnelled\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n\r\n"
)
GSTREAMER_POST = (
    b"POST /++stream?cameraNum=0 HTTP/1.0\r\nCseq: 0\r\nX-Sessioncookie: R1S6/x+=\r\nContent-Length: 32767\r\n"
    b"Content-Type: application/x-rtsp-tunnelled\r\n\r\nT1BUSU9OUw=="
)
MESSAGES = [b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"$\0\0\1x", b"PLAY rtsp://h/ RTSP/1.0\r\n\r\n"]


def test_a_way_out_begins_with_get():
    assert opening(FFMPEG_GET) == Opening(True, b"2a4bf1a2", b"")


def test_a_way_in_begins_with_post_and_goes_on_with_its_body():
    assert opening(GSTREAMER_POST) == Opening(False, b"R1S6/x+=", b"T1BUSU9OUw==")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /stream?cameraNum=0 HTTP/1.1\r\nHost: nvr\r\n\r\n",
        b"GET /image HTTP/1.1\r\nx-sessioncookie: 1\r\n\r\n",
        b"PUT /stream HTTP/1.1\r\nx-sessioncookie: 1\r\n\r\n",
        b"GET /stream HTTP/1.1\r\nx-sessioncookie:\r\n\r\n",
        b"GET /stream HTTP/1.1\r\nx-sessioncookie: " + b"1" * 257 + b"\r\n\r\n",
        b"GET /stream HTTP/1.1\r\nx-sessioncookie: two words\r\n\r\n",
        b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\nx-sessioncookie: 1\r\n\r\n",
        b"GET /stream RTSP/1.0\r\nx-sessioncookie: 1\r\n\r\n",
        b"GET /stream HTTP/1.1\r\nx-sessioncookie: 1\r\n",
    ],
)
def test_what_is_no_opening_is_none(head):
    assert opening(head) is None


@pytest.mark.parametrize("head", [FFMPEG_GET, GSTREAMER_POST])
def test_the_door_knows_a_tunnel_when_its_head_is_whole(head):
    end = head.index(b"\r\n\r\n") + 4
    assert {classify(head[:length]) for length in range(end)} == {None}
    assert classify(head[:end]) is classify(head) is Protocol.TUNNEL


def test_the_door_waits_for_no_other_head():
    """A request of `stream` without a cookie is HTTP, and is told what HTTP tells it."""
    assert classify(b"GET /image?cameraNum=0 HTTP/1.1\r\n") is Protocol.HTTP
    assert classify(b"DESCRIBE /stream RTSP/1.0\r\n") is Protocol.RTSP
    assert classify(b"GET /stream?cameraNum=0 HTTP/1.1\r\nHost: nvr\r\n\r\n") is Protocol.HTTP


def test_the_door_does_not_wait_for_ever():
    assert classify(b"GET /stream HTTP/1.1\r\nA: " + b"a" * FIRST_LINE_LIMIT) is Protocol.HTTP


@given(cuts=st.lists(st.integers(0, 150), max_size=6))
@settings(max_examples=60)
def test_messages_come_through_however_they_are_cut(cuts):
    """Each is encoded by itself, as players do."""
    coded = b"".join(base64.b64encode(message) for message in MESSAGES)
    edges = sorted({0, len(coded), *(min(cut, len(coded)) for cut in cuts)})
    stream = Base64Stream()
    pieces = [stream.feed(coded[begin:end]) for begin, end in itertools.pairwise(edges)]
    assert b"".join(pieces) == b"".join(MESSAGES)


def test_byte_by_byte_and_with_line_ends():
    stream = Base64Stream()
    coded = base64.encodebytes(MESSAGES[0] * 9)
    assert b"".join(stream.feed(coded[at : at + 1]) for at in range(len(coded))) == MESSAGES[0] * 9


@pytest.mark.parametrize(
    "data", [b"OPTIONS * RTSP/1.0\r\n\r\n", b"\0\0\0\0", b"A===", b"====", b"QQ=Q", b"\xff\xff\xff\xff"]
)
def test_what_is_no_base64_is_refused(data):
    with pytest.raises(BadMessage, match="Base64"):
        Base64Stream().feed(data)


@given(data=st.binary(max_size=40))
@settings(max_examples=100)
def test_nothing_else_is_ever_raised(data):
    stream = Base64Stream()
    with contextlib.suppress(BadMessage):
        assert len(stream.feed(data)) <= len(data)


def test_what_is_answered():
    assert granted("BBVS").startswith(b"HTTP/1.0 200 OK\r\n")
    assert granted("BBVS").endswith(b"\r\nConnection: close\r\n\r\n")
    assert refused("BBVS", "404 Not Found", "No.").endswith(b"Content-Length: 3\r\nConnection: close\r\n\r\nNo.")
