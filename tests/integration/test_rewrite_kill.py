"""The site file when the server is killed while it saves."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 200


@pytest.mark.integration
def test_the_site_file_is_always_the_old_or_the_new_one(tmp_path):
    """Two hundred times; what else lies in the folder is temporary files that begin with a dot."""
    process = Path(__file__).with_name("rewriting_process.py")
    command = [sys.executable, str(process), str(tmp_path / "site.yaml"), str(KILLS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert set(found) == {"House", "Garden"}  # both, or nothing was written
    assert sum(found.values()) == KILLS
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} == {"site.yaml"}
