"""Drivers: named implementations that a plugin contributes and a slot of the site file picks.

A plugin returns `Driver` descriptions from a hook; `Drivers` (made once at start) knows them by
kind and name.  The core builds one instance per mention in the site file and hands it a
`DriverContext`, which is all that a driver instance gets.
"""

import enum
import importlib.resources
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from twisted.logger import Logger

from ssplug.model.camera import CameraIdentity
from ssplug.workers import Workers


class DriverKind(enum.Enum):
    """What a driver is for; the value is the hook that contributes such drivers."""

    CAMERA = "ssplug_camera_drivers"
    MOTION_DETECTOR = "ssplug_motion_detectors"
    CLASSIFIER = "ssplug_classifiers"
    STORAGE = "ssplug_storage_backends"
    PTZ = "ssplug_ptz_drivers"
    TALKBACK = "ssplug_talkback_drivers"
    ACTION = "ssplug_action_handlers"
    UPLOADER = "ssplug_uploaders"

    @property
    def noun(self) -> str:
        """The kind in a sentence: 'camera driver'."""
        return _NOUNS[self]


_NOUNS = {
    DriverKind.CAMERA: "camera driver",
    DriverKind.MOTION_DETECTOR: "motion detector",
    DriverKind.CLASSIFIER: "classifier",
    DriverKind.STORAGE: "storage backend",
    DriverKind.PTZ: "PTZ driver",
    DriverKind.TALKBACK: "talkback driver",
    DriverKind.ACTION: "action handler",
    DriverKind.UPLOADER: "uploader",
}


@dataclass(frozen=True, slots=True)
class DriverContext:
    """All that a driver instance gets from the core."""

    camera: CameraIdentity | None
    """Whom it serves; None for a site-wide instance."""
    reactor: Any
    """IReactorTime and IReactorTCP; a fake in tests."""
    workers: Workers
    """Threads with a name, joined when the server stops."""
    log: Logger
    """Already speaks of this camera."""
    state: Path
    """A folder of this driver's own, made on first use by the driver."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One named implementation, as a plugin describes it."""

    name: str
    """What the site file says after `driver:`."""
    schema: Mapping[str, Any]
    """JSON Schema (2020-12) of its settings: an object with additionalProperties false."""
    build: Callable[[DriverContext, Mapping[str, Any]], object]
    """Makes an instance from settings that fit the schema. Reactor thread; imports heavy modules here."""
    summary: str = ""
    """One line for `ssplug plugins`."""


def packaged_schema(package: str, name: str = "settings.schema.json") -> Mapping[str, Any]:
    """The JSON Schema that lies beside the plugin's `__init__.py`."""
    text = importlib.resources.files(package).joinpath(name).read_text("utf-8")
    return cast("Mapping[str, Any]", json.loads(text))


class DuplicateDriverError(Exception):
    """Two plugins contribute a driver of the same kind and name."""


@dataclass(slots=True)
class Drivers:
    """Every driver that the installed plugins contribute, by kind and name."""

    _known: dict[DriverKind, dict[str, tuple[Driver, str]]] = field(
        default_factory=lambda: {kind: {} for kind in DriverKind}
    )
    failures: dict[str, str] = field(default_factory=dict)
    """Plugins that could not be loaded: entry point name -> why."""

    def add(self, kind: DriverKind, plugin: str, drivers: Iterable[Driver]) -> None:
        """Make `drivers` of `plugin` known; DuplicateDriverError when a name is taken."""
        for driver in drivers:
            if driver.name in self._known[kind]:
                other = self._known[kind][driver.name][1]
                raise DuplicateDriverError(
                    f"plugins {other!r} and {plugin!r} both contribute a {kind.noun} named {driver.name!r}: "
                    "uninstall one of them"
                )
            self._known[kind][driver.name] = (driver, plugin)

    def get(self, kind: DriverKind, name: str) -> Driver | None:
        """The driver of that name, or None."""
        found = self._known[kind].get(name)
        return found[0] if found else None

    def names(self, kind: DriverKind) -> list[str]:
        """The names of all drivers of a kind, sorted."""
        return sorted(self._known[kind])

    def plugin_of(self, kind: DriverKind, name: str) -> str:
        """The entry point name of the plugin that contributed a driver; KeyError for an unknown one."""
        return self._known[kind][name][1]
