"""What the URI of a request asks for, as clients write it."""

import pytest

from ssplug.wire.rtsp.target import StreamRequest, StreamTarget


@pytest.mark.parametrize(
    ("uri", "stream"),
    [
        ("rtsp://h:8000/stream?cameraNum=3", StreamRequest(3)),
        ("rtsp://h/++stream?cameraNum=3", StreamRequest(3)),
        ("rtsps://h/%2B%2Bstream?cameraNum=3", StreamRequest(3)),
        ("rtsp://h//stream/?cameraNum=3/", StreamRequest(3)),
        ("/stream?cameraNum=3", StreamRequest(3)),
        ("rtsp://h/stream&cameraNum=3", StreamRequest(3)),
        (
            "rtsp://h/stream?cameraNum=3&vcodec=h264&acodec=aac&fps=5&width=640",
            StreamRequest(3, "h264", "aac", width=640, fps=5.0),
        ),
        (
            "rtsp://h/++stream?cameraNum=3&width=1920&height=1080&req_fps=15",
            StreamRequest(3, width=1920, height=1080, fps=15.0),
        ),
        ("rtsp://h/stream?cameraNum=3&width=0&height=&fps=0", StreamRequest(3)),
        ("rtsp://h/stream?auth=dXNl+cj8/&cameraNum=0&codec=H264", StreamRequest(0, "h264", "", "dXNl+cj8/")),
        ("rtsp://user:pass@h/stream?acodec=src&vcodec=h26x&cameraNum=12", StreamRequest(12, "h26x", "src")),
        ("rtsp://h/stream", StreamRequest(None)),
        ("rtsp://h/stream?cameraNum=porch", StreamRequest(None)),
        ("rtsp://h/stream?cameraNum=", StreamRequest(None)),
    ],
)
def test_every_way_to_ask_for_a_stream(uri, stream):
    assert StreamTarget.parse(uri) == StreamTarget(uri, None, stream)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("width=wide", "width: not a whole number"),
        ("height=9000", "height: not between 1 and 8192"),
        ("fps=-1", "fps: less than nothing"),
        ("req_fps=fast", "fps: not a number"),
    ],
)
def test_what_cannot_be_asked_for_is_a_problem(query, problem):
    """To be told; a URI is read in every state, and never fails."""
    assert StreamTarget.parse(f"rtsp://h/stream?cameraNum=3&{query}").stream == StreamRequest(None, problem=problem)


@pytest.mark.parametrize(
    ("uri", "presentation"),
    [
        ("rtsp://h/stream?cameraNum=3/trackID=1", "rtsp://h/stream?cameraNum=3"),
        ("rtsp://h/stream?cameraNum=3/trackid=1/", "rtsp://h/stream?cameraNum=3"),
        ("rtsp://h/stream/trackID=1?cameraNum=3", "rtsp://h/stream?cameraNum=3"),
    ],
)
def test_a_track_comes_after_the_query_or_after_the_path(uri, presentation):
    assert StreamTarget.parse(uri) == StreamTarget(presentation, 1, StreamRequest(3))


def test_a_player_that_resolves_the_track_by_the_book_has_lost_the_stream():
    """RFC 3986, 5.2: a relative reference replaces query and last segment."""
    assert StreamTarget.parse("rtsp://h/trackID=1") == StreamTarget("rtsp://h", 1, None)


@pytest.mark.parametrize(
    "uri", ["*", "rtsp://h/", "rtsp://h", "rtsp://h/image?cameraNum=3", "/streams?cameraNum=3", ""]
)
def test_nothing_else_is_a_stream(uri):
    assert StreamTarget.parse(uri).stream is None
