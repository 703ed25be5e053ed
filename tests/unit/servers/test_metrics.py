"""/metrics: every figure has a name, an explanation and labels that Prometheus accepts."""

from types import SimpleNamespace

from prometheus_client.parser import text_string_to_metric_families

from ssplug.cameras.roster import Roster
from ssplug.capture.capture import Capture
from ssplug.detection.camera import DetectionCounters
from ssplug.servers.metrics import (
    CAMERA_FIGURES,
    RECORDING_FIGURES,
    UPLOAD_FIGURES,
    Metrics,
    ServerMetric,
)
from ssplug.site.types import CameraConfig, Slot
from ssplug.testing import InlineWorkers, a_camera, an_access_unit
from ssplug.testing.clips import a_clip
from ssplug.testing.recording import RecordingStudio
from tests.unit.cameras.test_feeds import Stage


def families(metrics):
    return {family.name: family for family in text_string_to_metric_families(metrics.page().decode())}


def test_every_camera_has_every_figure():
    """With its number and its id as labels."""
    roster = Stage(count=2).roster
    roster.get(1).hub.publish(an_access_unit(data=b"12345"))
    found = families(Metrics(roster, {}, ()))
    for metric in CAMERA_FIGURES:
        labels = [sample.labels for sample in found[f"ssplug_camera_{metric.name}"].samples]
        assert labels == [{"camera": "0", "id": "camera0"}, {"camera": "1", "id": "camera1"}]
    values = [sample.value for sample in found["ssplug_camera_received_bytes"].samples]
    assert values == [0, 5]


def test_figures_are_read_when_asked():
    """Nothing is kept between two readings."""
    count = [1]
    metrics = Metrics(Roster(), {}, [ServerMetric("tries", "Tries", lambda: count[0])])
    assert families(metrics)["ssplug_tries"].samples[0].value == 1
    count[0] = 5
    assert families(metrics)["ssplug_tries"].samples[0].value == 5


def test_what_is_recorded_is_counted(tmp_path):
    """Of both modes together, and 0 before anything was."""
    studio = RecordingStudio(tmp_path)
    config = CameraConfig(a_camera(0, "camera0", "camera0"), Slot("none"))
    capture = Capture(studio.studio, config, None, lambda mode: True, tmp_path / "webcam.jpg", InlineWorkers())
    capture.start()
    metrics = Metrics(Stage(count=1).roster, {}, (), {0: capture})
    assert {families(metrics)[f"ssplug_recording_{each.name}"].samples[0].value for each in RECORDING_FIGURES} == {0}
    track, pictures = a_clip(pictures=50)
    studio.come_online(track)
    studio.play(pictures)
    assert families(metrics)["ssplug_recording_movies"].samples[0].value == 1
    capture.stop()
    found = families(metrics)
    assert found["ssplug_recording_files"].samples[0].value == 1
    assert found["ssplug_recording_units"].samples[0].value == 50
    assert found["ssplug_recording_files"].samples[0].labels == {"camera": "0", "id": "camera0"}
    studio.shelf.close()


def test_what_is_uploaded_is_counted():
    """Of all destinations of a camera together; cameras that have none are left out."""
    there = {name: SimpleNamespace(waiting=2, sent=3, failed=4, dropped=5) for name in ("ftp 1", "ftp 2")}
    found = families(Metrics(Stage(count=2).roster, {}, (), uploads={0: there, 1: {}}))
    values = {each.name: found[f"ssplug_upload_{each.name}"].samples for each in UPLOAD_FIGURES}
    assert {name: [sample.value for sample in samples] for name, samples in values.items()} == {
        "waiting": [4],
        "sent": [6],
        "failed": [8],
        "dropped": [10],
    }


def test_what_is_detected_is_counted():
    detection = {0: DetectionCounters(looks=7, classifications=3, classifier_failures=1, episodes=2)}
    found = families(Metrics(Stage(count=1).roster, {}, (), detection=detection))
    names = ("looks", "classifications", "classifier_failures", "episodes")
    assert [found[f"ssplug_detection_{name}"].samples[0].value for name in names] == [7, 3, 1, 2]
