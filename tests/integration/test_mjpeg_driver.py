"""The mjpeg driver against a web server that behaves as cameras do, well and badly."""

import contextlib

import pytest

from ssplug.testing import RecordingSink, a_real_context, in_reactor, pause
from ssplug_mjpeg.source import MJPEGSettings, MJPEGSource
from tests.conformance.http_camera import PASSWORD, USER, Still, a_camera, a_certificate, a_silent_port

pytestmark = pytest.mark.integration


@contextlib.asynccontextmanager
async def watching(tmp_path, url, **settings):
    """A sink that hears of one attempt."""
    source, sink = MJPEGSource(a_real_context(tmp_path), MJPEGSettings(url, **settings)), RecordingSink()
    source.start(sink)
    try:
        yield sink
    finally:
        await source.stop()


@pytest.fixture
def camera():
    with a_camera() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("path", ["stream", "moved", "still"])
@in_reactor
async def test_pictures_come(camera, tmp_path, path):
    """From a stream, behind a redirect, and one by one."""
    async with watching(tmp_path, f"{camera}/{path}", interval=0.04) as sink:
        await sink.until_video(3)
    assert len({unit.data for unit in sink.video}) == len(sink.video)


@pytest.mark.parametrize("path", ["basic", "digest"])
@in_reactor
async def test_the_camera_is_told_who_we_are(camera, tmp_path, path):
    """Credentials in the settings, or in the URL."""
    async with watching(tmp_path, f"{camera}/{path}", username=USER, password=PASSWORD) as sink:
        await sink.until_video(1)
    url = camera.replace("//", f"//{USER}:{PASSWORD.replace(' ', '%20')}@")
    async with watching(tmp_path, f"{url}/{path}") as sink:
        await sink.until_video(1)


@pytest.mark.parametrize(
    ("path", "settings", "reason"),
    [
        ("digest", {}, "401: the camera asks for a user name and a password"),
        ("digest", {"username": USER, "password": "guess"}, "401: user name or password refused"),
        ("basic", {"username": "guess", "password": PASSWORD}, "401: user name or password refused"),
        ("nothing?pwd=guess", {}, "404: the camera has nothing at /nothing"),
        ("away", {}, "the camera redirects to another host, elsewhere.example: set url to the new address"),
        ("loop", {}, "the camera redirects without end"),
        ("page", {}, "the camera sends no pictures but text/html"),
        ("broken", {}, "what the camera sends is no JPEG"),
        ("page", {"still": True}, "what the camera sends is no JPEG"),
        ("short", {}, "the camera ended the stream"),
    ],
)
@in_reactor
async def test_why_there_is_no_picture(camera, tmp_path, path, settings, reason):
    """One sentence for whoever has to mend it."""
    async with watching(tmp_path, f"{camera}/{path}", **settings) as sink:
        await sink.until_offline()
    assert sink.reasons == [reason]


@in_reactor
async def test_a_host_that_does_not_exist(tmp_path):
    """The name is told."""
    async with watching(tmp_path, "http://camera.invalid/stream") as sink:
        await sink.until_offline()
    assert sink.reasons == ["camera.invalid:80: host unknown"]


@in_reactor
async def test_a_larger_picture_is_a_new_track(camera, tmp_path):
    """The tracks are announced again before the first unit of the other size."""
    async with watching(tmp_path, f"{camera}/changing") as sink:
        await sink.until_video(6)
    assert [(unit.track.width, unit.track.height) for unit in sink.video[:5]] == [(64, 48)] * 3 + [(80, 60)] * 2
    assert sink.told[:6] == ["online", *["access_unit"] * 3, "online", "access_unit"]


def test_stills_share_a_connection(tmp_path):
    """One connection for many requests, with the Content-Type left aside."""
    still = Still(b"application/octet-stream")

    @in_reactor
    async def take_five(url):
        async with watching(tmp_path, url, still=True, interval=0.04) as sink:
            await sink.until_video(5)

    with a_camera(still=still) as port:
        take_five(f"http://127.0.0.1:{port}/still")
    assert len(still.connections) == 1


@in_reactor
async def test_a_camera_that_never_answers_can_be_stopped(tmp_path, silent):
    """Nothing is said, and `stop` closes the connection."""
    async with watching(tmp_path, f"http://127.0.0.1:{silent}/stream") as sink:
        await pause(0.2)
    assert sink.told == []


@pytest.fixture
def silent():
    with a_silent_port() as port:
        yield port


@pytest.fixture
def tls_camera(tmp_path):
    with a_camera(a_certificate(tmp_path)) as port:
        yield f"https://localhost:{port}"


@in_reactor
async def test_a_certificate_that_nobody_vouches_for(tls_camera, tmp_path):
    """Refused, with the setting that accepts it."""
    async with watching(tmp_path, f"{tls_camera}/stream") as sink:
        await sink.until_offline()
    assert "verify_certificate: false" in sink.reasons[0]


@in_reactor
async def test_any_certificate_if_the_site_says_so(tls_camera, tmp_path):
    """Pictures over TLS, from a stream and one by one."""
    for path in ("stream", "still"):
        async with watching(tmp_path, f"{tls_camera}/{path}", verify_certificate=False, interval=0.04) as sink:
            await sink.until_video(3)
