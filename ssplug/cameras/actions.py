"""The actions of all cameras, and the destinations that they share.

An entry of `notify` is built once, lives for as long as it stays as it is, and is what every camera
means that names it.  A handler that stands in a camera's own `run` is that camera's.  One that
cannot be built costs itself, and says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.logger import Logger

from ssplug.actions.camera import CameraActions
from ssplug.actions.mail import MailTo
from ssplug.actions.performer import ActionCounters, Performer
from ssplug.cameras.build import ERROR_DRIVER, CameraBuilder, DriverError
from ssplug.cameras.sites import Sites
from ssplug.drivers import DriverKind
from ssplug.events.bus import EventBus
from ssplug.interfaces import IAction, ICompanion, IMailer, IServerAtWork
from ssplug.logs import camera_logger
from ssplug.model.action import Trigger
from ssplug.model.camera import CameraIdentity
from ssplug.model.event import Event, EventType, Failure
from ssplug.site.changes import SiteChange
from ssplug.site.types import CameraConfig, Slot

DETACH_SECONDS: Final = 10.0
"""After which a handler's end is no longer waited for."""

_log = Logger()


class Actions:
    """What is done when actions are triggered, for all cameras that are enabled. Reactor thread."""

    def __init__(self, sites: Sites, bus: EventBus, builder: CameraBuilder, server: IServerAtWork) -> None:
        """`server` is what handlers may ask."""
        self.counters = ActionCounters()
        self._sites = sites
        self._bus = bus
        self._builder = builder
        self._server = server
        self._notify: Mapping[str, Slot] = {}
        self._shared: dict[str, Performer] = {}
        self._cameras: dict[int, CameraActions] = {}
        self._stop_listening: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Build every handler, and react to triggers from now on."""
        site = self._sites.site
        self._stop_listening = self._bus.listen(self._heard)
        self._share(site.notify)
        for config in site.cameras:
            self._add(config)

    def stop(self) -> "Deferred[Any]":
        """React to nothing more; fires when all handlers are done."""
        self._stop_listening()
        ended = [self._drop(number) for number in tuple(self._cameras)]
        return DeferredList([*ended, *(self._end(self._shared.pop(name)) for name in tuple(self._shared))])

    async def follow(self, change: SiteChange) -> None:
        """Do as the site says now; a handler that is as it was notices nothing."""
        different = [each for each in change.changed if _acts(each.old) != _acts(each.new)]
        for config in (*change.removed, *(each.old for each in different)):
            await self._drop(config.identity.number)
        for name in [name for name, slot in self._notify.items() if change.site.notify.get(name) != slot]:
            if name in self._shared:
                await self._end(self._shared.pop(name))
        self._share(change.site.notify)
        for config in (*change.added, *(each.new for each in different)):
            self._add(config)

    def mailer(self) -> IMailer | None:
        """The first destination of `notify` that sends mail; None where there is none."""
        handlers = (self._shared[name].handler for name in self._notify if name in self._shared)
        mailers = (IMailer(handler, None) for handler in handlers)
        return next((mailer for mailer in mailers if mailer is not None), None)

    def _share(self, notify: Mapping[str, Slot]) -> None:
        for name, slot in notify.items():
            if self._notify.get(name) != slot and (performer := self._performer(slot, None)) is not None:
                self._shared[name] = performer
        self._notify = notify

    def _add(self, config: CameraConfig) -> None:
        if not config.enabled or not (config.actions.run or config.actions.mail_to):
            return
        performers = [self._shared.get(slot.name) or self._own(slot, config.identity) for slot in config.actions.run]
        at_work = [performer for performer in performers if performer is not None]
        self._cameras[config.identity.number] = CameraActions(
            config, [*at_work, *self._mail(config.actions.mail_to)], self._builder.reactor
        )

    def _mail(self, to: tuple[str, ...]) -> list[Performer]:
        """The one who mails to addresses of a camera's own, if it has any."""
        handler = MailTo(self.mailer, to)
        return [self._performer_of("mail_to", handler)] if to else []

    def _own(self, slot: Slot, identity: CameraIdentity) -> Performer | None:
        return None if slot.name else self._performer(slot, identity)

    def _drop(self, number: int) -> "Deferred[Any]":
        camera = self._cameras.pop(number, None)
        if camera is None:
            return DeferredList([])
        camera.stop()
        shared = set(self._shared.values())
        return DeferredList([self._end(performer) for performer in camera.performers if performer not in shared])

    def _performer(self, slot: Slot, identity: CameraIdentity | None) -> Performer | None:
        try:
            handler = self._builder.instance(DriverKind.ACTION, slot, IAction, identity)
            companion = ICompanion(handler, None)
            if companion is not None:
                companion.attach(self._server)
        except DriverError as error:
            self._say(identity, Failure(ERROR_DRIVER, str(error)))
            return None
        except Exception as error:  # noqa: BLE001 - a guest may fail in any way; it costs itself only
            why = f"{slot.where}: driver {slot.driver!r}: {type(error).__name__}: {error}"
            self._say(identity, Failure(ERROR_DRIVER, why))
            return None
        name = slot.name or f"{slot.driver} ({slot.where})"
        return self._performer_of(name, handler)

    def _performer_of(self, name: str, handler: IAction) -> Performer:
        return Performer(name, handler, self._server, self._builder.reactor, self._failed, self.counters)

    def _end(self, performer: Performer) -> "Deferred[Any]":
        def detach(_: object) -> Any:
            companion = ICompanion(performer.handler, None)
            if companion is None:
                return None
            return maybeDeferred(companion.detach).addTimeout(DETACH_SECONDS, self._builder.reactor)

        ended: Deferred[Any] = performer.stop()
        return ended.addCallback(detach).addErrback(
            lambda failure: _log.failure("action {name} did not end properly", failure, name=performer.name)
        )

    def _heard(self, event: Event) -> None:
        if event.camera in self._cameras:
            self._cameras[event.camera].heard(event)

    def _failed(self, trigger: Trigger, failure: Failure) -> None:
        self._say(trigger.camera, failure)

    def _say(self, identity: CameraIdentity | None, failure: Failure) -> None:
        log = _log if identity is None else camera_logger(identity)
        log.error("action {text}", text=failure.text)
        self._bus.publish(EventType.ERROR, None if identity is None else identity.number, failure)


def _acts(config: CameraConfig) -> object:
    """All that actions are run by; schedules and triggers have their own way to take effect."""
    return config.enabled, config.identity, replace(config.actions, schedule="", trigger_on=())
