"""The server as its operator meets it: started, asked, stopped; and told what is wrong."""

import json
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.server import Server, running, write_site

pytestmark = [pytest.mark.integration]

TWISTD = str(Path(sys.executable).with_name("twistd"))
PATTERN = "yard: {name: Back Yard, source: {driver: pattern}}\n"


def get(url: str, **options) -> bytes:
    with urllib.request.urlopen(url, timeout=10, **options) as response:
        return response.read()


def twistd(*arguments: object, folder) -> subprocess.CompletedProcess[str]:
    command = [TWISTD, "-n", "--pidfile=", "ssplug", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with one pattern camera."""
    with running(write_site(tmp_path_factory.mktemp("site"), PATTERN)) as server:
        server.wait_for("online")
        yield server


def test_all_protocols_share_the_port(server):
    """HTTP and RTSP on `port`, both again on `tls_port`."""
    assert b"<system>" in get(f"{server.http}/systemInfo")
    trusting = ssl._create_unverified_context()
    assert b"<system>" in get(f"https://127.0.0.1:{server.https_port}/systemInfo", context=trusting)
    for secure in (False, True):
        port = server.https_port if secure else server.ports["port"]
        with socket.create_connection(("127.0.0.1", port), 10) as plain:
            with trusting.wrap_socket(plain) if secure else plain as connection:
                connection.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 7\r\n\r\n")
                answer = connection.recv(1000)
            assert answer.startswith(b"RTSP/1.0 200")
            assert b"CSeq: 7" in answer


def test_metrics_can_be_read_by_prometheus(server):
    """Every family parses, and the camera's figures grow."""
    get(f"{server.http}/image?cameraNum=0")  # which waits for a picture
    families = {
        family.name: family for family in text_string_to_metric_families(get(f"{server.http}/metrics").decode())
    }
    assert families["ssplug_camera_online"].samples[0].labels == {"camera": "0", "id": "yard"}
    assert families["ssplug_camera_received_pictures"].samples[0].value > 0


def test_every_log_line_says_which_camera_or_connection(server):
    """Text lines carry the camera; the fingerprint of the certificate is there."""
    assert any("camera=0 (yard) online: h264, aac" in line for line in server.lines)
    assert any("SHA-256" in line for line in server.lines)


def test_json_lines_are_objects(tmp_path):
    """One object a line, with level, message and camera."""
    with running(write_site(tmp_path, PATTERN), "--log-format", "json") as server:
        server.wait_for("online")
        entries = [json.loads(line) for line in server.lines]
    online = next(entry for entry in entries if entry["message"].startswith("online"))
    assert online["camera"] == "0 (yard)"
    assert online["level"] == "info"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(tmp_path, how):
    """Ended by that signal and nothing else (twistd passes it on), every part stopped, and ports.json is gone."""
    server = Server(write_site(tmp_path, PATTERN))
    server.wait_for("online")
    server.process.send_signal(how)
    assert server.process.wait(30) == -how
    server.stop()
    assert any(line.endswith(" stopped") for line in server.lines)
    assert not [line for line in server.lines if "Traceback" in line or "did not" in line]
    assert not list(tmp_path.glob("**/ports.json"))


def test_its_identity_outlives_it(tmp_path):
    """The uuid and the number that a camera was given are the same after a restart."""
    seen = []
    for _ in range(2):
        with running(write_site(tmp_path, PATTERN)) as server:
            document = json.loads(get(f"{server.http}/systemInfo?format=json"))
            seen.append((document["server"]["uuid"], [camera["number"] for camera in document["camera-list"]]))
    assert seen[0] == seen[1]


def test_a_bad_site_file_is_explained_before_anything_starts(tmp_path):
    """Every mistake with line and column, exit status 1, no traceback."""
    site = tmp_path / "site.yaml"
    site.write_text("server:\n  prot: 8000\ncameras:\n  yard: {source: {driver: patern}}\n")
    done = twistd("--site", site, folder=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr + done.stdout
    said = done.stderr.splitlines()
    assert any(line.startswith(f"{site}:2:3: ") and "'port'" in line for line in said), said
    assert any(line.startswith(f"{site}:4:") and "'pattern'" in line for line in said), said


def test_a_port_in_use_is_explained(tmp_path):
    """Which port, which setting, exit status 1, no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        site = write_site(tmp_path, PATTERN)
        site.write_text(site.read_text().replace("\n  port: 0", f"\n  port: {other.getsockname()[1]}"))
        done = twistd("--site", site, folder=tmp_path)
    assert done.returncode == 1
    assert "server.port" in done.stdout
    assert "Traceback" not in done.stderr + done.stdout


def test_no_users_for_everybody_is_refused(tmp_path):
    """A recorder without accounts is for loopback only."""
    site = write_site(tmp_path, PATTERN)
    site.write_text(site.read_text().replace("127.0.0.1", "0.0.0.0"))
    done = twistd("--site", site, folder=tmp_path)
    assert done.returncode == 1
    assert "users" in done.stderr


def test_it_goes_to_the_background(tmp_path):
    """Without -n twistd returns, and the server works all the same."""
    site = write_site(tmp_path, PATTERN)
    pidfile = tmp_path / "pid"
    command = [TWISTD, f"--pidfile={pidfile}", "--logfile", "log"]
    subprocess.run([*command, "ssplug", "--site", str(site)], cwd=tmp_path, check=True, timeout=60)
    try:
        ports = json.loads((tmp_path / "state/ports.json").read_text())
        document = get(f"http://127.0.0.1:{ports['port']}/systemInfo")
        assert b"Back Yard" in document
    finally:
        pid = int(pidfile.read_text())
        handle = os.pidfd_open(pid)
        signal.pidfd_send_signal(handle, signal.SIGTERM)
        select.select([handle], [], [], 30)


def test_a_broken_camera_costs_only_itself(tmp_path):
    """A camera whose driver cannot connect is offline with its reason; the other is served."""
    cameras = PATTERN + 'gate: {source: {driver: rtsp, url: "rtsp://127.0.0.1:9/nothing"}}\n'
    with running(write_site(tmp_path, cameras)) as server:
        server.wait_for("camera=1 (gate) offline")
        server.wait_for("camera=0 (yard) online")
        document = json.loads(get(f"{server.http}/systemInfo?format=json"))
        broken = next(camera for camera in document["camera-list"] if camera["number"] == 1)
        assert broken["connected"] is False
        assert broken["last-error-description"]
        assert get(f"{server.http}/image?cameraNum=0")[:2] == b"\xff\xd8"
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(f"{server.http}/image?cameraNum=1")
        assert refused.value.code == 404
        refused.value.close()
