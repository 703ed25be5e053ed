"""The action `webhook`: keeps what is to be said, and sends it until it is taken."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from twisted.internet.defer import CancelledError, Deferred, fail
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import IAction, ICompanion, IServerAtWork
from ssplug.model.action import Trigger, facts
from ssplug.model.url import CameraURL
from ssplug.web_client import WebClient, WebError
from ssplug.workers import Worker
from ssplug_webhook.deliveries import Deliveries, RefusedError, UndeliverableError
from ssplug_webhook.message import Message
from ssplug_webhook.spool import Delivery, Spool

_WORTH_REPEATING: Final = frozenset({408, 425, 429})
"""4xx that say nothing against the request (RFC 9110, 15.5.9; RFC 8470; RFC 6585)."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """The settings of the schema beside this module."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = None
    text: str | None = None
    image: str = "none"
    image_width: int | None = 640
    image_field: str = "image"
    body_field: str = "payload_json"
    username: str = ""
    password: str = field(default="", repr=False)
    verify_certificate: bool = True
    timeout: float = 15
    keep_hours: float = 24

    @property
    def message(self) -> Message:
        """What is said."""
        return Message(**{each.name: getattr(self, each.name) for each in fields(Message)})

    @property
    def digest(self) -> str:
        """Of all of them: two hooks of one camera must not send one another's deliveries."""
        written = repr([getattr(self, each.name) for each in fields(self)])
        return hashlib.sha256(written.encode()).hexdigest()[:16]

    @property
    def address(self) -> CameraURL:
        """Where to, before placeholders are replaced."""
        return CameraURL.parse(self.url, self.username, self.password)


class _AtWork(NamedTuple):
    """What there is between `attach` and `detach`."""

    deliveries: Deliveries
    client: WebClient
    worker: Worker


@implementer(IAction, ICompanion)
class Webhook:
    """One destination. Reactor thread."""

    def __init__(
        self, context: DriverContext, settings: WebhookSettings, wall: Callable[[], float] = time.time
    ) -> None:
        """`wall` is seconds since the epoch. ValueError for placeholders that mean nothing."""
        self._context = context
        self._settings = settings
        self._wall = wall
        self._message = settings.message
        self._message.check()
        self._address = settings.address
        self._at_work: _AtWork | None = None
        self._pictures: set[Deferred[Any]] = set()

    def attach(self, server: IServerAtWork) -> None:
        """Go on with what an earlier run left."""
        context, settings = self._context, self._settings
        worker = context.workers.worker("webhook")
        client = WebClient(context.reactor, self._address, settings.verify_certificate)
        spool = Spool(context.state / settings.digest)
        deliveries = Deliveries(
            partial(self._send, client),
            lambda delivery, why: server.report(delivery.camera, f"webhook: {why}; it is kept, and sent again"),
            spool,
            worker,
            context.reactor,
            self._wall,
            settings.keep_hours * 3600,
            context.log,
        )
        self._at_work = _AtWork(deliveries, client, worker)
        deliveries.start()

    def detach(self) -> "Deferred[None]":
        """What waits stays on the disk."""
        return Deferred.fromCoroutine(self._detach())

    async def _detach(self) -> None:
        at_work, self._at_work = self._at_work, None
        for picture in tuple(self._pictures):
            picture.cancel()
        if at_work is not None:
            at_work.deliveries.stop()
            await at_work.client.close()
            await self._context.workers.stop_worker(at_work.worker)

    def perform(self, trigger: Trigger, server: IServerAtWork) -> "Deferred[None]":
        """Fires when it cannot be lost any more; it is sent as soon as that can be done."""
        if self._at_work is None:
            return fail(UndeliverableError("the server stops"))
        return Deferred.fromCoroutine(self._perform(self._at_work.deliveries, trigger, server))

    async def _perform(self, deliveries: Deliveries, trigger: Trigger, server: IServerAtWork) -> None:
        key = f"{trigger.at * 1e6:016.0f}-{trigger.camera.number}-{trigger.event}"
        delivery = Delivery(key, trigger.at, trigger.camera.number, facts(trigger, server.name, server.zone))
        await deliveries.keep(delivery)
        if self._settings.image == "none":
            deliveries.send(delivery)
        else:
            self._complete(deliveries, delivery, server)

    def _complete(self, deliveries: Deliveries, delivery: Delivery, server: IServerAtWork) -> None:
        """Send it when there is a picture, which may take seconds, or when it is clear that there is none."""
        picture = Deferred.fromCoroutine(self._with_picture(deliveries, delivery, server))
        self._pictures.add(picture)
        picture.addErrback(lambda failure: failure.trap(CancelledError))
        picture.addErrback(lambda failure: self._context.log.failure("sent in the next run of the server", failure))
        picture.addBoth(lambda _: self._pictures.discard(picture))

    async def _with_picture(self, deliveries: Deliveries, delivery: Delivery, server: IServerAtWork) -> None:
        image = await self._picture(delivery.camera, server)
        if image is not None:
            delivery = replace(delivery, has_image=True)
            await deliveries.keep(delivery, image)
        deliveries.send(delivery)

    async def _picture(self, number: int, server: IServerAtWork) -> bytes | None:
        try:
            picture: bytes = await server.still(number, self._settings.image_width)
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever keeps the picture away, the rest is to be told
            self._context.log.warn("sent without a picture: {error}", error=error)
            return None
        return picture

    async def _send(self, client: WebClient, delivery: Delivery, image: bytes | None) -> None:
        request = self._message.request(delivery.facts, image)
        headers = {"Idempotency-Key": f'"{delivery.key}"', **request.headers}
        try:
            response = await client.open(
                request.url, self._settings.method, request.body, headers, self._settings.timeout
            )
        except WebError as error:
            # It speaks of cameras, for these are what it was made for.
            raise UndeliverableError(str(error).replace("the camera", "the server there")) from error
        response.discard()
        _judge(response.status, client.url.place)


def _judge(status: int, place: str) -> None:
    if 200 <= status < 300:
        return
    kind = RefusedError if 400 <= status < 500 and status not in _WORTH_REPEATING else UndeliverableError
    raise kind(f"{place}: {status} {_phrase(status)}")


def _phrase(status: int) -> str:
    return next((known.phrase for known in HTTPStatus if known == status), "is what it answers")
