"""Published clients move a camera of the real server, and see it."""

import base64
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.integration.cameras import skip_or_fail
from tests.integration.server import running, write_site

pytestmark = pytest.mark.integration

CLIENTS = Path(__file__).parents[2] / ".venv-clients" / "bin" / "python"
DRIVER = Path(__file__).with_name("ptz_clients.py")
USERS = "users:\n  - {name: alice, password: {$env: ALICE_PASSWORD}, role: admin}\n"
CAMERAS = "yard: {number: 7, source: {driver: pattern}, ptz: {driver: pattern}}"
SEEN_AS_ANOTHER = 8.0
"""Shades of grey by which the middle column of two pictures differs, when the camera looks elsewhere."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What both clients saw."""
    if not CLIENTS.exists():
        skip_or_fail("the clients' environment is missing: make .venv-clients/installed")
    site = write_site(tmp_path_factory.mktemp("ptz"), CAMERAS, rest=USERS)
    with running(site, env={"ALICE_PASSWORD": "sesame"}) as server:
        server.wait_for("camera=7 (yard) online")
        command = [CLIENTS, DRIVER, "127.0.0.1", str(server.ports["port"]), "alice", "sesame", "7"]
        driven = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    found: dict[str, Any] = json.loads(driven.stdout)
    return found


def difference(seen: dict[str, Any], first: str, second: str) -> float:
    """Of two pictures, for the middle one of their columns: what moves by itself, the ball, is in fewer than half."""
    columns = np.abs(_ground(seen, first) - _ground(seen, second)).mean(axis=0)
    return float(np.median(columns))


def _ground(seen: dict[str, Any], name: str) -> NDArray[np.float64]:
    picture = Image.open(io.BytesIO(base64.b64decode(seen["pictures"][name]))).convert("L")
    shades = np.asarray(picture, dtype=np.float64)
    return shades[len(shades) * 5 // 8 : len(shades) * 7 // 8]  # below the clock


def test_aiosecspy_moves_the_camera_and_comes_back_to_a_preset(seen: dict[str, Any]) -> None:
    """By commands of its own: home, right for a while, stop, save, home, go there."""
    assert difference(seen, "home", "right") > SEEN_AS_ANOTHER
    assert difference(seen, "right", "preset") < SEEN_AS_ANOTHER / 2


def test_pysecspy_knows_the_presets_by_name(seen: dict[str, Any]) -> None:
    """It numbers them by their place, so that none may be left out before the last."""
    assert seen["presets"][:4] == ["Left", "Middle", "Right", "All"]
