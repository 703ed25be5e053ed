"""Keeping one camera connected: attempts, pauses, stalls.

A driver makes one attempt at a time and says how it goes; this module alone decides when to try
again.  The states and what moves between them:

| state | what happens | next |
| --- | --- | --- |
| STOPPED | start | CONNECTING (after its turn) |
| CONNECTING | online | ONLINE |
| CONNECTING | offline, or no `online` within CONNECT_SECONDS | WAITING |
| ONLINE | offline, or no access unit for STALL_SECONDS | WAITING |
| WAITING | the pause is over | CONNECTING |
| any | stop | STOPPED |

Pauses double from 1 s to 60 s, each up to a quarter longer or shorter by chance, and begin anew
once a camera was online for a minute.
"""

import enum
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure as TwistedFailure
from zope.interface import implementer

from ssplug.interfaces import ICameraSource, ISourceSink
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.clock import TimeLine
from ssplug.model.event import Failure
from ssplug.streams.hub import StreamHub

CONNECT_SECONDS = 20.0
STALL_SECONDS = 8.0
CHECK_SECONDS = 1.0
STOP_SECONDS = 20.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
STABLE_SECONDS = 60.0

ERROR_TIMEOUT = 800
ERROR_SOURCE = 801


class SourceState(enum.Enum):
    """See the table of the module."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"


def next_pause(pause: float) -> float:
    """The pause after one of `pause` seconds that did not help."""
    return min(LONGEST_PAUSE, pause * 2)


class Source:
    """Feeds one camera's hub from its driver. Reactor thread."""

    def __init__(
        self,
        driver: ICameraSource,
        hub: StreamHub,
        reactor: Any,
        monotonic: Callable[[], float],
        random: Callable[[], float],
        log: Logger,
        changed: Callable[[SourceState, Failure | None], None],
    ) -> None:
        """`random` gives numbers in [0, 1); `changed` hears of every ONLINE, and of every end of an attempt."""
        self._driver = driver
        self._hub = hub
        self._reactor = reactor
        self._monotonic = monotonic
        self._random = random
        self._log = log
        self._changed = changed
        self._attempt: _Attempt | None = None
        self._pause = FIRST_PAUSE
        self._timer: Any = None
        self._check = LoopingCall(self._look)
        self._check.clock = reactor
        self.state = SourceState.STOPPED
        self.attempts = 0
        """How often the driver was asked to connect."""
        self.last_failure: Failure | None = None
        """Why the camera is, or last was, offline."""

    def start(self, after: float = 0.0) -> None:
        """Connect in `after` seconds, and stay connected until `stop`."""
        self.state = SourceState.WAITING
        self._timer = self._reactor.callLater(after, self._connect)
        self._check.start(CHECK_SECONDS, now=False)

    def stop(self) -> "Deferred[None]":
        """Disconnect for good; fires when the driver has let go."""
        self.state = SourceState.STOPPED
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._check.running:
            self._check.stop()
        attempt, self._attempt = self._attempt, None
        if attempt is not None and attempt.is_online:
            self._hub.went_offline("the server disconnected the camera")
        return self._end_driver()

    def _connect(self) -> None:
        self._timer = None
        self.state = SourceState.CONNECTING
        self.attempts += 1
        attempt = self._attempt = _Attempt(self, self._monotonic())
        self._log.debug("connecting, attempt {number}", number=self.attempts)
        try:
            self._driver.start(attempt)
        except Exception as error:  # noqa: BLE001 - a guest's fault costs its own camera, with the reason
            self._log.failure("the driver failed to start")
            self._over(attempt, Failure(ERROR_SOURCE, f"the driver failed: {error}"))

    def _look(self) -> None:
        attempt = self._attempt
        if attempt is None:
            return
        silence = self._monotonic() - attempt.heard_at
        if attempt.is_online and silence >= STALL_SECONDS:
            self._over(attempt, Failure(ERROR_TIMEOUT, f"connected, but no data for {STALL_SECONDS:.0f} seconds"))
        elif not attempt.is_online and silence >= CONNECT_SECONDS:
            self._over(attempt, Failure(ERROR_TIMEOUT, f"no answer for {CONNECT_SECONDS:.0f} seconds"))

    def _went_online(self, attempt: "_Attempt", tracks: tuple[Track, ...]) -> None:
        if attempt is not self._attempt:
            return
        was_online = attempt.is_online
        attempt.is_online = True
        attempt.has_video = any(track.is_video for track in tracks)
        attempt.heard_at = self._monotonic()
        if not was_online:
            attempt.online_at = attempt.heard_at
        self.state = SourceState.ONLINE
        if not was_online or tracks != self._hub.tracks:
            self._hub.came_online(tracks)
        if not was_online:
            self._changed(SourceState.ONLINE, None)

    def _received(self, attempt: "_Attempt", unit: AccessUnit) -> None:
        if attempt is not self._attempt or not attempt.is_online:
            return
        now = self._monotonic()
        try:
            placed = attempt.time_line.place(unit, now)
        except Exception as error:  # noqa: BLE001 - a guest's fault costs its own camera, with the reason
            self._log.failure("the driver gave a unit that makes no sense")
            self._over(attempt, Failure(ERROR_SOURCE, f"the driver gave a unit that makes no sense: {error}"))
            return
        if placed.track.is_video or not attempt.has_video:  # sound that goes on must not hide that the picture does not
            attempt.heard_at = now
        self._hub.publish(placed)

    def _over(self, attempt: "_Attempt", failure: Failure) -> None:
        if attempt is not self._attempt:
            return
        self._attempt = None
        self.state = SourceState.WAITING
        self.last_failure = failure
        if attempt.is_online:
            self._hub.went_offline(failure.text)
            if self._monotonic() - attempt.online_at >= STABLE_SECONDS:
                self._pause = FIRST_PAUSE
        self._changed(SourceState.WAITING, failure)
        self._end_driver().addBoth(lambda _: self._wait())

    def _wait(self) -> None:
        if self.state is not SourceState.WAITING or self._timer is not None:
            return
        pause = self._pause * (0.75 + self._random() / 2)
        self._pause = next_pause(self._pause)
        self._log.debug("trying again in {pause:.1f} s", pause=pause)
        self._timer = self._reactor.callLater(pause, self._connect)

    def _end_driver(self) -> "Deferred[None]":
        stopped: Deferred[Any] = maybeDeferred(self._driver.stop)
        stopped.addErrback(self._log_stop_failure)
        late = self._reactor.callLater(STOP_SECONDS, self._log.warn, "the driver has not let go of the camera yet")
        stopped.addBoth(lambda _: late.cancel() if late.active() else None)
        return stopped

    def _log_stop_failure(self, failure: TwistedFailure) -> None:
        self._log.failure("the driver failed to stop", failure)


@implementer(ISourceSink)
class _Attempt:
    """The sink of one attempt; what it says after its end is not heard."""

    def __init__(self, source: Source, now: float) -> None:
        self._source = source
        self.heard_at = now
        self.online_at = now
        self.is_online = False
        self.has_video = False
        self.time_line = TimeLine()

    def online(self, tracks: tuple[Track, ...]) -> None:
        self._source._went_online(self, tuple(tracks))

    def access_unit(self, unit: AccessUnit) -> None:
        self._source._received(self, unit)

    def offline(self, reason: str) -> None:
        self._source._over(self, Failure(ERROR_SOURCE, reason))
