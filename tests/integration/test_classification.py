"""From a real camera to clients: who moves, said in the order that clients want, and in the catalogue.

Somebody comes into a room, stands for a while and leaves; in a car park there are only cars.
"""

import json
import os
import subprocess
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.cameras import SHARED, a_part, an_rtsp_camera, skip_or_fail
from tests.integration.server import running, write_site
from tests.integration.test_detection import PASSWORD, SECONDS, USERS, events_until, triggered_episode, was_recorded

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("detection")]

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / ".venv-clients/bin/python"
CLIP, BEGIN, LENGTH = "person-one-by-one.mp4", 0.0, 22.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A hall where somebody comes by, and a car park; nothing but people is to be recorded."""
    with an_rtsp_camera(clip=a_part(CLIP, BEGIN, LENGTH), fps=10, audio="none") as camera:
        model = f'classifier: {{driver: onnx, model: "{SHARED / "models/yolox_nano.onnx"}"}}'
        motion = f"motion: {{{model}, trigger_on: [human]}}, motion_capture: {{post_capture: 1s}}"
        cars = SHARED / "media/car-topdown.mp4"
        cameras = (
            f'hall: {{number: 0, source: {{driver: rtsp, url: "{camera.url}"}}, {motion}}}\n'
            f'park: {{number: 1, source: {{driver: file, path: "{cars}"}}, {motion}}}\n'
        )
        site = write_site(tmp_path_factory.mktemp("site"), cameras, rest=USERS)
        with running(site, env={"ALICE": PASSWORD}) as server:
            for name in ("0 (hall)", "1 (park)"):
                server.wait_for(f"camera={name} online")
            yield server


@pytest.fixture(scope="module")
def pysecspy(server):
    """The library of the Home Assistant integration, listening in a process of its own."""
    if not CLIENTS.exists():
        skip_or_fail("the clients are not installed: make .venv-clients/installed")
    script = ROOT / "tests/integration/clients.py"
    arguments = ["pysecspy-human", "127.0.0.1", server.ports["port"], "alice", PASSWORD, 0, SECONDS]
    with subprocess.Popen(
        [str(word) for word in (CLIENTS, script, *arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": ""},
    ) as process:
        assert process.stdout.readline() == "listening\n"
        yield process


@pytest.fixture(scope="module")
def told(server, pysecspy):
    """What was said until somebody was recorded and a car had passed."""
    return events_until(server, lambda told: was_recorded(told, "0") and ("1", "MOTION_END", "") in told)


def test_who_moves_is_said_in_its_order(told):
    """MOTION, CLASSIFY with three pairs, TRIGGER_M with reason 128, MOTION_END."""
    hall = triggered_episode(told, "0")
    names = [event for event, _ in hall if event != "FILE"]
    assert list(dict.fromkeys(names)) == ["MOTION", "CLASSIFY", "TRIGGER_M", "MOTION_END"]
    assert dict(hall)["TRIGGER_M"] == "128"
    for words in [info.split() for event, info in hall if event == "CLASSIFY"]:
        assert words[::2] == ["HUMAN", "VEHICLE", "ANIMAL"]
        assert 50 <= max(map(int, words[1::2])) <= 99


def test_cars_do_not_trigger_what_people_do(told):
    park = {event for camera, event, _ in told if camera == "1"}
    assert {"MOTION", "MOTION_END"} <= park
    assert not park & {"TRIGGER_M", "FILE"}


def test_footage_of_people_is_listed_as_such(server, told):
    today = datetime.now(UTC).date()
    dates = f"startDate={today - timedelta(days=1)}&endDate={today + timedelta(days=1)}"
    listed = {kind: asked(server, f"caplist?cams=0,1&{dates}&filter={kind}") for kind in (1, 2, 4)}
    assert {file["c"] for file in listed[1]} == {0}
    assert listed[2] == listed[4] == []


def test_pysecspy_sees_motion_on_what_it_is_and_motion_off(told, pysecspy):
    """Unchanged, as it is published."""
    seen = json.loads(pysecspy.communicate(timeout=2 * SECONDS)[0].splitlines()[-1])
    hall = [(event["event_on"], event["event_object"]) for event in seen["events"] if event["camera"] == "0"]
    assert (True, "None") in hall[: hall.index((True, "Human"))]
    assert not hall[-1][0]


def asked(server, path):
    manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
    manager.add_password(None, server.http, "alice", PASSWORD, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
    with opener.open(f"{server.http}/++{path}", timeout=10) as response:
        return json.load(response)
