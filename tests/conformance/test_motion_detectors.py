"""Every motion detector keeps its promises."""

import pytest

import ssplug_background
from ssplug.testing.motion import MotionDetectorConformance


class TestBackground(MotionDetectorConformance):
    """`background`."""

    @pytest.fixture
    def driver(self):
        return ssplug_background.ssplug_motion_detectors()[0]
