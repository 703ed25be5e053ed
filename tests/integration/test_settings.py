"""Settings through the real server: by a published client, and seen in a picture."""

import io
import itertools
import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.integration.cameras import skip_or_fail
from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration

CLIENTS = Path(__file__).parents[2] / ".venv-clients" / "bin" / "python"
DRIVER = Path(__file__).with_name("settings_client.py")
USERS = "users:\n  - {name: alice, password: {$env: ALICE_PASSWORD}, role: admin}\n"
CAMERAS = "porch: {number: 0, source: {driver: pattern}}  # the porch\nyard: {number: 7, source: {driver: pattern}}"


def test_pysecspy_disables_and_enables_a_camera(tmp_path):
    """It posts a form as plain text; the file says it, and comments stay."""
    if not CLIENTS.exists():
        skip_or_fail("the clients' environment is missing: make .venv-clients/installed")
    site = write_site(tmp_path, CAMERAS, rest=USERS)
    before = site.read_text()
    with running(site, env={"ALICE_PASSWORD": "sesame"}) as server:
        command = [CLIENTS, DRIVER, "127.0.0.1", str(server.ports["port"]), "alice", "sesame", "0"]
        driven = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    assert json.loads(driven.stdout) == {"disabled": ["7"], "enabled": ["0", "7"]}
    assert site.read_text() == before.replace("pattern}}  # the porch", "pattern}, enabled: true}  # the porch")


def test_text_and_turning_are_in_the_next_picture(tmp_path):
    """Without connecting the camera anew; the text is upright in a picture that is turned."""
    with running(write_site(tmp_path, CAMERAS)) as server:
        server.wait_for("camera=0 (porch) online")
        before = picture(server)
        save(
            server,
            transformationMenu=1,
            overlayCheck=1,
            overlayText="\u2588" * 3,
            overlayFontSize=60,
            overlayPosition=3,
        )
        after = picture(server)
        assert len([line for line in server.lines if "(porch) online" in line]) == 1
    assert after.shape == before.shape[::-1]
    corner, opposite = after[-60:, -60:], after[:60, :60]
    assert (corner > 240).sum() > 200 + (opposite > 240).sum()


def test_pictures_and_encoded_video_are_lighter_at_once(tmp_path):
    """Without connecting the camera anew, for whoever watches already; the document of the system says so."""
    with running(write_site(tmp_path, CAMERAS)) as server:
        server.wait_for("camera=0 (porch) online")
        url = f"{server.rtsp}/stream?cameraNum=0&width=320"
        with av.open(url, options={"rtsp_transport": "tcp"}, timeout=(20, 20)) as stream:
            frames = (frame.to_ndarray(format="gray").mean() for frame in stream.decode(video=0))
            before, filmed = picture(server).mean(), next(frames)
            save(server, brightness=60)
            assert picture(server).mean() > before + 40
            assert next(lighter for lighter in itertools.islice(frames, 100) if lighter > filmed + 40)
        assert len([line for line in server.lines if "(porch) online" in line]) == 1
        with urllib.request.urlopen(f"{server.http}/++systemInfo?format=json", timeout=30) as reply:
            assert b'"brightness":60' in reply.read().replace(b" ", b"")


def test_the_size_and_rate_of_the_device_are_switched_in_the_site_file(tmp_path):
    """The camera comes back with them; a size that its driver does not take is refused."""
    site = write_site(tmp_path, CAMERAS)
    with running(site) as server:
        for camera in ("0 (porch)", "7 (yard)"):
            server.wait_for(f"camera={camera} online")
        told = len(server.lines)
        save(server, ndVideoWidth=320, ndVideoHeight=240, ndFrameRate=5)
        server.wait_for("camera=0 (porch) online", after=told)
        assert picture(server).shape == (240, 320)
        with pytest.raises(urllib.error.HTTPError, match="Bad Request"):
            save(server, ndVideoWidth=12)
        assert not [line for line in server.lines[told:] if "(yard) online" in line]
    assert "{driver: pattern, fps: 5, width: 320, height: 240}}  # the porch" in site.read_text()


def picture(server) -> np.ndarray:
    """A still, as rows of brightness."""
    with urllib.request.urlopen(f"{server.http}/image?cameraNum=0", timeout=30) as reply:
        return np.asarray(Image.open(io.BytesIO(reply.read())).convert("L"))


def save(server, **fields) -> None:
    body = urllib.parse.urlencode({"cameraNum": 0, **fields, "action": "save"}).encode()
    with urllib.request.urlopen(f"{server.http}/camerasettings", body, timeout=30) as reply:
        assert reply.read() == b"OK"
