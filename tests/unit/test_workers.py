"""Threads with a name, and the way back to the reactor."""

import threading

import pytest
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import Clock

from ssplug.testing import in_reactor, the_reactor
from ssplug.workers import ReactorInbox, WorkerBusyError, Workers, WorkerStoppedError


class HandReactor(Clock):
    """A reactor whose thread is the test: what threads ask of it runs when the test says so."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def callFromThread(self, function, *args, **kwargs):
        self.asked.append((function, args, kwargs))

    def turn(self):
        """Run what was asked until now."""
        asked, self.asked = self.asked, []
        for function, args, kwargs in asked:
            function(*args, **kwargs)


def name_of_thread():
    return threading.current_thread().name


@in_reactor
async def test_functions_run_in_the_worker_s_own_thread():
    workers = Workers(the_reactor())
    worker = workers.worker("volume /mnt")
    assert await worker.call(name_of_thread) == "volume /mnt"
    await workers.stop()


@in_reactor
async def test_functions_run_one_after_the_other_in_order():
    workers, order = Workers(the_reactor()), []
    worker = workers.worker("in order")
    await gatherResults([worker.call(order.append, number) for number in range(20)])
    assert order == list(range(20))
    await workers.stop()


@in_reactor
async def test_a_failure_goes_to_whoever_waits_for_the_answer():
    """And the worker goes on."""
    workers = Workers(the_reactor())
    worker = workers.worker("fails")
    with pytest.raises(ZeroDivisionError):
        await worker.call(lambda: 1 // 0)
    assert await worker.call(lambda: "alive") == "alive"
    await workers.stop()


@in_reactor
async def test_even_an_exit_does_not_end_the_worker():
    workers = Workers(the_reactor())
    worker = workers.worker("exits")
    with pytest.raises(SystemExit):
        await worker.call(exit)
    assert await worker.call(lambda: "alive") == "alive"
    await workers.stop()


@in_reactor
async def test_a_full_inbox_is_said_at_once():
    workers, gate = Workers(the_reactor()), threading.Event()
    worker = workers.worker("slow", limit=2)
    under_way = [worker.call(gate.wait) for _ in range(2)]
    assert worker.waiting == 2
    with pytest.raises(WorkerBusyError, match="slow"):
        await worker.call(name_of_thread)
    gate.set()
    await gatherResults(under_way)
    assert worker.waiting == 0
    await workers.stop()


@in_reactor
async def test_stopping_runs_what_waits_and_takes_nothing_more():
    """The last frames of a recording are written."""
    workers, gate, done = Workers(the_reactor()), threading.Event(), []
    worker = workers.worker("writes")
    worker.call(gate.wait)
    last = worker.call(done.append, "written")
    stopped = workers.stop_worker(worker)
    with pytest.raises(WorkerStoppedError):
        await worker.call(done.append, "too late")
    assert not stopped.called
    gate.set()
    await stopped
    await last
    assert done == ["written"]


@in_reactor
async def test_a_worker_that_did_nothing_never_had_a_thread():
    workers = Workers(the_reactor())
    worker = workers.worker("idle")
    assert "idle" not in [thread.name for thread in threading.enumerate()]
    await worker.stop()
    await worker.stop()


@in_reactor
async def test_stopping_twice_waits_for_the_same_end():
    workers, gate = Workers(the_reactor()), threading.Event()
    worker = workers.worker("slow")
    worker.call(gate.wait)
    both = [worker.stop(), worker.stop()]
    gate.set()
    await gatherResults(both)


@in_reactor
async def test_an_answer_that_nobody_wants_any_longer_is_dropped():
    workers, gate = Workers(the_reactor()), threading.Event()
    worker = workers.worker("slow")
    answer = worker.call(gate.wait)
    answer.addErrback(lambda failure: None)
    answer.cancel()
    gate.set()
    await workers.stop()
    assert worker.waiting == 0


@in_reactor
async def test_a_long_running_thread_is_asked_to_end():
    workers, begun = Workers(the_reactor()), threading.Event()

    def demux(stopping):
        begun.set()
        stopping.wait(20)
        names.append(name_of_thread())

    names = []
    thread = workers.thread("camera 1", demux)
    begun.wait(20)
    assert not thread.finished.called
    await thread.stop()
    assert names == ["camera 1"]


@in_reactor
async def test_a_long_running_thread_that_fails_has_ended_too():
    """It is in the log; whoever waits for the end does not wait for ever."""

    def fail(stopping):
        raise RuntimeError("broken")

    workers = Workers(the_reactor())
    await workers.thread("camera 1", fail).finished
    await workers.stop()


@in_reactor
async def test_stopping_all_ends_every_thread():
    workers = Workers(the_reactor())
    await workers.worker("mine").call(name_of_thread)
    workers.thread("mine too", lambda stopping: stopping.wait(20))
    threads = [thread for thread in threading.enumerate() if thread.name in ("mine", "mine too")]
    await workers.stop()
    for thread in threads:
        thread.join(20)
    assert [thread.is_alive() for thread in threads] == [False, False]


def test_stopping_waits_only_so_long_and_says_who_is_left(caplog_of_twisted):
    """A thread that hangs in a driver must not keep the server from ending."""
    reactor, gate = HandReactor(), threading.Event()
    workers = Workers(reactor)
    obedient = workers.thread("obedient", lambda stopping: stopping.wait(20))
    workers.thread("deaf", lambda stopping: gate.wait(20))
    stopped = workers.stop(seconds=10.0)
    _until(lambda: obedient.finished.called, reactor)
    assert not stopped.called
    reactor.advance(10.0)
    assert stopped.called
    gate.set()
    assert [event["left"] for event in caplog_of_twisted if "left" in event] == ["deaf"]


def test_stopping_nothing_is_done_at_once():
    assert Workers(HandReactor()).stop().called


def test_a_thread_that_ended_by_itself_is_not_waited_for():
    reactor = HandReactor()
    workers = Workers(reactor)
    thread = workers.thread("short", lambda stopping: None)
    _until(lambda: thread.finished.called, reactor)
    assert workers.stop().called


def _until(condition, reactor):
    """Turn the reactor until something that a thread does has happened."""
    for _ in range(2000):
        reactor.turn()
        if condition():
            reactor.turn()
            return
        threading.Event().wait(0.005)
    raise AssertionError("it never happened")


def an_inbox(limit=256, deliver=None):
    """An inbox, its reactor, and what was delivered."""
    reactor, delivered = HandReactor(), []
    return ReactorInbox(reactor, deliver or delivered.append, limit), reactor, delivered


def test_items_are_delivered_in_the_reactor_thread_in_order():
    inbox, reactor, delivered = an_inbox()
    for number in range(5):
        assert inbox.put(number)
    assert delivered == []
    reactor.turn()
    assert delivered == [0, 1, 2, 3, 4]


def test_many_items_wake_the_reactor_once():
    """Its own queue has no bound."""
    inbox, reactor, _ = an_inbox()
    for number in range(100):
        inbox.put(number)
    assert len(reactor.asked) == 1


def test_items_that_come_during_a_delivery_wake_it_again():
    """A thread as fast as the reactor must not hold it for ever."""
    reactor, delivered = HandReactor(), []
    feeding = ReactorInbox(reactor, lambda item: delivered.append(item) or feeding.put(item + 1))
    feeding.put(0)
    reactor.turn()
    assert delivered == [0]
    reactor.turn()
    assert delivered == [0, 1]


def test_an_item_that_cannot_be_delivered_does_not_end_the_others():
    delivered = []

    def deliver(item):
        delivered.append(item)
        if item == 1:
            raise RuntimeError("broken")

    inbox, reactor, _ = an_inbox(deliver=deliver)
    for number in range(3):
        inbox.put(number)
    reactor.turn()
    assert delivered == [0, 1, 2]


def test_a_closed_inbox_takes_and_delivers_nothing():
    inbox, reactor, delivered = an_inbox()
    inbox.put("before")
    inbox.close()
    assert not inbox.put("after")
    reactor.turn()
    assert delivered == []


def test_a_thread_that_is_too_fast_waits_for_the_reactor():
    inbox, reactor, delivered = an_inbox(limit=3)
    thread = threading.Thread(target=lambda: [inbox.put(number) for number in range(10)])
    thread.start()
    _until(lambda: len(delivered) == 10, reactor)
    thread.join()
    assert delivered == list(range(10))


def test_a_thread_that_waits_gives_up_when_the_inbox_is_closed():
    """The source was stopped while the reactor was busy."""
    inbox, _, _ = an_inbox(limit=1)
    inbox.put("fills it")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(inbox.put("waits")))
    thread.start()
    inbox.close()
    thread.join(20)
    assert answers == [False]


@in_reactor
async def test_threads_and_reactor_together_lose_nothing():
    """Four demuxers, a narrow inbox each."""
    reactor, workers = the_reactor(), Workers(the_reactor())
    received = [[] for _ in range(4)]
    done = [Deferred() for _ in range(4)]

    def source(index):
        def deliver(item):
            received[index].append(item)
            if item == 499:
                done[index].callback(None)

        inbox = ReactorInbox(reactor, deliver, limit=8)
        return lambda stopping: [inbox.put(number) for number in range(500)]

    for index in range(4):
        workers.thread(f"source {index}", source(index))
    await gatherResults(done)
    await workers.stop()
    assert received == [list(range(500))] * 4


@pytest.fixture
def caplog_of_twisted():
    from twisted.logger import globalLogPublisher

    events = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)
