"""What hooks contribute is known by its kind, and questions are answered by the first who has an opinion."""

import pytest

from ssplug import hookimpl, hookspecs
from ssplug.drivers import Driver, DriverKind
from ssplug.plugins import installed_plugins, load_plugins, plugin_manager

CONTRIBUTIONS = {
    "ssplug_camera_drivers": DriverKind.CAMERA,
    "ssplug_motion_detectors": DriverKind.MOTION_DETECTOR,
    "ssplug_classifiers": DriverKind.CLASSIFIER,
    "ssplug_storage_backends": DriverKind.STORAGE,
    "ssplug_ptz_drivers": DriverKind.PTZ,
    "ssplug_talkback_drivers": DriverKind.TALKBACK,
    "ssplug_action_handlers": DriverKind.ACTION,
    "ssplug_uploaders": DriverKind.UPLOADER,
}

SOURCE = """
    from ssplug import hookimpl
    from ssplug.drivers import Driver

    @hookimpl
    def {hook}():
        return [Driver("thermal", {{"type": "object", "additionalProperties": False}}, lambda *_: None, "Heat")]
"""


def test_every_kind_of_driver_has_its_hook():
    """And there is a specification of each."""
    assert {kind: kind.value for kind in DriverKind} == {kind: hook for hook, kind in CONTRIBUTIONS.items()}
    assert set(CONTRIBUTIONS) <= set(vars(hookspecs))


@pytest.mark.parametrize(("hook", "kind"), CONTRIBUTIONS.items())
def test_what_a_hook_contributes_is_of_its_kind(plugin_folder, hook, kind):
    """And of no other."""
    plugin_folder.install("thermal", SOURCE.format(hook=hook))
    drivers = load_plugins(plugin_manager(), lambda: [e for e in installed_plugins() if e.name == "thermal"])
    known = {other: drivers.get(other, "thermal") for other in DriverKind}
    assert isinstance(known.pop(kind), Driver)
    assert set(known.values()) == {None}


class Opinion:
    """A plugin that says whether somebody may."""

    def __init__(self, answer):
        self._answer = answer

    @hookimpl
    def ssplug_may(self, permission):
        return self._answer


@pytest.mark.parametrize(
    ("opinions", "answer"),
    [([], None), ([None], None), ([None, False], False), ([True, None], True), ([True, False], False)],
)
def test_the_first_opinion_counts(opinions, answer):
    """None is no opinion; plugins that were registered later are asked first."""
    manager = plugin_manager()
    for opinion in opinions:
        manager.register(Opinion(opinion))
    assert manager.hook.ssplug_may(avatar=None, permission=None, camera=None) is answer
