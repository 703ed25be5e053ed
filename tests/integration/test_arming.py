"""Arming through the real server: published clients toggle and follow, and nothing is forgotten."""

import json
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.integration.cameras import skip_or_fail
from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration

CLIENTS = Path(__file__).parents[2] / ".venv-clients" / "bin" / "python"
DRIVER = Path(__file__).with_name("arming_clients.py")
CAMERAS = "yard: {number: 7, source: {driver: pattern}}"
REST = "schedules:\n  never: [{dates: 2001-01-01}]\n"
USERS = "users:\n  - {name: alice, password: {$env: ALICE_PASSWORD}, role: admin}\n"
PASSWORD = {"ALICE_PASSWORD": "sesame"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What both clients saw."""
    if not CLIENTS.exists():
        skip_or_fail("the clients' environment is missing: make .venv-clients/installed")
    site = write_site(tmp_path_factory.mktemp("arming"), CAMERAS, rest=REST + USERS)
    with running(site, env=PASSWORD) as server:
        command = [CLIENTS, DRIVER, "127.0.0.1", str(server.ports["port"]), "alice", "sesame", "7"]
        driven = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    return json.loads(driven.stdout)


def test_each_command_has_the_effect_that_its_client_meant(seen):
    """Continuous capture, motion capture and actions: armed or disarmed."""
    assert {name: step["cameramodes"] for name, step in seen["steps"].items()} == {
        "all armed": "AAA",
        "actions disarmed": "AAD",
        "motion by a schedule": "ADD",
        "an override": "AAD",
        "no override": "ADD",
        "the preset Away": "AAA",
        "a schedule of the site": "DDD",
        "pysecspy arms": "DAD",
        "the preset Home": "DDD",
    }


def test_the_system_document_agrees(seen):
    assert all(step["systemInfo"] == step["cameramodes"] for step in seen["steps"].values())


def test_pysecspy_follows_by_events_without_polling(seen):
    assert all(step["pysecspy"] == step["cameramodes"] for step in seen["steps"].values())


def test_the_document_names_schedules_and_overrides(seen):
    steps = seen["steps"]
    never = next(int(number) for number, name in seen["schedules"].items() if name == "never")
    assert steps["an override"]["overrides"] == [0, 4, 0]
    assert steps["no override"]["overrides"] == [0, 0, 0]
    assert steps["a schedule of the site"]["schedules"] == [never] * 3
    assert len(seen["overrides"]) == 15
    assert sorted(seen["presets"].values()) == ["Away", "Home"]


def test_a_killed_server_goes_on_where_it_stopped(tmp_path):
    """kill -9 right after the answer: schedule and override are there, and the command line says so."""
    site = write_site(tmp_path, CAMERAS)
    with running(site) as server:
        assert get(server.http, "ssSetOverride?cameraNum=7&mode=CA&id=14") == "OK"
        assert get(server.http, "setSchedule?cameraNum=7&mode=M&schedule=0") == "OK"
        server.kill()
    with running(site) as server:
        assert get(server.http, "cameramodes?cameraNum=7") == "C:ARMED\nM:DISARMED\nA:ARMED\n"
        modes = json.loads(get(server.http, "schedule?cameraNum=7&format=json"))["modes"]
        assert [mode["override-id"] for mode in modes] == [14, 0, 14]
        command = [server.process.args[0], "-m", "ssplug", "schedule", "explain", "--site", site, "--camera", "yard"]
        told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        assert 'because the override "Armed For 6 Hours" was set at ' in told[0]
        assert told[1].startswith("motion capture: not armed ")


def get(server: str, uri: str) -> str:
    with urllib.request.urlopen(f"{server}/{uri}", timeout=10) as response:
        return response.read().decode()
