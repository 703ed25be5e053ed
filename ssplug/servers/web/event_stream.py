"""The chapter "Event Stream": events as they happen, to each client as it may and can see them.

`since=NUMBER` is our extension: the stream then begins with what happened after the event of that
number, and each line has its event's own number, which a client can ask with the next time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.events.history import PAGE
from ssplug.model.event import Event, EventType
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Body, Stream
from ssplug.wire.event_line import EventLines
from ssplug.wire.requests import EventStreamRequest

HEARTBEAT_SECONDS: Final = 10.0
QUEUE_LIMIT: Final = 256 * 1024
"""Bytes that may wait for a client: some thousand events."""

_log = Logger()


class EventStream(Endpoint):
    """`eventStream`."""

    async def get(self, query: Query) -> Stream:
        """A stream that begins with a heartbeat; what happened before is told only to who asks for it."""
        request = EventStreamRequest.parse(query.parameters)
        lines = EventLines(request, lambda: self.context.zone)
        history = self.context.history
        if request.since is None or history is None:
            return Stream(lines.content_type, lambda body: _Listener(self.context, query, lines, body).start())
        since = request.since
        return Stream(
            lines.content_type,
            lambda body: _Follower(self.context, query, lines, body, since, history=history).start(),
        )


@dataclass(slots=True)
class _Listener:
    """One client's stream; its lines are numbered from 0."""

    context: WebContext
    query: Query
    lines: EventLines
    body: Body
    number: int = 0

    def start(self) -> None:
        """Listen until the client has gone."""
        heartbeat = LoopingCall(self._beat)
        heartbeat.clock = self.context.reactor
        stop_listening = self.context.bus.listen(self._hear)
        self.body.ended = lambda: self._stop(heartbeat, stop_listening)
        heartbeat.start(HEARTBEAT_SECONDS)

    def _stop(self, heartbeat: LoopingCall, stop_listening: Callable[[], None]) -> None:
        stop_listening()
        heartbeat.stop()

    def _beat(self) -> None:
        """NULL is not news, so it is not published: each client has its own."""
        self._send(Event(0, self.context.now(), None, EventType.NULL))

    def _hear(self, event: Event) -> None:
        if event.camera is None or self.context.roster.find(event.camera, self.query.avatar) is not None:
            self._send(event)

    def _send(self, event: Event) -> None:
        if not self.lines.shows(event):
            return
        if self.body.queued > QUEUE_LIMIT:
            self.body.drop(f"does not read its events: {self.body.queued} bytes wait")
            return
        dialect = self.context.dialects.of(self.query.avatar.name, self.query.address)
        self.body.write(self.lines.encode(event, self._number_of(event), dialect))

    def _number_of(self, event: Event) -> int:
        number, self.number = self.number, self.number + 1
        return number


@dataclass(slots=True)
class _Follower(_Listener):
    """A client that missed something: `number` is that of the last event that it knows of."""

    meanwhile: list[Event] | None = field(default_factory=list)
    """What has happened since the log was asked; None once the client is told at once."""
    is_over: bool = False
    history: Callable[[int], "Deferred[list[Event]]"] = field(kw_only=True)

    def start(self) -> None:
        """Tell what was missed, page by page as the client takes it, and then what happens."""
        # Named, for a slotted dataclass is not the class that a bare super() was compiled for.
        _Listener.start(self)
        self._catch_up()

    def _stop(self, heartbeat: LoopingCall, stop_listening: Callable[[], None]) -> None:
        self.is_over = True
        _Listener._stop(self, heartbeat, stop_listening)

    def _hear(self, event: Event) -> None:
        if self.meanwhile is None:
            _Listener._hear(self, event)
        elif len(self.meanwhile) < PAGE:
            self.meanwhile.append(event)

    def _number_of(self, event: Event) -> int:
        """A heartbeat says which event was the last before it."""
        if event.type is not EventType.NULL:
            self.number = event.number
        return self.number

    def _catch_up(self) -> None:
        self.body.resumed = lambda: None
        self.meanwhile = []
        self.history(self.number).addCallbacks(self._missed, self._not_known)

    def _missed(self, events: list[Event]) -> None:
        if self.is_over:
            return
        meanwhile, self.meanwhile = self.meanwhile or [], None
        is_all = len(events) < PAGE
        if self._tell_some([*events, *(meanwhile if is_all else ())]) and is_all and len(meanwhile) < PAGE:
            return
        self.meanwhile = []
        if self.body.paused:
            self.body.resumed = self._catch_up
        else:
            self._catch_up()

    def _tell_some(self, events: list[Event]) -> bool:
        """As many as the client can take, for who catches up is not slow; False where some are left."""
        for event in events:
            if self.body.queued > QUEUE_LIMIT // 2:
                return False
            self._tell(event)
        return True

    def _tell(self, event: Event) -> None:
        """Once, and whether or not this account sees it: what was passed over is not asked for again."""
        if event.number > self.number:
            _Listener._hear(self, event)
            self.number = event.number

    def _not_known(self, failure: Failure) -> None:
        """The client must not take silence for nothing having happened."""
        _log.error("the event log cannot be read: {reason}", reason=failure.getErrorMessage())
        if not self.is_over:
            self.body.drop("the event log cannot be read")
