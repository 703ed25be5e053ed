"""What the camera itself notices, by a PullPoint subscription (ONVIF Core, 9.2). Reactor thread.

Subscribe, pull again and again (each request waits at the camera until there is news), renew in
time; when any of that fails, nothing moves any more, and after a pause it begins anew.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from onveef import envelopes
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from ssplug_onvif import answers
from ssplug_onvif.answers import Subscription
from ssplug_onvif.device import CALL_SECONDS, Device, DeviceError
from ssplug_onvif.topics import Sightings

T = TypeVar("T")

_LIFETIME_SECONDS: Final = 120
LIFETIME: Final = f"PT{_LIFETIME_SECONDS}S"
_PULL_SECONDS: Final = 30
_MESSAGES: Final = 100
_PAUSES: Final = (5.0, 15.0, 60.0)
"""Before each new beginning; the last, again and again."""
_BREATH: Final = 0.1
"""Between two requests, for cameras that answer at once."""
_EMPTY_BREATH: Final = 1.0
_FAREWELL_SECONDS: Final = 2.0

_EVENTS: Final = "http://www.onvif.org/ver10/events/wsdl/"
_CREATE: Final = f"{_EVENTS}EventPortType/CreatePullPointSubscriptionRequest"
_PULL: Final = f"{_EVENTS}PullPointSubscription/PullMessagesRequest"
_SYNCHRONISE: Final = f"{_EVENTS}PullPointSubscription/SetSynchronizationPointRequest"
_RENEW: Final = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest"
_UNSUBSCRIBE: Final = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest"


class PullPoint:
    """Reports what moves, from its making to `stop`."""

    def __init__(
        self,
        device: Device,
        events: Iterable[str],
        report: Callable[[bool, str], None],
        reactor: Any,
        log: Logger,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`device` is connected; `report` is as ICameraEvents has it."""
        self._device = device
        self._sightings = Sightings(events)
        self._report = report
        self._reactor = reactor
        self._log = log
        self._monotonic = monotonic
        self._subscription: Subscription | None = None
        self._pulled = False
        self._said = ""
        self._running = Deferred.fromCoroutine(self._run())
        self._running.addErrback(self._failed)

    async def stop(self) -> None:
        """Report nothing more, and tell the camera so, if it listens."""
        self._running.cancel()
        subscription, self._subscription = self._subscription, None
        if subscription is None:
            return
        try:
            await self._about(subscription, envelopes.events_unsubscribe(), len, _UNSUBSCRIBE, _FAREWELL_SECONDS)
        except DeviceError as error:  # it ends by itself, after LIFETIME
            self._log.debug("{error}", error=error)

    async def _run(self) -> None:
        attempt = 0
        while True:
            self._pulled = False
            try:
                await self._listen()
            except DeviceError as error:
                self._say(str(error))
            self._subscription = None
            self._tell(self._sightings.over())
            attempt = 0 if self._pulled else attempt
            await deferLater(self._reactor, _PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

    def _say(self, problem: str) -> None:
        """Once; a camera that refuses subscriptions does so every minute."""
        if problem != self._said:
            self._said = problem
            self._log.info("events of the camera: {problem}", problem=problem)

    async def _listen(self) -> None:
        """One subscription, from its beginning until it fails with DeviceError."""
        self._subscription = subscription = await self._subscribed()
        await self._tried(subscription, envelopes.events_set_synchronization_point(), _SYNCHRONISE)
        # Half of what the camera grants leaves time to renew; it may grant a month, and renew for what was asked.
        lasts = min(subscription.seconds or 60.0, _LIFETIME_SECONDS)
        waits = min(_PULL_SECONDS, max(1, int(lasts / 3)))
        renewed = self._monotonic()
        while True:
            await self._pull(subscription, waits)
            if self._monotonic() - renewed >= lasts / 2:
                await self._tried(subscription, envelopes.events_renew(termination_time=LIFETIME), _RENEW)
                renewed = self._monotonic()

    async def _subscribed(self) -> Subscription:
        body = envelopes.events_create_pull_point_subscription(termination_time=LIFETIME)
        to = self._device.service("events")
        return await self._device.ask(to, body, answers.subscription, self._device.addressing(to.plain(), _CREATE))

    async def _pull(self, subscription: Subscription, waits: int) -> None:
        began = self._monotonic()
        body = envelopes.events_pull_messages(timeout=f"PT{waits}S", message_limit=_MESSAGES)
        told = await self._about(subscription, body, answers.notifications, _PULL, waits + CALL_SECONDS)
        self._pulled = True
        self._tell(self._sightings.news(told))
        is_early = not told and self._monotonic() - began < _EMPTY_BREATH
        await deferLater(self._reactor, _EMPTY_BREATH if is_early else _BREATH)

    async def _tried(self, subscription: Subscription, body: str, action: str) -> None:
        """Ask for what not every camera can; where it matters, pulling fails next."""
        try:
            await self._about(subscription, body, len, action)
        except DeviceError as error:
            self._log.debug("{error}", error=error)

    async def _about(
        self,
        subscription: Subscription,
        body: str,
        parse: Callable[[str], T],
        action: str,
        seconds: float = CALL_SECONDS,
    ) -> T:
        addressing = self._device.addressing(subscription.address, action, subscription.references)
        return await self._device.ask(self._device.address(subscription.address), body, parse, addressing, seconds)

    def _tell(self, news: Iterable[tuple[bool, str]]) -> None:
        for moving, what in news:
            self._report(moving, what)

    def _failed(self, failure: Any) -> None:
        if not failure.check(CancelledError):
            self._log.failure("listening to the camera's events failed", failure)
