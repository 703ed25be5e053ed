"""Whoever configures an upload finds every setting of every uploader of ours in docs/uploading.md."""

import re
from pathlib import Path

import pytest

import ssplug_ftp
from ssplug.site.schema import CORE_KEYS, DriverKind

GUIDE = (Path(__file__).parents[2] / "docs/uploading.md").read_text("utf-8")
DRIVERS = [*ssplug_ftp.ssplug_uploaders()]


def settings_in(table: str) -> set[str]:
    """What the first column names."""
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_the_settings_of_an_uploader_are_those_of_its_section(driver):
    """In the first column of its table: none missing."""
    section = re.search(rf"^## {driver.name}$(.*?)^## ", GUIDE, re.MULTILINE | re.DOTALL)[1]
    assert set(driver.schema["properties"]) <= settings_in(section)


def test_what_every_uploader_has_is_in_the_first_table():
    """The keys that the core takes."""
    assert set(CORE_KEYS[DriverKind.UPLOADER]) <= settings_in(GUIDE.partition("## ")[0])
