"""A storage backend at work: its shelf and the thread that writes to it."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred

from ssplug.capture.shelf import Shelf

T = TypeVar("T")
P = ParamSpec("P")


class Archive:
    """Runs functions in the writing thread of a store's volume. Reactor thread."""

    def __init__(self, shelf: Shelf, worker: Any) -> None:
        """`worker` is a `ssplug.workers.Worker`, which the stores of a volume share."""
        self.shelf = shelf
        """For what runs in that thread."""
        self._worker = worker

    @property
    def name(self) -> str:
        """Of the store."""
        return str(self.shelf.store.name)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Deferred[T]":
        """Run `function` there; a Deferred with its result, or WorkerBusyError if too much waits."""
        answer: Deferred[T] = self._worker.call(function, *args, **kwargs)
        return answer

    def where(self, key: str) -> str:
        """Where a file is, for people and FILE events."""
        return str(self.shelf.store.where(key))
