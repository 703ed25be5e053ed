"""A storage backend at work: its shelf, the thread that writes to it and the one that waits for the disk."""

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred

from ssplug.capture.shelf import Shelf
from ssplug.interfaces import IFootageWriter

T = TypeVar("T")
P = ParamSpec("P")


class Archive:
    """Runs functions in the writing thread of a store's volume. Reactor thread."""

    def __init__(self, shelf: Shelf, worker: Any, syncer: Any) -> None:
        """Both are `ssplug.workers.Worker`s, which the stores of a volume share."""
        self.shelf = shelf
        """For what runs in that thread."""
        self._worker = worker
        self._syncer = syncer

    @property
    def name(self) -> str:
        """Of the store."""
        return str(self.shelf.store.name)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Deferred[T]":
        """Run `function` there; a Deferred with its result, or WorkerBusyError if too much waits."""
        answer: Deferred[T] = self._worker.call(function, *args, **kwargs)
        return answer

    def sync(self, writers: Iterable[IFootageWriter]) -> "Deferred[None]":
        """Have what was appended kept safe from a loss of power; an OSError if it cannot be."""
        answer: Deferred[None] = self._syncer.call(_sync, tuple(writers))
        return answer

    def where(self, key: str) -> str:
        """Where a file is, for people and FILE events."""
        return str(self.shelf.store.where(key))


def _sync(writers: tuple[IFootageWriter, ...]) -> None:
    for writer in writers:
        writer.sync()
