"""What a driver is built with, for tests."""

from pathlib import Path
from typing import Any

from twisted.logger import Logger

from ssplug.drivers import DriverContext
from ssplug.model.camera import CameraIdentity
from ssplug.testing.builders import a_camera
from ssplug.testing.reactor import the_reactor
from ssplug.testing.workers import InlineWorkers
from ssplug.workers import Workers


def a_fake_context(
    reactor: Any,
    state: Path = Path("/nowhere"),
    camera: CameraIdentity | None = None,
    workers: Workers | None = None,
) -> DriverContext:
    """A context whose threads run only when the test says so; `reactor` is a fake such as MemoryReactorClock."""
    return DriverContext(camera or a_camera(), reactor, workers or InlineWorkers(), Logger("ssplug.testing"), state)


def a_real_context(state: Path, camera: CameraIdentity | None = None) -> DriverContext:
    """A context with the real reactor and real threads, for tests that are `in_reactor`."""
    reactor = the_reactor()
    return DriverContext(camera or a_camera(), reactor, Workers(reactor), Logger("ssplug.testing"), state)
