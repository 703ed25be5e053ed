"""Decoded pictures of one camera, while somebody looks.

There is no queue: the hub's buffer always holds the last GOP.  When a viewer wishes for a picture,
what of that GOP has not been decoded yet goes to the camera's decoding thread, and the viewer's
function is run there on the newest picture that comes out.  So a first picture is there at once,
nothing is decoded that nobody wants, and a decoder that falls behind goes on at the next key frame.

A decoder holds tens of megabytes.  It is let go LINGER seconds after the last viewer has left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from av.video.frame import VideoFrame
from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.picture import Decoder
from ssplug.streams.hub import StreamHub
from ssplug.workers import Worker, Workers, WorkerStoppedError

_log = Logger()

LINGER: Final = 5.0

Use: TypeAlias = Callable[[VideoFrame], Any]
"""What is done with a picture, in the decoding thread; the frame must not leave it."""


@dataclass(frozen=True, slots=True)
class EachPicture:
    """What is done with every picture that comes out of the decoder, and not with the newest alone."""

    use: Use


class Viewer(Protocol):
    """Whoever wants pictures. Reactor thread."""

    def wish(self, newest: AccessUnit) -> Use | EachPicture | None:
        """Say what to do with the newest picture, `newest` being its unit; None if it is not wanted."""

    def show(self, result: Any) -> None:
        """Take what the function that `wish` gave has returned, or the Failure it ended with.

        Of `EachPicture` it is a list of that, one for each picture.
        """

    def went_offline(self, reason: str) -> None:
        """Hear that no picture will come until the camera is back."""


@dataclass(slots=True)
class PictureCounters:
    """What was decoded of one camera; never decreases."""

    decoded: int = 0
    errors: int = 0
    """Access units that could not be decoded."""
    dropped: int = 0
    """Access units that were passed over, because a key frame came before they could be decoded."""


def undecoded(gop: Sequence[AccessUnit], last: AccessUnit | None) -> Sequence[AccessUnit]:
    """What of `gop` comes after the unit `last`: all of it, if that is not one of them."""
    for index in range(len(gop) - 1, -1, -1):
        if gop[index] is last:
            return gop[index + 1 :]
    return gop


class Pictures:
    """One camera's decoder, shared by its viewers. Reactor thread."""

    def __init__(self, hub: StreamHub, workers: Workers, name: str, reactor: Any) -> None:
        """`name` is the camera's, for the thread."""
        self._hub = hub
        self._workers = workers
        self._name = name
        self._reactor = reactor
        self._viewers: list[Viewer] = []
        self._detach: Callable[[], None] | None = None
        self._letting_go: Any = None
        self._worker: Worker | None = None
        self._session = _Session()
        self._busy = False
        self._offered = 0
        self._newest: AccessUnit | None = None
        self._last: AccessUnit | None = None
        """The last that was given to the decoder."""
        self._fruitless: AccessUnit | None = None
        """The newest at the time of a look that gave no picture: there is none before the next."""
        self.counters = PictureCounters()

    def attach(self, viewer: Viewer) -> Callable[[], None]:
        """Ask `viewer` whenever there is another picture; for the one that is there, call `look`.

        Returns what ends it.
        """
        self._viewers.append(viewer)
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None
        if self._detach is None:
            self._detach = self._hub.attach(self)
            self._offered = 0
            self._newest = next((unit for unit in reversed(self._hub.buffer.last_gop()) if unit.track.is_video), None)

        def leave() -> None:
            if viewer in self._viewers:
                self._viewers.remove(viewer)
                self._left()

        return leave

    def look(self) -> None:
        """Ask the viewers about the newest picture, unless one is being made: they are asked when that is done."""
        newest = self._newest
        if self._busy or newest is None or newest is self._fruitless:
            return
        wishes = [(viewer, use) for viewer in tuple(self._viewers) if (use := viewer.wish(newest)) is not None]
        gop = [unit for unit in self._hub.buffer.last_gop() if unit.track.is_video] if wishes else []
        if gop:
            self._decode(gop, wishes)

    def stop(self) -> "Deferred[None]":
        """End the thread; fires when it has ended."""
        self._viewers.clear()
        if self._letting_go is not None:
            self._letting_go.cancel()
        return self._let_go()

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The hub's news: what was buffered belongs to the past."""
        self._newest = None

    def offer(self, unit: AccessUnit) -> None:
        """The hub's news: the buffer has it."""
        if unit.track.is_video:
            self._offered += 1
            self._newest = unit
            self.look()

    def went_offline(self, reason: str) -> None:
        """The hub's news; passed on."""
        self._newest = None
        for viewer in tuple(self._viewers):
            viewer.went_offline(reason)

    def _decode(self, gop: Sequence[AccessUnit], wishes: list[tuple[Viewer, Use | EachPicture]]) -> None:
        units = undecoded(gop, self._last)
        self.counters.dropped += max(0, self._offered - len(units))
        self._offered = 0
        self._busy = True
        self._last = newest = gop[-1]
        if self._worker is None:
            self._worker = self._workers.worker(f"{self._name} pictures")
        made = self._worker.call(self._session.run, units, [use for _, use in wishes])
        made.addCallbacks(
            self._made, self._failed, callbackArgs=(newest, [viewer for viewer, _ in wishes]), errbackArgs=(newest,)
        )

    def _made(self, outcome: "_Outcome", newest: AccessUnit, viewers: list[Viewer]) -> None:
        self._busy = False
        self.counters.decoded += outcome.decoded
        self.counters.errors += outcome.errors
        if outcome.drained:
            self._last = None
        if outcome.results is None:
            self._fruitless = newest
        for viewer, result in zip(viewers, outcome.results or (), strict=False):
            if viewer in self._viewers:
                viewer.show(result)
        self.look()

    def _failed(self, failure: Failure, newest: AccessUnit) -> None:
        if not failure.check(WorkerStoppedError):
            _log.failure("the pictures of {name} could not be decoded", failure, name=self._name)
        self._busy = False
        self._fruitless = newest
        self._begin_anew()

    def _left(self) -> None:
        if self._viewers or self._detach is None:
            return
        self._detach()
        self._detach = None
        self._letting_go = self._reactor.callLater(LINGER, self._let_go)

    def _let_go(self) -> "Deferred[None]":
        self._letting_go = None
        if self._detach is not None:
            self._detach()
            self._detach = None
        worker, self._worker = self._worker, None
        self._begin_anew()
        return self._workers.stop_worker(worker) if worker is not None else succeed(None)

    def _begin_anew(self) -> None:
        self._session = _Session()
        self._last = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one look."""

    results: list[Any] | None
    """For each use; None where there was no new picture."""
    decoded: int
    errors: int
    drained: bool
    """Whether the decoder must begin at a key frame again."""


class _Session:
    """The decoder of one track, and its newest picture. Decoding thread only."""

    def __init__(self) -> None:
        self._decoder: Decoder | None = None
        self._newest: VideoFrame | None = None

    def run(self, units: Sequence[AccessUnit], uses: Sequence[Use | EachPicture]) -> _Outcome:
        """Decode `units` and put the newest picture to every use; without units, the one that there is."""
        made: list[list[Any]] = [[] for _ in uses]
        if not units:
            return _Outcome(self._used(uses, made), 0, 0, drained=False)
        try:
            decoder = self._decoder_of(units[0].track)
        except ValueError:  # a codec that FFmpeg does not know
            return _Outcome(None, 0, len(units), drained=True)
        decoded, errors = decoder.decoded, decoder.errors
        frame = None
        for frame in decoder.pictures(units):
            self._use_each(frame, uses, made)
        drained = frame is None and self._newest is None
        if drained:  # its only picture may be held back for reordering
            frame = decoder.drain()
        self._newest = frame or self._newest
        results = self._used(uses, made) if frame is not None else None
        return _Outcome(results, decoder.decoded - decoded, decoder.errors - errors, drained)

    def _decoder_of(self, track: Track) -> Decoder:
        if self._decoder is None or self._decoder.track != track:
            self._decoder, self._newest = Decoder(track), None
        return self._decoder

    def _use_each(self, frame: VideoFrame, uses: Sequence[Use | EachPicture], made: list[list[Any]]) -> None:
        for use, results in zip(uses, made, strict=True):
            if isinstance(use, EachPicture):
                results.append(_result(use.use, frame))

    def _used(self, uses: Sequence[Use | EachPicture], made: list[list[Any]]) -> list[Any] | None:
        """The results: what was made of each picture, or what the use makes of the newest, if there is one."""
        frame = self._newest
        if frame is None:
            return None
        return [
            (results or [_result(use.use, frame)]) if isinstance(use, EachPicture) else _result(use, frame)
            for use, results in zip(uses, made, strict=True)
        ]


def _result(use: Use, frame: VideoFrame) -> Any:
    try:
        return use(frame)
    except Exception:  # noqa: BLE001 - goes to its own viewer; the others must have their picture
        return Failure()
