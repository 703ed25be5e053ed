"""The counter does what ssplug expects of a camera driver, and it counts."""

import pytest

import ssplug_counter
from ssplug.testing.conformance import CameraSourceConformance
from ssplug_counter.source import picture


class TestCounter(CameraSourceConformance):
    """All the tests of the suite, with these settings."""

    @pytest.fixture
    def driver(self):
        return ssplug_counter.ssplug_camera_drivers()[0]

    @pytest.fixture
    def settings(self):
        return {"fps": 25, "first": 100}

    def test_it_counts(self, recording):
        """`recording` is what one attempt told."""
        first = [unit.data for unit in recording.units[:3]]
        assert first == [picture(100), picture(101), picture(102)]
