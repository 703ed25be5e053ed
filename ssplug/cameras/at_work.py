"""What action handlers see of the server."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger
from zope.interface import implementer

from ssplug.actions.performer import ERROR_ACTION
from ssplug.actions.sounds import Sounds
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.cameras.sites import Sites
from ssplug.events.bus import EventBus
from ssplug.interfaces import IServerAtWork
from ssplug.logs import camera_logger
from ssplug.media.picture import JPEGForm
from ssplug.model.action import CameraState
from ssplug.model.camera import CaptureMode
from ssplug.model.event import Event, EventType, Failure
from ssplug.model.mail import MailStyle
from ssplug.model.ptz import PTZCommand
from ssplug.scheduling.arming import Arming

_log = Logger()


class UnableError(Exception):
    """The server cannot do what a handler asks for; the text is for people."""


@implementer(IServerAtWork)
class ServerAtWork:
    """The server as its parts make it up. Reactor thread."""

    def __init__(
        self,
        sites: Sites,
        identity: str,
        roster: Roster,
        arming: Arming,
        bus: EventBus,
        sounds: Sounds,
    ) -> None:
        self.identity = identity
        self._sites = sites
        self._roster = roster
        self._arming = arming
        self._bus = bus
        self._sounds = sounds

    @property
    def name(self) -> str:
        """As the site file says now."""
        return self._sites.site.server.name

    @property
    def zone(self) -> tzinfo:
        """As the site file says now."""
        return self._arming.zone

    @property
    def mail(self) -> MailStyle:
        """What mails are like where the destination does not say otherwise."""
        return self._sites.site.server.mail.style

    def cameras(self) -> tuple[CameraState, ...]:
        """The enabled cameras."""
        return tuple(self._state(camera) for camera in self._roster if camera.config.enabled)

    def still(self, number: int, width: int | None = None) -> "Deferred[bytes]":
        """The newest picture; fails with a sentence for people where there is none."""
        camera = self._camera(number)
        if camera is None:
            return fail(UnableError(f"there is no camera {number}"))
        widest = camera.video.width if camera.video is not None else width
        return camera.views.still(JPEGForm(width if width is None or widest is None else min(width, widest)))

    def move(self, number: int, command: PTZCommand, speed: int) -> "Deferred[None]":
        """Fires when the camera has accepted it; fails with a sentence for people."""
        camera = self._camera(number)
        return fail(UnableError(f"there is no camera {number}")) if camera is None else camera.move(command, speed)

    def arm(self, number: int, mode: CaptureMode, armed: bool) -> "Deferred[None]":
        """Fires when it is kept and in effect; fails with a sentence for people."""
        return self._arming.arm([number], [mode], armed)

    def play(self, file: str) -> "Deferred[None]":
        """When the sounds before are over; fails with a sentence for people."""
        return self._sounds.play(file)

    def report(self, number: int, text: str) -> None:
        """An ERROR event, and a line in the log."""
        camera = self._roster.get(number)
        log = _log if camera is None else camera_logger(camera.identity)
        log.error("action {text}", text=text)
        self._bus.publish(EventType.ERROR, None if camera is None else number, Failure(ERROR_ACTION, text))

    def listen(self, listener: Callable[[Event], Any]) -> Callable[[], None]:
        """Until the function that it returns is called."""
        return self._bus.listen(listener)

    def _camera(self, number: int) -> Camera | None:
        camera = self._roster.get(number)
        return camera if camera is not None and camera.config.enabled else None

    def _state(self, camera: Camera) -> CameraState:
        armed = frozenset(mode for mode in CaptureMode if self._arming.state(camera.number, mode).armed)
        return CameraState(camera.identity, camera.online, armed)
