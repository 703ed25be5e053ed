"""From the site file to cameras: a driver that fails costs its own camera, with the reason."""

from dataclasses import replace

import pytest
from twisted.internet.task import Clock
from zope.interface import implementer

from ssplug.cameras.build import ERROR_DRIVER, CameraBuilder
from ssplug.drivers import Driver, DriverKind, Drivers
from ssplug.interfaces import ICameraSource
from ssplug.media.caption import Caption
from ssplug.model.camera import Levels, Transform
from ssplug.site.types import CameraConfig, Overlay, Slot
from ssplug.testing import InlineWorkers, a_camera

SCHEMA = {"type": "object", "additionalProperties": False}


@implementer(ICameraSource)
class Good:
    def __init__(self, context, settings):
        self.context, self.settings = context, settings

    def start(self, sink):
        pass

    def stop(self):
        pass


@implementer(ICameraSource)
class WithoutStop:
    def __init__(self, context, settings):
        pass

    def start(self, sink):
        pass


@implementer(ICameraSource)
class WithTheWrongArguments(Good):
    def start(self):
        pass


def broken(context, settings):
    raise RuntimeError("the SDK is not installed")


@pytest.fixture
def builder(tmp_path):
    drivers = Drivers()
    made = {"good": Good, "without-stop": WithoutStop, "wrong-arguments": WithTheWrongArguments, "broken": broken}
    drivers.add(DriverKind.CAMERA, "some", [Driver(name, SCHEMA, build) for name, build in made.items()])
    return CameraBuilder(drivers, InlineWorkers(), Clock(), tmp_path, lambda *news: None)


def camera(builder, driver, **config):
    return builder.camera(
        CameraConfig(a_camera(3, "Drive", "drive"), Slot(driver, {"a": 1}, "site.yaml:7:5"), **config)
    )


def test_a_driver_gets_its_settings_and_its_own_folder(builder, tmp_path):
    """And the camera that it serves."""
    built = camera(builder, "good")
    assert built.driver.settings == {"a": 1}
    assert built.driver.context.camera == built.identity
    assert built.driver.context.state == tmp_path / "drivers/good/drive"
    assert built.source is not None


@pytest.mark.parametrize(
    ("driver", "reason"),
    [
        ("broken", "the SDK is not installed"),
        ("without-stop", "stop"),
        ("wrong-arguments", "start"),
        ("missing", "no camera driver named 'missing'"),
    ],
)
def test_a_driver_that_fails_costs_only_its_camera(builder, driver, reason):
    """The failure names the place in the site file and what is wrong."""
    built = camera(builder, driver)
    assert built.source is None
    assert built.failure.code == ERROR_DRIVER
    assert built.failure.text.startswith("site.yaml:7:5: ")
    assert reason in built.failure.text


def test_a_disabled_camera_is_not_built(builder):
    """Its driver is left alone."""
    built = camera(builder, "broken", enabled=False)
    assert built.source is None
    assert built.failure is None


def test_the_text_in_the_picture_is_as_the_configuration_says_just_then(builder):
    """Switched on, changed and switched off without anything else being touched."""
    built = camera(builder, "good")
    assert built.views.caption() is None
    built.configure(replace(built.config, overlay=Overlay(True, "%c!", 30, "top-right")))
    assert built.views.caption() == Caption("Drive!", 30, "top-right")
    built.configure(replace(built.config, overlay=Overlay(True, "")))
    assert built.views.caption() is None


def test_the_picture_is_turned_as_the_configuration_says(builder):
    """Without connecting the camera anew."""
    built = camera(builder, "good")
    source = built.source
    built.configure(replace(built.config, transform=Transform.ROTATE_180))
    assert (built.views.transform, built.source) == (Transform.ROTATE_180, source)


def test_the_picture_is_as_light_as_the_configuration_says(builder):
    """From its first one on, and without connecting the camera anew."""
    built = camera(builder, "good", picture=Levels(10, 20))
    source = built.source
    assert built.views.levels == Levels(10, 20)
    built.configure(replace(built.config, picture=Levels(30, 0)))
    assert (built.forms.look().levels, built.source) == (Levels(30, 0), source)
