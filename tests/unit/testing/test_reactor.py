"""Tests in the real reactor end in time, tell what went wrong, and leave nothing behind."""

import pytest
from twisted.internet import defer
from twisted.internet.threads import deferToThread

from ssplug.testing import LeftBehindError, in_reactor, pause, run_in_reactor, the_reactor


@in_reactor
async def test_a_test_may_wait_for_time_to_pass():
    """A Deferred of the real reactor can be awaited."""
    began = the_reactor().seconds()
    await pause(0.02)
    assert the_reactor().seconds() >= began + 0.02


def test_a_result_comes_out():
    """What the coroutine returns is returned."""

    async def work():
        await pause(0)
        return 7

    assert run_in_reactor(work) == 7


def test_an_exception_comes_out():
    """What the coroutine raises is raised where the test stands."""

    async def work():
        raise LookupError("nothing here")

    with pytest.raises(LookupError, match="nothing here"):
        run_in_reactor(work)


def test_a_deferred_that_never_fires_ends_the_test():
    """A test that hangs is ended with TimeoutError."""

    async def work():
        await defer.Deferred()

    with pytest.raises(defer.TimeoutError):
        run_in_reactor(work, seconds=0.05)


def test_a_call_that_is_left_behind_is_named():
    """Whoever leaves a delayed call learns which."""
    calls = []

    @in_reactor
    async def careless():
        calls.append(the_reactor().callLater(1000, print, "later"))

    with pytest.raises(LeftBehindError, match="print"):
        careless()
    calls[0].cancel()


def test_pooled_threads_end_with_the_test():
    """A look-up in Twisted's thread pool does not keep the process alive."""

    async def work():
        return await deferToThread(lambda: "looked up")

    assert run_in_reactor(work) == "looked up"
    assert the_reactor().threadpool is None
