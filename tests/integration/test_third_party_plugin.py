"""A stranger's plugin: the wheel and the example of docs/examples in an environment of their own, serving a camera."""

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

from tests.integration.server import write_site

# One worker for all: the environment takes its time to make.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("third party")]

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/examples/ssplug-counter"


def run(*command, cwd=None):
    """What it prints; AssertionError with everything if it fails."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The folder with the programs of an environment that has the wheel and the plugin, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("stranger")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(*pip, "wheel", "--no-deps", "-w", folder / "wheels", ROOT, EXAMPLE)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    programs = folder / "venv/bin"
    wheels = (folder / "wheels").glob("*.whl")
    there = ["--python", programs / "python", "install", "--no-compile", "-c", ROOT / "constraints.txt"]
    run(*pip, *there, *wheels, "pytest")
    return programs


def test_the_plugin_passes_the_suite(environment, tmp_path):
    """The conformance suite comes with the wheel."""
    output = run(
        environment / "python", "-m", "pytest", "-q", EXAMPLE / "tests", "-p", "no:cacheprovider", cwd=tmp_path
    )
    assert " passed" in output


def test_the_plugin_is_listed(environment, tmp_path):
    """`ssplug plugins` names the driver, with its summary."""
    assert "A camera that counts" in run(environment / "ssplug", "plugins", cwd=tmp_path)


def test_its_settings_are_checked(environment, tmp_path):
    """A misspelt setting of a stranger's driver is found at its place in the file."""
    site = write_site(tmp_path, "counter:\n  source: {driver: counter, frist: 100}")
    checked = subprocess.run([environment / "ssplug", "check", site], capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert "site.yaml" in checked.stdout + checked.stderr
    assert "first" in checked.stdout + checked.stderr


@contextlib.contextmanager
def serving(environment, site):
    """`twistd ssplug`, as the service manager starts it; the address when it is ready."""
    command = [environment / "twistd", "-n", "--pidfile=", "ssplug", "--site", site]
    process = subprocess.Popen(
        command, cwd=site.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ)
    )
    limit = threading.Timer(30, process.kill)
    limit.start()
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "ready:" in line:
                break
        else:
            raise AssertionError("".join(lines))
        ports = json.loads((site.parent / "state/ports.json").read_text())
        yield f"http://127.0.0.1:{ports['port']}"
    finally:
        limit.cancel()
        process.terminate()
        process.communicate(timeout=30)


def test_a_camera_is_served(environment, tmp_path):
    """Pictures of the stranger's driver come out of the server, each with another number."""
    site = write_site(tmp_path, "counter:\n  number: 3\n  source: {driver: counter, fps: 10, first: 100}")
    with serving(environment, site) as address:
        pictures = some_pictures(f"{address}/image?cameraNum=3", 3)
    assert {Image.open(io.BytesIO(picture)).size for picture in pictures} == {(320, 180)}


def some_pictures(url, count, attempts=100):
    """So many different pictures; the camera may need a moment to come online, and to count on."""
    pictures = set()
    for _ in range(attempts):
        with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(url, timeout=10) as reply:
            pictures.add(reply.read())
        if len(pictures) == count:
            return pictures
        threading.Event().wait(0.1)
    raise AssertionError(f"{len(pictures)} pictures at {url}, not {count}")
