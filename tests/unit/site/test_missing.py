"""What a right site file names and this machine has not."""

import pytest

from ssplug.plugins import load_plugins, plugin_manager
from ssplug.site.load import load_site
from ssplug.site.missing import missing

SITE = """\
scripts: {path: scripts}
sounds: {path: sounds}
notify:
  lights: {driver: script, path: lights.sh}
cameras:
  porch:
    source: {driver: pattern}
    actions: {run: [lights, {driver: script, path: bell.sh}, {driver: sound, file: bark.wav}]}
"""


@pytest.fixture
def told(tmp_path):
    """Without the folder that they begin with."""

    def told():
        path = tmp_path / "site.yaml"
        path.write_text(SITE)
        drivers = load_plugins(plugin_manager())
        return [note.replace(f"{tmp_path}/", "") for note in missing(load_site(path, drivers), drivers)]

    return told


def test_what_is_missing_is_told_with_its_place(told):
    """Once, however many cameras name it."""
    assert told() == [
        "site.yaml:4:11: lights.sh: no such file",
        "site.yaml:8:29: bell.sh: no such file",
        "site.yaml: scripts.path: scripts: no such folder",
        "site.yaml: sounds.path: sounds: no such folder",
    ]


def test_what_is_there_is_not_told(told, tmp_path):
    """A program must be one."""
    for folder in ("scripts", "sounds"):
        (tmp_path / folder).mkdir()
    for name, mode in (("lights.sh", 0o755), ("bell.sh", 0o644)):
        (tmp_path / name).touch(mode)
        (tmp_path / name).chmod(mode)
    assert told() == ["site.yaml:8:29: bell.sh: not executable; chmod +x would make it so"]
