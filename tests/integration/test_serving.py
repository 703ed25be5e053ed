"""From a real camera through the real server to real players: nothing is lost, whoever comes and goes."""

import json
import re
import subprocess
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import av
import pytest

from tests.integration.cameras import PASSWORD, USER, an_rtsp_camera, footage, need
from tests.integration.elementary import coded_pictures, is_run_of
from tests.integration.server import running, write_site

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("serving")]

SECONDS = 10
FPS = 10

CAMERAS = {
    0: {"codec": "h264", "audio": "aac"},
    1: {"codec": "h265", "audio": "none"},
    2: {"codec": "mjpeg", "audio": "none"},
    3: {"codec": "h264", "audio": "pcmu", "auth": "basic"},
    4: {"codec": "h265", "audio": "aac", "auth": "digest"},
}
FILE_FORMAT = {"h264": "h264", "h265": "hevc", "mjpeg": "mjpeg"}


def source_line(number: int, camera, options: dict[str, str]) -> str:
    login = f", username: {USER}, password: {{$env: CAMERA_PASSWORD}}" if "auth" in options else ""
    return f'camera{number}: {{number: {number}, source: {{driver: rtsp, url: "{camera.url}"{login}}}}}\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with one camera of each kind, all of them online."""
    need("ffmpeg", "ffprobe", "gst-launch-1.0")
    with ExitStack() as stack:
        cameras = {number: stack.enter_context(an_rtsp_camera(**options)) for number, options in CAMERAS.items()}
        lines = "".join(source_line(number, camera, CAMERAS[number]) for number, camera in cameras.items())
        site = write_site(tmp_path_factory.mktemp("site"), lines)
        server = stack.enter_context(running(site, env={"CAMERA_PASSWORD": PASSWORD}))
        for number in CAMERAS:
            server.wait_for(f"camera={number} (camera{number}) online")
        yield server


def run(*command: object, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}"
    return done


def record(url: str, codec: str, target: Path) -> Path:
    """What ffmpeg receives in SECONDS, as an elementary stream, copied."""
    options = ["-v", "error", "-nostdin", "-rtsp_transport", "tcp", "-i", url, "-map", "0:v", "-t", SECONDS]
    done = run("ffmpeg", *options, "-c", "copy", "-f", FILE_FORMAT[codec], target)
    assert not done.stderr.strip(), f"ffmpeg complained: {done.stderr}"
    return target


def test_every_access_unit_arrives_in_order_and_unchanged(server, tmp_path):
    """Ten seconds of each codec, all at the same time, compared with what the camera plays."""
    options = {0: "vcodec=h264", 1: "vcodec=h265", 2: "", 4: "vcodec=h26x&acodec=src"}

    def received(number: int) -> Path:
        codec = CAMERAS[number]["codec"]
        url = f"{server.rtsp}/stream?cameraNum={number}&{options[number]}"
        return record(url, codec, tmp_path / f"{number}.{codec}")

    with ThreadPoolExecutor(len(options)) as pool:
        files = dict(zip(options, pool.map(received, options), strict=True))
    for number, file in files.items():
        codec = CAMERAS[number]["codec"]
        got = coded_pictures(codec, file)
        assert len(got) >= (SECONDS - 1) * FPS, f"{codec}: {len(got)} pictures in {SECONDS} s"
        assert is_run_of(got, coded_pictures(codec, footage() / f"video.{codec}")), f"{codec}: pictures are missing"


def test_the_sdp_alone_is_enough(server):
    """A player that must not probe knows codec, size and sound at once (-probesize 64 -analyzeduration 0)."""
    shown = run(
        *("ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-probesize", 64, "-analyzeduration", 0),
        *("-show_entries", "stream=codec_name,width,height,sample_rate", "-of", "json"),
        f"{server.rtsp}/stream?cameraNum=0",
    )
    video, audio = json.loads(shown.stdout)["streams"]
    assert (video["codec_name"], video["width"], video["height"]) == ("h264", 768, 432)
    assert (audio["codec_name"], audio["sample_rate"]) == ("aac", "16000")


@pytest.mark.parametrize(
    ("acodec", "expected"),
    [("aac", "aac,8000"), ("ulaw", "pcm_mulaw,8000"), ("pcm", "pcm_s16be,8000"), ("src", "pcm_mulaw,8000")],
)
def test_sound_is_converted_as_asked_for(server, acodec, expected):
    """Camera 3 sends G.711; whoever wants something else gets it."""
    shown = run(
        *("ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-select_streams", "a"),
        *("-show_entries", "stream=codec_name,sample_rate", "-of", "csv=p=0"),
        f"{server.rtsp}/stream?cameraNum=3&acodec={acodec}",
    )
    assert shown.stdout.strip() == expected


def test_acodec_none_has_no_sound(server):
    """And the picture plays."""
    shown = run(
        *("ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-show_entries", "stream=codec_type", "-of", "csv=p=0"),
        f"{server.rtsp}/stream?cameraNum=0&acodec=none",
    )
    assert shown.stdout.split() == ["video"]


def test_gstreamer_plays(server, tmp_path):
    """rtspsrc over TCP, decoded: fifty pictures."""
    pipeline = (
        f"rtspsrc location={server.rtsp}/stream?cameraNum=0 protocols=tcp ! rtph264depay ! h264parse ! avdec_h264 "
        f"! identity eos-after=50 ! filesink location={tmp_path / 'pictures'}"
    )
    run("gst-launch-1.0", "-q", *pipeline.split(), seconds=40)
    assert (tmp_path / "pictures").stat().st_size >= 49 * 768 * 432 * 3 // 2


def test_pyav_plays(server):
    """The first picture is decodable, and time grows."""
    url = f"{server.rtsp}/stream?cameraNum=0"
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=(10, 10)) as container:
        frames = container.decode(video=0)
        assert next(frames).width == 768
        times = [frame.time for frame, _ in zip(frames, range(20), strict=False)]
    # FFmpeg gives the first picture of an RTSP stream no time, whoever serves it.
    known = [time for time in times if time is not None]
    assert len(set(known)) >= 18
    assert known == sorted(known)


def test_udp_is_refused_and_tcp_is_taken_up(server):
    """461 for UDP: ffmpeg, which tries UDP first, then asks for TCP."""
    shown = run("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0",
                f"{server.rtsp}/stream?cameraNum=1&vcodec=h265")  # fmt: skip
    assert shown.stdout.split() == ["hevc"]


def test_no_password_reaches_the_log_or_the_documents(server):
    """Cameras 3 and 4 have credentials; nobody else ever sees them."""
    documents = ""
    for form in ("", "xml", "json"):
        with urllib.request.urlopen(f"{server.http}/systemInfo?format={form}", timeout=10) as document:
            documents += document.read().decode()
    assert "camera4" in documents
    assert f":{PASSWORD}@" not in documents
    assert not [line for line in server.lines if PASSWORD in line]


class EventStream:
    """A client of eventStream that keeps what it hears; `close` it when the server has ended."""

    def __init__(self, server) -> None:
        self.text = ""
        self.ended = False
        self._news = threading.Condition()
        self._response = urllib.request.urlopen(f"{server.http}/eventStream?version=3", timeout=60)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """After the server has ended, and with it the stream."""
        self._thread.join(30)
        self._response.close()

    def _read(self) -> None:
        while byte := self._next_byte():
            with self._news:
                self.text += byte.decode()
                self._news.notify_all()
        with self._news:
            self.ended = True
            self._news.notify_all()

    def _next_byte(self) -> bytes:
        try:
            return self._response.read(1)
        except OSError:  # the server ends with the test
            return b""

    def wait_for(self, pattern: str, seconds: float = 40) -> None:
        with self._news:
            found = self._news.wait_for(lambda: re.search(pattern, self.text) or self.ended, seconds)
        assert found, f"no {pattern!r} in {self.text!r}"
        assert not self.ended, f"the stream ended: {self.text!r}"


def test_a_camera_that_goes_and_comes_back(tmp_path):
    """OFFLINE and ONLINE arrive on a stream that stays open, the still says 404 meanwhile, and the picture returns."""
    need("ffmpeg")
    with an_rtsp_camera(audio="none") as camera:
        site = write_site(tmp_path, source_line(0, camera, {}))
        with ExitStack() as afterwards, running(site) as server:
            server.wait_for("camera=0 (camera0) online")
            events = EventStream(server)
            afterwards.callback(events.close)
            events.wait_for(r"\d{14} 0 X NULL\r")
            camera.drop()
            events.wait_for(r" 0 OFFLINE\r")
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{server.http}/image?cameraNum=0", timeout=10)
            assert refused.value.code == 404
            refused.value.close()
            events.wait_for(r" 0 ONLINE\r")
            with urllib.request.urlopen(f"{server.http}/image?cameraNum=0", timeout=10) as still:
                assert still.headers["Content-Type"] == "image/jpeg"
                assert still.read(2) == b"\xff\xd8"


def test_a_camera_that_hangs_is_noticed(tmp_path):
    """Connected, but no data: OFFLINE within ten seconds, with the reason, and ONLINE when it goes on."""
    need("ffmpeg")
    with an_rtsp_camera(audio="none") as camera:
        site = write_site(tmp_path, source_line(0, camera, {}))
        with ExitStack() as afterwards, running(site) as server:
            server.wait_for("camera=0 (camera0) online")
            events = EventStream(server)
            afterwards.callback(events.close)
            events.wait_for("NULL")
            camera.stall()
            events.wait_for(r" 0 OFFLINE\r", seconds=15)
            events.wait_for(r" 0 ERROR 80[01] [^\r]*8 seconds\r")
            camera.stall()
            events.wait_for(r" 0 ONLINE\r")
