"""Tests that need the real reactor: sockets, threads, time that passes.

    @in_reactor
    async def test_the_camera_answers(tmp_path):
        await something_that_gives_a_Deferred()

The reactor runs in the thread of the test while the coroutine does, and stands still between
tests, so that a fixture may use `run_in_reactor` too and whatever it started lives on.  A test
that leaves something behind in the reactor (a call yet to come, an open socket) fails, and its
message names it.
"""

import functools
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

T = TypeVar("T")
P = ParamSpec("P")

SECONDS_LIMIT = 30.0
_GRACE_STEP = 0.01
_GRACE_STEPS = 100


class LeftBehindError(AssertionError):
    """A test ended while something of it was still in the reactor."""


def in_reactor(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make a test of an `async def`: it runs in the real reactor, may last 30 s, and must tidy up."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        before = _what_is_in_the_reactor()
        run_in_reactor(lambda: test(*args, **kwargs))
        _expect_nothing_more_than(before)

    return run


def run_in_reactor(work: Callable[[], Coroutine[Any, Any, T]], seconds: float = SECONDS_LIMIT) -> T:
    """Run the reactor until the coroutine that `work` makes is done; its result or its exception.

    TimeoutError (of Twisted) after `seconds`.
    """
    reactor = the_reactor()
    outcome: list[Any] = []

    def end(result: Any) -> None:
        outcome.append(result)
        # `stop` is for ever; `crash` leaves a reactor that can run again. Trial does the same.
        reactor.crash()

    def begin() -> None:
        Deferred.fromCoroutine(work()).addTimeout(seconds, reactor).addBoth(end)

    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    _end_pooled_threads()
    if not outcome:
        raise RuntimeError("the reactor was stopped by something else than the end of the test")
    if isinstance(outcome[0], Failure):
        outcome[0].raiseException()
    result: T = outcome[0]
    return result


def pause(seconds: float) -> "Deferred[None]":
    """A Deferred that fires in `seconds`: to show that nothing happens, or to let a camera run."""
    return deferLater(the_reactor(), seconds, lambda: None)


def the_reactor() -> Any:
    """The real reactor. The first import installs it, which is not for those who only want the fakes."""
    from twisted.internet import reactor

    return reactor


def _end_pooled_threads() -> None:
    """Join the threads that look up host names: they would keep the process from ending. Trial does the same."""
    if the_reactor().threadpool is not None:
        the_reactor()._stopThreadPool()


def _expect_nothing_more_than(before: Mapping[Any, str]) -> None:
    """Give sockets that are being closed a moment, then raise for what is still there."""
    for _ in range(_GRACE_STEPS):
        left = {name for thing, name in _what_is_in_the_reactor().items() if thing not in before}
        if not left:
            return
        run_in_reactor(_a_moment)
    raise LeftBehindError(f"left behind in the reactor: {', '.join(sorted(left))}")


async def _a_moment() -> None:
    await pause(_GRACE_STEP)


def _what_is_in_the_reactor() -> Mapping[Any, str]:
    """Sockets, and the functions of delayed calls: one that is called again and again stays the same thing."""
    reactor = the_reactor()
    calls = {call.func: str(call) for call in reactor.getDelayedCalls()}
    sockets = {*reactor.getReaders(), *reactor.getWriters()} - reactor._internalReaders
    return calls | {socket: str(socket) for socket in sockets}
