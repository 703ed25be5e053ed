"""The pattern driver is a camera driver."""

import pytest

import ssplug_pattern
from ssplug.testing.conformance import CameraSourceConformance


class TestPattern(CameraSourceConformance):
    """As it is without settings."""

    @pytest.fixture
    def driver(self):
        return ssplug_pattern.ssplug_camera_drivers()[0]

    @pytest.fixture
    def settings(self):
        return {}


class TestPatternInH265(TestPattern):
    """In the other codec, without sound."""

    @pytest.fixture
    def settings(self):
        return {"codec": "h265", "tone": False, "width": 320, "height": 180, "gop": 5}
