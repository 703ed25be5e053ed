"""Whoever configures a camera finds every setting of every camera driver of ours in docs/cameras.md."""

import re
from pathlib import Path

import pytest

import ssplug_file
import ssplug_mjpeg
import ssplug_onvif
import ssplug_pattern
import ssplug_rtsp

GUIDE = (Path(__file__).parents[2] / "docs/cameras.md").read_text("utf-8")
PLUGINS = (ssplug_file, ssplug_mjpeg, ssplug_onvif, ssplug_pattern, ssplug_rtsp)
DRIVERS = [driver for plugin in PLUGINS for driver in plugin.ssplug_camera_drivers()]


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_the_settings_of_a_driver_are_those_of_its_section(driver):
    """In the first column of its table: none missing, none too many."""
    section = re.search(rf"^## {driver.name}$(.*?)^## ", GUIDE, re.MULTILINE | re.DOTALL)[1]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(driver.schema["properties"])
