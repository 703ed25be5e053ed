"""The action `mqtt`: what the server does and says, as messages; what comes from the broker, as commands."""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredSemaphore, fail, maybeDeferred, succeed
from twisted.python.failure import Failure
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import IAction, ICompanion, IServerAtWork
from ssplug.model.action import Trigger
from ssplug.model.event import Event, EventType
from ssplug.workers import WorkerBusyError, WorkerStoppedError
from ssplug_mqtt.link import Arrived, Broker, Connected, Link, LinkError, Lost, News
from ssplug_mqtt.topics import (
    OFF,
    OFFLINE,
    ON,
    ONLINE,
    Message,
    Topics,
    announcement,
    leftovers,
    snapshot,
    states,
    triggered,
)
from ssplug_mqtt.views import CameraView, after, view_of

PICTURES_AT_ONCE: Final = 4
"""Cameras that are asked for a picture at the same time."""
CONNECT_SECONDS: Final = 10.0
"""For how long a trigger waits for the first connection."""
AGAIN_SECONDS: Final = 5.0
"""Before what a broker did not take is told again."""


@dataclass(frozen=True, slots=True)
class MQTTSettings:
    """The settings of the schema beside this module."""

    host: str
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    verify: bool = True
    ca: str = ""
    cert: str = ""
    key: str = ""
    keepalive: int = 30
    base_topic: str = "ssplug"
    discovery_prefix: str | None = "homeassistant"
    min_score: int = 50
    snapshots: bool = True
    snapshot_width: int | None = 640

    @property
    def broker(self) -> Broker:
        """Where the broker is, and how to get in."""
        named = {each.name: getattr(self, each.name) for each in dataclasses.fields(Broker)}
        return Broker(**named | {"port": self.port or (8883 if self.tls else 1883)})


@implementer(IAction, ICompanion)
class MQTTHandler:
    """All cameras at one broker. Reactor thread.

    What the broker is to know of a camera is worked out anew with each event of it, and compared with what it was told.
    """

    def __init__(self, context: DriverContext, settings: MQTTSettings) -> None:
        self._context = context
        self._settings = settings
        self._work: _Work | None = None

    def attach(self, server: IServerAtWork) -> None:
        """See `ICompanion`."""
        self._work = _Work(self._context, self._settings, server)

    def detach(self) -> "Deferred[Any]":
        """See `ICompanion`."""
        work, self._work = self._work, None
        return succeed(None) if work is None else work.end()

    def perform(self, trigger: Trigger, server: IServerAtWork) -> "Deferred[None]":
        """See `IAction`."""
        if self._work is None:
            return fail(LinkError("the server does not run"))
        return Deferred.fromCoroutine(self._work.tell(trigger))


class _Work:
    """What there is between `attach` and `detach`."""

    def __init__(self, context: DriverContext, settings: MQTTSettings, server: IServerAtWork) -> None:
        self._context = context
        self._settings = settings
        self._server = server
        self._topics = Topics(settings.base_topic, settings.discovery_prefix, server.identity)
        self._views: dict[int, CameraView] = {}
        self._told: dict[str, bytes] = {}
        self._connection = _Connection(context, f"{settings.host}:{settings.broker.port}")
        self._turns = DeferredSemaphore(PICTURES_AT_ONCE)
        self._awaited: set[int] = set()
        self._again: Any = None
        topics = self._topics
        filters = [each for each in (topics.commands, topics.birth, topics.devices) if each is not None]
        will = Message(topics.status, OFFLINE)
        self._link = Link(context.workers, settings.broker, filters, will, self._hear_broker)
        self._look_at_cameras()
        self._stop_listening: Callable[[], None] = server.listen(self._hear_server)
        self._link.open().addErrback(self._could_not_open)

    def end(self) -> "Deferred[Any]":
        """Say that the server is gone, and let go of the broker."""
        self._stop_listening()
        self._connection.end()
        if self._again is not None:
            self._again.cancel()
        return self._link.close([Message(self._topics.status, OFFLINE)])

    async def tell(self, trigger: Trigger) -> None:
        """Publish a trigger; LinkError where the broker does not take it."""
        await self._connection.made()
        self._take_picture(trigger.camera.number)
        try:
            await self._link.publish([triggered(self._topics, trigger)])
        except (LinkError, WorkerBusyError, WorkerStoppedError) as error:
            raise LinkError(f"{self._connection.name}: {error}") from error

    # -- what the server says

    def _hear_server(self, event: Event) -> None:
        if event.type is EventType.CONFIGCHANGE or (event.camera is not None and event.camera not in self._views):
            self._look_at_cameras()
            self._update(self._everything())
        view = self._views.get(-1 if event.camera is None else event.camera)
        if view is not None and (new := after(view, event, self._settings.min_score)) != view:
            self._follow(view, new)

    def _follow(self, view: CameraView, new: CameraView) -> None:
        self._views[new.identity.number] = new
        self._update(states(self._topics, new))
        if (new.moving and not view.moving) or (new.online and not view.online):
            self._take_picture(new.identity.number)

    def _look_at_cameras(self) -> None:
        known = {camera.identity.number: camera for camera in self._server.cameras()}
        before = {view.identity.id for view in self._views.values()}
        self._views = {number: view_of(state, self._views.get(number)) for number, state in known.items()}
        for camera in sorted(before - {view.identity.id for view in self._views.values()}):
            self._take_away(camera)

    # -- what the broker says

    def _hear_broker(self, news: News) -> None:
        match news:
            case Connected():
                self._connection.begin()
                self._tell_all()
                for number in self._views:
                    self._take_picture(number)
            case Lost(reason):
                self._connection.lost(reason)
            case Arrived(topic, payload, retained):
                self._hear_message(topic, payload, retained)

    def _hear_message(self, topic: str, payload: bytes, retained: bool) -> None:
        """A retained command is old: it must not be carried out at each start. Of announcements only old ones count."""
        if topic == self._topics.birth:
            if payload == ONLINE and not retained:
                self._tell_all()
        elif retained:
            self._tidy_up(self._topics.camera_of(topic), payload)
        elif (command := self._topics.command(topic)) is not None:
            self._arm(*command, payload)

    def _arm(self, camera: str, mode: Any, payload: bytes) -> None:
        number = next((view.identity.number for view in self._views.values() if view.identity.id == camera), None)
        if number is None or payload.upper() not in (ON, OFF):
            self._context.log.warn(
                "an MQTT command for {camera} makes no sense: {payload!r}", camera=camera, payload=payload
            )
            return
        armed = maybeDeferred(self._server.arm, number, mode, payload.upper() == ON)
        armed.addErrback(lambda failure: self._say("MQTT: not armed or disarmed: {reason}", failure))

    def _tidy_up(self, camera: str | None, payload: bytes) -> None:
        """A camera that an earlier run announced, and that is no more."""
        if camera is not None and payload and all(view.identity.id != camera for view in self._views.values()):
            self._take_away(camera)

    # -- what the broker is told

    def _tell_all(self) -> None:
        self._told = {}
        self._update(self._everything())

    def _everything(self) -> dict[str, bytes]:
        """All announcements, for Home Assistant is to know what a state is about; all states; and that we are here."""
        views, name, pictures = self._views.values(), self._server.name, self._settings.snapshots
        announced = [announcement(self._topics, view, name, pictures) for view in views]
        return _joined([*announced, *(states(self._topics, view) for view in views), {self._topics.status: ONLINE}])

    def _update(self, wanted: dict[str, bytes]) -> None:
        """Tell what is different from what was told."""
        news = [Message(topic, payload) for topic, payload in wanted.items() if self._told.get(topic) != payload]
        if news and self._connection.is_made:
            self._told |= wanted
            self._publish(news)

    def _take_away(self, camera: str) -> None:
        messages = leftovers(self._topics, camera)
        for message in messages:
            self._told.pop(message.topic, None)
        self._publish(messages)

    def _publish(self, messages: list[Message]) -> None:
        self._link.publish(messages).addErrback(self._not_told, messages)

    def _not_told(self, failure: Failure, messages: list[Message]) -> None:
        """They are told again after a while, or when there is a connection again."""
        for message in messages:
            self._told.pop(message.topic, None)
        if self._connection.is_made and self._again is None:
            self._say("the MQTT broker was not told: {reason}", failure)
            self._again = self._context.reactor.callLater(AGAIN_SECONDS, self._tell_again)

    def _tell_again(self) -> None:
        self._again = None
        self._update(self._everything())

    def _take_picture(self, number: int) -> None:
        view = self._views.get(number)
        wanted = self._settings.snapshots and self._connection.is_made and number not in self._awaited
        if view is not None and view.online and wanted:
            self._awaited.add(number)
            taken = self._turns.run(lambda: Deferred.fromCoroutine(self._picture(view.identity.id, number)))
            taken.addErrback(lambda failure: self._say("no picture for MQTT: {reason}", failure))

    async def _picture(self, camera: str, number: int) -> None:
        try:
            jpeg = await self._server.still(number, self._settings.snapshot_width)
        finally:
            self._awaited.discard(number)
        self._publish([snapshot(self._topics, camera, jpeg)])

    def _could_not_open(self, failure: Failure) -> None:
        self._connection.lost(failure.getErrorMessage())

    def _say(self, text: str, failure: Failure) -> None:
        self._context.log.warn(text, reason=failure.getErrorMessage())


class _Connection:
    """Whether there is one, and who waits for it."""

    def __init__(self, context: DriverContext, name: str) -> None:
        self.name = name
        self.is_made = False
        self._context = context
        self._reason = ""
        self._waiting: list[Deferred[None]] = []

    def begin(self) -> None:
        self._context.log.info("MQTT: connected to {name}", name=self.name)
        self.is_made = True
        self._reason = ""
        for each in self._all_who_wait():
            each.callback(None)

    def lost(self, reason: str) -> None:
        """Each reason is logged once; a broker that stays away fails every minute."""
        # paho says of a refusal that the connection ended, too: the first reason is the telling one.
        if not self.is_made and self._reason and reason.startswith("the connection ended"):
            return
        if reason != self._reason:
            self._context.log.warn("MQTT {name}: {reason}", name=self.name, reason=reason)
        self._end(reason)

    def end(self) -> None:
        """It is not wanted any more."""
        self._end("the server is stopping")

    def made(self) -> "Deferred[None]":
        """Fires when there is a connection; fails with LinkError where it is known that there is none, and why."""
        waiting: Deferred[None] = Deferred(lambda given_up: self._waiting.remove(given_up))
        if self.is_made:
            waiting.callback(None)
        elif self._reason:
            waiting.errback(self._error())
        else:
            self._waiting.append(waiting)
            waiting.addTimeout(CONNECT_SECONDS, self._context.reactor, self._too_late)
        return waiting

    def _too_late(self, _result: object, seconds: float) -> Failure:
        return Failure(LinkError(f"{self.name}: no connection for {seconds:.0f} s"))

    def _end(self, reason: str) -> None:
        self.is_made = False
        self._reason = reason
        for each in self._all_who_wait():
            each.errback(self._error())

    def _all_who_wait(self) -> "list[Deferred[None]]":
        waiting, self._waiting = self._waiting, []
        return waiting

    def _error(self) -> LinkError:
        return LinkError(f"{self.name}: {self._reason}")


def _joined(parts: Iterable[dict[str, bytes]]) -> dict[str, bytes]:
    return {topic: payload for part in parts for topic, payload in part.items()}
