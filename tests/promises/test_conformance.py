"""Every driver of this repository keeps its promises in a test of its own."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["ssplug"].values())


def imported(module: Path) -> set[str]:
    """The top-level packages that a test module imports."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_plugin_is_examined(plugin):
    """Some module of tests/conformance is about it."""
    modules = (ROOT / "tests/conformance").glob("test_*.py")
    assert any(plugin in imported(module) for module in modules)
