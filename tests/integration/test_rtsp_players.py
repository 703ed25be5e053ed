"""What real players make of our RTP: every codec, sound in step, TLS, and both ways to log in."""

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import av
import numpy as np
import pytest

from ssplug.media.access_unit import AAC, H264, H265, MJPEG, AccessUnit, Track
from ssplug.testing.encoded import encoded_video, write_media
from tests.integration.cameras import need
from tests.integration.elementary import coded_pictures, is_run_of
from tests.integration.server import running, write_site

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("serving")]

PICTURES = 60
MOVIES = {0: ("h264.mp4", H264, "h264"), 1: ("h265.mp4", H265, "h265"), 2: ("jpeg.mkv", MJPEG, "mjpeg")}
# Cameras use the usual Huffman tables, which are all that RTP can carry; FFmpeg must be told to.
ENCODER_OPTIONS = {MJPEG: {"huffman": "default"}}
NOISE, NOISY_MOVIE = 3, "noise.mp4"
PASSWORD = "sesame & co"

DEPACKETIZERS = {
    0: "rtph264depay ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au",
    1: "rtph265depay ! h265parse ! video/x-h265,stream-format=byte-stream,alignment=au",
    2: "rtpjpegdepay",
}


def write_movie(path, codec):
    """Two and a half seconds of pictures that are all different."""
    options = ENCODER_OPTIONS.get(codec)
    write_media(str(path), encoded_video(codec, 320, 240, PICTURES, gop=12, frame_rate=25, options=options))
    return path


def encoded_noise(seconds, sample_rate=16_000):
    """A track of AAC no two pieces of which are the same."""
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = sample_rate, "mono", "fltp"
    encoder.open()
    random = np.random.default_rng(1)
    packets = []
    for first in range(0, int(seconds * sample_rate), 1024):
        frame = av.AudioFrame.from_ndarray(random.uniform(-0.5, 0.5, (1, 1024)).astype(np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = sample_rate, first
        packets += encoder.encode(frame)
    track = Track(AAC, sample_rate, bytes(encoder.extradata), channels=1)
    return track, [AccessUnit(track, bytes(packet), packet.pts, packet.pts, key=True) for packet in packets]


def camera_line(number, path):
    return (
        f"camera{number}: {{number: {number}, source: {{driver: file, path: {path}}}, "
        "motion: {enabled: false}, motion_capture: {schedule: unarmed-24-7}}\n"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The movies, by their names."""
    folder = tmp_path_factory.mktemp("movies")
    for name, codec, _ in MOVIES.values():
        write_movie(folder / name, codec)
    pictures = encoded_video(H264, 320, 240, 6 * 25, gop=25, frame_rate=25)
    write_media(str(folder / NOISY_MOVIE), pictures, encoded_noise(6))
    return folder


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory):
    """A server that anybody may use, with a camera for each movie."""
    need("ffmpeg", "ffprobe", "gst-launch-1.0")
    paths = {number: folder / name for number, (name, _, _) in MOVIES.items()} | {NOISE: folder / NOISY_MOVIE}
    with ExitStack() as stack:
        lines = "".join(camera_line(number, path) for number, path in paths.items())
        server = stack.enter_context(running(write_site(tmp_path_factory.mktemp("site"), lines)))
        for number in paths:
            server.wait_for(f"camera={number} (camera{number}) online")
        yield server


def run(*command, seconds=40):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds, check=False)


def elementary_stream(folder, number):
    """The pictures of a movie as FFmpeg copies them."""
    name, _, kind = MOVIES[number]
    muxer = {"h264": "h264", "h265": "hevc", "mjpeg": "mjpeg"}[kind]
    target = folder / f"{number}.{kind}"
    run("ffmpeg", "-v", "error", "-y", "-i", folder / name, "-c", "copy", "-f", muxer, target)
    return coded_pictures(kind, target)


def test_gstreamer_receives_every_picture_of_every_codec(server, folder, tmp_path):
    def received(number):
        target = tmp_path / f"received.{number}"
        pipeline = (
            f"rtspsrc location={server.rtsp}/stream?cameraNum={number} protocols=tcp ! {DEPACKETIZERS[number]} "
            f"! identity eos-after={PICTURES} ! filesink location={target}"
        )
        done = run("gst-launch-1.0", "-q", *pipeline.split())
        assert done.returncode == 0, done.stderr
        return coded_pictures(MOVIES[number][2], target)

    with ThreadPoolExecutor(len(MOVIES)) as pool:
        pictures = dict(zip(MOVIES, pool.map(received, MOVIES), strict=True))
    for number, got in pictures.items():
        name = MOVIES[number][0]
        assert len(got) >= PICTURES - 2, f"{name}: {len(got)} pictures"
        assert is_run_of(got, elementary_stream(folder, number)), f"{name}: pictures are missing, or not the same"


def test_ffmpeg_decodes_jpeg_as_it_was(server, folder):
    """The header that a receiver makes up fits the scan: the first picture is one of the movie's, to the bit."""
    with av.open(str(folder / MOVIES[2][0])) as movie:
        wanted = {hashlib.sha256(frame.to_ndarray().tobytes()).digest() for frame in movie.decode(video=0)}
    with av.open(f"{server.rtsp}/stream?cameraNum=2", options={"rtsp_transport": "tcp"}, timeout=10) as container:
        frame = next(container.decode(video=0))

    assert hashlib.sha256(frame.to_ndarray().tobytes()).digest() in wanted


def _times(path, kind):
    """When each packet is due, by its content; what occurs twice is left out."""
    found = {}
    with av.open(str(path)) as container:
        for packet in container.demux(**{kind: 0}):
            if packet.size and packet.pts is not None:
                found.setdefault(hashlib.sha256(bytes(packet)).digest(), []).append(
                    float(packet.pts * packet.time_base)
                )
    return {digest: times[0] for digest, times in found.items() if len(times) == 1}


def _lateness(received, source, kind):
    """By how much what was received is later than in the file, to the millisecond.

    Up to the last picture: sound that came after it may be of the next round already.
    """
    due, end = _times(source, kind), max(_times(received, "video").values())
    came = {digest: time for digest, time in _times(received, kind).items() if time <= end and digest in due}
    return {round(time - due[digest], 3) for digest, time in came.items()}


def test_sound_and_pictures_stay_in_step(server, folder, tmp_path):
    """What ffmpeg receives is late by the same time in both; after the end of the file, by its length more."""
    source, received = tmp_path / "source.ts", tmp_path / "received.ts"
    copied = ["-c", "copy", "-f", "mpegts"]
    url = f"{server.rtsp}/stream?cameraNum={NOISE}"
    run("ffmpeg", "-v", "error", "-i", folder / NOISY_MOVIE, *copied, source)
    run("ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", url, "-t", 4, *copied, received)

    video, audio = _lateness(received, source, "video"), _lateness(received, source, "audio")

    assert audio
    for each in audio:
        assert min(abs(each - other) for other in video) < 0.01, (video, audio)


def test_a_player_behind_tls_sees_the_same(server):
    shown = run("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0",
                f"rtsps://127.0.0.1:{server.https_port}/stream?cameraNum=1")  # fmt: skip

    assert shown.stdout.split() == ["hevc"], shown.stderr


def test_both_ways_to_log_in(folder, tmp_path):
    """User and password in the URL, as most clients send them, and `auth`, as Home Assistant does."""
    need("ffprobe")
    users = "users:\n  - {name: viewer, password: {$env: VIEWER_PASSWORD}, permissions: [live]}\n"
    site = write_site(tmp_path, camera_line(0, folder / MOVIES[0][0]), rest=users)
    logins = {
        "viewer:sesame%20%26%20co@{host}/stream?cameraNum=0": "h264",
        "{host}/stream?auth=dmlld2VyOnNlc2FtZSAmIGNv&cameraNum=0&codec=h264": "h264",
        "viewer:wrong@{host}/++stream?cameraNum=0": "",
        "{host}/stream?cameraNum=0": "",
    }
    with running(site, env={"VIEWER_PASSWORD": PASSWORD}) as server:
        server.wait_for("camera=0 (camera0) online")
        for login, codec in logins.items():
            url = "rtsp://" + login.format(host=f"127.0.0.1:{server.ports['port']}")
            shown = run("ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-show_entries", "stream=codec_name",
                        "-of", "csv=p=0", url)  # fmt: skip
            assert shown.stdout.strip() == codec, shown.stderr
            assert codec or "401 Unauthorized" in shown.stderr
