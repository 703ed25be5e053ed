"""Threads with a name, and the way back to the reactor.

Everything that changes lives in the reactor thread; a thread receives frozen values and gives
frozen values back.  There are three shapes of thread:

`Worker`       an inbox of functions, run one after the other; each result is a Deferred.
`Workers.thread`  one long-running function, such as a demuxer's loop, that looks at a flag to end.
`ReactorInbox` the bounded way back for a thread that produces many items.
"""

import collections
import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, DeferredList, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

T = TypeVar("T")
P = ParamSpec("P")

_log = Logger()


class WorkerStoppedError(Exception):
    """The worker was stopped before it could run the function."""


class WorkerBusyError(Exception):
    """The worker's inbox is full."""


class Worker:
    """A thread that runs functions one after the other. All methods: reactor thread.

    The thread begins with the first function: a server that goes to the background after its parts
    were made would leave behind a thread that began before.
    """

    def __init__(self, reactor: Any, name: str, limit: int = 64) -> None:
        """`limit` is how many functions may wait."""
        self.name = name
        self._reactor = reactor
        self._limit = limit
        self._inbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.finished: Deferred[None] = Deferred()
        """Fires (reactor thread) when the thread has ended."""

    @property
    def waiting(self) -> int:
        """How many functions wait or run."""
        return self._waiting

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Deferred[T]":
        """Run `function` in the thread; a Deferred with its result.

        Fails with WorkerBusyError when the inbox is full, WorkerStoppedError after `stop`.
        """
        if self._stopping:
            return fail(WorkerStoppedError(self.name))
        if self._waiting >= self._limit:
            return fail(WorkerBusyError(f"{self.name}: {self._waiting} calls are waiting"))
        self._waiting += 1
        answer: Deferred[T] = Deferred()

        def job() -> None:
            try:
                result: Any = function(*args, **kwargs)
            except BaseException:  # noqa: BLE001 - goes to whoever waits for the answer
                result = Failure()
            self._reactor.callFromThread(self._answer, answer, result)

        self._inbox.put(job)
        self._begin()
        return answer

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def _answer(self, answer: "Deferred[Any]", result: Any) -> None:
        self._waiting -= 1
        answer.callback(result)  # a Failure starts the errback chain

    def stop(self) -> "Deferred[None]":
        """Run what waits, then end the thread; the Deferred fires when it has ended."""
        if not self._stopping:
            self._stopping = True
            self._inbox.put(None)
            if self._thread is None:
                self.finished.callback(None)
        return _follow(self.finished)

    def _run(self) -> None:
        while (job := self._inbox.get()) is not None:
            job()
        self._reactor.callFromThread(self.finished.callback, None)


class RunningThread:
    """One long-running function in a thread of its own."""

    def __init__(self, reactor: Any, name: str, run: Callable[[threading.Event], None]) -> None:
        """`run` gets the event that asks it to end; it must look at it at least every few seconds."""
        self.name = name
        self._reactor = reactor
        self._run = run
        self.stopping = threading.Event()
        self.finished: Deferred[None] = Deferred()
        """Fires (reactor thread) when the function has returned; an exception was logged."""
        threading.Thread(target=self._main, name=name, daemon=True).start()

    def stop(self) -> "Deferred[None]":
        """Ask the function to end; the Deferred fires when it has."""
        self.stopping.set()
        return _follow(self.finished)

    def _main(self) -> None:
        try:
            self._run(self.stopping)
        except BaseException:  # noqa: BLE001 - the thread's last line of defence: nobody else would see it
            failure = Failure()
            self._reactor.callFromThread(_log.failure, "thread {name} ended", failure, name=self.name)
        finally:
            self._reactor.callFromThread(self.finished.callback, None)


class Workers:
    """Makes the threads of one server, and joins them when it stops. Reactor thread."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._alive: set[Worker | RunningThread] = set()

    def worker(self, name: str, limit: int = 64) -> Worker:
        """A new worker; its owner stops it, or `stop` of this object does."""
        worker = Worker(self._reactor, name, limit)
        self._remember(worker)
        return worker

    def thread(self, name: str, run: Callable[[threading.Event], None]) -> RunningThread:
        """Run `run(stopping)` in a thread of its own."""
        thread = RunningThread(self._reactor, name, run)
        self._remember(thread)
        return thread

    def inbox(self, deliver: Callable[[T], None], limit: int = 256) -> "ReactorInbox[T]":
        """A bounded way for one thread to hand items to `deliver` in the reactor thread."""
        return ReactorInbox(self._reactor, deliver, limit)

    def stop_worker(self, worker: Worker) -> "Deferred[None]":
        """End a worker before the server ends."""
        return worker.stop()

    def stop(self, seconds: float = 10.0) -> "Deferred[None]":
        """End every thread; fires when all have ended or after `seconds`, naming those that have not."""
        ending = list(self._alive)
        if not ending:
            return succeed(None)
        all_ended: Deferred[Any] = DeferredList([thread.stop() for thread in ending], consumeErrors=True)
        all_ended.addTimeout(seconds, self._reactor, onTimeoutCancel=lambda _r, _t: self._say_who_is_left())
        return all_ended.addCallback(lambda _: None)

    def _remember(self, thread: Worker | RunningThread) -> None:
        self._alive.add(thread)
        _follow(thread.finished).addBoth(lambda _: self._alive.discard(thread))

    def _say_who_is_left(self) -> None:
        left = sorted(thread.name for thread in self._alive)
        _log.warn("threads that did not end in time: {left}", left=", ".join(left))


class ReactorInbox(Generic[T]):
    """Items from one thread to the reactor thread, in order, at most `limit` of them under way.

    The reactor's own queue (callFromThread) has no bound, so this one stands before it: however
    many items come, it holds at most one wake-up in the reactor's queue.
    """

    def __init__(self, reactor: Any, deliver: Callable[[T], None], limit: int = 256) -> None:
        self._reactor = reactor
        self._deliver = deliver
        self._items: collections.deque[T] = collections.deque()
        self._free = threading.Semaphore(limit)
        self._asked = False
        self._closed = False

    def put(self, item: T) -> bool:
        """Hand over `item`; the producing thread. Waits while the inbox is full; False once it is closed."""
        while not self._free.acquire(timeout=0.5):
            if self._closed:
                return False
        if self._closed:
            return False
        self._items.append(item)
        # Only the producer sets the flag, only the drain clears it, and it clears it before it
        # takes items: an item is always followed by a drain.
        if not self._asked:
            self._asked = True
            self._reactor.callFromThread(self._drain)
        return True

    def close(self) -> None:
        """Deliver nothing more; a waiting `put` gives up. Any thread."""
        self._closed = True

    def _drain(self) -> None:
        self._asked = False
        # Not until there are none: a thread that is as fast as this loop would hold the reactor for ever.
        for _ in range(len(self._items)):
            item = self._items.popleft()
            self._free.release()
            if self._closed:
                continue
            try:
                self._deliver(item)
            except Exception:  # noqa: BLE001 - one bad item must not end the source that the others come from
                _log.failure("an item from a thread could not be delivered")


def _follow(original: "Deferred[T]") -> "Deferred[T]":
    """A new Deferred that fires with what `original` fires with, so that several may wait for it."""
    follower: Deferred[T] = Deferred()

    def pass_on(result: T) -> T:
        follower.callback(result)
        return result

    original.addBoth(pass_on)
    return follower
