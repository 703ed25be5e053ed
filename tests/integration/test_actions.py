"""Actions of the real server: a real script, a real player, and a server that fails and comes back."""

import json
import subprocess
import sys
import threading
import time
import urllib.request
import wave
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which

import pytest

from tests.integration.cameras import skip_or_fail
from tests.integration.server import READY, Server, running, write_site

pytestmark = pytest.mark.integration

ARMED = "actions: {schedule: armed-24-7, reset: 0s, run: [%s]}"
CAMERA = "source: {driver: pattern, tone: false}, motion: {enabled: false}, motion_capture: {schedule: unarmed-24-7}"


class Endpoint:
    """An HTTP server of somebody else: takes what comes, or fails; remembers what it took."""

    def __init__(self):
        self.is_well = True
        self.taken = []
        self.refused = 0
        self.news = threading.Condition()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with endpoint.news:
                    if endpoint.is_well:
                        endpoint.taken.append((dict(self.headers), body))
                    else:
                        endpoint.refused += 1
                    endpoint.news.notify_all()
                self.send_response(200 if endpoint.is_well else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def wait_until(self, holds):
        with self.news:
            assert self.news.wait_for(holds, 30), (self.taken, self.refused)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def endpoint():
    made = Endpoint()
    yield made
    made.close()


def ask(server, request):
    with urllib.request.urlopen(f"{server.http}/++{request}", timeout=10) as answer:
        return answer.read().decode()


def trigger(server, number=0):
    assert ask(server, f"triggermd?cameraNum={number}") == "OK"


def a_script(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def a_sound(path: Path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))


def test_a_script_runs_and_says_what_it_does(tmp_path):
    """What it prints is in the log; it knows the camera and the reason, and no secret of the server."""
    script = a_script(tmp_path, "lights.sh", 'echo "$SSPLUG_CAMERA_NAME: $SSPLUG_REASON, $SECRET"')
    action = ARMED % f"{{driver: script, path: {script.name}}}"
    with running(write_site(tmp_path, f"yard: {{{CAMERA}, {action}}}"), env={"SECRET": "hunter2"}) as server:
        server.wait_for("online")
        trigger(server)
        assert server.wait_for("script lights.sh:").endswith("camera=0 (yard) script lights.sh: yard: web,")
        server.wait_for("done")


def test_a_script_triggers_another_camera(tmp_path):
    """With reason 4, by the command; it needs to know neither the site file nor a password."""
    command = f"{sys.executable} -m ssplug trigger --camera"
    follow = a_script(tmp_path, "follow.sh", f"{command} gate")
    told = a_script(tmp_path, "told.sh", 'echo "because of: $SSPLUG_REASON"')
    cameras = (
        f"yard: {{{CAMERA}, {ARMED % f'{{driver: script, path: {follow.name}}}'}}}\n"
        f"gate: {{{CAMERA}, {ARMED % f'{{driver: script, path: {told.name}}}'}}}"
    )
    with running(write_site(tmp_path, cameras)) as server:
        trigger(server)
        server.wait_for("camera=0 (yard) script follow.sh: triggered gate")
        server.wait_for("camera=1 (gate) script told.sh: because of: script")
        asked = subprocess.run(
            [*command.split(), "nobody", "--site", str(server.site)], capture_output=True, text=True, check=False
        )
        assert (asked.returncode, asked.stderr) == (1, "no camera 'nobody' is enabled. There are: yard, gate\n")
    asked = subprocess.run(
        [*command.split(), "0", "--site", str(server.site)], capture_output=True, text=True, check=False
    )
    assert asked.returncode == 1
    assert "no server runs for this site" in asked.stderr


def test_what_fails_is_tried_again_and_reported(tmp_path):
    """It costs itself: the other action is done at once."""
    broken = a_script(tmp_path, "broken.sh", f"echo attempt >> {tmp_path}/attempts; echo no lamp; exit 3")
    good = a_script(tmp_path, "good.sh", "echo well")
    run = f"{{driver: script, path: {broken.name}}}, {{driver: script, path: {good.name}}}"
    with running(write_site(tmp_path, f"yard: {{{CAMERA}, {ARMED % run}}}")) as server:
        server.wait_for("online")
        trigger(server)
        server.wait_for("script good.sh: well", seconds=2)
        line = server.wait_for("error camera=0 (yard) action script (")
        assert line.endswith("site.yaml:8:167): broken.sh: exit status 3: no lamp")
        with urllib.request.urlopen(f"{server.http}/eventStream?version=3&since=0", timeout=10) as stream:
            told = b""
            while b"ERROR 820 script" not in told:
                told += stream.read(1)
    assert (tmp_path / "attempts").read_text() == "attempt\n" * 3


def test_a_hook_is_told_what_happened_with_a_picture(tmp_path, endpoint):
    """One destination is told of both cameras."""
    message = 'json: {content: "$camera_name: $reason"}, image: form, image_width: 320'
    cameras = f"yard: {{{CAMERA}, {ARMED % 'phone'}}}\ngate: {{{CAMERA}, {ARMED % 'phone'}}}"
    notify = f'notify:\n  phone: {{driver: webhook, url: "{endpoint.url}", {message}}}\n'
    with running(write_site(tmp_path, cameras, rest=notify)) as server:
        for name in ("0 (yard)", "1 (gate)"):
            server.wait_for(f"camera={name} online")
        trigger(server, -1)
        endpoint.wait_until(lambda: len(endpoint.taken) == 2)
    forms = [parts_of(*request) for request in endpoint.taken]
    told = sorted(json.loads(form["payload_json"])["content"] for form in forms)  # whichever picture came first
    assert told == ["gate: web", "yard: web"]
    assert all(form["image"].startswith(b"\xff\xd8") for form in forms)


def parts_of(headers, body):
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    form = message_from_bytes(head + body, policy=policy.HTTP)
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in form.iter_parts()
    }


def test_a_hook_that_was_away_misses_nothing(tmp_path, endpoint):
    """Not even if the server is killed meanwhile; and everything comes once, in order."""
    action = ARMED % f'{{driver: webhook, url: "{endpoint.url}"}}'
    site = write_site(tmp_path, f"yard: {{{CAMERA}, {action}}}")
    endpoint.is_well = False
    server = Server(site)
    server.wait_for(READY)
    for _ in range(3):
        trigger(server)
    wait_until(lambda: len(kept_in(tmp_path)) == 3)
    server.kill()
    kept = kept_in(tmp_path)
    endpoint.is_well = True
    with running(site) as server:
        endpoint.wait_until(lambda: len(endpoint.taken) == len(kept))
        trigger(server)
        endpoint.wait_until(lambda: len(endpoint.taken) == len(kept) + 1)
    keys = [headers["Idempotency-Key"].strip('"') for headers, _ in endpoint.taken]
    assert keys[:-1] == [path.stem for path in kept]
    assert keys == sorted(set(keys))
    wait_until(lambda: kept_in(tmp_path) == [])


def kept_in(folder):
    return sorted(folder.glob("state/drivers/webhook/yard/*/*.json"))


def wait_until(holds):
    for _ in range(300):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it does not become true")


def test_sounds_are_played_by_a_real_player(tmp_path):
    """For an action and for a client; what cannot be played is reported."""
    if which("ffplay") is None:
        skip_or_fail("ffplay is not installed")
    (tmp_path / "sounds").mkdir()
    a_sound(tmp_path / "sounds" / "bark.wav")
    (tmp_path / "sounds" / "broken.wav").write_text("no sound")
    action = ARMED % "{driver: sound, file: bark.wav}"
    site = write_site(tmp_path, f"yard: {{{CAMERA}, {action}}}", rest="sounds: {path: sounds, player: ffplay}\n")
    with running(site, "--log-level", "debug", env={"SDL_AUDIODRIVER": "dummy"}) as server:
        server.wait_for("sounds are played by ffplay")
        assert "<name>bark.wav</name>" in ask(server, "sounds?format=xml")
        trigger(server)
        assert server.wait_for("action sound (").endswith(": done")
        assert ask(server, "doSound?name=broken.wav") == "OK"
        server.wait_for("error doSound broken.wav: ffplay: ")


def test_scripts_are_run_for_a_client(tmp_path):
    """Only what is in the folder."""
    (tmp_path / "scripts").mkdir()
    a_script(tmp_path / "scripts", "lights on.sh", "echo on")
    a_script(tmp_path, "other.sh", "echo other")
    with running(write_site(tmp_path, "{}", rest="scripts: {path: scripts}\n")) as server:
        assert ask(server, "scripts?format=xml").count("<name>") == 1
        assert ask(server, "doScript?name=lights+on.sh") == "OK"
        server.wait_for("script lights on.sh: on")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            ask(server, "doScript?name=..%2Fother.sh")
