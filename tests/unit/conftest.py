"""Plugins for tests, found the way that installed ones are."""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest


class PluginFolder:
    """A folder on the import path into which plugins are installed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.names: set[str] = set()

    def install(self, name: str, source: str, module: str = "") -> None:
        """A distribution of one module with one entry point `name`, as pip would leave it."""
        module = module or f"ssplug_test_{name.replace('-', '_')}"
        (self._path / f"{module}.py").write_text(textwrap.dedent(source))
        information = self._path / f"{module}_{len(self.names)}_{name.replace('-', '_')}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {information.stem}\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(f"[ssplug]\n{name} = {module}\n")
        self.names.add(name)


@pytest.fixture
def plugin_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[PluginFolder]:
    """An empty one; its plugins are forgotten afterwards."""
    path = tmp_path_factory.mktemp("plugins")
    monkeypatch.syspath_prepend(str(path))
    yield PluginFolder(path)
    for module in [name for name in sys.modules if name.startswith("ssplug_test_")]:
        del sys.modules[module]
