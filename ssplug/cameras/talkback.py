"""Speaking through cameras: one person at a time through each, at the pace of its driver."""

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.task import deferLater
from twisted.logger import Logger

from ssplug.cameras.build import ERROR_DRIVER, CameraBuilder, DriverError
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.drivers import DriverKind
from ssplug.events.bus import EventBus
from ssplug.interfaces import ICameraSource, ITalk, ITalkback
from ssplug.logs import camera_logger
from ssplug.media.g711 import SAMPLE_RATE
from ssplug.model.event import EventType, Failure
from ssplug.site.changes import SiteChange
from ssplug.site.types import Slot

BLOCK: Final = 800
"""Samples that are sent together: a tenth of a second."""
AHEAD_SECONDS: Final = 0.4


_log = Logger()


class SpeechlessError(Exception):
    """The camera has nothing that could be spoken through."""


class TalkBusyError(Exception):
    """Somebody is speaking already."""


class TalkError(Exception):
    """The camera does not take the sound; the text says why, to people."""


class Talkbacks:
    """What is spoken through, for all cameras. Reactor thread."""

    def __init__(self, roster: Roster, bus: EventBus, builder: CameraBuilder) -> None:
        self._roster = roster
        self._bus = bus
        self._builder = builder
        self._known: dict[int, Talkback | None] = {}
        self._made_from: dict[int, tuple[Slot | None, ICameraSource | None]] = {}

    def start(self) -> None:
        """Build all drivers, so that what is wrong with one is said before somebody wants to speak."""
        for camera in self._roster:
            self._of(camera)

    async def renew(self, change: SiteChange) -> None:
        """Be as the site says now; whoever speaks through what is another is cut off."""
        self.start()

    def stop(self) -> "Deferred[Any]":
        """Cut off whoever speaks; fires when the drivers have let go."""
        return DeferredList([self.forget(number) for number in tuple(self._known)])

    def forget(self, number: int) -> "Deferred[None]":
        """Cut off whoever speaks through a camera that is no more."""
        talkback = self._known.pop(number, None)
        self._made_from.pop(number, None)
        return Deferred.fromCoroutine(_stopped(talkback))

    async def begin(self, camera: Camera) -> "Talking":
        """Speak: SpeechlessError, TalkBusyError while somebody does, TalkError where the camera is not to be had."""
        talkback = self._of(camera)
        if talkback is None:
            raise SpeechlessError
        return await talkback.begin()

    def _of(self, camera: Camera) -> "Talkback | None":
        """As the camera's configuration says now; whoever speaks through what it was before is cut off."""
        made_from = camera.config.talkback, camera.driver
        if self._made_from.get(camera.number) != made_from:
            self.forget(camera.number)
            self._known[camera.number] = self._talkback(camera)
            self._made_from[camera.number] = made_from
        return self._known[camera.number]

    def _talkback(self, camera: Camera) -> "Talkback | None":
        log = camera_logger(camera.identity)
        try:
            driver = self._driver(camera)
        except DriverError as error:
            log.error("{error}", error=error)
            self._bus.publish(EventType.ERROR, camera.number, Failure(ERROR_DRIVER, str(error)))
            return None
        return None if driver is None else Talkback(driver, self._builder.reactor, log)

    def _driver(self, camera: Camera) -> Any:
        """A source may be spoken through as well: nothing is to be configured then."""
        slot = camera.config.talkback
        if not camera.config.enabled:
            return None
        if slot is None:
            return ITalkback(camera.driver, None)
        return self._builder.instance(DriverKind.TALKBACK, slot, ITalkback, camera.identity)


class Talkback:
    """One camera's loudspeaker. Reactor thread."""

    def __init__(self, driver: ITalkback, reactor: Any, log: Logger) -> None:
        self._driver = driver
        self._reactor = reactor
        self._log = log
        self._is_taken = False
        self._talking: Talking | None = None

    async def begin(self) -> "Talking":
        """Speak: TalkBusyError while somebody does, TalkError where the camera is not to be had."""
        if self._is_taken:
            raise TalkBusyError("Somebody is speaking through this camera.")
        self._is_taken = True
        try:
            talk = await self._driver.open()
        except Exception as error:  # a guest may fail in any way: the speaker is told
            self._is_taken = False
            self._log.warn("nobody can speak through the camera: {reason}", reason=error)
            raise TalkError(f"The camera cannot be spoken through: {error}") from error
        self._log.info("somebody speaks through the camera")
        self._talking = Talking(talk, self._reactor, self._ended)
        return self._talking

    async def stop(self) -> None:
        """Cut off whoever speaks."""
        if self._talking is not None:
            await self._talking.end()

    def _ended(self) -> None:
        self._is_taken, self._talking = False, None
        self._log.info("nobody speaks through the camera any more")


class Talking:
    """Somebody who speaks. Reactor thread."""

    def __init__(self, talk: ITalk, reactor: Any, ended: Callable[[], None]) -> None:
        self._talk = talk
        self._reactor = reactor
        self._ended: Callable[[], None] | None = ended
        self._over = ""
        """Why the camera takes no more; "" while it does."""
        self._heard_at = 0.0
        """When all that was said will have been heard."""
        self._waiting: Deferred[None] | None = None
        talk.lost.addCallback(self._was_lost)

    async def say(self, samples: bytes) -> None:
        """G.711 mu-law of any length; returns when more is welcome. TalkError once the camera has ended it."""
        try:
            for start in range(0, len(samples), BLOCK):
                await self._say(samples[start : start + BLOCK])
        except Exception as error:  # as above
            raise TalkError(f"The camera takes no more sound: {self._over or error}") from error

    async def end(self) -> None:
        """Let what was said be heard, and make room for the next. Harmless twice."""
        ended, self._ended = self._ended, None
        if ended is not None:
            try:
                await self._talk.close()
            finally:
                self._was_lost(None)
                ended()

    def _its_turn(self, count: int) -> "Deferred[None]":
        """When so many samples may be sent: cameras have little room for what comes too early."""
        now: float = self._reactor.seconds()
        begins = max(self._heard_at, now)
        self._heard_at = begins + count / SAMPLE_RATE
        too_early = begins - now - AHEAD_SECONDS
        return deferLater(self._reactor, too_early, lambda: None) if too_early > 0 else succeed(None)

    async def _say(self, block: bytes) -> None:
        for step in (lambda: self._its_turn(len(block)), lambda: self._talk.write(block)):
            if self._over:
                raise TalkError(self._over)
            self._waiting = step()
            await self._waiting

    def _was_lost(self, reason: str | None) -> None:
        self._over = self._over or reason or "it has ended"
        if self._waiting is not None:
            self._waiting.cancel()


async def nobody_speaks(camera: Camera) -> Talking:
    """Where there is no talkback at all."""
    raise SpeechlessError


async def _stopped(talkback: Talkback | None) -> None:
    try:
        if talkback is not None:
            await talkback.stop()
    except Exception:  # noqa: BLE001 - a guest may fail in any way; whoever comes next gets another
        _log.failure("a talkback driver did not let go")
