"""From a real camera that plays real footage to clients: motion on, a trigger, a movie, motion off."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.integration.cameras import an_rtsp_camera, skip_or_fail
from tests.integration.server import running, write_site

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("detection")]

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / ".venv-clients/bin/python"
PASSWORD = "sesame"
SECONDS = 45
"""In which a car comes at any time of the loop of thirty seconds, and is gone again."""

USERS = "users:\n  - {name: alice, password: {$env: ALICE}, role: admin}\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A car park, seen by a camera; one camera that follows it, and one that is not armed."""
    with an_rtsp_camera(clip="car-topdown.mp4", fps=10, audio="none") as camera:
        source = f'{{driver: rtsp, url: "{camera.url}"}}'
        cameras = (
            f"park: {{number: 0, source: {source}, motion_capture: {{post_capture: 1s}}}}\n"
            "gate: {number: 1, source: {driver: pattern, tone: false},"
            " motion: {enabled: false, trigger_on: [camera:park]}}\n"
            f"idle: {{number: 2, source: {source}, motion_capture: {{schedule: unarmed-24-7}}}}\n"
        )
        site = write_site(tmp_path_factory.mktemp("site"), cameras, rest=USERS)
        with running(site, env={"ALICE": PASSWORD}) as server:
            for name in ("0 (park)", "1 (gate)", "2 (idle)"):
                server.wait_for(f"camera={name} online")
            yield server


def events_until(server, ended) -> list[tuple[str, str, str]]:
    """Camera, name and what is said with it of each event, until `ended` of them is true."""
    manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
    manager.add_password(None, server.http, "alice", PASSWORD, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
    told: list[tuple[str, str, str]] = []
    with opener.open(f"{server.http}/++eventStream?version=3", timeout=SECONDS) as stream:
        line = b""
        while byte := stream.read(1):
            line += byte
            if byte == b"\r":
                _, _, camera, event, *info = line.decode().strip().split(" ", 4)
                told.append((camera, event, " ".join(info)))
                line = b""
                assert sum(event == "NULL" for _, event, _ in told) < SECONDS / 10, told
                if ended(told):
                    break
    return told


def triggered_episode(told, camera: str) -> list[tuple[str, str]]:
    """Names and what is said with them of a camera, from the beginning of the episode that triggered first.

    Whoever begins to listen may do so in the middle of another, whose file is finished later.
    """
    events = [(event, info) for number, event, info in told if number == camera and event != "ONLINE"]
    names = [event for event, _ in events]
    before = names[: names.index("TRIGGER_M")]
    begin = len(before) - before[::-1].index("MOTION_END") if "MOTION_END" in before else 0
    trigger = len(before)
    return [event for event in events[begin:trigger] if event[0] != "FILE"] + events[trigger:]


def was_recorded(told, camera: str) -> bool:
    """Whether there was a trigger, and a file after that."""
    names = [event for number, event, _ in told if number == camera]
    return "TRIGGER_M" in names and "FILE" in names[names.index("TRIGGER_M") :]


def test_the_events_of_a_car_come_in_their_order(server):
    """MOTION, TRIGGER_M with reason 1, MOTION_END, FILE; the region lies in the picture; another camera follows."""
    told = events_until(server, lambda told: was_recorded(told, "0"))
    park = triggered_episode(told, "0")
    names = [event for event, _ in park]
    assert list(dict.fromkeys(names)) == ["MOTION", "TRIGGER_M", "MOTION_END", "FILE"]
    assert names.count("TRIGGER_M") == names.count("MOTION_END") == 1
    assert dict(park)["TRIGGER_M"] == "1"
    for x, y, width, height in [map(int, info.split()) for event, info in park if event == "MOTION"]:
        assert 0 <= x < x + width <= 768
        assert 0 <= y < y + height <= 432
    assert ("1", "TRIGGER_M", "32") in told
    assert {event for camera, event, _ in told if camera == "2"} <= {"ONLINE", "MOTION", "MOTION_END"}
    assert ("2", "MOTION_END", "") in told
    assert Path(dict(park)["FILE"]).stat().st_size > 0


def test_pysecspy_sees_motion_on_and_off(server):
    """The library of the Home Assistant integration."""
    if not CLIENTS.exists():
        skip_or_fail("the clients are not installed: make .venv-clients/installed")
    script = ROOT / "tests/integration/clients.py"
    arguments = ["pysecspy-motion", "127.0.0.1", server.ports["port"], "alice", PASSWORD, 0, SECONDS]
    done = subprocess.run(
        [str(word) for word in (CLIENTS, script, *arguments)],
        capture_output=True,
        text=True,
        timeout=SECONDS + 30,
        env={**os.environ, "PYTHONWARNINGS": ""},
        check=True,
    )
    seen = json.loads(done.stdout.splitlines()[-1])
    states = [event["event_on"] for event in seen["events"] if event["camera"] == "0"]
    assert True in states
    assert states[-1] is False


def test_a_client_triggers_a_camera_by_request(server):
    """Reason 16, and a recording if motion capture is armed."""

    def triggered(told):
        if told[-1][:2] == ("X", "NULL") and len(told) == 1:
            assert command(server, "++triggermd?cameraNum=1") == "OK"
        return ("1", "TRIGGER_M", "16") in told

    assert events_until(server, triggered)


def command(server, path: str) -> str:
    manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
    manager.add_password(None, server.http, "alice", PASSWORD, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
    with opener.open(f"{server.http}/{path}", timeout=10) as response:
        return response.read().decode()
