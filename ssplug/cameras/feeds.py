"""Keeping all cameras connected, and saying how they are.

Starts the sources one after the other, turns what they say into ONLINE, OFFLINE and ERROR events,
and samples the rates once a second.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.events.bus import EventBus
from ssplug.model.event import EventType, Failure
from ssplug.streams.source import SourceState

# Seconds between two first attempts: 64 cameras are asked within ten seconds, without a burst of
# connections, TLS handshakes and parameter sets at once.
STAGGER_SECONDS = 0.15
SAMPLE_SECONDS = 1.0


class Feeds:
    """The sources of all cameras. Reactor thread."""

    def __init__(self, roster: Roster, bus: EventBus, reactor: Any, monotonic: Callable[[], float]) -> None:
        self._roster = roster
        self._bus = bus
        self._monotonic = monotonic
        self._online: set[int] = set()
        self._sampling = LoopingCall(self._sample)
        self._sampling.clock = reactor

    def start(self) -> None:
        """Begin to connect every camera that has a source; report those that could not get one."""
        turn = 0
        for camera in self._roster:
            self.connect(camera, turn * STAGGER_SECONDS)
            turn += camera.source is not None
        self._sampling.start(SAMPLE_SECONDS)

    def stop(self) -> "Deferred[Any]":
        """Disconnect all; fires when every driver has let go."""
        if self._sampling.running:
            self._sampling.stop()
        return DeferredList([camera.source.stop() for camera in self._roster if camera.source is not None])

    def connect(self, camera: Camera, after: float = 0.0) -> None:
        """Begin to connect a camera in `after` seconds, if it has a source; report it if it could not get one."""
        if camera.source is not None:
            camera.source.start(after)
        elif camera.failure is not None:
            self._bus.publish(EventType.ERROR, camera.number, camera.failure)

    def disconnect(self, camera: Camera) -> "Deferred[None]":
        """Disconnect one camera for good; fires when its driver has let go."""
        stopped = succeed(None) if camera.source is None else camera.source.stop()
        camera.rates.forget()
        if camera.number in self._online:
            self._online.remove(camera.number)
            self._bus.publish(EventType.OFFLINE, camera.number)
        return stopped

    def changed(self, camera: Camera, log: Logger, state: SourceState, failure: Failure | None) -> None:
        """Hear from a camera's source; `Source` calls it."""
        if state is SourceState.ONLINE:
            self._went_online(camera, log)
        elif failure is not None:
            self._failed(camera, log, failure)

    def _went_online(self, camera: Camera, log: Logger) -> None:
        camera.failure = None
        log.info("online: {tracks}", tracks=", ".join(track.codec for track in camera.hub.tracks))
        self._online.add(camera.number)
        self._bus.publish(EventType.ONLINE, camera.number)

    def _failed(self, camera: Camera, log: Logger, failure: Failure) -> None:
        is_news = camera.failure != failure
        camera.failure = failure
        camera.rates.forget()
        if camera.number in self._online:
            self._online.remove(camera.number)
            self._bus.publish(EventType.OFFLINE, camera.number)
        # A camera that stays away fails every minute: one line and one event for each reason.
        if is_news:
            log.warn("offline: {reason}", reason=failure.text)
            self._bus.publish(EventType.ERROR, camera.number, failure)

    def _sample(self) -> None:
        now = self._monotonic()
        for camera in self._roster:
            if camera.online:
                camera.rates.sample(now, camera.hub.counters)
