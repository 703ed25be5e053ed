"""Fakes, builders and conformance suites; shipped for plugin authors, used by our own tests.

`ssplug.testing.conformance` stands apart because it needs pytest.
"""

from ssplug.testing.builders import a_camera, a_video_track, an_access_unit, an_audio_track
from ssplug.testing.context import a_fake_context, a_real_context
from ssplug.testing.reactor import LeftBehindError, in_reactor, pause, run_in_reactor, the_reactor
from ssplug.testing.sink import RecordingSink, WentOfflineError
from ssplug.testing.workers import InlineWorkers

__all__ = [
    "InlineWorkers",
    "LeftBehindError",
    "RecordingSink",
    "WentOfflineError",
    "a_camera",
    "a_fake_context",
    "a_real_context",
    "a_video_track",
    "an_access_unit",
    "an_audio_track",
    "in_reactor",
    "pause",
    "run_in_reactor",
    "the_reactor",
]
