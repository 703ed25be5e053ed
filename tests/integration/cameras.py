"""Real cameras for tests: GStreamer's RTSP server, motion and ffmpeg, playing real footage on loopback.

    with an_rtsp_camera(codec="h265", auth="digest") as camera:
        camera.url

The footage is encoded once a machine into a folder of the system's temporary files.  What a
machine lacks skips the test with a reason; with CI=true it fails.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

SHARED: Final = Path(__file__).parents[2].parent / "shared"
SYSTEM_PYTHON: Final = "/usr/bin/python3"  # the bindings of GStreamer are Debian's
CLIENTS_PYTHON: Final = Path(__file__).parents[2] / ".venv-clients/bin/python"
START_SECONDS: Final = 20

USER: Final = "admin"
PASSWORD: Final = "secret"


def skip_or_fail(reason: str) -> None:
    """Skip the test for want of `reason`; with CI=true, where nothing may be skipped, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def need(*programs: str) -> None:
    """Go on only where the programs are installed and the shared folder is there."""
    if not (SHARED / "cameras").is_dir():
        skip_or_fail("the folder ../shared with cameras and footage is missing")
    for program in programs:
        if shutil.which(program) is None:
            skip_or_fail(f"{program} is not installed")


def need_gstreamer() -> None:
    """Go on only where GStreamer's RTSP server can be used from Debian's Python."""
    need("ffmpeg", SYSTEM_PYTHON)
    check = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    if subprocess.run([SYSTEM_PYTHON, "-c", check], capture_output=True, check=False).returncode:
        skip_or_fail("GStreamer's RTSP server is not installed")


def footage(clip: str = "car-topdown.mp4", fps: int = 10, size: str = "") -> Path:
    """A folder with the elementary streams of a clip; made once, however many tests ask at the same time."""
    cache = _cache()
    folder = cache / "-".join(filter(None, [Path(clip).stem, str(fps), size]))
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "fps").exists():  # which is written last
            command = [SHARED / "cameras/encode.sh", SHARED / "media" / clip, folder, str(fps), size]
            subprocess.run(command, check=True, capture_output=True)
    return folder


def a_part(clip: str, begin: float, seconds: float) -> str:
    """That part of a clip, as a clip for `an_rtsp_camera`; made once a machine."""
    need("ffmpeg")
    part = _cache() / f"{Path(clip).stem}-{begin:g}-{seconds:g}.mp4"
    if not part.exists():
        made = part.with_name(f"{os.getpid()}-{part.name}")  # another test may be making it, too
        command = ["ffmpeg", "-loglevel", "error", "-y", "-ss", str(begin), "-t", str(seconds)]
        subprocess.run([*command, "-i", SHARED / "media" / clip, "-an", "-crf", "16", made], check=True)
        made.rename(part)
    return str(part)


def _cache() -> Path:
    cache = Path(tempfile.gettempdir()) / f"ssplug-footage-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    return cache


def a_free_port() -> int:
    """A port of loopback that nobody uses at the moment: for programs that cannot say which they got."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@dataclass(slots=True)
class RunningCamera:
    """A camera in a process of its own."""

    process: subprocess.Popen[str]
    url: str
    lines: list[str] = field(default_factory=list)
    """What it has printed so far."""
    _news: threading.Condition = field(default_factory=threading.Condition)

    def drop(self) -> None:
        """Close the port and cut every client; it comes back by itself."""
        self.process.send_signal(signal.SIGUSR1)

    def stall(self) -> None:
        """Send nothing any more while connections stay, or go on again."""
        self.process.send_signal(signal.SIGUSR2)

    def wait_for(self, word: str, count: int = 1, seconds: float = START_SECONDS) -> None:
        """Wait until it has printed `word` in `count` lines; AssertionError with its output otherwise."""
        with self._news:
            printed = self._news.wait_for(
                lambda: sum(word in line for line in self.lines) >= count or self.process.poll() is not None, seconds
            )
        assert printed, f"no {word!r} within {seconds} s: {self.lines}"
        assert any(word in line for line in self.lines), f"the camera ended: {self.lines}"

    def read(self) -> None:
        """Collect what it prints; a thread's work."""
        for line in self.process.stdout or ():
            with self._news:
                self.lines.append(line.rstrip())
                self._news.notify_all()
        with self._news:
            self._news.notify_all()


@contextlib.contextmanager
def _running(command: list[str], url: str, env: dict[str, str] | None = None) -> Iterator[RunningCamera]:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **(env or {})}
    )
    camera = RunningCamera(process, url)
    reader = threading.Thread(target=camera.read)
    reader.start()
    try:
        yield camera
    finally:
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def an_rtsp_camera(
    codec: str = "h264",
    audio: str = "aac",
    auth: str = "none",
    down: int = 2,
    clip: str = "car-topdown.mp4",
    fps: int = 10,
    size: str = "",
    path: str = "/live",
    heard: Path | None = None,
) -> Iterator[RunningCamera]:
    """GStreamer's RTSP server: codec h264, h265 or mjpeg; audio aac, pcmu or none; auth basic or digest.

    With `auth` the user is USER, the password PASSWORD. `down` is for how many seconds `drop` is. What
    clients say by the back channel, mu-law, goes to the file `heard`; without it there is none.
    """
    need_gstreamer()
    port = a_free_port()
    program = [SYSTEM_PYTHON, "-u", str(SHARED / "cameras/rtsp_camera.py"), str(footage(clip, fps, size))]
    options = ["--codec", codec, "--audio", audio, "--auth", auth, "--down", str(down), "--port", str(port)]
    options += ["--backchannel", str(heard)] if heard is not None else []
    with _running([*program, *options, "--path", path], f"rtsp://127.0.0.1:{port}{path}") as camera:
        camera.wait_for(" up ")
        yield camera


@contextlib.contextmanager
def an_onvif_camera(clip: str = "car-topdown.mp4", discovery: bool = False) -> Iterator[RunningCamera]:
    """ipycam: Device, Media and PTZ with WS-Security, for USER with PASSWORD; its picture moves with it.

    With `discovery` it also answers WS-Discovery, at the usual port of loopback.
    """
    need("ffmpeg")
    if not CLIENTS_PYTHON.exists():
        skip_or_fail("the clients' environment is missing: make .venv-clients/installed")
    ports = {"--port": a_free_port(), "--rtsp-port": a_free_port()}
    program = [str(CLIENTS_PYTHON), "-u", str(SHARED / "cameras/onvif_camera.py"), str(SHARED / "media" / clip)]
    options = [str(part) for option in ports.items() for part in option] + ["--discovery"] * discovery
    with _running(
        [*program, *options, "--user", USER, "--password", PASSWORD], f"http://127.0.0.1:{ports['--port']}"
    ) as camera:
        camera.wait_for("PTZ ")
        yield camera


@contextlib.contextmanager
def an_ffmpeg_http_camera(clip: str = "car-topdown.mp4") -> Iterator[RunningCamera]:
    """ffmpeg as an HTTP server: multipart JPEG for one client, and it ends with that client."""
    need("ffmpeg")
    port = a_free_port()
    script = [str(SHARED / "cameras/mjpeg_http_camera.sh"), "ffmpeg", str(SHARED / "media" / clip), str(port)]
    with _running(script, f"http://127.0.0.1:{port}/stream.mjpg") as camera:
        _wait_until_listening(port)
        yield camera


@contextlib.contextmanager
def a_motion_camera(source: str, user: str = "", password: str = "") -> Iterator[RunningCamera]:
    """Debian's motion showing an RTSP camera as multipart JPEG; with a user it asks for Digest."""
    need("motion")
    port = a_free_port()
    script = [str(SHARED / "cameras/mjpeg_http_camera.sh"), "motion", source, str(port)]
    credentials = {"MJPEG_USER": user, "MJPEG_PASS": password} if user else {}
    with _running(script, f"http://127.0.0.1:{port}/0/stream", credentials) as camera:
        _wait_until_listening(port)
        yield camera


def _wait_until_listening(port: int) -> None:
    """By looking at the kernel's list: to connect would be to use up a camera that serves one client."""
    wanted = f"{port:04X}"
    waiting = threading.Event()
    for _ in range(START_SECONDS * 20):
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
            if any(row[1].endswith(f":{wanted}") and row[3] == "0A" for row in rows):
                return
        waiting.wait(0.05)
    raise AssertionError(f"nothing listens at port {port} after {START_SECONDS} s")
