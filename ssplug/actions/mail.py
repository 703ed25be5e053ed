"""The server's own mail: errors, daily statistics, and triggers to a camera's own addresses.

It goes through whatever destination of `notify` can send mail (`IMailer`).  A mail that cannot be
sent is said in the log and tried again later; it is no event, for that would be another mail.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from zope.interface import implementer

from ssplug.actions.digest import NOTHING, Digest, joined
from ssplug.actions.statistics import COMING_AND_GOING, EVENTS_OF_INTEREST, bounds, camera_day, statistics_text
from ssplug.events.bus import EventBus
from ssplug.events.history import History
from ssplug.interfaces import IAction, IMailer, IServerAtWork
from ssplug.model.action import Trigger
from ssplug.model.event import Event, EventType
from ssplug.model.footage import Amount, Usage
from ssplug.site.atomic import write_atomically
from ssplug.site.types import Site
from ssplug.workers import Worker

GATHER_SECONDS: Final = 10.0
"""An error seldom comes alone: the first mail waits for the others."""
LOOK_SECONDS: Final = 60.0
"""The wall clock may be set: what waits for midnight looks at it."""
AGAIN_SECONDS: Final = 900.0
"""Before statistics that could not be sent are tried again."""
DAY_FILE: Final = "mail.json"

_log = Logger()


class NoMailerError(Exception):
    """There is nothing that sends mail."""

    def __init__(self) -> None:
        super().__init__("nothing in `notify` of the site file sends mail")


@implementer(IAction)
class MailTo:
    """Mails about triggers to addresses of a camera's own. Reactor thread."""

    def __init__(self, mailer: Callable[[], IMailer | None], to: tuple[str, ...]) -> None:
        """`mailer` is asked each time, for the site may change."""
        self._mailer = mailer
        self._to = to

    def perform(self, trigger: Trigger, server: IServerAtWork) -> "Deferred[None]":
        """See `IAction`."""
        mailer = self._mailer()
        if mailer is None:
            return fail(NoMailerError())
        performed: Deferred[None] = mailer.perform_to(self._to, trigger, server)
        return performed


@dataclass(frozen=True, slots=True)
class MailRoom:
    """What all mail of the server needs."""

    site: Callable[[], Site]
    """As it is just then."""
    mailer: Callable[[], IMailer | None]
    zone: Callable[[], tzinfo]
    """Of the server's clocks, as it is just then."""
    now: Callable[[], float]
    """Wall time."""

    def send(self, to: tuple[str, ...], about: str, text: str) -> "Deferred[None]":
        """Fires when a mail server has it."""
        mailer = self.mailer()
        if mailer is None:
            return fail(NoMailerError())
        sent: Deferred[None] = mailer.send(to, f"{self.site().server.name}: {about}", text)
        return sent


class ErrorMail:
    """Mails errors, several together, and seldom. Reactor thread."""

    def __init__(self, room: MailRoom, bus: EventBus, reactor: Any) -> None:
        self._room = room
        self._bus = bus
        self._reactor = reactor
        self._digest = NOTHING
        self._timer: Any = None
        self._sending: Deferred[None] | None = None
        self._again_at = 0.0
        self._stop_listening: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Take note of errors from now on."""
        self._stop_listening = self._bus.listen(self._hear)

    def stop(self) -> None:
        """What was not sent is in the log, and stays there."""
        self._stop_listening()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._digest = NOTHING
        if self._sending is not None:
            self._sending.cancel()

    def _hear(self, event: Event) -> None:
        if event.type is EventType.ERROR and self._room.site().server.mail.errors_to:
            self._digest = self._digest.with_(event)
            self._wait()

    def _wait(self) -> None:
        if self._digest and self._timer is None and self._sending is None:
            after = max(GATHER_SECONDS, self._again_at - self._reactor.seconds())
            self._timer = self._reactor.callLater(after, self._send)

    def _send(self) -> None:
        self._timer = None
        mail = self._room.site().server.mail
        digest, self._digest = self._digest, NOTHING
        self._again_at = self._reactor.seconds() + mail.errors_every
        if not mail.errors_to:
            return
        names = {camera.identity.number: camera.identity.name for camera in self._room.site().cameras}
        self._sending = self._room.send(mail.errors_to, "errors", digest.text(names, self._room.zone()))
        self._sending.addErrback(self._not_sent, digest).addBoth(self._done)

    def _not_sent(self, failure: Any, digest: Digest) -> None:
        if not failure.check(CancelledError):
            _log.error("errors could not be mailed: {reason}", reason=failure.getErrorMessage())
            self._digest = joined(digest, self._digest)

    def _done(self, _: object) -> None:
        self._sending = None
        self._wait()


@dataclass(frozen=True, slots=True)
class Records:
    """Where statistics come from."""

    history: History
    amounts: Callable[[date, Sequence[int]], "Deferred[Mapping[int, Amount]]"]
    """What was recorded on a day, by camera."""
    usages: Callable[[], "Deferred[Sequence[tuple[str, Usage]]]"]
    """How full the volumes are."""
    is_online: Callable[[int], bool]
    """Whether a camera is there now."""


class DailyMail:
    """Mails what a day was like when it is over, by the local calendar. Reactor thread.

    Which day comes next is kept: a server that did not run at midnight tells it when it does.
    """

    def __init__(self, room: MailRoom, records: Records, state: Path, worker: Worker, reactor: Any) -> None:
        """`worker` writes the file in the folder `state`."""
        self._room = room
        self._records = records
        self._path = state / DAY_FILE
        self._worker = worker
        self._reactor = reactor
        self._day: date
        self._sending: Deferred[None] | None = None
        self._again_at = 0.0
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor

    def start(self) -> None:
        """Wait for the end of the day. Reads a small file."""
        self._day = _kept_day(self._path) or self._today()
        self._keep()
        self._looking.start(LOOK_SECONDS, now=False)

    def stop(self) -> None:
        """A mail that is under way is tried again at the next start."""
        if self._looking.running:
            self._looking.stop()
        if self._sending is not None:
            self._sending.cancel()

    def _today(self) -> date:
        return datetime.fromtimestamp(self._room.now(), self._room.zone()).date()

    def _look(self) -> None:
        if self._sending is not None or self._reactor.seconds() < self._again_at:
            return
        if self._today() < self._day:  # the clock was wrong
            self._advance()
        elif self._today() > self._day:
            self._sending = Deferred.fromCoroutine(self._tell(self._day))
            self._sending.addErrback(self._not_sent).addBoth(self._done)

    async def _tell(self, day: date) -> None:
        to = self._room.site().server.mail.statistics_to
        if to:
            await self._room.send(to, f"statistics of {day}", await self._text(day))
        self._advance()

    async def _text(self, day: date) -> str:
        cameras = [camera.identity for camera in self._room.site().cameras if camera.enabled]
        span, records = bounds(day, self._room.zone()), self._records
        events = await records.history.between(*span, EVENTS_OF_INTEREST)
        before = await records.history.last_before(span[0], COMING_AND_GOING)
        amounts = await records.amounts(day, [camera.number for camera in cameras])
        usages = await records.usages()
        days = [
            camera_day(camera, events, before, span, records.is_online(camera.number), amounts[camera.number])
            for camera in cameras
        ]
        errors = sum(event.type is EventType.ERROR and event.camera is None for event in events)
        return statistics_text(days, errors, usages)

    def _not_sent(self, failure: Any) -> None:
        if not failure.check(CancelledError):
            _log.error("statistics could not be mailed: {reason}", reason=failure.getErrorMessage())
            self._again_at = self._reactor.seconds() + AGAIN_SECONDS

    def _done(self, _: object) -> None:
        self._sending = None

    def _advance(self) -> None:
        self._day = self._today()
        self._keep()

    def _keep(self) -> None:
        kept = self._worker.call(write_atomically, self._path, json.dumps({"day": self._day.isoformat()}) + "\n")
        kept.addErrback(lambda failure: _log.error("{reason}", reason=failure.getErrorMessage()))


def _kept_day(path: Path) -> date | None:
    """The day that the last run was in; None where nobody knows."""
    try:
        return date.fromisoformat(json.loads(path.read_text("utf-8"))["day"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
