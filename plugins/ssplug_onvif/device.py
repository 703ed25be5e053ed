"""A device: calls its operations over HTTP. Reactor thread.

device = Device(context, url)
await device.connect()
profiles = await device.call("media", envelopes.media_get_profiles(use_media2=False), answers.profiles)
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from onveef import envelopes
from twisted.internet.defer import Deferred

from ssplug.drivers import DriverContext
from ssplug.model.url import CameraURL
from ssplug.web_client import WebClient, WebError, WebReply
from ssplug_onvif import addresses, answers
from ssplug_onvif.answers import FaultError, NotONVIFError
from ssplug_onvif.envelope import CONTENT_TYPE, Addressing, Token, envelope, operation_of

T = TypeVar("T")

ANSWER_LIMIT: Final = 4_000_000
"""Bytes. The largest that was seen, 255 presets or a dozen profiles, have less than 30 000."""
CALL_SECONDS: Final = 10.0
_PARSED_HERE: Final = 64_000
"""Bytes that are parsed in a few milliseconds; what is longer has a thread of its own."""


class DeviceError(Exception):
    """The device does not do what was asked; the text says which operation, where and why, for people."""


class RefusedError(DeviceError):
    """User name or password are wrong."""


class AnswerError(DeviceError):
    """The device answered, but by a fault or by something that is no SOAP; another operation may fare better."""


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class Device:
    """One device, as one of its users."""

    def __init__(
        self,
        context: DriverContext,
        url: CameraURL,
        verify_certificate: bool = True,
        now: Callable[[], datetime] = utc_now,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """`url` is its device service, with the credentials; `random` gives as many bytes as asked for."""
        self.url = url
        self.services: Mapping[str, str] = {}
        """The address of each service that it has, as it told, by a short name: media, ptz, events."""
        self._workers = context.workers
        self._client = WebClient(context.reactor, url, verify_certificate)
        self._now = now
        self._random = random
        self._difference: timedelta | None = None

    async def connect(self) -> None:
        """Learn the device's time and services; DeviceError."""
        await self._synchronise()
        try:
            self.services = await self.call("device", envelopes.device_get_services(), answers.services)
        except AnswerError:  # older devices: an Axis of 2014 answers with a fault
            self.services = await self.call("device", envelopes.device_get_capabilities(), answers.services)

    def has(self, service: str) -> bool:
        """Whether there is such a service; after `connect`."""
        return service in self.services

    async def call(self, service: str, body: str, parse: Callable[[str], T]) -> T:
        """Call an operation of a service and return what `parse` makes of the answer; DeviceError."""
        return await self.ask(self.service(service), body, parse)

    async def ask(
        self,
        url: CameraURL,
        body: str,
        parse: Callable[[str], T],
        addressing: Addressing | None = None,
        seconds: float = CALL_SECONDS,
    ) -> T:
        """Call an operation at an address of the device's own; DeviceError."""
        try:
            return await self._asked(url, body, parse, addressing, seconds)
        except RefusedError:
            if not await self._is_clock_other():
                raise
            return await self._asked(url, body, parse, addressing, seconds)

    def service(self, name: str) -> CameraURL:
        """Where a service is; DeviceError if there is none."""
        if name == "device":
            return self.url
        if name not in self.services:
            raise DeviceError(f"the device at {self.url.place} has no {name} service")
        return self.address(self.services[name])

    def address(self, told: str) -> CameraURL:
        """Where an address is that the device told; DeviceError where it makes no sense."""
        try:
            return addresses.service(self.url, told)
        except ValueError as error:
            raise DeviceError(f"{self.url.place}: {error}") from None

    def addressing(self, to: str, action: str, references: tuple[str, ...] = ()) -> Addressing:
        """The header of a request of the event service."""
        return Addressing(to, action, self._random(16), references)

    def close(self) -> "Deferred[None]":
        """End what is under way; fires when every connection is closed."""
        return self._client.close()

    # -- the clock ----------------------------------------------------------------------------------

    async def _synchronise(self) -> None:
        """Learn how the device's clock differs from ours: it refuses tokens that are old by its own."""
        body = envelopes.device_get_system_date_time()
        try:
            told = await self._asked(self.url, body, answers.clock, None, CALL_SECONDS, signed=False)
        except (RefusedError, AnswerError):  # against ONVIF Core, 5.9.4.2; then it must be right
            told = None
        self._difference = told - self._now() if told is not None else timedelta()

    async def _is_clock_other(self) -> bool:
        """Whether the device's clock was set since we looked."""
        before = self._difference
        if not self.url.username or before is None:
            return False
        await self._synchronise()
        return self._difference is not None and abs(self._difference - before) > timedelta(seconds=2)

    def _token(self) -> Token | None:
        if not self.url.username:
            return None
        created = self._now() + (self._difference or timedelta())
        return Token(self.url.username, self.url.password, self._random(16), created)

    # -- one request --------------------------------------------------------------------------------

    async def _asked(
        self,
        url: CameraURL,
        body: str,
        parse: Callable[[str], T],
        addressing: Addressing | None,
        seconds: float,
        signed: bool = True,
    ) -> T:
        operation = f"ONVIF {operation_of(body)} at {url.place}"
        request = envelope(body, addressing, self._token() if signed else None)
        try:
            reply = await self._client.fetch(
                url.plain(), "POST", request, {"Content-Type": CONTENT_TYPE}, ANSWER_LIMIT, seconds
            )
        except WebError as error:
            kind = RefusedError if str(error).startswith("401") else DeviceError
            raise kind(f"{operation}: {str(error).removeprefix(f'{url.place}: ')}") from None
        return await self._understood(operation, reply, parse)

    async def _understood(self, operation: str, reply: WebReply, parse: Callable[[str], T]) -> T:
        try:
            return await self._parsed(reply.body, parse)
        except FaultError as fault:
            if fault.is_refusal:
                raise RefusedError(f"{operation}: {self._refusal()}") from None
            raise AnswerError(f"{operation}: the device says: {fault}") from None
        except NotONVIFError as error:
            status = f"{reply.status}, " if reply.status >= 300 else ""
            raise AnswerError(f"{operation}: {status}{error}") from None

    async def _parsed(self, body: bytes, parse: Callable[[str], T]) -> T:
        if len(body) <= _PARSED_HERE:
            return answers.answer(body, parse)
        worker = self._workers.worker("onvif answer")
        try:
            return await worker.call(answers.answer, body, parse)
        finally:
            worker.stop()

    def _refusal(self) -> str:
        if self.url.username:
            return "user name or password refused"
        return "the device asks for a user name and a password"
