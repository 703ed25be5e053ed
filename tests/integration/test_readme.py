"""What the README promises: the demo runs, its addresses answer, and its site file is right."""

import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.integration.cameras import need
from tests.integration.server import running

pytestmark = [pytest.mark.integration]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SSPLUG = str(Path(sys.executable).with_name("ssplug"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo site as `make run` starts it, on free ports and with a state folder of its own."""
    folder = tmp_path_factory.mktemp("demo")
    text = (ROOT / "etc/site.demo.yaml").read_text()
    for key, value in (("port", "0"), ("tls_port", "0"), ("state", str(folder / "state"))):
        text, count = re.subn(rf"(?m)^  {key}: \S+", f"  {key}: {value}", text)
        assert count == 1, key
    site = folder / "site.demo.yaml"
    site.write_text(text)
    shutil.copy(ROOT / "etc/demo.mp4", folder)
    with running(site) as server:
        server.wait_for("(yard) online")
        server.wait_for("(street) online")
        yield server


def get(url: str, limit: int = 100_000) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read(limit)


def test_the_home_page_shows_the_demo_cameras(demo):
    """Both by name."""
    page = get(f"{demo.http}/").decode()
    assert "Yard" in page
    assert "Street" in page


def test_every_http_address_of_the_readme_answers(demo):
    """With something of its kind."""
    addresses = re.findall(r"http://127\.0\.0\.1:8000/([^\s'`>]*)", README)
    assert len(addresses) >= 4
    for address in addresses:
        assert get(f"{demo.http}/{address}", 40), address


def test_the_rtsp_address_of_the_readme_plays(demo):
    """By ffprobe, which comes with the ffplay that the README names."""
    need("ffprobe")
    (address,) = re.findall(r"rtsp://127\.0\.0\.1:8000/(\S+?)`", README)
    command = [
        "ffprobe",
        "-v",
        "error",
        "-rtsp_transport",
        "tcp",
        "-show_entries",
        "stream=codec_name",
        "-of",
        "csv=p=0",
    ]
    shown = subprocess.run([*command, f"{demo.rtsp}/{address}"], capture_output=True, text=True, timeout=30, check=True)
    assert shown.stdout.split() == ["h264", "aac"]


def test_the_site_file_of_the_readme_is_right(tmp_path):
    """`ssplug check` has nothing to say against it."""
    (text,) = blocks("yaml")
    site = tmp_path / "site.yaml"
    site.write_text(text)
    done = subprocess.run(
        [SSPLUG, "check", str(site)],
        capture_output=True, text=True, timeout=60, check=False, env={"PORCH_PASSWORD": "x", "PATH": "/usr/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_document_that_the_readme_links_is_there():
    """And so are its pictures."""
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
