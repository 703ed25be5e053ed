"""Every motion detector keeps its promises."""

import pytest

import ssplug_background
import ssplug_opencv
from ssplug.testing.motion import MotionDetectorConformance


class TestBackground(MotionDetectorConformance):
    """`background`."""

    @pytest.fixture
    def driver(self):
        return ssplug_background.ssplug_motion_detectors()[0]


class TestOpenCV(MotionDetectorConformance):
    """`opencv`."""

    @pytest.fixture
    def driver(self):
        pytest.importorskip("cv2", reason="the extra opencv is not installed")
        return ssplug_opencv.ssplug_motion_detectors()[0]
