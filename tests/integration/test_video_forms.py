"""Video that is made here, as real players see it: size, rate and codec; no signal; and back."""

import itertools
import json
import subprocess
import threading
from contextlib import ExitStack

import av
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ssplug.media.access_unit import H264, H265, MJPEG
from ssplug.testing.encoded import encoded_audio, encoded_video, write_media
from tests.integration.cameras import an_rtsp_camera, need
from tests.integration.server import running, write_site

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("forms")]

MOVIES = {0: (H264, "h264.mp4"), 1: (H265, "h265.mp4"), 2: (MJPEG, "jpeg.mkv")}
QUIET = "motion: {enabled: false}, motion_capture: {schedule: unarmed-24-7}"
RATE = 20


def camera_line(number, path, more=""):
    return f"camera{number}: {{number: {number}, source: {{driver: file, path: {path}}}, {QUIET}{more}}}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three seconds of 320x180 in each codec, with a white square on top and a red quarter at the bottom left."""
    folder = tmp_path_factory.mktemp("movies")
    for codec, name in MOVIES.values():
        video = encoded_video(
            codec,
            320,
            180,
            3 * RATE,
            gop=RATE,
            frame_rate=RATE,
            options={"huffman": "default"} if codec == MJPEG else None,
        )
        write_media(str(folder / name), video, *([encoded_audio(seconds=3)] if codec == H264 else []))
    return folder


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    """A camera for each codec, the first once more turned to the right, and a budget for what the tests want."""
    need("ffmpeg", "ffprobe", "gst-launch-1.0")
    lines = "".join(camera_line(number, folder / name) for number, (_, name) in MOVIES.items())
    turned = ", transform: rotate-right, overlay: {enabled: true, text: HHHH, font_size: 40, position: top-right}"
    lines += camera_line(3, folder / "h264.mp4", turned)
    site = write_site(tmp_path_factory.mktemp("site"), lines, "encoders: {megapixels_per_second: 20}")
    with running(site) as server:
        for number in (*MOVIES, 3):
            server.wait_for(f"camera={number} (camera{number}) online")
        yield server


def run(*command, seconds=40):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds, check=False)


def probed(url, *options):
    done = run("ffprobe", "-v", "error", "-rtsp_transport", "tcp", *options, "-of", "json",
               "-show_entries", "stream=codec_type,codec_name,width,height", url)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["streams"]


def figure(server, name, camera):
    page = run("curl", "-s", f"{server.http}/metrics").stdout
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return next(s.value for s in samples if s.name == f"ssplug_camera_{name}" and s.labels["camera"] == str(camera))


@pytest.mark.parametrize(
    ("camera", "parameters", "shown"),
    [
        (0, "", ("h264", 320, 180)),
        (0, "&width=160", ("h264", 160, 90)),
        (0, "&width=160&height=160&vcodec=h264", ("h264", 160, 160)),
        (1, "", ("hevc", 320, 180)),
        (1, "&vcodec=h264", ("h264", 320, 180)),
        (1, "&height=90", ("h264", 160, 90)),
        (2, "&vcodec=h264&width=160", ("h264", 160, 90)),
        (3, "", ("h264", 320, 180)),
        (3, "&width=90", ("h264", 90, 160)),
    ],
)
def test_ffprobe_finds_the_form_that_it_asked_for(server, camera, parameters, shown):
    """From the description alone: it may read no more than a few bytes of media."""
    video, *sound = probed(
        f"{server.rtsp}/stream?cameraNum={camera}{parameters}", "-probesize", "64", "-analyzeduration", "0"
    )
    assert (video["codec_name"], video["width"], video["height"]) == shown
    assert [each["codec_name"] for each in sound] == (["aac"] if camera in (0, 3) else [])


def test_fewer_pictures_come_at_their_own_times(server):
    url = f"{server.rtsp}/stream?cameraNum=0&fps=5&acodec=none"
    with av.open(url, options={"rtsp_transport": "tcp"}, timeout=20) as container:
        _, *frames = itertools.islice(container.decode(video=0), 12)  # FFmpeg gives the first no time
        steps = np.diff([float(frame.pts * frame.time_base) for frame in frames])
    assert np.median(steps) == pytest.approx(0.2, abs=0.01)
    assert min(steps) > 0.1


def test_two_players_of_one_form_have_one_encoder(server):
    url = f"{server.rtsp}/stream?cameraNum=0&width=128&fps=10"
    before = figure(server, "video_encoded_total", 0)
    with ExitStack() as stack:
        for _ in range(2):
            container = stack.enter_context(av.open(url, options={"rtsp_transport": "tcp"}, timeout=20))
            sizes = {(frame.width, frame.height) for frame in itertools.islice(container.decode(video=0), 5)}
            assert sizes == {(128, 72)}
        assert figure(server, "video_forms", 0) >= 1
        first = figure(server, "video_encoded_total", 0)
        pictures = list(itertools.islice(container.decode(video=0), 20))
        made = figure(server, "video_encoded_total", 0) - first
    assert len(pictures) == 20
    assert made < 35, f"{made} pictures for 20 that each player got"
    assert first > before


def test_gstreamer_plays_a_form(server, tmp_path):
    target = tmp_path / "picture.ppm"
    pipeline = (
        f"rtspsrc location={server.rtsp}/stream?cameraNum=1&width=160&vcodec=h264 protocols=tcp ! rtph264depay ! "
        "avdec_h264 ! videoconvert ! video/x-raw,format=RGB ! pnmenc ! identity eos-after=2 ! "
        f"filesink location={target}"
    )
    done = run("gst-launch-1.0", "-q", *pipeline.split())
    assert done.returncode == 0, done.stderr
    assert target.read_bytes().startswith(b"P6\n160 90\n")


def test_what_is_made_is_turned_and_has_its_text_and_what_is_passed_through_has_not(server):
    def picture(parameters):
        url = f"{server.rtsp}/stream?cameraNum=3&acodec=none{parameters}"
        with av.open(url, options={"rtsp_transport": "tcp"}, timeout=20) as container:
            return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)

    def is_red(pixels):
        return np.median(pixels[:, :, 0]) > 150 and np.median(pixels[:, :, 1:]) < 90

    own, made = picture(""), picture("&height=320&fps=10")
    assert own.shape == (180, 320, 3)
    assert is_red(own[100:, :150])
    assert made.shape == (320, 180, 3)
    assert is_red(made[60:150, :80]), "it is not turned"
    text = made[:60, 90:]
    assert ((text.min(axis=2) > 220).sum()) > 100, "there is no text"


def test_over_the_budget_players_are_told(server):
    """Twenty million pixels a second are not enough for one of 1920x1080."""
    done = run("ffprobe", "-v", "error", "-rtsp_transport", "tcp", f"{server.rtsp}/stream?cameraNum=0&width=1920")
    assert done.returncode != 0
    assert "503" in done.stderr


class Watching:
    """A player in a thread of its own, and what it has seen."""

    def __init__(self, url, options=None):
        self.frames = []
        self._looked_at = 0
        self._news = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._watch, args=(url, options or {}), daemon=True)
        self._thread.start()

    def _watch(self, url, options):
        with av.open(url, options=options, timeout=30) as container:
            for frame in container.decode(video=0):
                with self._news:
                    self.frames.append((frame.pts, frame.to_ndarray(format="rgb24")))
                    self._news.notify_all()
                    if self._over:
                        return

    def wait_for(self, wanted, seconds=25):
        """Wait for a picture that is as wanted, after the one that was waited for before."""

        def found():
            while self._looked_at < len(self.frames):
                self._looked_at += 1
                if wanted(self.frames[self._looked_at - 1][1]):
                    return True
            return False

        with self._news:
            assert self._news.wait_for(found, seconds), f"no such picture among {len(self.frames)}"

    def end(self):
        self._over = True
        self._thread.join(20)
        assert not self._thread.is_alive()


def is_no_signal(pixels):
    """Mostly one dark grey, with bright letters in it."""
    return np.median(abs(pixels.astype(int) - 32)) < 6 and (pixels.min(axis=2) > 200).any()


def test_players_of_a_camera_that_goes_away_see_that_and_then_the_camera_again(tmp_path):
    """Of what it sends and of what is made of it, as RTP and as JPEG; on one connection each."""
    need("ffmpeg")
    with ExitStack() as stack:
        cameras = [
            stack.enter_context(an_rtsp_camera(codec=codec, audio="none", down=2, size="320x180"))
            for codec in ("h264", "h265")
        ]
        lines = "".join(
            f"camera{number}: {{number: {number}, source: {{driver: rtsp, url: {camera.url}}}, {QUIET}}}\n"
            for number, camera in enumerate(cameras)
        )
        server = stack.enter_context(running(write_site(tmp_path, lines)))
        for number in range(2):
            server.wait_for(f"camera={number} (camera{number}) online")
        tcp, rtsp = {"rtsp_transport": "tcp"}, f"{server.rtsp}/stream?cameraNum="
        players = [
            Watching(f"{rtsp}0", tcp),
            Watching(f"{rtsp}1", tcp),
            Watching(f"{rtsp}1&width=160&vcodec=h264", tcp),
            Watching(f"{server.http}/video?cameraNum=0&width=160", {"f": "mpjpeg"}),
        ]
        for player in players:
            player.wait_for(lambda pixels: not is_no_signal(pixels))
        for camera in cameras:
            camera.drop()
        for player in players:
            player.wait_for(is_no_signal)
        for player in players:
            player.wait_for(lambda pixels: not is_no_signal(pixels))
        for player in players:
            player.end()
    for player in players[:3]:
        times = [pts for pts, _ in player.frames if pts is not None]
        assert times == sorted(times)
        assert len({pixels.shape for _, pixels in player.frames}) == 1


def test_the_overlay_is_recorded_when_that_is_switched_on(folder, tmp_path):
    """Turned and with its text, in a movie that is stored as H.264 whatever the camera sends."""
    more = ", transform: rotate-right, continuous: {schedule: armed-24-7}, overlay: "
    more += "{enabled: true, record: true, text: HHHH, font_size: 40, position: top-right}"
    with running(write_site(tmp_path, camera_line(1, folder / "h265.mp4", more))) as server:
        server.wait_for("(camera1) online")
        with av.open(f"{server.rtsp}/stream?cameraNum=1", options={"rtsp_transport": "tcp"}, timeout=20) as container:
            list(itertools.islice(container.decode(video=0), 2 * RATE))
    [movie] = tmp_path.glob("state/footage/*/*/*.m4v")
    with av.open(str(movie)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        pixels = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert pixels.shape == (320, 180, 3)
    assert (pixels[:60, 90:].min(axis=2) > 220).sum() > 100, "there is no text"
