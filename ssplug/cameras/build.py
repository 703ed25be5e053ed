"""From a camera of the site file to a camera at work.

A driver that cannot be built, or that does not provide its interface, costs its own camera: the
camera is there, offline, with the reason and the place in the site file.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from random import random
from typing import Any

from twisted.logger import Logger
from zope.interface.exceptions import Invalid
from zope.interface.verify import verifyObject

from ssplug.cameras.camera import Camera, pre_roll
from ssplug.drivers import DriverContext, DriverKind, Drivers
from ssplug.interfaces import ICameraSource
from ssplug.logs import camera_logger
from ssplug.media.caption import Caption, caption_text
from ssplug.media.gop import GOPBuffer
from ssplug.model.camera import CameraIdentity
from ssplug.model.event import Failure
from ssplug.site.types import CameraConfig, Slot
from ssplug.streams.audio_form import AudioForms
from ssplug.streams.encoder_budget import EncoderBudget
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import JPEGViews
from ssplug.streams.rates import Rates
from ssplug.streams.source import Source, SourceState
from ssplug.streams.video_form import VideoForms
from ssplug.workers import Workers

ERROR_DRIVER = 802

Changed = Callable[[Camera, Logger, SourceState, Failure | None], None]


class DriverError(Exception):
    """A driver could not be built, or is not what it says it is."""


def caption(config: CameraConfig, now: datetime) -> Caption | None:
    """The text in the picture of a camera at `now`; None without."""
    overlay = config.overlay
    if not overlay.enabled or not overlay.text:
        return None
    return Caption(caption_text(overlay.text, config.identity.name, now), overlay.font_size, overlay.position)


@dataclass(frozen=True, slots=True)
class CameraBuilder:
    """Builds cameras, and the instances that their slots name. Reactor thread."""

    drivers: Drivers
    workers: Workers
    reactor: Any
    state: Path
    changed: Changed
    """Hears what every camera's source says."""
    zone: Callable[[], tzinfo | None] = lambda: None
    """Of the times in pictures, as it is just then; None: the system's."""
    encoders: EncoderBudget = field(default_factory=EncoderBudget)
    """Of all cameras."""

    def camera(self, config: CameraConfig) -> Camera:
        """The camera, with a source unless it is disabled or its driver failed."""
        identity = config.identity
        name = f"camera {identity.number}"
        hub = StreamHub(GOPBuffer(pre_roll(config)))
        views = JPEGViews(hub, self.workers, name, self.reactor, time.monotonic, config.transform)
        camera = Camera(
            config,
            hub,
            Rates(),
            views=views,
            audio=AudioForms(hub, self.workers, name),
            forms=VideoForms(hub, views.pictures, self.workers, self.encoders, name, self.reactor, views.look),
        )
        camera.views.levels = config.picture
        camera.views.caption = lambda: caption(camera.config, datetime.now(self.zone()))
        camera.views.title = lambda: camera.identity.name
        self.connect(camera)
        return camera

    def connect(self, camera: Camera) -> None:
        """Give `camera` a source of its own, to be started; none where it is disabled or its driver fails."""
        camera.source, camera.driver, camera.failure = None, None, None
        if camera.config.enabled:
            self._connect(camera)

    def instance(self, kind: DriverKind, slot: Slot, interface: Any, identity: CameraIdentity | None) -> Any:
        """What `slot` asks for, checked against `interface`; DriverError with the reason and the place."""
        driver = self.drivers.get(kind, slot.driver)
        if driver is None:
            raise DriverError(f"{slot.where}: no {kind.noun} named {slot.driver!r}")
        try:
            built = driver.build(self._context(slot, identity), slot.settings)
            verifyObject(interface, built)
        except Invalid as error:
            raise DriverError(f"{slot.where}: driver {slot.driver!r} is not a {kind.noun}: {error}") from error
        except Exception as error:
            raise DriverError(f"{slot.where}: driver {slot.driver!r}: {type(error).__name__}: {error}") from error
        return built

    def _context(self, slot: Slot, identity: CameraIdentity | None) -> DriverContext:
        log = camera_logger(identity) if identity is not None else Logger(namespace=f"ssplug.driver.{slot.driver}")
        folder = self.state / "drivers" / slot.driver / (identity.id if identity is not None else "site") / slot.name
        return DriverContext(identity, self.reactor, self.workers, log, folder)

    def _connect(self, camera: Camera) -> None:
        log = camera_logger(camera.identity)
        try:
            camera.driver = self.instance(DriverKind.CAMERA, camera.config.source, ICameraSource, camera.identity)
        except DriverError as error:
            log.error("{error}", error=error)
            camera.failure = Failure(ERROR_DRIVER, str(error))
            return
        camera.source = Source(
            camera.driver,
            camera.hub,
            self.reactor,
            time.monotonic,
            random,
            log,
            lambda state, failure: self.changed(camera, log, state, failure),
        )
