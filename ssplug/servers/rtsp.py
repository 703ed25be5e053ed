"""RTSP on a connection: `ssplug.wire.rtsp` decides, this performs.

One connection carries one session, whose RTP and RTCP are interleaved with the responses.  A
client that sends nothing is left alone as long as it takes what is sent to it: over TCP many
players do not say a word while they play.
"""

import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IPushProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from ssplug.logs import connection_logger
from ssplug.servers.liveness import Liveness, Verdict
from ssplug.servers.presentations import Presenter, RefusedError, Show
from ssplug.servers.rtp_delivery import Delivery
from ssplug.servers.write_through import WriteThrough, tcp_connection
from ssplug.streams.rtp_streams import StreamChangedError
from ssplug.wire.rtsp.message import BadMessage, Method, Request, Response, Status, plain_text
from ssplug.wire.rtsp.parser import Parser
from ssplug.wire.rtsp.session import (
    TIMEOUT_SECONDS,
    Effect,
    LookUp,
    Reply,
    Session,
    StartDelivery,
    State,
    StopDelivery,
    rtp_info,
)

CHECK_SECONDS = 2.0
REPORT_SECONDS = 5.0


@dataclass(slots=True)
class RTSPCounters:
    """Of the whole server, for /metrics; what went to clients is counted for each camera."""

    connections: int = 0
    """Open now."""
    accepted: int = 0
    requests: int = 0
    bad_messages: int = 0
    timed_out: int = 0
    """Connections closed because nothing came, or not all of it."""
    stalled: int = 0
    """Connections closed because their client had stopped reading."""


class RTSPFactory(Factory):
    """Makes the connections, and looks after all of them. Reactor thread."""

    noisy = False

    def __init__(
        self,
        presenter: Presenter,
        identity: Sequence[tuple[str, str]],
        reactor: Any,
        monotonic: Callable[[], float],
        random_bits: Callable[[int], int],
    ) -> None:
        """`identity`: header fields of every response. `random_bits(n)`: n bits that nobody can guess."""
        self.presenter = presenter
        self.monotonic = monotonic
        self.counters = RTSPCounters()
        self._identity = tuple(identity)
        self._random_bits = random_bits
        self._connections: set[RTSPConnection] = set()
        self._checking = LoopingCall(self._check)
        self._reporting = LoopingCall(presenter.send_reports)
        self._checking.clock = self._reporting.clock = reactor

    def startFactory(self) -> None:
        """Begin to look after connections; called when the first port listens."""
        self._checking.start(CHECK_SECONDS, now=False)
        self._reporting.start(REPORT_SECONDS, now=False)

    def stopFactory(self) -> None:
        """Say goodbye to everybody; called when no port listens any more."""
        self._checking.stop()
        self._reporting.stop()
        for connection in tuple(self._connections):
            connection.end()

    def buildProtocol(self, addr: IAddress | None) -> "RTSPConnection":
        """A connection from `addr`."""
        self.counters.accepted += 1
        address = str(getattr(addr, "host", ""))
        return RTSPConnection(self, address, connection_logger("rtsp", self.counters.accepted, address))

    def opened(self, connection: "RTSPConnection") -> None:
        """Hear of a connection."""
        self._connections.add(connection)
        self.counters.connections = len(self._connections)

    def closed(self, connection: "RTSPConnection") -> None:
        """Hear that it is gone."""
        self._connections.discard(connection)
        self.counters.connections = len(self._connections)

    def end_accounts(self, names: Collection[str]) -> None:
        """Say goodbye to the clients of these accounts: what they may has changed."""
        for connection in tuple(self._connections):
            if connection.account in names:
                connection.end()

    def new_session(self) -> Session:
        """The session of one connection."""
        return Session(self._identity, lambda: f"{self._random_bits(64):016x}")

    def _check(self) -> None:
        now = self.monotonic()
        for connection in tuple(self._connections):
            connection.check(now)


@implementer(IPushProducer)
class RTSPConnection(Protocol):
    """One client. It is the producer of its transport: while that is full, nothing is read and nothing sent."""

    def __init__(self, server: RTSPFactory, address: str, log: Logger) -> None:
        self._server = server
        self._address = address
        self._log = log
        self._parser = Parser()
        self._session = server.new_session()
        self._liveness = Liveness(server.monotonic(), TIMEOUT_SECONDS)
        self._shown: Show | None = None
        self._shown_uri = ""
        self._delivery: Delivery | None = None
        self._is_working = False
        self._is_looking_up = False
        self._is_paused = False
        self._is_closing = False

    def connectionMade(self) -> None:
        """Begin: the transport is there."""
        transport: Any = self.transport
        self._requests_from = transport
        self._writer = WriteThrough(transport)
        _prepare(transport)
        transport.registerProducer(self, True)
        self._server.opened(self)

    def dataReceived(self, data: bytes) -> None:
        """Take what the client sent."""
        self._liveness.heard(self._server.monotonic())
        self._parser.feed(data)
        self._work()

    def read_from(self, transport: Any) -> None:
        """Expect requests from another connection than that which is answered on: RTSP tunnelled in HTTP."""
        self._requests_from = transport
        self._choose_reading()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Clean up."""
        self._is_closing = True
        self._stop_delivery(for_good=False)
        self._keep(None)
        self._server.closed(self)

    def pauseProducing(self) -> None:
        """The transport is full."""
        self._is_paused = True
        self._liveness.filled(self._server.monotonic(), self._writer.queued)
        if self._delivery is not None:
            self._delivery.pause()
        self._choose_reading()

    def resumeProducing(self) -> None:
        """The transport is empty."""
        self._is_paused = False
        self._liveness.emptied()
        if self._delivery is not None:
            self._delivery.resume()
        self._work()

    def stopProducing(self) -> None:
        """The connection is lost; `connectionLost` follows."""

    @property
    def account(self) -> str | None:
        """Who was shown something; None while nothing was."""
        return None if self._shown is None else self._shown.account

    def end(self) -> None:
        """Say goodbye and close."""
        self._stop_delivery(for_good=True)
        self._close()

    def check(self, now: float) -> None:
        """Look whether the client is still there; called every few seconds."""
        verdict = self._liveness.verdict(now, self._writer.queued, self._session.state is State.PLAYING)
        if verdict is Verdict.STALLED:
            self._abort()
        elif verdict is not Verdict.ALIVE and not self._is_looking_up:
            self._server.counters.timed_out += 1
            if verdict is Verdict.UNFINISHED:
                self._send(Response(Status.REQUEST_TIMEOUT))
            self._close()

    def _work(self) -> None:
        """Deal with all that has come; called again by a look-up that ends while it is at work."""
        if self._is_working:
            return
        self._is_working = True
        try:
            self._deal_with_messages()
        except BadMessage as bad:
            self._server.counters.bad_messages += 1
            self._send(plain_text(bad.status, f"{bad}."))
            self._close()
        finally:
            self._is_working = False
        self._choose_reading()

    def _deal_with_messages(self) -> None:
        while self._is_ready:
            event = self._parser.next_event()
            if event is None:
                break
            self._liveness.message_ended()
            if isinstance(event, Request):
                self._server.counters.requests += 1
                self._perform(self._session.receive(event))
        if self._is_ready and self._parser.buffered:
            self._liveness.message_began(self._server.monotonic())

    @property
    def _is_ready(self) -> bool:
        """Whether the next message can be dealt with now."""
        return not (self._is_paused or self._is_looking_up or self._is_closing)

    def _choose_reading(self) -> None:
        """Read only what can be dealt with: what comes meanwhile waits at the client."""
        if self._is_ready:
            self._requests_from.resumeProducing()
        elif not self._is_closing:
            self._requests_from.pauseProducing()

    def _perform(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Reply(response):
                    self._send(response)
                case LookUp():
                    self._look_up(effect)
                case StartDelivery():
                    self._start_delivery(effect)
                case StopDelivery(for_good):
                    self._stop_delivery(for_good)

    def _look_up(self, effect: LookUp) -> None:
        self._is_looking_up = True
        answered: Deferred[Any] = Deferred.fromCoroutine(self._answer(effect))
        answered.addErrback(self._fail, effect.request)
        answered.addBoth(lambda _: self._looked_up())

    async def _answer(self, effect: LookUp) -> None:
        try:
            show = await self._show(effect)
        except RefusedError as refused:
            self._perform([self._session.refused(effect.request, refused.response)])
            return
        is_first = self._session.state is State.INIT and not self._is_closing
        if is_first:
            self._keep(show)
            self._shown_uri = effect.target.presentation
        self._perform(self._session.found(effect.request, show.presentation))
        if not is_first and show is not self._shown:
            show.release()

    def _keep(self, show: Show | None) -> None:
        """Have this shown instead of what was."""
        before, self._shown = self._shown, show
        if before is not None and before is not show:
            before.release()

    async def _show(self, effect: LookUp) -> Show:
        target, shown = effect.target, self._shown
        # A player that resolves "trackID=N" as RFC 3986 would has lost path and query.
        is_the_same = target.stream is None or target.presentation == self._shown_uri
        if effect.request.method == Method.SETUP and shown is not None and is_the_same:
            return shown
        return await self._server.presenter.show(effect.request, target, self._address)

    def _fail(self, failure: Failure, request: Request) -> None:
        self._log.failure("failed to answer {method}", failure, method=request.method)
        self._perform([self._session.refused(request, Response(Status.INTERNAL_SERVER_ERROR))])

    def _looked_up(self) -> None:
        self._is_looking_up = False
        self._work()

    def _start_delivery(self, effect: StartDelivery) -> None:
        show = self._shown
        assert show is not None, "a session is ready only once it was shown something"
        channels = {show.codecs[track]: channels for track, channels in effect.channels.items()}
        ssrcs = {show.codecs[track]: show.presentation.ssrcs[track] for track in effect.channels}
        delivery = Delivery(self._writer, channels, show.counters, self._streams_ended, self._is_paused)
        try:
            joined = show.streams.join(delivery, ssrcs)
        except StreamChangedError:
            self._send(Response(Status.GONE, effect.response.headers))
            self._close()
            return
        points = {track: joined.points[show.codecs[track]] for track in effect.channels}
        self._send(effect.response.plus(rtp_info(effect.uri, points)))
        self._delivery = delivery
        show.counters.sessions += 1
        self._log.info("plays {codecs}", codecs=", ".join(channels), camera=show.camera)
        delivery.begin(joined)

    def _stop_delivery(self, for_good: bool) -> None:
        delivery, self._delivery = self._delivery, None
        show = self._shown
        if delivery is None or show is None:
            return
        show.streams.leave(delivery)
        show.counters.sessions -= 1
        self._log.info("plays no more", camera=show.camera)
        if for_good:
            delivery.say_farewell(show.streams.farewells())

    def _streams_ended(self) -> None:
        self._stop_delivery(for_good=False)
        self._close()

    def _send(self, response: Response) -> None:
        self._writer.write(response.serialize())

    def _close(self) -> None:
        """Close when everything has been written, or when the client stops reading."""
        if self._is_closing:
            return
        self._is_closing = True
        transport: Any = self.transport
        transport.unregisterProducer()
        self._liveness.filled(self._server.monotonic(), self._writer.queued)
        transport.loseConnection()

    def _abort(self) -> None:
        """Close at once: what waits will never be read."""
        if not self._is_closing:
            self._server.counters.stalled += 1
            self._log.info("does not read any more")
        self._is_closing = True
        transport: Any = self.transport
        transport.abortConnection()


def _prepare(transport: Any) -> None:
    """Send small packets at once, and notice a client that is gone by what it does not acknowledge."""
    connection = tcp_connection(transport)
    if connection is None:
        return
    connection.setTcpNoDelay(True)
    user_timeout = getattr(socket, "TCP_USER_TIMEOUT", None)
    if user_timeout is not None and connection.socket.family in (socket.AF_INET, socket.AF_INET6):
        connection.socket.setsockopt(socket.IPPROTO_TCP, user_timeout, TIMEOUT_SECONDS * 1000)
