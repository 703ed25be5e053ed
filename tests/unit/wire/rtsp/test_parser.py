"""From bytes to RTSP messages."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.wire.rtsp.message import BadMessage, Headers, InterleavedFrame, Request, Status
from ssplug.wire.rtsp.parser import BODY_LIMIT, HEAD_LIMIT, Parser

DESCRIBE = b"DESCRIBE rtsp://h/stream?cameraNum=0 RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n"
DESCRIBED = Request("DESCRIBE", "rtsp://h/stream?cameraNum=0", Headers((("CSeq", "2"), ("Accept", "application/sdp"))))
SET_PARAMETER = b"SET_PARAMETER * RTSP/1.0\r\nCSeq: 3\r\nContent-Length: 5\r\n\r\nvol=1"
PARAMETER_SET = Request("SET_PARAMETER", "*", Headers((("CSeq", "3"), ("Content-Length", "5"))), b"vol=1")
FRAME = b"$\x01\x00\x04rtcp"
STREAM = DESCRIBE + FRAME + SET_PARAMETER + b"\r\n" + FRAME
EVENTS = [DESCRIBED, InterleavedFrame(1, b"rtcp"), PARAMETER_SET, InterleavedFrame(1, b"rtcp")]


def _events(parser, data):
    parser.feed(data)
    found = []
    while (event := parser.next_event()) is not None:
        found.append(event)
    return found


def test_messages_and_frames_come_out_in_their_order():
    assert _events(Parser(), STREAM) == EVENTS


def test_byte_by_byte_it_is_the_same():
    parser = Parser()

    assert [event for byte in STREAM for event in _events(parser, bytes((byte,)))] == EVENTS


def test_what_follows_waits_for_its_rest():
    parser = Parser()

    assert _events(parser, STREAM + DESCRIBE[:20]) == EVENTS
    assert parser.buffered == 20
    assert _events(parser, DESCRIBE[20:]) == [DESCRIBED]
    assert parser.buffered == 0


@given(st.lists(st.integers(1, len(STREAM)), max_size=6))
def test_how_it_is_cut_does_not_matter(cuts):
    parser = Parser()
    edges = [0, *sorted(cuts), len(STREAM)]
    parts = [STREAM[begin:end] for begin, end in itertools.pairwise(edges)]

    assert [event for part in parts for event in _events(parser, part)] == EVENTS


def test_bare_line_feeds_and_folded_headers_are_understood():
    [request] = _events(Parser(), b"PLAY * RTSP/1.0\nCSeq: 4\nRange: npt=0-\n ;time=now\n\n")

    assert request.headers.fields == (("CSeq", "4"), ("Range", "npt=0- ;time=now"))


def test_letters_outside_ascii_are_read():
    [utf8] = _events(Parser(), "PLAY rtsp://h/ä RTSP/1.0\r\nCSeq: 4\r\n\r\n".encode())
    [latin1] = _events(Parser(), "PLAY rtsp://h/ä RTSP/1.0\r\nCSeq: 4\r\n\r\n".encode("latin-1"))

    assert utf8.uri == latin1.uri == "rtsp://h/ä"


def test_another_version_is_for_the_session_to_refuse():
    [request] = _events(Parser(), b"PLAY * RTSP/2.0\r\nCSeq: 4\r\n\r\n")

    assert request.version == "RTSP/2.0"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x80\x00garbage", Status.BAD_REQUEST),
        (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY RTSP/1.0\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY rtsp://h/ HTTP/1.1\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY rtsp://h/\x07 RTSP/1.0\r\n\r\n", Status.BAD_REQUEST),
        (b"P(LAY rtsp://h/ RTSP/1.0\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY * RTSP/1.0\r\nno colon\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY * RTSP/1.0\r\n: no name\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY * RTSP/1.0\r\nContent-Length: many\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY * RTSP/1.0\r\nContent-Length: -1\r\n\r\n", Status.BAD_REQUEST),
        (b"PLAY * RTSP/1.0\r\nContent-Length: 65537\r\n\r\n", Status.REQUEST_ENTITY_TOO_LARGE),
        (b"PLAY * RTSP/1.0\r\nX: " + b"x" * HEAD_LIMIT, Status.BAD_REQUEST),
        (b"PLAY /" + b"x" * HEAD_LIMIT, Status.REQUEST_URI_TOO_LARGE),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else value.name,
)
def test_what_no_more_bytes_would_mend_is_refused(data, status):
    parser = Parser()
    parser.feed(data)

    with pytest.raises(BadMessage) as refused:
        parser.next_event()

    assert refused.value.status is status


def test_bytes_that_begin_no_message_are_refused_at_the_first():
    parser = Parser()
    parser.feed(b"\x80")

    with pytest.raises(BadMessage):
        parser.next_event()


def test_the_longest_body_is_taken():
    head = b"SET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: %d\r\n\r\n" % BODY_LIMIT

    [request] = _events(Parser(), head + bytes(BODY_LIMIT))

    assert len(request.body) == BODY_LIMIT


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_message_or_refused(data):
    try:
        events = _events(Parser(), data)
    except BadMessage:
        return
    assert all(isinstance(event, Request | InterleavedFrame) for event in events)


_words = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=":$"), min_size=1, max_size=12
)
_tokens = st.from_regex(r"\A[A-Za-z][A-Za-z0-9-]{0,10}\Z")


@given(_tokens, _words, st.lists(st.tuples(_tokens.filter(lambda name: name.lower() != "content-length"), _words)))
def test_a_request_that_is_written_is_read(method, uri, fields):
    head = f"{method} {uri} RTSP/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"

    assert _events(Parser(), head.encode()) == [Request(method, uri, Headers(tuple(fields)))]
