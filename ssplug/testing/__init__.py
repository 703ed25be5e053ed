"""Fakes, builders and conformance suites; shipped for plugin authors, used by our own tests."""

from ssplug.testing.builders import a_camera, a_video_track, an_access_unit, an_audio_track
from ssplug.testing.workers import InlineWorkers

__all__ = ["InlineWorkers", "a_camera", "a_video_track", "an_access_unit", "an_audio_track"]
