"""Telling HTTP and RTSP apart by the first line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.wire.sniff import FIRST_LINE_LIMIT, Protocol, Refusal, answer, classify

DECIDED = {
    b"GET /++systemInfo HTTP/1.1\r\n": Protocol.HTTP,
    b"OPTIONS * HTTP/1.0\r\n": Protocol.HTTP,
    b"OPTIONS rtsp://h/stream?cameraNum=0 RTSP/1.0\r\n": Protocol.RTSP,
    b"DESCRIBE /stream RTSP/2.0\r\n": Protocol.RTSP,
    b"BREW-COFFEE /pot HTTP/1.1\n": Protocol.HTTP,
    b"\r\n\r\nGET / HTTP/1.1\r\n": Protocol.HTTP,
    b"GET /caf\xc3\xa9 HTTP/1.1\r\n": Protocol.HTTP,
    b"PRI * HTTP/2.0\r\n": Refusal.UNKNOWN_VERSION,
    b"GET / HTTP/3.0\r\n": Refusal.UNKNOWN_VERSION,
    b"GET /\r\n": Refusal.MALFORMED,
    b"GET HTTP/1.1\r\n": Refusal.MALFORMED,
    b"GET / FTP/1.1\r\n": Refusal.MALFORMED,
    b"GET / HTTP/1.1 \r\n": Refusal.MALFORMED,
    b"hello\r\n": Refusal.MALFORMED,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03": Refusal.HOPELESS,
    b"$\x00\x00\x10": Refusal.HOPELESS,
    b"\x00": Refusal.HOPELESS,
    b" GET / HTTP/1.1\r\n": Refusal.HOPELESS,
    b"GET /\x00 HTTP/1.1\r\n": Refusal.HOPELESS,
    b"a" * 40: Refusal.HOPELESS,
}
_decided = pytest.mark.parametrize(("data", "decision"), DECIDED.items(), ids=[repr(line[:25]) for line in DECIDED])


@_decided
def test_the_first_line_decides(data, decision):
    assert classify(data) is decision


@_decided
def test_what_follows_changes_nothing(data, decision):
    assert classify(data + b"Host: RTSP/1.0\r\n\r\n$\x00\x16") is decision


@_decided
def test_byte_by_byte_nothing_is_decided_but_what_is_decided_in_the_end(data, decision):
    decisions = [classify(data[:end]) for end in range(len(data) + 1)]

    assert set(decisions) <= {None, decision}
    assert decisions[-1] is decision


def test_a_first_line_without_end_is_given_up_at_the_limit():
    line = b"GET /" + b"a" * FIRST_LINE_LIMIT

    assert classify(line[: FIRST_LINE_LIMIT - 1]) is None
    assert classify(line[:FIRST_LINE_LIMIT]) is Refusal.TOO_LONG


def test_empty_lines_count_towards_the_limit():
    assert classify(b"\r\n" * (FIRST_LINE_LIMIT // 2)) is Refusal.TOO_LONG


@given(st.binary(max_size=200))
def test_whatever_comes_is_classified(data):
    assert classify(data) is None or isinstance(classify(data), Protocol | Refusal)


def test_a_refusal_is_answered_in_http():
    assert answer(Refusal.MALFORMED, "BBVS/6.0/abc") == (
        b"HTTP/1.1 400 Bad Request\r\nServer: BBVS/6.0/abc\r\nConnection: close\r\n"
        b"Content-Type: text/plain\r\nContent-Length: 15\r\n\r\n400 Bad Request"
    )


def test_what_is_hopeless_is_not_answered():
    assert answer(Refusal.HOPELESS, "BBVS/6.0/abc") == b""
