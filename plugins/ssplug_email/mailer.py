"""The action `email`: takes pictures, writes the mail, and has a thread hand it in.

smtplib in a thread rather than Twisted's ESMTP: it checks the certificate's name, knows AUTH's
mechanisms and tells what went wrong; and mail is rare, so that a thread for each costs nothing.
"""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import make_msgid
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import IAction, IMailer, IServerAtWork
from ssplug.model.action import Trigger
from ssplug.model.mail import MailStyle
from ssplug_email.letter import Envelope, letter, subject_of, text_of
from ssplug_email.smtp import STARTTLS, MailServer, deliver


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """The settings of the schema beside this module; `from_` is called `from` there."""

    host: str
    from_: str
    to: tuple[str, ...]
    security: str = STARTTLS
    port: int | None = None
    verify: bool = True
    ca: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    subject: str | None = None
    images: int | None = None
    image_rate: float | None = None
    image_width: int | None = None
    timeout: float = 30

    @property
    def server(self) -> MailServer:
        """Where mail is handed in."""
        named = {each.name: getattr(self, each.name) for each in dataclasses.fields(MailServer)}
        return MailServer(**named)

    def style(self, general: MailStyle) -> MailStyle:
        """`general`, but for what these settings say themselves."""
        own = {each.name: getattr(self, each.name) for each in dataclasses.fields(MailStyle)}
        return dataclasses.replace(general, **{name: value for name, value in own.items() if value is not None})


def settings_of(written: Mapping[str, Any]) -> EmailSettings:
    """The settings as a site file has them."""
    renamed = {"from_" if name == "from" else name: value for name, value in written.items()}
    return EmailSettings(**{**renamed, "to": tuple(renamed["to"])})


@implementer(IAction, IMailer)
class Mailer:
    """Sends mail. Reactor thread; each mail has a thread of its own while it is written and handed in."""

    def __init__(self, context: DriverContext, settings: EmailSettings, now: Callable[[], float] = time.time) -> None:
        """`now` is wall time in seconds since the epoch."""
        self._context = context
        self._settings = settings
        self._now = now

    def perform(self, trigger: Trigger, server: IServerAtWork) -> "Deferred[None]":
        """See `IAction`."""
        return self.perform_to(self._settings.to, trigger, server)

    def perform_to(self, to: tuple[str, ...], trigger: Trigger, server: IServerAtWork) -> "Deferred[None]":
        """See `IMailer`."""
        return Deferred.fromCoroutine(self._tell(to, trigger, server))

    def send(self, to: tuple[str, ...], subject: str, text: str) -> "Deferred[None]":
        """See `IMailer`."""
        return Deferred.fromCoroutine(self._hand_in(self._envelope(to, "ssplug"), subject, text))

    async def _tell(self, to: tuple[str, ...], trigger: Trigger, server: IServerAtWork) -> None:
        style = self._settings.style(server.mail)
        at = datetime.fromtimestamp(trigger.at, server.zone)
        pictures, note = await self._pictures(trigger.camera.number, style, server)
        subject = subject_of(style.subject, trigger, server.name, at)
        await self._hand_in(self._envelope(to, server.name), subject, text_of(trigger, server.name, at, note), pictures)

    async def _pictures(self, number: int, style: MailStyle, server: IServerAtWork) -> tuple[list[bytes], str]:
        """Pictures, and what to say about those that are missing: a mail without is better than none."""
        pictures: list[bytes] = []
        for count in range(style.images):
            if count:
                await deferLater(self._context.reactor, 1 / style.image_rate)
            try:
                pictures.append(await server.still(number, style.image_width))
            except Exception as error:  # noqa: BLE001 - whatever the camera's trouble is, the mail must go
                return pictures, f"\n{len(pictures)} of {style.images} pictures: {error}"
        return pictures, ""

    def _envelope(self, to: tuple[str, ...], name: str) -> Envelope:
        sender = self._settings.from_
        at = datetime.fromtimestamp(self._now(), UTC)
        # The domain is given, for otherwise the name of this machine would be looked up.
        return Envelope(sender, to, name, at, make_msgid(domain=sender.rpartition("@")[2]))

    async def _hand_in(self, envelope: Envelope, subject: str, text: str, pictures: Sequence[bytes] = ()) -> None:
        worker = self._context.workers.worker("email")
        handing_in = worker.call(_write_and_deliver, self._settings.server, envelope, subject, text, pictures)
        self._context.workers.stop_worker(worker)
        for address, reason in (await handing_in).items():
            self._context.log.warn("{address} was not taken: {reason}", address=address, reason=reason)


def _write_and_deliver(
    server: MailServer, envelope: Envelope, subject: str, text: str, pictures: Sequence[bytes]
) -> dict[str, str]:
    """The mail's thread."""
    return deliver(server, envelope.sender, envelope.to, letter(envelope, subject, text, pictures))
