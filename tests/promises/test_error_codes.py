"""Every code of an ERROR event means one thing, and the operator's document says which."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODES = [
    (int(code), module.name)
    for module in (ROOT / "ssplug").rglob("*.py")
    for code in re.findall(r"^ERROR_\w+(?:: Final)? = (\d+)$", module.read_text("utf-8"), re.MULTILINE)
]
DOCUMENTED = [
    int(code) for code in re.findall(r"^\| (\d{3}) \|", (ROOT / "docs/operating.md").read_text("utf-8"), re.MULTILINE)
]


def test_no_code_is_given_twice():
    assert len(CODES) > 8
    assert [code for code, count in Counter(code for code, _ in CODES).items() if count > 1] == []


def test_every_code_is_documented_in_order():
    assert sorted(code for code, _ in CODES) == DOCUMENTED
