"""Players that tunnel RTSP in HTTP, with and without TLS, with user and password."""

import subprocess

import pytest

from ssplug.media.access_unit import H264
from ssplug.testing.encoded import encoded_video, write_media
from tests.integration.cameras import need
from tests.integration.server import running, write_site

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("forms")]

SITE = "porch: {{number: 0, source: {{driver: file, path: {path}}}, motion: {{enabled: false}}}}\n"
USERS = "users:\n  - {name: viewer, password: {$env: VIEWER_PASSWORD}, permissions: [live]}\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    need("ffmpeg", "ffprobe", "gst-launch-1.0")
    folder = tmp_path_factory.mktemp("tunnel")
    write_media(str(folder / "porch.mp4"), encoded_video(H264, 320, 180, 50, gop=25, frame_rate=25))
    site = write_site(folder, SITE.format(path=folder / "porch.mp4"), rest=USERS)
    with running(site, env={"VIEWER_PASSWORD": "sesame"}) as server:
        server.wait_for("(porch) online")
        yield server


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=30, check=False)


def port_of(server, transport):
    return server.https_port if transport.endswith("s") else server.ports["port"]


@pytest.mark.parametrize("transport", ["http", "https"])
def test_ffmpeg_plays_through_a_tunnel(server, transport):
    url = f"rtsp://viewer:sesame@127.0.0.1:{port_of(server, transport)}/stream?cameraNum=0&width=160"
    shown = run("ffprobe", "-v", "error", "-rtsp_transport", transport, "-count_packets", "-read_intervals", "%+1",
                "-show_entries", "stream=codec_name,width,nb_read_packets", "-of", "csv=p=0", url)  # fmt: skip
    codec, width, packets = shown.stdout.strip().split(",")
    assert (codec, width) == ("h264", "160"), shown.stderr
    assert int(packets) >= 20


def test_a_wrong_password_is_told_through_it(server):
    url = f"rtsp://viewer:wrong@127.0.0.1:{server.ports['port']}/stream?cameraNum=0"
    assert "401 Unauthorized" in run("ffprobe", "-v", "error", "-rtsp_transport", "http", url).stderr


@pytest.mark.parametrize(("scheme", "transport"), [("rtsph", "http"), ("rtspsh", "https")])
def test_gstreamer_plays_through_a_tunnel(server, scheme, transport):
    url = f"{scheme}://127.0.0.1:{port_of(server, transport)}/stream?cameraNum=0"
    pipeline = (
        f"rtspsrc location={url} user-id=viewer user-pw=sesame tls-validation-flags=0 ! rtph264depay ! h264parse ! "
        "avdec_h264 ! identity eos-after=10 ! fakesink"
    )
    done = run("gst-launch-1.0", "-q", *pipeline.split())
    assert done.returncode == 0, done.stderr
