"""/metrics: every figure has a name, an explanation and labels that Prometheus accepts."""

from prometheus_client.parser import text_string_to_metric_families

from ssplug.cameras.roster import Roster
from ssplug.servers.metrics import CAMERA_FIGURES, Metrics, ServerMetric
from ssplug.testing import an_access_unit
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
