"""Changing the site while the server runs: who watches a camera that stays as it is notices nothing."""

import base64
import contextlib
import hashlib
import http.client
import itertools
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from ssplug.servers.certificate import CERTIFICATE_NAME, KEY_NAME, kept_certificate
from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration

STAYS = """\
a:
  number: 0
  source: {driver: pattern}
  continuous: {schedule: armed-24-7, movie: {length: 1d}}
  motion_capture: {schedule: unarmed-24-7}
"""
AFTER = (
    "b: {number: 1, source: {driver: pattern}}\n",
    "b: {number: 1, name: Other, source: {driver: pattern}}\n",
    "",
)


class RTSPViewer(threading.Thread):
    """Reads the video of camera 0 until told to stop; keeps the times of all pictures."""

    def __init__(self, server) -> None:
        super().__init__()
        self.stopping = threading.Event()
        self.watching = threading.Event()
        self.times: list[float] = []
        self.url = f"{server.rtsp}/stream?cameraNum=0"
        self.start()

    def run(self) -> None:
        with av.open(self.url, options={"rtsp_transport": "tcp"}, timeout=(20, 20)) as stream:
            for packet in stream.demux(video=0):
                if packet.pts is None:
                    continue
                self.times.append(float(packet.pts * packet.time_base))
                self.watching.set()
                if self.stopping.is_set():
                    return

    def wait_for(self, pictures: int) -> None:
        """Until that many more have come."""
        wanted = len(self.times) + pictures
        while len(self.times) < wanted:
            self.join(0.05)
            assert self.is_alive(), "the stream has ended"


class EventListener(threading.Thread):
    """Reads the event stream until it has seen a word, on one connection."""

    def __init__(self, server) -> None:
        super().__init__()
        self.reply = urllib.request.urlopen(f"{server.http}/++eventStream?version=3", timeout=30)
        self.text = ""
        self.news = threading.Condition()
        self.start()

    def run(self) -> None:
        # The error is how the server ends it when it stops.
        with self.reply, contextlib.suppress(ConnectionError):
            while data := self.reply.read1(4096):
                with self.news:
                    self.text += data.decode()
                    self.news.notify_all()

    def wait_for(self, word: str, count: int) -> None:
        with self.news:
            assert self.news.wait_for(lambda: self.text.count(word) >= count, 30), self.text


def times_of(movie: Path) -> list[float]:
    """When each picture of a movie is shown, in seconds."""
    with av.open(str(movie)) as file:
        return [float(packet.pts * packet.time_base) for packet in file.demux(video=0) if packet.pts is not None]


def paces(times: list[float]) -> set[float]:
    """Seconds from picture to picture: one pace where none is missing."""
    return {round(later - earlier, 3) for earlier, later in itertools.pairwise(times)}


def reload(site) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ssplug", "reload", "--site", str(site)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_a_camera_is_added_changed_and_removed_while_another_is_watched(tmp_path):
    """Not one picture of the other is missing on the screen or in the movie; one event stream tells of it all."""
    site = write_site(tmp_path, STAYS)
    before = site.read_text()
    with running(site) as server:
        server.wait_for("camera=0 (a) online")
        viewer, listener = RTSPViewer(server), EventListener(server)
        assert viewer.watching.wait(30)
        for count, cameras in enumerate(AFTER, start=1):
            site.write_text(before + "".join(f"  {line}\n" for line in cameras.splitlines()))
            reload(site)
            listener.wait_for("CONFIGCHANGE", count)
        viewer.stopping.set()
        viewer.join(30)
        [only] = [line for line in server.lines if "(a) online" in line]
    listener.join(30)
    movies = list((tmp_path / "state" / "footage").glob("a/**/*.m4v"))  # two, should the test run at midnight
    assert movies
    for times in (viewer.times, *map(times_of, movies)):
        assert len(times) > 10
        assert len(paces(times)) == 1, f"pictures at uneven times: {paces(times)}"
    assert "1 ONLINE" in listener.text
    assert "0 OFFLINE" not in listener.text
    assert only


def test_a_wrong_file_is_told_and_changes_nothing(tmp_path):
    """By the command, and by the log of a server that got the signal."""
    site = write_site(tmp_path, STAYS)
    with running(site) as server:
        site.write_text(site.read_text() + "camreas: {}\n")
        wrong = subprocess.run(
            [sys.executable, "-m", "ssplug", "reload", "--site", str(site)], capture_output=True, text=True, timeout=60
        )
        assert wrong.returncode == 1
        assert "did you mean 'cameras'" in wrong.stderr
        server.process.send_signal(1)
        server.wait_for("not reloaded")
        assert urllib.request.urlopen(f"{server.http}/++systemInfo", timeout=30).status == 200


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def fingerprint(port: int) -> str:
    """Of the certificate that a TLS port shows."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))).hexdigest()


def test_the_server_moves_and_is_watched_meanwhile(tmp_path):
    """Other ports, certificate, clocks and another place for footage: who watches, listens and is recorded stays."""
    own = f"{STAYS}  storage: {{driver: filesystem, path: {tmp_path / 'own'}}}\n"
    other = STAYS.replace("a:", "b:").replace("number: 0", "number: 1")
    site = write_site(tmp_path, own + other, server="timezone: UTC")
    kept_certificate(tmp_path, ["localhost"], datetime.now(UTC))
    port, tls_port = free_port(), free_port()
    with running(site) as server:
        for camera in ("a", "b"):
            server.wait_for(f"({camera}) online")
        viewer, listener = RTSPViewer(server), EventListener(server)
        assert viewer.watching.wait(30)
        before, certificate = server.ports["port"], fingerprint(server.https_port)
        site.write_text(moved(site.read_text(), tmp_path, port, tls_port))
        reload(site)
        server.wait_for(f"listening at http://127.0.0.1:{port}/ https://127.0.0.1:{tls_port}/")
        server.wait_for("the site: general settings")
        listener.wait_for("CONFIGCHANGE", 1)
        assert (server.ports["port"], server.https_port) == (port, tls_port)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", before), timeout=10)
        assert fingerprint(tls_port) != certificate
        with urllib.request.urlopen(f"{server.http}/++systemInfo?format=json", timeout=30) as told:
            assert "+05:00" in told.read().decode()
        viewer.wait_for(20)  # pictures: two seconds, for the movies that begin now
        viewer.stopping.set()
        viewer.join(30)
        assert len([line for line in server.lines if " online: " in line]) == 2
    listener.join(30)
    assert "OFFLINE" not in listener.text
    movies = list((tmp_path / "own").glob("a/**/*.m4v"))
    assert movies
    for times in (viewer.times, *map(times_of, movies)):
        assert len(paces(times)) == 1, f"pictures at uneven times: {paces(times)}"
    for folder in (tmp_path / "state" / "footage", tmp_path / "new"):
        assert [times_of(movie) != [] for movie in folder.glob("b/**/*.m4v")] == [True]
    [[first], [second]] = (list((tmp_path / folder).glob("b/**/*.m4v")) for folder in ("state/footage", "new"))
    assert timedelta(hours=4, minutes=58) < begun(second) - begun(first) < timedelta(hours=5, minutes=2)


def begun(movie: Path) -> datetime:
    """When its name says, by whatever clocks."""
    return datetime.strptime(movie.name[:19], "%d-%m-%Y %H-%M-%S")


def moved(text: str, folder: Path, port: int, tls_port: int) -> str:
    """The site file with all that is general in another place."""
    certificate = f"certificate: {{cert: {folder / CERTIFICATE_NAME}, key: {folder / KEY_NAME}}}"
    text = text.replace("  port: 0\n", f"  port: {port}\n  {certificate}\n")
    text = text.replace("tls_port: 0", f"tls_port: {tls_port}").replace("timezone: UTC", "timezone: Asia/Karachi")
    return f"{text}storage: {{driver: filesystem, path: {folder / 'new'}}}\nretain: {{max_age: 30d}}\n"


def test_a_port_that_another_has_is_not_taken_and_nothing_else_either(tmp_path):
    """The log says which; the server goes on where it is, and takes the file as soon as the port is free."""
    site = write_site(tmp_path, STAYS)
    before = site.read_text()
    with running(site) as server:
        port = server.ports["port"]
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = other.getsockname()[1]
            site.write_text(before.replace("  port: 0\n", f"  port: {taken}\n  realm: Other\n").replace("a:", "b:"))
            reload(site)
            told = server.wait_for("not reloaded")
            assert f"cannot listen on 127.0.0.1, port {taken} (server.port)" in told
            assert (server.ports["port"], "(b)" in "".join(server.lines)) == (port, False)
            assert urllib.request.urlopen(f"{server.http}/++systemInfo", timeout=30).status == 200
        reload(site)
        server.wait_for("(b) online")
        assert server.ports["port"] == taken


USERS = """\
users:
  - {{name: guest, password: {{$env: GUEST_PASSWORD}}, cameras: [{cameras}], permissions: [live]}}
  - {{name: host, password: {{$env: GUEST_PASSWORD}}, permissions: [live]}}
"""
TWO = STAYS + "b: {number: 1, source: {driver: pattern}}\n"


def played(server, account: str) -> av.container.InputContainer:
    """The stream of camera 0, which is being sent."""
    url = f"rtsp://{account}:sesame@127.0.0.1:{server.ports['port']}/stream?cameraNum=0"
    stream = av.open(url, options={"rtsp_transport": "tcp"}, timeout=(20, 20))
    next(stream.demux(video=0))
    return stream


@contextlib.contextmanager
def watched(server, account: str, target: str) -> Iterator[http.client.HTTPResponse]:
    """A response of which the head has come."""
    connection = http.client.HTTPConnection("127.0.0.1", server.ports["port"], timeout=20)
    login = base64.b64encode(f"{account}:sesame".encode()).decode()
    connection.request("GET", target, headers={"Authorization": f"Basic {login}"})
    with contextlib.closing(connection), connection.getresponse() as answer:
        yield answer


@contextlib.contextmanager
def watched_by_websocket(server, account: str) -> Iterator[socket.socket]:
    """The pictures of camera 0 as browsers get them, which have begun to come."""
    login = base64.b64encode(f"{account}:sesame".encode()).decode()
    lines = (
        "GET /mse?cameraNum=0 HTTP/1.1",
        "Host: nvr",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Authorization: Basic {login}",
    )
    with socket.create_connection(("127.0.0.1", server.ports["port"]), timeout=20) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 101 ")
        yield connection


def status_of(server, account: str, target: str) -> int:
    with watched(server, account, target) as answer:
        return answer.status


def has_ended(answer: http.client.HTTPResponse) -> bool:
    """Read until the server closes; a timeout is an error."""
    try:
        while answer.read1(65536):
            pass
    except ConnectionError:
        pass
    return True


def test_who_may_no_longer_see_a_camera_sees_it_no_more(tmp_path, monkeypatch):
    """Whatever was open ends; another account, and what comes after, is not touched."""
    monkeypatch.setenv("GUEST_PASSWORD", "sesame")
    before = USERS.format(cameras="a, b")
    site = write_site(tmp_path, TWO, rest=before)
    with running(site) as server, contextlib.ExitStack() as open_now:
        server.wait_for("camera=0 (a) online")
        targets = ("/video?cameraNum=0", "/eventStream?version=3")
        open_streams = [open_now.enter_context(watched(server, "guest", target)) for target in targets]
        browser = open_now.enter_context(watched_by_websocket(server, "guest"))
        guest, host = played(server, "guest"), played(server, "host")
        site.write_text(site.read_text().replace(before, USERS.format(cameras="b")))
        reload(site)
        assert all(map(has_ended, open_streams))
        with contextlib.suppress(ConnectionError):
            while browser.recv(65536):
                pass
        with contextlib.suppress(av.error.FFmpegError), guest:
            for _ in guest.demux(video=0):
                pass
        with host:
            assert sum(1 for _ in itertools.islice(host.demux(video=0), 30)) == 30
        assert status_of(server, "guest", "/image?cameraNum=0") == 404
        assert status_of(server, "guest", "/image?cameraNum=1") == 200
