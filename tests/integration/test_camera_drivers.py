"""The drivers with cameras that are not ours: GStreamer's RTSP server, motion and ffmpeg, playing real footage."""

import contextlib

import pytest
from twisted.protocols.portforward import ProxyFactory

import ssplug_mjpeg
import ssplug_rtsp
from ssplug.media.access_unit import AAC, H264, H265, MJPEG, PCMU
from ssplug.testing import RecordingSink, WentOfflineError, a_real_context, in_reactor, pause
from tests.conformance.http_camera import a_certificate, listening
from tests.integration.cameras import (
    PASSWORD,
    USER,
    a_motion_camera,
    an_ffmpeg_http_camera,
    an_rtsp_camera,
    footage,
)
from tests.integration.elementary import coded_pictures, is_run_of

pytestmark = pytest.mark.integration

FPS = 10
PIECE_SECONDS = {AAC: 1024 / 16_000, PCMU: 0.02}
"""How long a piece of sound is."""
FILES = {H264: "video.h264", H265: "video.h265", MJPEG: "video.mjpeg"}


@contextlib.asynccontextmanager
async def watching(plugin, tmp_path, **settings):
    """A sink that hears of one attempt."""
    (driver,) = plugin.ssplug_camera_drivers()
    source, sink = driver.build(a_real_context(tmp_path), settings), RecordingSink()
    source.start(sink)
    try:
        yield sink
    finally:
        await source.stop()


def pictures_of(sink, tmp_path):
    """A digest of each coded picture that arrived."""
    file = tmp_path / "arrived"
    file.write_bytes(b"".join(unit.data for unit in sink.video))
    return coded_pictures(sink.video[0].track.codec, file)


@pytest.mark.parametrize(
    ("camera", "settings", "codecs"),
    [
        ({"codec": "h264", "audio": "aac"}, {}, [H264, AAC]),
        ({"codec": "h264", "audio": "aac", "auth": "digest"}, {"transport": "udp"}, [H264, AAC]),
        ({"codec": "h264", "audio": "pcmu", "auth": "basic"}, {}, [H264, PCMU]),
        ({"codec": "h265", "audio": "none"}, {}, [H265]),
        ({"codec": "mjpeg", "audio": "pcmu"}, {}, [MJPEG, PCMU]),
        ({"codec": "h264", "audio": "aac"}, {"audio": False}, [H264]),
    ],
    ids=lambda value: "-".join(map(str, value.values())) or "tcp" if isinstance(value, dict) else "",
)
def test_every_picture_arrives(tmp_path, camera, settings, codecs):
    """Each access unit is one picture of the footage, in order and without a gap, at the pace of the camera."""
    credentials = {"username": USER, "password": PASSWORD} if "auth" in camera else {}

    @in_reactor
    async def watch(url):
        async with watching(ssplug_rtsp, tmp_path, url=url, **credentials, **settings) as sink:
            await sink.until_video(15)
        seen.append(sink)

    seen = []
    with an_rtsp_camera(**camera) as running:
        watch(running.url)
    (sink,) = seen
    assert [track.codec for track in sink.tracks] == codecs
    assert [(track.width, track.height) for track in sink.tracks if track.is_video] == [(768, 432)]
    arrived = pictures_of(sink, tmp_path)
    assert len(arrived) == len(sink.video)
    if codecs[0] != MJPEG:  # RTP writes JPEG headers of its own
        assert is_run_of(arrived, coded_pictures(codecs[0], footage() / FILES[codecs[0]]))
    expect_pace(sink)


def expect_pace(sink):
    """By their timestamps, pictures and sound come in order, and on the whole at the pace of the camera."""
    for units in (sink.video, sink.audio):
        times = [unit.seconds for unit in units]
        assert times == sorted(set(times))
        if times:
            period = PIECE_SECONDS.get(units[0].track.codec, 1 / FPS)
            assert (times[-1] - times[0]) / (len(times) - 1) == pytest.approx(period, rel=0.3)


@pytest.fixture(scope="module")
def guarded():
    """A camera that asks for Digest; for the tests that do not change it."""
    with an_rtsp_camera(auth="digest", audio="none") as camera:
        yield camera


@pytest.mark.parametrize(
    ("path", "credentials", "reason"),
    [
        ("", {"username": USER, "password": "guess"}, "401: user name or password refused"),
        ("", {}, "401: the camera asks for a user name and a password"),
        ("/other", {"username": USER, "password": PASSWORD}, "404: the camera has no stream at /live/other"),
    ],
)
@in_reactor
async def test_why_there_is_no_picture(guarded, tmp_path, path, credentials, reason):
    """What the camera refuses is told."""
    async with watching(ssplug_rtsp, tmp_path, url=guarded.url + path, **credentials) as sink:
        await sink.until_offline()
    assert sink.reasons == [reason]


@in_reactor
async def test_a_camera_that_goes_away(tmp_path, departing):
    """The attempt ends with the connection, and another begins when the camera is back."""
    async with watching(ssplug_rtsp, tmp_path, url=departing.url) as sink:
        await sink.until_video(1)
        departing.drop()
        await sink.until_offline()
    assert sink.reasons[0].removeprefix("127.0.0.1:").partition(": ")[2] in (
        "the camera ended the stream",
        "the connection was lost",
    )


@in_reactor
async def test_a_camera_that_stalls(tmp_path, stalling):
    """The connection stays and nothing comes: the thread does not wait for ever."""
    async with watching(ssplug_rtsp, tmp_path, url=stalling.url, timeout=3) as sink:
        await sink.until_video(1)
        stalling.stall()
        await sink.until_offline()
    assert sink.reasons[0].endswith("nothing came for 3 seconds")


@pytest.fixture
def departing():
    with an_rtsp_camera(audio="none") as camera:
        yield camera


@pytest.fixture
def stalling():
    with an_rtsp_camera(audio="none") as camera:
        yield camera


@pytest.fixture
def over_tls(tmp_path, guarded):
    """The camera's address through something that speaks TLS for it."""
    port = int(guarded.url.rpartition(":")[2].partition("/")[0])
    with listening(ProxyFactory("127.0.0.1", port), a_certificate(tmp_path)) as tls_port:
        yield f"rtsps://127.0.0.1:{tls_port}/live"


@in_reactor
async def test_rtsp_over_tls(over_tls, tmp_path):
    """With a certificate that nobody vouches for, if the site says so."""
    credentials = {"username": USER, "password": PASSWORD}
    async with watching(ssplug_rtsp, tmp_path, url=over_tls, **credentials, verify_certificate=False) as sink:
        await sink.until_video(3)


@in_reactor
async def test_a_certificate_that_somebody_vouches_for(over_tls, tmp_path, monkeypatch):
    """Verified, with an authority that the machine was told to trust."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "camera.pem"))
    url = over_tls.replace("127.0.0.1", "localhost")
    async with watching(ssplug_rtsp, tmp_path, url=url, username=USER, password=PASSWORD) as sink:
        await sink.until_video(1)


@in_reactor
async def test_a_certificate_that_nobody_vouches_for(over_tls, tmp_path):
    """Refused, with the setting that accepts it."""
    async with watching(ssplug_rtsp, tmp_path, url=over_tls) as sink:
        await sink.until_offline()
    assert "verify_certificate: false" in sink.reasons[0]


def test_multipart_from_ffmpeg(tmp_path):
    """Pictures as they come; the camera ends with its client."""

    @in_reactor
    async def watch(url):
        async with watching(ssplug_mjpeg, tmp_path, url=url) as sink:
            await sink.until_video(10)
        assert (sink.tracks[0].width, sink.tracks[0].height) == (768, 432)
        assert len({unit.data for unit in sink.video}) == len(sink.video)

    with an_ffmpeg_http_camera() as camera:
        watch(camera.url)


def test_multipart_and_stills_from_motion_with_digest(tmp_path, guarded):
    """A camera of several clients that asks who they are."""

    @in_reactor
    async def watch(url, **settings):
        while True:
            async with watching(ssplug_mjpeg, tmp_path, url=url, **settings) as sink:
                with contextlib.suppress(WentOfflineError):  # motion hangs up until it has a picture itself
                    return await sink.until_video(3)
            await pause(0.2)

    source = guarded.url.replace("//", f"//{USER}:{PASSWORD}@")
    with a_motion_camera(source, "viewer", "open-sesame") as camera:
        watch(camera.url, username="viewer", password="open-sesame")
        still = camera.url.replace("/stream", "/current")
        watch(still, username="viewer", password="open-sesame", interval=0.1)
