"""What is said on the WebSocket of `mse`, and to whom."""

import json

import pytest

from ssplug.wire.mse import MSERequest, codecs_message, is_of_this_site, offline_message
from ssplug.wire.requests import Parameters, RequestError


def test_messages_are_json_with_a_type() -> None:
    codecs = json.loads(codecs_message('video/mp4; codecs="avc1.640028"', 1920, 1080))
    assert codecs == {"type": "codecs", "mimeType": 'video/mp4; codecs="avc1.640028"', "width": 1920, "height": 1080}
    assert json.loads(offline_message('the "porch" is gone')) == {"type": "offline", "reason": 'the "porch" is gone'}


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        (None, "nvr:8000", True),
        ("http://nvr:8000", "nvr:8000", True),
        ("https://nvr", "NVR", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://nvr:8001", "nvr:8000", False),
        ("http://evil.example", "nvr:8000", False),
        ("http://nvr:8000.evil.example", "nvr:8000", False),
        ("http://evil.example/nvr:8000", "nvr:8000", False),
        ("null", "nvr:8000", False),
        ("null", "", False),
        ("", "", False),
        ("http://nvr:8000", None, False),
    ],
)
def test_only_pages_of_this_server_may_open_one(origin: str | None, host: str | None, is_ours: bool) -> None:
    """What is no browser sends no Origin."""
    assert is_of_this_site(origin, host) is is_ours


def test_requests_are_understood() -> None:
    assert MSERequest.parse(Parameters.of_query("cameraNum=3")) == MSERequest(3)
    assert MSERequest.parse(Parameters.of_query("quality=1&cameraNum=3&acodec=none")) == MSERequest(3, 1, False)
    with pytest.raises(RequestError):
        MSERequest.parse(Parameters.of_query("cameraNum=3&quality=7"))
