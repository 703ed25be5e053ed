"""What is told of a site file that is right, but will not do what it seems to."""

import pytest

from ssplug.drivers import Drivers
from ssplug.plugins import load_plugins, plugin_manager
from ssplug.site.advice import advice
from ssplug.site.load import load_site


@pytest.fixture(scope="module")
def drivers() -> Drivers:
    return load_plugins(plugin_manager())


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("motion: {trigger_on: [motion]}", None),
        ("motion: {trigger_on: [human, motion, animal]}", "motion.trigger_on: nothing is triggered by human or animal"),
        ("actions: {trigger_on: [vehicle]}", "actions.trigger_on: nothing is triggered by vehicle"),
        (
            "motion: {zones: {path: {polygon: [[0, 0], [1, 0], [1, 1]], classes: [human]}}}",
            "zone 'path': any motion counts in it",
        ),
        ("motion: {zones: {path: {polygon: [[0, 0], [1, 0], [1, 1]]}}}", None),
        ("motion: {trigger_on: [human], classifier: {driver: onnx, model: m.onnx}}", None),
        ("motion: {trigger_on: [human], enabled: false}", None),
        ("{motion: {trigger_on: [human]}, enabled: false}", None),
    ],
)
def test_classes_without_a_classifier_are_named(tmp_path, drivers, settings, told):
    site = tmp_path / "site.yaml"
    camera = settings.removeprefix("{").removesuffix("}") if settings.startswith("{") else settings
    site.write_text(f"cameras:\n  porch: {{source: {{driver: pattern}}, {camera}}}\n")
    expected = [] if told is None else [f"{site}:2:10: camera 'porch': {told} without a working `motion.classifier`"]
    assert list(advice(load_site(site, drivers))) == expected
