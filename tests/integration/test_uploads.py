"""Footage and webcam images arrive at a real FTP server, whatever happens on the way."""

import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.ftp_servers import PASSWORD, FTPServer, pyftpdlib
from tests.integration.server import Server, running, write_site

pytestmark = [pytest.mark.integration]

WAIT_SECONDS = 40

MOTION = "motion: {enabled: false}, motion_capture: {movie: {pre_capture: 1s, post_capture: 1s}}"
WEBCAM = (
    "continuous: {schedule: armed-24-7, movie: {enabled: false}, webcam: {enabled: true, interval: 1s, upload: [ftp]}}"
)


@pytest.fixture
def ftp(tmp_path: Path) -> Iterator[FTPServer]:
    """Where files are to go."""
    with pyftpdlib(tmp_path / "arrived") as server:
        yield server


def a_site(folder: Path, ftp: FTPServer, camera: str = MOTION, what: str = "[motion-movies]") -> Path:
    """A site whose camera sends its movies there; none but triggered ones."""
    settings = ", ".join(f"{key}: {value}" for key, value in ftp.settings.items())
    uploads = f"uploads: [{{driver: ftp, {settings}, what: {what}}}]"
    yard = f"yard: {{name: Yard, source: {{driver: pattern}}, {camera}, {uploads}}}\n"
    return write_site(folder, yard, rest="storage: {driver: filesystem, path: footage}\n")


def wait_until(holds: Callable[[], object]) -> None:
    """Until it holds."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.1)


def get(url: str, posted: bytes | None = None) -> str:
    """The body of an answer that is 200."""
    with urllib.request.urlopen(url, posted, timeout=10) as answer:
        return answer.read().decode()


def trigger(server: Server) -> None:
    """Record a movie of three seconds or so, to its end."""
    seen = len(server.lines)
    server.wait_for("(yard) online")
    get(f"{server.http}/triggermd?cameraNum=0")
    server.wait_for("(yard) recorded ", after=seen)


def movies(folder: Path) -> dict[str, bytes]:
    """What is recorded, by its path below the footage."""
    footage = folder / "footage"
    return {str(path.relative_to(footage)): path.read_bytes() for path in footage.rglob("*.m4v")}


def figure(server: Server, name: str) -> float:
    """One line of /metrics."""
    page = get(f"{server.http}/metrics")
    return float(next(line for line in page.splitlines() if line.startswith(f"ssplug_upload_{name}{{")).split()[-1])


def test_a_triggered_movie_arrives_byte_for_byte(tmp_path: Path, ftp: FTPServer) -> None:
    """Under the name that it has here; and is counted."""
    with running(a_site(tmp_path, ftp)) as server:
        trigger(server)
        wait_until(ftp.files)
        wait_until(lambda: figure(server, "sent_total") == 1)
        wait_until(lambda: figure(server, "waiting") == 0)
    arrived = ftp.files()
    assert len(arrived) == 1
    assert arrived == movies(tmp_path)


def test_the_webcam_image_is_replaced(tmp_path: Path, ftp: FTPServer) -> None:
    """It is named after the camera, and is the only file."""
    with running(a_site(tmp_path, ftp, WEBCAM, "[]")):
        wait_until(lambda: ftp.files().get("Yard.jpg", b"").startswith(b"\xff\xd8"))
        first = ftp.files()["Yard.jpg"]
        wait_until(lambda: ftp.files().get("Yard.jpg", first) != first)
    assert set(ftp.files()) <= {"Yard.jpg", "Yard.jpg.part"}


def test_what_is_recorded_while_the_other_side_is_away_arrives_when_it_is_back(tmp_path: Path, ftp: FTPServer) -> None:
    """The error is said once; recording goes on."""
    ftp.stop()
    with running(a_site(tmp_path, ftp)) as server:
        trigger(server)
        server.wait_for("upload by ftp: ")
        trigger(server)
        wait_until(lambda: figure(server, "waiting") == 2)
        ftp.start()
        wait_until(lambda: len(ftp.files()) == 2)
        wait_until(lambda: figure(server, "waiting") == 0)
        assert len([line for line in server.lines if "upload by ftp: " in line]) == 1
    assert ftp.files() == movies(tmp_path)


def test_what_waits_survives_a_kill(tmp_path: Path, ftp: FTPServer) -> None:
    """So does a movie that was just being recorded."""
    ftp.stop()
    site = a_site(tmp_path, ftp)
    killed = Server(site)
    try:
        trigger(killed)
        get(f"{killed.http}/triggermd?cameraNum=0")
        wait_until(lambda: len(movies(tmp_path)) == 2)
        begun = sum(map(len, movies(tmp_path).values()))
        wait_until(lambda: sum(map(len, movies(tmp_path).values())) > begun)
    finally:
        killed.kill()
    ftp.start()
    with running(site):
        wait_until(lambda: len(ftp.files()) == 2 and not any(name.endswith(".part") for name in ftp.files()))
    assert ftp.files() == movies(tmp_path)


def test_a_change_of_the_site_file_is_followed(tmp_path: Path, ftp: FTPServer) -> None:
    """What waits goes to where the upload leads now."""
    site = a_site(tmp_path, ftp)
    right = site.read_text("utf-8")
    site.write_text(right.replace(ftp.settings["password"], "wrong"), "utf-8")
    with running(site) as server:
        trigger(server)
        server.wait_for("530")
        site.write_text(right, "utf-8")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(ftp.files()) == 1)
        seen = len(server.lines)
        site.write_text(right.replace("source:", "enabled: false, source:"), "utf-8")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("the site: changed: yard", after=seen)
        wait_until(lambda: "ssplug_upload_waiting{" not in get(f"{server.http}/metrics"))
    assert ftp.files() == movies(tmp_path)


def test_a_client_switches_what_is_uploaded(tmp_path: Path, ftp: FTPServer) -> None:
    """In the site file, where the password stays a reference; what is switched off does not arrive."""
    site = a_site(tmp_path, ftp)
    text = site.read_text("utf-8").replace(PASSWORD, "{$env: FTP_PASSWORD}")
    site.write_text(text, "utf-8")
    with running(site, env={"FTP_PASSWORD": PASSWORD}) as server:
        assert get(f"{server.http}/camerasettings", b"cameraNum=0&mdFTPUploadMoviesCheck=0") == "OK"
        assert site.read_text("utf-8") == text.replace("what: [motion-movies]", "what: []")
        trigger(server)
        kept = set(movies(tmp_path))
        assert get(f"{server.http}/camerasettings", b"cameraNum=0&mdFTPUploadMoviesCheck=1") == "OK"
        assert site.read_text("utf-8") == text
        trigger(server)
        wait_until(ftp.files)
        wait_until(lambda: figure(server, "sent_total") == 1)
    assert set(ftp.files()) == set(movies(tmp_path)) - kept
