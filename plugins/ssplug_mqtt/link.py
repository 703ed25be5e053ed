"""The connection to the broker: paho-mqtt in its own thread, and the ways to it and back.

paho's thread connects, again and again where it must, reads and keeps the connection alive.  What it
has to say goes through a bounded inbox to the reactor: where that is full, paho's thread waits, and
with it the broker.  What is published goes through a worker, whose queue is bounded too, and which
waits for the broker's word (QoS 1): a broker that takes nothing fills that queue and no memory.
"""

import secrets
import ssl
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from twisted.internet.defer import Deferred, fail

from ssplug.tls import client_context
from ssplug.workers import Workers
from ssplug_mqtt.topics import Message

NEWS_LIMIT: Final = 256
BATCHES_LIMIT: Final = 256
AT_ONCE: Final = 20
"""Messages that are on their way to the broker at the same time."""
HELD_LIMIT: Final = 2 * AT_ONCE
"""Messages that paho holds for a broker that says nothing about them; it sends them with the next connection, too."""
ACCEPT_SECONDS: Final = 10.0
"""For how long the broker may keep a message without a word."""
FAREWELL_SECONDS: Final = 3.0
PAUSES: Final = (1, 60)
"""Seconds before the second attempt to connect, doubled up to the other."""
_QOS: Final = 1
_LOOK_SECONDS: Final = 0.25
_FULL_SECONDS: Final = 0.05


class LinkError(Exception):
    """Something could not be published; the text is for people."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and how to get in."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    verify: bool = True
    ca: str = ""
    cert: str = ""
    key: str = ""
    keepalive: int = 30


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker let us in, and knows what we want to hear."""


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no connection (any more)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that we wanted to hear."""

    topic: str
    payload: bytes
    retained: bool
    """Said before, and told now because we asked for the topic."""


News: TypeAlias = Connected | Lost | Arrived


class Link:
    """One connection, from `open` to `close`. Reactor thread, but for what begins with `_paho` or `_worker`."""

    def __init__(
        self,
        workers: Workers,
        broker: Broker,
        filters: Sequence[str],
        will: Message,
        heard: Callable[[News], None],
    ) -> None:
        """`filters` are the topics to hear; `will` is what the broker says when we are gone without a word."""
        self._workers = workers
        self._broker = broker
        self._filters = filters
        self._will = will
        self._inbox = workers.inbox(heard, NEWS_LIMIT)
        self._worker = workers.worker("mqtt", BATCHES_LIMIT)
        self._is_over = threading.Event()
        self._client = self._new_client()

    def open(self) -> "Deferred[None]":
        """Begin to connect; fails with LinkError where files of TLS are not right."""
        return self._worker.call(self._worker_opens)

    def publish(self, messages: Sequence[Message]) -> "Deferred[None]":
        """Fires when the broker has taken all of them; fails with LinkError, or where too many wait."""
        if self._is_over.is_set():
            return fail(LinkError("the connection is over"))
        return self._worker.call(self._worker_publishes, messages)

    def close(self, farewell: Sequence[Message]) -> "Deferred[None]":
        """Say `farewell` and end the connection; fires when paho's thread has ended."""
        self._is_over.set()
        self._inbox.close()
        return Deferred.fromCoroutine(self._close(farewell))

    async def _close(self, farewell: Sequence[Message]) -> None:
        await self._worker.stop()  # what waits there gives up at once
        ending = self._workers.worker("mqtt end")
        ended = ending.call(self._worker_ends, farewell)
        ending.stop()
        await ended

    # -- the worker's threads

    def _worker_opens(self) -> None:
        broker = self._broker
        if broker.tls:
            try:
                self._client.tls_set_context(client_context(broker.verify, broker.ca, broker.cert, broker.key))
            except OSError as error:
                raise LinkError(str(error)) from error
        self._client.connect_async(broker.host, broker.port, broker.keepalive)
        self._client.loop_start()

    def _worker_publishes(self, messages: Sequence[Message]) -> None:
        # What waited for its turn while the connection went away is not sent later: it is out of date then.
        if self._is_over.is_set() or not self._client.is_connected():
            raise LinkError("there is no connection")
        # paho's thread ends where a packet of the broker makes no sense to it; where it runs this does nothing.
        self._client.loop_start()
        self._publish_and_wait(messages, ACCEPT_SECONDS, self._is_over.is_set)

    def _worker_ends(self, farewell: Sequence[Message]) -> None:
        try:
            if self._client.is_connected():
                self._publish_and_wait(farewell, FAREWELL_SECONDS, lambda: False)
        finally:
            self._client.disconnect()
            self._client.loop_stop()
            del self._client  # it is with it that paho closes the last of its sockets

    def _publish_and_wait(self, messages: Sequence[Message], seconds: float, give_up: Callable[[], bool]) -> None:
        until = time.monotonic() + seconds

        def still_time() -> None:
            if give_up() or time.monotonic() > until:
                raise LinkError(f"the broker took nothing for {seconds:.0f} s")

        for begin in range(0, len(messages), AT_ONCE):
            for sent in [self._sent(each, still_time) for each in messages[begin : begin + AT_ONCE]]:
                while not _is_taken(sent):
                    still_time()

    def _sent(self, message: Message, still_time: Callable[[], None]) -> MQTTMessageInfo:
        """Waits while paho holds too much."""
        while True:
            sent = self._client.publish(message.topic, message.payload, _QOS, message.retain)
            if sent.rc is not MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
                return sent
            still_time()
            time.sleep(_FULL_SECONDS)

    # -- paho's thread

    def _new_client(self) -> Client:
        # A name of its own each time: a broker ends a connection when another of the same name comes.
        client = Client(CallbackAPIVersion.VERSION2, f"ssplug-{secrets.token_hex(6)}")
        if self._broker.user:
            client.username_pw_set(self._broker.user, self._broker.password)
        client.will_set(self._will.topic, self._will.payload, _QOS, self._will.retain)
        client.suppress_exceptions = True  # a topic that is no UTF-8 would end paho's thread
        client.reconnect_delay_set(*PAUSES)
        client.max_inflight_messages_set(AT_ONCE)
        client.max_queued_messages_set(HELD_LIMIT)
        client.on_connect = self._paho_connected
        client.on_connect_fail = self._paho_could_not_connect
        client.on_disconnect = self._paho_lost
        client.on_message = self._paho_heard
        return client

    def _paho_connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._inbox.put(Lost(f"the broker refuses: {reason}"))
            return
        client.subscribe([(each, _QOS) for each in self._filters])
        self._inbox.put(Connected())

    def _paho_could_not_connect(self, _client: Client, _data: Any) -> None:
        # paho does not say why, but calls this while it handles the exception.
        self._inbox.put(Lost(_said(sys.exception())))

    def _paho_lost(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._inbox.put(Lost(f"the connection ended: {reason}"))

    def _paho_heard(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._inbox.put(Arrived(message.topic, bytes(message.payload), message.retain))


def _is_taken(sent: MQTTMessageInfo) -> bool:
    """Waits for a moment."""
    try:
        sent.wait_for_publish(_LOOK_SECONDS)
        return sent.is_published()
    except RuntimeError as error:
        raise LinkError(str(error)) from error


def _said(error: BaseException | None) -> str:
    """What went wrong while connecting, for people."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not right: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or error}; is `tls` right?"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
