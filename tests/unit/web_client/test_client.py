"""What the web client decides from values alone."""

import pytest
from twisted.internet import error
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed, ResponseNeverReceived

from ssplug.model.url import CameraURL
from ssplug.web_client import WebClient, WebError, reason, redirected


def a_url(text="http://camera/stream", username="u", password="hunter2"):
    return CameraURL.parse(text, username, password)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/other", "http://camera:80/other"),
        ("other?x=1", "http://camera:80/other?x=1"),
        ("http://camera:8080/other", "http://camera:8080/other"),
        ("https://camera/other", "https://camera:443/other"),
    ],
)
def test_a_redirect_to_the_same_host_is_followed(location, target):
    """With our credentials, whatever the camera writes into the address."""
    there = redirected(a_url(), location)
    assert there.plain() == target
    assert (there.username, there.password) == ("u", "hunter2")


@pytest.mark.parametrize(
    "location",
    ["http://elsewhere/stream", "//elsewhere/stream", "ftp://camera/x", "rtsp://camera/x", "http://[", "file:///etc"],
)
def test_a_redirect_to_another_host_is_not_followed(location):
    """Our credentials are for this camera only."""
    with pytest.raises(WebError, match="redirects"):
        redirected(a_url(), location)


def test_a_redirect_from_https_to_http_is_not_followed():
    """Credentials that were safe stay safe."""
    with pytest.raises(WebError, match="from https to http"):
        redirected(a_url("https://camera/stream"), "http://camera/stream")


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (error.ConnectionRefusedError(), "camera:80: connection refused: nothing listens there"),
        (error.DNSLookupError(), "camera:80: host unknown"),
        (error.NoRouteError(), "camera:80: no route to the host"),
        (error.TimeoutError(), "camera:80: no answer"),
        (error.TCPTimedOutError(), "camera:80: no answer"),
        (error.ConnectError(), "camera:80: no connection"),
        (ResponseNeverReceived([Failure(error.ConnectionLost())]), "camera:80: the connection was lost"),
        (ResponseFailed([Failure(ValueError("bad line"))]), "camera:80: the reply is not HTTP"),
        (ZeroDivisionError(), None),
    ],
)
def test_reasons_are_for_people(problem, text):
    """What lies below the wrapping of Twisted counts; a fault of our own has no such reason."""
    assert reason(problem, "camera:80") == text


def test_an_address_that_the_camera_gives_us_is_its_own():
    """A path or another port is; another host is not, for it would get our credentials."""
    client = WebClient(None, a_url("http://camera/"))
    assert client.address("/onvif/media").plain() == "http://camera:80/onvif/media"
    assert client.address("http://camera:8000/onvif").password == "hunter2"
    with pytest.raises(WebError, match="refers us to another host, elsewhere"):
        client.address("http://elsewhere/onvif")


def test_a_client_is_for_http():
    """A stream's address is none."""
    with pytest.raises(ValueError, match="http"):
        WebClient(None, a_url("rtsp://camera/"))
