"""What moves the cameras: a head for each that has a PTZ driver, or a source that is one.

A driver that cannot be built costs its camera the moving, and says so.
"""

from typing import Any

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.logger import Logger

from ssplug.cameras.build import ERROR_DRIVER, CameraBuilder, DriverError
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.drivers import DriverKind
from ssplug.events.bus import EventBus
from ssplug.interfaces import IDeviceInformation, IPTZDriver
from ssplug.logs import camera_logger
from ssplug.model.event import EventType, Failure
from ssplug.ptz.head import PTZHead

ERROR_PTZ = 803


class Heads:
    """The heads of all cameras. Reactor thread."""

    def __init__(self, roster: Roster, bus: EventBus, builder: CameraBuilder) -> None:
        self._roster = roster
        self._bus = bus
        self._builder = builder

    def start(self) -> None:
        """Ask every camera what it can do."""
        for camera in self._roster:
            self.renew(camera)

    def stop(self) -> "Deferred[Any]":
        """Move nothing more; fires when all cameras stand, or were waited for long enough."""
        return DeferredList([self.drop(camera) for camera in self._roster])

    def renew(self, camera: Camera) -> None:
        """Move `camera` as its configuration says now; it was dropped, or is new."""
        if not camera.config.enabled or camera.config.disable_ptz:
            return
        log = camera_logger(camera.identity)
        try:
            driver = self._driver(camera)
        except DriverError as error:
            log.error("{error}", error=error)
            self._report(camera, Failure(ERROR_DRIVER, str(error)))
            return
        if driver is not None:
            camera.ptz = self._head(camera, driver, log)
            camera.ptz.start()

    def drop(self, camera: Camera) -> "Deferred[None]":
        """Move a camera no more; fires when it stands, or was waited for long enough."""
        head, camera.ptz, camera.ptz_failure = camera.ptz, None, None
        return succeed(None) if head is None else head.stop()

    def _driver(self, camera: Camera) -> Any:
        slot = camera.config.ptz
        if slot is None:
            return IPTZDriver(camera.driver, None)
        return self._builder.instance(DriverKind.PTZ, slot, IPTZDriver, camera.identity)

    def _head(self, camera: Camera, driver: Any, log: Logger) -> PTZHead:
        who = _who(camera, driver)

        def failed(reason: str) -> None:
            if camera.config.ptz is None and not camera.online:
                return  # the source itself says that it is away
            failure = Failure(ERROR_PTZ, f"{who}: {reason}")
            # A camera that is away fails again and again: one line and one event for each reason.
            if failure != camera.ptz_failure:
                log.warn("{reason}", reason=failure.text)
                self._report(camera, failure)

        def succeeded() -> None:
            camera.ptz_failure = None

        return PTZHead(driver, self._builder.reactor, log, failed, succeeded)

    def _report(self, camera: Camera, failure: Failure) -> None:
        camera.ptz_failure = failure
        self._bus.publish(EventType.ERROR, camera.number, failure)


def _who(camera: Camera, driver: Any) -> str:
    """The driver, and the device where it tells."""
    slot = camera.config.ptz or camera.config.source
    device: Any = IDeviceInformation(driver, None)
    place = f" ({device.address}:{device.port})" if device is not None and device.address else ""
    return f"PTZ driver {slot.driver!r}{place}"
