"""Footage from the real server: over sockets and TLS, in its threads, and by published clients."""

import hashlib
import http.client
import io
import json
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import av
import pytest

from ssplug.capture.film import Film
from ssplug.capture.library import CATALOGUE_FILE
from ssplug.capture.reel import Reel
from ssplug.capture.shelf import Shelf
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.testing.clips import a_clip
from ssplug_filesystem.store import FilesystemSettings, FilesystemStore
from tests.integration.cameras import skip_or_fail
from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration

CLIENTS = Path(__file__).parents[2] / ".venv-clients" / "bin" / "python"
DRIVER = Path(__file__).with_name("footage_clients.py")
CAMERAS = 'porch: {number: 7, name: "Front & <Porch> ü", source: {driver: pattern}}'
USERS = "users:\n  - {name: alice, password: {$env: ALICE_PASSWORD}, role: admin}\n"
PASSWORD = {"ALICE_PASSWORD": "sesame"}
AUTH = {"Authorization": "Basic YWxpY2U6c2VzYW1l"}
CAMERA = CameraIdentity("porch", 7, "Front & <Porch> ü")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A server, the paths of two recordings in it, and their contents, the newest first."""
    folder = tmp_path_factory.mktemp("footage")
    site = write_site(folder, CAMERAS, "bandwidth: {high: 100Mbps, low: 200kbps}", rest=USERS)
    store = FilesystemStore(FilesystemSettings(str(folder / "state" / "footage")))
    shelf = Shelf(store, folder / "state" / CATALOGUE_FILE)
    track, units = a_clip(pictures=250, size=(640, 360))
    files = []
    for age in (3600, 7200):
        reel = Reel(shelf, CAMERA, CaptureMode.MOTION, Film([track]), time.monotonic)
        reel.write(units, time.time() - age)
        files += reel.finish().completed
    shelf.close()
    paths = [f"{file.label.camera}/{file.date.isoformat()}/{quote(file.name)}" for file in files]
    contents = [Path(store.where(file.key)).read_bytes() for file in files]
    with running(site, env=PASSWORD) as server:
        yield server, paths, contents


def fetched(connection, path: str, **headers: str) -> tuple[int, bytes]:
    connection.request("GET", path, headers=AUTH | headers)
    response = connection.getresponse()
    return response.status, response.read()


def connections(server):
    """One of each kind."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    yield http.client.HTTPConnection("127.0.0.1", server.ports["port"], timeout=30)
    yield http.client.HTTPSConnection("127.0.0.1", server.https_port, timeout=30, context=trusting)


def test_files_arrive_whole_and_in_parts_over_one_connection(recorded):
    """Several megabytes: more than any buffer on the way holds."""
    server, paths, contents = recorded
    assert len(contents[0]) > 4 * 2**20
    for connection in connections(server):
        for path, content in zip(paths, contents, strict=True):
            assert fetched(connection, f"/++getfile/{path}") == (200, content)
            assert fetched(connection, f"/++getfile/{path}", Range="bytes=1000000-2999999") == (
                206,
                content[1_000_000:3_000_000],
            )
        connection.close()


def test_many_clients_are_served_at_once(recorded):
    server, paths, contents = recorded

    def fetch(number: int) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", server.ports["port"], timeout=60)
        try:
            return fetched(connection, f"/getfile/{paths[number % 2]}") == (200, contents[number % 2])
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(fetch, range(24)))


def test_a_movie_is_converted_and_a_clip_is_cut(recorded):
    server, paths, contents = recorded
    [connection, _] = connections(server)
    _, low = fetched(connection, f"/++getfilelb/{paths[0]}")
    assert len(low) < len(contents[0]) / 4
    begin, end = time.time() - 3 * 3600, time.time() - 60
    status, clip = fetched(connection, f"/clip?cameraNum=7&start={begin:.0f}&end={end:.0f}")
    assert status == 200
    for movie, pictures in ((low, 250), (clip, 500)):
        with av.open(io.BytesIO(movie)) as container:
            assert sum(1 for _ in container.decode(video=0)) == pictures
    connection.close()


def test_clients_that_go_away_cost_nothing(recorded):
    """After a dozen that left in the middle of a conversion, there is room for another."""
    server, paths, _ = recorded
    for _ in range(12):
        [connection, _] = connections(server)
        connection.request("GET", f"/getfilelb/{paths[0]}", headers=AUTH)
        response = connection.getresponse()
        while response.status == 503:
            response.read()
            connection.request("GET", f"/getfilelb/{paths[0]}", headers=AUTH)
            response = connection.getresponse()
        response.read(100)
        connection.close()
    [connection, _] = connections(server)
    assert fetched(connection, f"/getpreview/{paths[0]}")[1].startswith(b"\xff\xd8")
    connection.close()


def test_published_clients_fetch_the_newest_recording(recorded):
    """High is the file itself, byte for byte; low is smaller and a movie too."""
    if not CLIENTS.exists():
        skip_or_fail("the clients' environment is missing: make .venv-clients/installed")
    server, _, contents = recorded
    command = [CLIENTS, DRIVER, "127.0.0.1", str(server.ports["port"]), "alice", "sesame", "7"]
    driven = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    seen = json.loads(driven.stdout)
    newest = {"bytes": len(contents[0]), "sha256": hashlib.sha256(contents[0]).hexdigest(), "type": "ftyp"}
    assert seen["pysecspy"] == newest
    assert seen["aiosecspy"]["high"] == newest
    assert seen["aiosecspy"]["low"]["type"] == "ftyp"
    assert seen["aiosecspy"]["low"]["bytes"] < len(contents[0]) / 4
    assert len(seen["aiosecspy"]["titles"]) == 2
