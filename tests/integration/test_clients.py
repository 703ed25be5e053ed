"""Two published clients, unmodified, against the real server: connect, read cameras, fetch, hear."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.integration.cameras import skip_or_fail
from tests.integration.server import running, write_site

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("clients")]

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-clients/bin/python"
USER, PASSWORD = "alice", "pa~~s?>"  # its Base64 has + in one alphabet and - in the other

CAMERAS = """\
porch: {number: 0, name: "Front & <Porch> ü", source: {driver: pattern}, motion: {enabled: false}}
yard:
  number: 3
  name: Back Yard
  source: {driver: pattern, width: 320, height: 240, tone: false}
  motion: {enabled: false}
"""
USERS = f"""\
users:
  - {{name: {USER}, password: {{$env: ALICE}}, role: admin}}
  - {{name: guest, password: {{$env: GUEST}}, cameras: [yard], permissions: [live]}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with two accounts and two cameras."""
    if not PYTHON.exists():
        skip_or_fail("the clients are not installed: make .venv-clients/installed")
    site = write_site(tmp_path_factory.mktemp("site"), CAMERAS, rest=USERS)
    with running(site, env={"ALICE": PASSWORD, "GUEST": "visitor"}) as server:
        server.wait_for("camera=0 (porch) online")
        server.wait_for("camera=3 (yard) online")
        yield server


def run_client(server, name: str, user: str = USER, password: str = PASSWORD, camera: int = 0, during=None):
    """What the client saw; `during` is called once it listens to events."""
    arguments = [name, "127.0.0.1", server.ports["port"], user, password, camera, 3]
    command = [str(PYTHON), str(ROOT / "tests/integration/clients.py"), *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONWARNINGS": ""}
    ) as client:
        lines = []
        for line in client.stdout:
            lines.append(line)
            if line.strip() == "listening" and during is not None:
                during()
        assert client.wait(60) == 0
    return json.loads(lines[-1])


def command(server, path: str) -> str:
    request = urllib.request.Request(f"{server.http}/{path}")
    password_manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    password_manager.add_password(None, server.http, USER, PASSWORD)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(password_manager))
    with opener.open(request, timeout=10) as response:
        return response.read().decode()


def test_aiosecspy_sees_the_cameras_and_hears_events(server):
    """Names with &, < and umlauts; a still; ARM_M and DISARM_M as they happen."""

    def arm():
        assert command(server, "++setSchedule?cameraNum=0&schedule=0&override=0&mode=M") == "OK"
        assert command(server, "++setSchedule?cameraNum=0&schedule=1&override=0&mode=M") == "OK"

    seen = run_client(server, "aiosecspy", during=arm)
    assert seen["cameras"] == {"0": "Front & <Porch> ü", "3": "Back Yard"}
    assert set(seen["connected"].values()) == {True}
    assert seen["image"] == "ffd8"
    assert "M:ARMED" in seen["modes"]
    heard = [event["event"] for event in seen["events"] if event["camera"] == 0]
    assert heard == ["DISARM_M", "ARM_M"]


def test_pysecspy_sees_the_cameras_and_hears_events(server):
    """The library of the Home Assistant integration: its devices follow without polling."""

    def arm():
        assert command(server, "setSchedule?cameraNum=3&schedule=1&override=0&mode=C") == "OK"

    seen = run_client(server, "pysecspy", camera=3, during=arm)
    assert seen["server"]["server_version"] == "5.6.9"
    assert seen["cameras"]["0"]["name"] == "Front & <Porch> ü"
    assert seen["image"] == "ffd8"
    assert seen["events"], "no event reached the devices"
    assert seen["cameras"]["3"]["recording_mode_c"] is True


@pytest.mark.parametrize("client", ["aiosecspy", "pysecspy"])
def test_a_wrong_password_is_an_authentication_error(server, client):
    """In the client's own words."""
    seen = run_client(server, client, password="wrong")
    assert "401" in seen["error"] or "auth" in seen["error"].lower(), seen


def test_a_guest_sees_only_the_cameras_of_the_account(server):
    """The porch does not exist for it, in the list and in the events."""
    seen = run_client(
        server, "aiosecspy", "guest", "visitor", 3,
        during=lambda: command(server, "setSchedule?cameraNum=-1&schedule=0&override=0&mode=A"),
    )  # fmt: skip
    assert seen["cameras"] == {"3": "Back Yard"}
    assert {event["camera"] for event in seen["events"]} <= {3, None}
