"""The chapter "Event Stream": events as they happen, to each client as it may and can see them."""

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.task import LoopingCall

from ssplug.model.event import Event, EventType
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Body, Stream
from ssplug.wire.event_line import EventLines
from ssplug.wire.requests import EventStreamRequest

HEARTBEAT_SECONDS = 10.0
QUEUE_LIMIT = 256 * 1024
"""Bytes that may wait for a client: some thousand events."""


class EventStream(Endpoint):
    """`eventStream`."""

    async def get(self, query: Query) -> Stream:
        """A stream that begins with a heartbeat; what happened before is not told."""
        lines = EventLines(EventStreamRequest.parse(query.parameters), self.context.zone)
        return Stream(lines.content_type, lambda body: _Listener(self.context, query, lines, body).start())


@dataclass(slots=True)
class _Listener:
    """One client's stream; its events are numbered from 0."""

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
        self.body.write(self.lines.encode(event, self.number, dialect))
        self.number += 1
