"""Workers without threads: every function runs at once, in the caller."""

import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred, succeed

from ssplug.workers import Workers

T = TypeVar("T")
P = ParamSpec("P")


class InlineWorker:
    """A `Worker` whose `call` has its answer at once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting = 0
        self.stopped = False

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Deferred[T]":
        """The answer of `function`, already there."""
        return maybeDeferred(function, *args, **kwargs)

    def stop(self) -> "Deferred[None]":
        """Nothing to join."""
        self.stopped = True
        return succeed(None)


class InlineInbox:
    """A `ReactorInbox` that delivers at once."""

    def __init__(self, deliver: Callable[[Any], None]) -> None:
        self._deliver = deliver
        self.closed = False

    def put(self, item: Any) -> bool:
        """Deliver `item` unless closed."""
        if not self.closed:
            self._deliver(item)
        return not self.closed

    def close(self) -> None:
        """Deliver nothing more."""
        self.closed = True


class InlineThread:
    """A `RunningThread` that does not run by itself: a test calls `run`."""

    def __init__(self, name: str, run: Callable[[threading.Event], None]) -> None:
        self.name = name
        self._run = run
        self.stopping = threading.Event()
        self.finished: Deferred[None] = Deferred()

    def run(self) -> None:
        """Run the function to its end in the caller."""
        self._run(self.stopping)
        self.finished.callback(None)

    def stop(self) -> "Deferred[None]":
        """Set the flag."""
        self.stopping.set()
        return succeed(None)


class InlineWorkers(Workers):
    """`Workers` for tests: no thread is ever started."""

    def __init__(self) -> None:
        super().__init__(reactor=None)
        self.threads: list[InlineThread] = []

    def worker(self, name: str, limit: int = 64) -> Any:
        """An inline worker."""
        return InlineWorker(name)

    def thread(self, name: str, run: Callable[[threading.Event], None]) -> Any:
        """A thread that the test runs."""
        thread = InlineThread(name, run)
        self.threads.append(thread)
        return thread

    def inbox(self, deliver: Callable[[T], None], limit: int = 256) -> Any:
        """An inline inbox."""
        return InlineInbox(deliver)

    def stop_worker(self, worker: Any) -> "Deferred[None]":
        """Stop it."""
        stopped: Deferred[None] = worker.stop()
        return stopped

    def stop(self, seconds: float = 10.0) -> "Deferred[None]":
        """Nothing to join."""
        return succeed(None)
