"""Multipart bodies as cameras write them."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug_mjpeg.multipart import MultipartError, MultipartParser

JPEG = b"\xff\xd8 a picture \r\n with line ends -- and hyphens \xff\xd9"


def bodies(parser, *chunks):
    return [part.body for chunk in chunks for part in parser.feed(chunk)]


def byte_by_byte(data):
    return [data[at : at + 1] for at in range(len(data))]


COUNTED = b"Content-Length: %d\r\n\r\n" % len(JPEG)


def three(head, tail=b"\r\n", end=b""):
    """Three pictures, each between `head` and `tail`."""
    return (head + JPEG + tail) * 3 + end


# boundary parameter, body
STREAMS = {
    "with lengths": ("frame", three(b"--frame\r\nContent-Type: image/jpeg\r\n" + COUNTED)),
    "without lengths": ("frame", three(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n", end=b"--frame--\r\n")),
    "no line end before the delimiter": ("frame", three(b"--frame\r\n\r\n", tail=b"", end=b"--frame")),
    "no line end after a counted body": ("frame", three(b"--frame\r\n" + COUNTED, tail=b"")),
    "LF alone": ("frame", three(b"--frame\n\n", tail=b"\n", end=b"--frame")),
    "LF alone, with lengths": ("frame", three(b"--frame\n" + COUNTED.replace(b"\r", b""), tail=b"\n")),
    "hyphens in the parameter, as in the delimiter": ("--frame", three(b"--frame\r\n\r\n", end=b"--frame\r\n")),
    "hyphens in the parameter, more in the delimiter": ("--frame", three(b"----frame\r\n\r\n", end=b"----frame--")),
    "no hyphens at all": ("frame", three(b"frame\r\n" + COUNTED)),
    "a quoted parameter": ('"a frame"', three(b"--a frame\r\n\r\n", end=b"--a frame--")),
    "no parameter": ("", three(b"--whatever\r\n\r\n", end=b"--whatever--")),
    "a preamble": ("frame", b"\r\nThis is a stream\r\n\r\n" + three(b"--frame\r\n" + COUNTED)),
    "a length that is too small": ("frame", three(b"--frame\r\n" + COUNTED, tail=b"rest\r\n")),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_arrives_whole(name):
    """Each form gives its three pictures."""
    boundary, stream = STREAMS[name]
    assert bodies(MultipartParser(boundary), stream) == [JPEG] * 3


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_arrives_byte_by_byte(name):
    """Where the network cuts does not matter."""
    boundary, stream = STREAMS[name]
    assert bodies(MultipartParser(boundary), *byte_by_byte(stream)) == [JPEG] * 3


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_with_a_part_that_is_not_finished(name):
    """What is cut short is not given."""
    boundary, stream = STREAMS[name]
    assert bodies(MultipartParser(boundary), stream[: -len(JPEG)])[:2] == [JPEG] * 2
    assert len(bodies(MultipartParser(boundary), stream[: len(stream) // 3 - len(JPEG) // 2])) == 0


def test_the_headers_of_a_part():
    """Names in lower case, values without the space around them."""
    headers = b"Content-TYPE:  image/jpeg \r\nX-Time: 1:2\r\nContent-Length: 2\r\n"
    (part,) = MultipartParser("b").feed(b"--b\r\n" + headers + b"\r\nxy")
    assert part.headers == {"content-type": "image/jpeg", "x-time": "1:2", "content-length": "2"}


def test_what_follows_the_closing_delimiter_is_ignored():
    """The epilogue (RFC 2046, 5.1.1), however long."""
    parser = MultipartParser("b", part_limit=100)
    assert bodies(parser, b"--b\r\n\r\nxy\r\n--b--\r\n", b"e" * 1000, b"--b\r\n\r\nzz\r\n--b") == [b"xy"]
    assert parser.ended


@pytest.mark.parametrize(
    "stream",
    [
        b"--b\r\n\r\n" + b"x" * 200,
        b"--b\r\nContent-Length: 200\r\n\r\n",
        b"x" * 200,
        b"junk\r\n" * 40,
        b"--b\r\n" + b"A: b\r\n" * 4000,
    ],
)
def test_nothing_grows_without_end(stream):
    """A body, a preamble, a header that are too long are the end of it, whole or byte by byte."""
    with pytest.raises(MultipartError):
        bodies(MultipartParser("b", part_limit=100), stream)
    with pytest.raises(MultipartError):
        bodies(MultipartParser("b", part_limit=100), *byte_by_byte(stream))


@st.composite
def chunked(draw, data):
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=20)))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@settings(max_examples=50)
@given(st.data(), st.lists(st.binary(max_size=40).filter(lambda body: b"--frame" not in body), max_size=5))
def test_whatever_the_parts_and_wherever_the_cuts(data, parts):
    """What was put together with lengths comes apart again."""
    stream = b"".join(b"--frame\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(body), body) for body in parts)
    assert bodies(MultipartParser("frame"), *data.draw(chunked(stream))) == parts


@settings(max_examples=100)
@given(st.lists(st.binary(max_size=200), max_size=10))
def test_garbage_is_survived(chunks):
    """Nothing but parts and MultipartError comes of whatever arrives."""
    parser = MultipartParser("", part_limit=500)
    with contextlib.suppress(MultipartError):
        assert all(isinstance(body, bytes) for body in bodies(parser, *chunks))
