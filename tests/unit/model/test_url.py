"""A camera's URL keeps its credentials to itself."""

import pytest

from ssplug.model.url import CameraURL


def test_the_parts_of_a_url():
    """Scheme, host, port and target."""
    url = CameraURL.parse("rtsp://10.0.0.5:8554/live?channel=1")
    assert (url.scheme, url.host, url.port, url.target) == ("rtsp", "10.0.0.5", 8554, "/live?channel=1")


@pytest.mark.parametrize(("scheme", "port"), [("rtsp", 554), ("rtsps", 322), ("http", 80), ("https", 443)])
def test_every_scheme_has_its_port(scheme, port):
    """Without a port the scheme's own is meant, and without a path the root."""
    url = CameraURL.parse(f"{scheme}://camera")
    assert (url.port, url.target) == (port, "/")


def test_credentials_come_from_the_url():
    """People paste URLs with a user and a password in them, percent-encoded or not."""
    url = CameraURL.parse("rtsp://admin:p%40ss@camera/live")
    assert (url.username, url.password, url.host) == ("admin", "p@ss", "camera")


def test_credentials_beside_the_url_win():
    """The settings' own user and password are meant."""
    url = CameraURL.parse("rtsp://admin:old@camera/live", "viewer", "new")
    assert (url.username, url.password) == ("viewer", "new")


def test_credentials_are_never_shown():
    """Neither as text nor in the representation of the value."""
    url = CameraURL.parse("rtsp://admin:hunter2@camera/live?pwd=hunter2")
    assert "hunter2" not in f"{url} {url!r} {url.place} {url.path}"
    assert str(url) == "rtsp://camera:554/live"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/user=admin_password=tlJwpbo6_channel=1.sdp?real_stream", "/user=..._password=..._channel=1.sdp"),
        ("/live&username=admin&pwd=hunter2&n=1", "/live&username=...&pwd=...&n=1"),
        ("/userland/passage", "/userland/passage"),
    ],
)
def test_credentials_in_the_path_are_not_shown(target, path):
    """Some cameras want them there."""
    assert CameraURL.parse(f"rtsp://camera{target}").path == path


def test_credentials_are_percent_encoded_for_a_library():
    """Whatever characters they are made of, the URL can be taken apart again."""
    url = CameraURL.parse("rtsp://camera/live", "us/er", "p@s:s w#rd?é")
    whole = url.with_credentials()
    assert whole == "rtsp://us%2Fer:p%40s%3As%20w%23rd%3F%C3%A9@camera:554/live"
    assert CameraURL.parse(whole) == url


def test_the_plain_url_has_no_credentials():
    """For requests that carry them in a header."""
    assert CameraURL.parse("http://a:b@camera/x?y=1").plain() == "http://camera:80/x?y=1"
    assert CameraURL.parse("http://camera/x").with_credentials() == "http://camera:80/x"


def test_an_address_of_ipv6_keeps_its_brackets():
    """In URLs and messages, but not as the host to connect to."""
    url = CameraURL.parse("rtsp://[fe80::1]:554/live")
    assert url.host == "fe80::1"
    assert url.plain() == "rtsp://[fe80::1]:554/live"


@pytest.mark.parametrize(
    "text", ["rtsp://admin:sec/ret@camera/live", "ftp://u:secret@camera", "secret", "rtsp:///secret"]
)
def test_a_url_that_makes_no_sense_is_not_repeated(text):
    """The message helps, without what may be a password."""
    with pytest.raises(ValueError, match="the url") as caught:
        CameraURL.parse(text)
    assert "sec" not in str(caught.value)


def test_a_url_with_letters_of_other_languages_becomes_ascii():
    """As a browser would send it; what is percent-encoded already stays as it is."""
    url = CameraURL.parse("http://küche.example/höhe 1%20m?x=ä")
    assert url.plain() == "http://xn--kche-0ra.example:80/h%C3%B6he%201%20m?x=%C3%A4"
