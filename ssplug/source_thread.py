"""One attempt of a camera source in a thread of its own: for drivers whose library blocks.

A driver gives a function that does the blocking work and returns why it ended; what the function
says to its `ThreadSink` reaches the real sink in the reactor thread, in order and bounded: a
function that is faster than the reactor waits.
"""

import threading
from collections.abc import Callable
from typing import TypeAlias

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ssplug.interfaces import ISourceSink
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.workers import ReactorInbox, Workers

_log = Logger()

_News: TypeAlias = Callable[[ISourceSink], None]


class ThreadSink:
    """The thread's end of a sink. All methods: the thread; none raises, all may wait for the reactor."""

    def __init__(self, inbox: ReactorInbox[_News]) -> None:
        self._inbox = inbox

    def online(self, tracks: tuple[Track, ...]) -> None:
        """See ISourceSink."""
        self._inbox.put(lambda sink: sink.online(tracks))

    def access_unit(self, unit: AccessUnit) -> None:
        """See ISourceSink."""
        self._inbox.put(lambda sink: sink.access_unit(unit))


Run: TypeAlias = Callable[[threading.Event, ThreadSink], str]
"""Does the work until the event is set, or until it can not go on: then it returns why, for people."""


class SourceThread:
    """A running attempt. All methods: reactor thread."""

    def __init__(self, workers: Workers, name: str, sink: ISourceSink, run: Run) -> None:
        """Begin: `run` is called in a new thread called `name`."""
        self._run = run
        self._inbox: ReactorInbox[_News] = workers.inbox(lambda news: news(sink))
        self._thread = workers.thread(name, self._main)

    def stop(self) -> "Deferred[None]":
        """Tell the sink nothing more and end; fires when the function has returned."""
        self._inbox.close()
        return self._thread.stop()

    def _main(self, stopping: threading.Event) -> None:
        try:
            reason = self._run(stopping, ThreadSink(self._inbox))
        except Exception as error:
            # The text of an error may hold a password (FFmpeg's name the URL): only its kind is told.
            kind = type(error).__name__
            self._inbox.put(lambda sink: sink.offline(f"the driver failed: {kind}"))
            raise
        self._inbox.put(lambda sink: sink.offline(reason))
