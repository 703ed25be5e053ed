"""What is promised of settings: every field is in the manual."""

import re
from pathlib import Path

from ssplug.model.settings import CAMERA_SETTINGS, GENERAL_PAGES
from ssplug.servers.web.settings import SETTINGS
from ssplug.site.changes import UNTIL_RESTART

MANUAL = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
WORDS = set(re.findall(r"[\w$-]+", MANUAL))


def test_every_field_is_in_the_manual():
    """By each of its names."""
    names = {name for setting in (*CAMERA_SETTINGS, *GENERAL_PAGES["preferences"]) for name in setting.names}
    assert names - WORDS == set()


def test_every_page_is_in_the_manual():
    """Some by the end of their name."""
    assert {name for name in SETTINGS if not {name, name.removeprefix("settings")} & WORDS} == set()


def test_what_waits_for_a_restart_is_in_the_manual():
    """The log is no surprise then."""
    last = MANUAL.rpartition("waits for a restart")[2]
    assert [name for name in UNTIL_RESTART if f"`{name}`" not in last] == []
