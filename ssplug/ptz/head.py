"""The head that a camera turns on: one command at a time, and no movement without an end."""

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import CancelledError, Deferred, fail, maybeDeferred, succeed
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.interfaces import IPTZDriver, IPTZPresetNames
from ssplug.model.ptz import PRESETS, GoToPreset, PTZCapability, PTZCommand, PTZMove, SavePreset, goes_on, needed
from ssplug.ptz.limit import MovementLimit
from ssplug.ptz.queue import QueueFullError
from ssplug.ptz.turns import Turns

PERFORM_SECONDS: Final = 20.0
"""A driver that takes longer has failed."""
STOP_SECONDS: Final = 5.0
"""A camera that is taken away is waited for that long."""
FIRST_PAUSE: Final = 5.0
LONGEST_PAUSE: Final = 60.0
"""Between two attempts to learn what the camera can do; each pause is twice as long as the one before."""

_MISSING: Final = {
    PTZCapability.PAN_TILT: "does not pan and tilt",
    PTZCapability.HOME: "has no home position",
    PTZCapability.ZOOM: "does not zoom",
    PTZCapability.PRESETS: "has no presets",
}
_NAMELESS: Final = tuple(f"Preset {number}" for number in range(1, PRESETS + 1))


class PTZError(Exception):
    """The camera did not do it; the text says why, for people."""


class UnableError(PTZError):
    """The camera can never do that."""


class PTZHead:
    """What moves one camera. Reactor thread."""

    def __init__(
        self,
        driver: IPTZDriver,
        reactor: Any,
        log: Logger,
        failed: Callable[[str], None],
        succeeded: Callable[[], None] = lambda: None,
    ) -> None:
        """`failed` hears why the camera did not answer, each time; `succeeded`, each time that it did."""
        self.capabilities = PTZCapability(0)
        """None as long as the camera has not said."""
        self.is_known = False
        """Whether the camera has said what it can do, which may be nothing."""
        self.preset_names: tuple[str, ...] = ()
        """Of presets 1 to 8, "" for one that is not set; none as long as the camera has not said."""
        self._driver = driver
        self._reactor = reactor
        self._log = log
        self._failed = failed
        self._succeeded = succeeded
        self._turns = Turns(self._perform)
        self._limit = MovementLimit(reactor, self._stop_moving)
        self._pause = FIRST_PAUSE
        self._asked: Deferred[Any] = succeed(None)
        self._is_closed = False

    def start(self) -> None:
        """Ask what the camera can do, again and again until it says so."""
        self._asked = Deferred.fromCoroutine(self._learn())
        self._asked.addErrback(self._gave_up)

    def stop(self) -> "Deferred[None]":
        """Carry out nothing more; fires when the camera stands, or was waited for long enough."""
        self._is_closed = True
        self._asked.cancel()
        self._turns.clear(PTZError("the camera's settings change"))
        if self._limit.is_moving:
            self._stop_moving()
        self._limit.ended()
        return self._turns.until_idle().addTimeout(STOP_SECONDS, self._reactor, lambda _r, _s: None)

    def move(self, command: PTZCommand, speed: int) -> "Deferred[None]":
        """Have the camera carry out `command` at `speed` (1-100) when it is its turn.

        Fires with None when the camera has accepted it, or when a newer command has made it pointless.
        Fails with PTZError.
        """
        missing = needed(command) & ~self.capabilities
        if self._is_closed:
            return fail(PTZError("the camera's settings change"))
        if missing and self.is_known:
            return fail(UnableError(f"the camera {_MISSING[missing]}"))
        if command is PTZMove.STOP and not self._is_continuous:
            return succeed(None)
        try:
            return self._turns.give(command, speed)
        except QueueFullError as error:
            return fail(PTZError(str(error)))

    @property
    def _is_continuous(self) -> bool:
        """Whether it moves until it is told to stop; one that has not said what it can do may."""
        return not self.is_known or PTZCapability.CONTINUOUS in self.capabilities

    # -- one command --------------------------------------------------------------------------------

    def _perform(self, command: PTZCommand, speed: int) -> "Deferred[None]":
        if goes_on(command) and self._is_continuous:
            self._limit.began()
        performed: Deferred[None] = maybeDeferred(self._driver.perform, command, speed)
        performed.addTimeout(PERFORM_SECONDS, self._reactor, _late)
        performed.addCallbacks(self._performed, self._not_performed, (command,), {}, (command,))
        return performed

    def _performed(self, _: object, command: PTZCommand) -> None:
        self._succeeded()
        if command in (PTZMove.STOP, PTZMove.HOME) or isinstance(command, GoToPreset):
            self._limit.ended()
        if isinstance(command, SavePreset) and not self._is_closed:
            Deferred.fromCoroutine(self._learn_names()).addErrback(self._gave_up)

    def _not_performed(self, failure: Failure, command: PTZCommand) -> Failure:
        if command is PTZMove.STOP:
            self._limit.did_not_stop()
        reason = _reason(failure)
        self._failed(reason)
        return Failure(PTZError(reason))

    def _stop_moving(self) -> None:
        """Nobody waits for this; `failed` has heard of it."""
        self._turns.give(PTZMove.STOP, 100).addErrback(lambda failure: failure.trap(PTZError))

    # -- what the camera can do -----------------------------------------------------------------------

    async def _learn(self) -> None:
        while not await self._learn_capabilities():
            await deferLater(self._reactor, self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        await self._learn_names()

    async def _learn_capabilities(self) -> bool:
        try:
            self.capabilities = PTZCapability(await self._answer(self._driver.capabilities))
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is why nobody knows, and may be over the next time
            self._failed(_reason(Failure()))
            return False
        self.is_known = True
        self._succeeded()
        return True

    async def _learn_names(self) -> None:
        """Cameras that do not tell names are taken to have all presets."""
        if PTZCapability.PRESETS not in self.capabilities:
            return
        driver: Any = IPTZPresetNames(self._driver, None)
        try:
            names = _NAMELESS if driver is None else await self._answer(driver.preset_names)
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - names are a convenience: the camera can be moved without
            self._log.warn("the names of the presets are not known: {reason}", reason=_reason(Failure()))
        else:
            self.preset_names = tuple(names)[:PRESETS]

    def _answer(self, question: "Callable[[], Deferred[Any]]") -> "Deferred[Any]":
        return maybeDeferred(question).addTimeout(PERFORM_SECONDS, self._reactor, _late)

    def _gave_up(self, failure: Failure) -> None:
        """The head was stopped; anything else is a fault of our own."""
        if not failure.check(CancelledError):
            self._log.failure("what the camera can do is not known", failure)


def _reason(failure: Failure) -> str:
    return str(failure.value) or type(failure.value).__name__


def _late(_: object, seconds: float) -> Failure:
    return Failure(PTZError(f"no answer within {seconds:g} seconds"))
