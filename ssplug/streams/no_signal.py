"""What viewers are shown instead of a camera that is away.

Nobody but viewers sees it: it never goes through the camera's hub, so that recordings and motion
detection know nothing of it.
"""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.media.access_unit import VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.media.no_signal import no_signal_jpeg, no_signal_pictures
from ssplug.media.picture import JPEGForm
from ssplug.workers import Worker, Workers, WorkerStoppedError

_log = Logger()

REPEAT_SECONDS: Final = 1.0
"""How often the picture is sent: a player that comes or has lost the thread sees it soon."""


class Standby(Protocol):
    """What is shown while the camera is away. Reactor thread."""

    def begin(self, track: Track | None, deliver: Callable[[AccessUnit], None]) -> None:
        """Give `deliver` key frames like those of `track`; harmless when it is at it already."""

    def end(self) -> None:
        """Deliver nothing more."""


class NoSignal:
    """Makes the picture when it is wanted, and repeats it until it is not. Reactor thread."""

    def __init__(self, workers: Workers, reactor: Any, monotonic: Callable[[], float], name: Callable[[], str]) -> None:
        """`name` is asked what the camera is called."""
        self._workers = workers
        self._reactor = reactor
        self._monotonic = monotonic
        self._name = name
        self._worker: Worker | None = None
        self._repeating: LoopingCall | None = None
        self._deliver: Callable[[AccessUnit], None] | None = None

    def begin(self, track: Track | None, deliver: Callable[[AccessUnit], None]) -> None:
        """Give `deliver` key frames like those of `track`, the first in REPEAT_SECONDS; harmless twice.

        Nothing comes where the codec cannot be made.
        """
        if self._deliver is not None or track is None:
            return
        self._deliver = deliver
        worker = self._worker = self._workers.worker(f"{self._name()} no signal")
        made = worker.call(no_signal_pictures, self._name(), track)
        made.addCallbacks(self._repeat, self._failed, callbackArgs=(worker,))
        self._workers.stop_worker(worker)  # it has one thing to do, and ends with that

    def end(self) -> None:
        """Deliver nothing more; harmless when nothing is."""
        self._deliver = None
        repeating, self._repeating = self._repeating, None
        if repeating is not None:
            repeating.stop()

    def _repeat(self, made: tuple[Track, tuple[bytes, ...]], worker: Worker) -> None:
        deliver = self._deliver
        if deliver is None or worker is not self._worker:  # ended meanwhile, or begun for another track
            return
        track, pictures = made
        turns = itertools.cycle(pictures)

        def show() -> None:
            now = self._monotonic()
            pts = round(now * VIDEO_CLOCK_RATE)
            deliver(AccessUnit(track, next(turns), pts, pts, True, now))

        self._repeating = LoopingCall(show)
        self._repeating.clock = self._reactor
        # Not at once: the camera's last picture may be ahead of the clock, and times must not go back.
        self._repeating.start(REPEAT_SECONDS, now=False).addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        if failure.check(ValueError):
            _log.warn("{name} is away, and viewers cannot be told: {why}", name=self._name(), why=failure.value)
        elif not failure.check(WorkerStoppedError):
            _log.failure("viewers cannot be told that {name} is away", failure, name=self._name())


class NoSignalJPEGs:
    """The same as JPEGs, in every form that is wanted, each made once while the camera is away. Reactor thread."""

    def __init__(
        self,
        workers: Workers,
        reactor: Any,
        name: str,
        wanted: Callable[[], Mapping[JPEGForm, tuple[int, int]]],
        deliver: Callable[[Mapping[JPEGForm, bytes]], None],
    ) -> None:
        """`wanted` is asked for the forms and their sizes, again and again; `name` is for threads and logs."""
        self._workers = workers
        self._reactor = reactor
        self._name = name
        self._wanted = wanted
        self._deliver = deliver
        self._repeating: LoopingCall | None = None
        self._made: dict[JPEGForm, bytes] = {}

    def begin(self, title: str) -> None:
        """Deliver at once and again and again; `title` is what people call the camera. Harmless twice."""
        if self._repeating is None:
            self._repeating = LoopingCall(self._show, title)
            self._repeating.clock = self._reactor
            self._repeating.start(REPEAT_SECONDS)

    def end(self) -> None:
        """Deliver nothing more; harmless when nothing is."""
        repeating, self._repeating = self._repeating, None
        self._made = {}
        if repeating is not None:
            repeating.stop()

    def _show(self, title: str) -> None:
        missing = {form: size for form, size in self._wanted().items() if form not in self._made}
        if not missing:
            self._deliver(self._made)
            return
        worker = self._workers.worker(f"{self._name} no signal")
        made = worker.call(_jpegs, title, missing)
        made.addCallback(self._show_made, self._repeating).addErrback(self._failed)
        self._workers.stop_worker(worker)

    def _show_made(self, jpegs: Mapping[JPEGForm, bytes], repeating: LoopingCall | None) -> None:
        if repeating is self._repeating:  # the camera is still away
            self._made |= jpegs
            self._deliver(self._made)

    def _failed(self, failure: Failure) -> None:
        _log.failure("viewers cannot be told that {name} is away", failure, name=self._name)


def _jpegs(title: str, sizes: Mapping[JPEGForm, tuple[int, int]]) -> dict[JPEGForm, bytes]:
    return {form: no_signal_jpeg(title, *size, quality=form.quality) for form, size in sizes.items()}
