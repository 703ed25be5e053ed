"""The plugin author's guide keeps up with the code: every hook is in it, and what it quotes is in the example."""

import inspect
import re
from pathlib import Path

import pytest

from ssplug import hookspecs

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/writing-plugins.md").read_text("utf-8")
EXAMPLE = ROOT / "docs/examples/ssplug-counter"
TESTS = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__))

HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("ssplug_")}
QUOTES = re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_with_its_arguments(name):
    """In the guide's table, as it is called."""
    assert f"| `{name}{inspect.signature(HOOKS[name])}` |" in GUIDE


def test_no_hook_is_documented_that_does_not_exist():
    """What was taken away is taken out of the guide."""
    assert set(re.findall(r"\bssplug_[a-z_]+(?=\()", GUIDE)) - {"ssplug_counter"} <= set(HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_a_test(name):
    """Some test implements it, or asks for what it contributes."""
    assert re.search(rf"\b{name}\b", TESTS)


def test_the_guide_quotes_the_example():
    """Each file of the tutorial."""
    assert len(QUOTES) == 5


@pytest.mark.parametrize(("file", "quote"), QUOTES, ids=[file for file, _ in QUOTES])
def test_what_the_guide_quotes_is_in_the_example(file, quote):
    """So that whoever types it gets what is tested."""
    assert quote in (EXAMPLE / file).read_text("utf-8")
