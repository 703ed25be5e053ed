"""One camera's sound in codecs that it does not send.

Each codec is made once for all who want it, in the camera's sound thread, from the first subscriber
to the last.  Where the camera sends it so already, its units are passed on as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.audio import AudioConverter, converted_track
from ssplug.streams.hub import StreamHub, Subscriber
from ssplug.streams.subscription import Subscription, WhenFull
from ssplug.workers import Worker, Workers, WorkerStoppedError

_log = Logger()

UNITS_LIMIT: Final = 128
"""Units that may wait for the thread: two to eight seconds of sound."""


class AudioForms:
    """One camera's sound by codec. Reactor thread."""

    def __init__(self, hub: StreamHub, workers: Workers, name: str) -> None:
        """`name` is the camera's, for the thread."""
        self._hub = hub
        self._workers = workers
        self._name = name
        self._worker: Worker | None = None
        self._conversions: dict[str, _Conversion] = {}
        self.dropped = 0
        """Units that were dropped, because the thread did not keep up."""
        self.errors = 0
        """Units that could not be decoded."""

    def track(self, codec: str) -> Track | None:
        """What the camera's sound is in `codec` (aac, pcm_mulaw, pcm_s16be).

        None while the camera has no sound, or if there is no such conversion.
        """
        own = self._hub.audio
        return converted_track(own, codec) if own is not None else None

    def attach(self, codec: str, subscriber: Subscriber) -> Callable[[], None]:
        """Offer sound in `codec` to `subscriber`, whose tracks are that one; returns what detaches it."""
        conversion = self._conversions.get(codec) or self._begin(codec)
        detach = conversion.out.attach(subscriber)

        def leave() -> None:
            detach()
            if not conversion.out.subscribers and self._conversions.get(codec) is conversion:
                self._end(codec)

        return leave

    def stop(self) -> "Deferred[None]":
        """Offer nothing more; fires when the thread has ended."""
        for codec in tuple(self._conversions):
            self._conversions.pop(codec).end()
        return self._end_worker()

    def convert(self, session: "_Session", units: Sequence[AccessUnit]) -> "Deferred[_Converted]":
        """Run one portion in the thread."""
        if self._worker is None:
            self._worker = self._workers.worker(f"{self._name} sound")
        return self._worker.call(session.convert, units).addCallbacks(self._count, self._report)

    def _begin(self, codec: str) -> "_Conversion":
        conversion = self._conversions[codec] = _Conversion(self, codec)
        conversion.detach = self._hub.attach(conversion)
        return conversion

    def _end(self, codec: str) -> None:
        self._conversions.pop(codec).end()
        if not self._conversions:
            self._end_worker()

    def _end_worker(self) -> "Deferred[None]":
        worker, self._worker = self._worker, None
        return self._workers.stop_worker(worker) if worker is not None else succeed(None)

    def _count(self, converted: "_Converted") -> "_Converted":
        self.errors += converted.errors
        return converted

    def _report(self, failure: Failure) -> "_Converted":
        if not failure.check(WorkerStoppedError):
            _log.failure("the sound of {name} could not be converted", failure, name=self._name)
        return _Converted((), 0)


class _Conversion:
    """The hub's sound in one codec; a `Subscriber` of the hub."""

    def __init__(self, forms: AudioForms, codec: str) -> None:
        self._forms = forms
        self._codec = codec
        self._own: Track | None = None
        self._session: _Session | None = None
        self._busy = False
        self._queue = Subscription(self._convert, WhenFull.DROP_OLDEST, UNITS_LIMIT)
        self.out = StreamHub()
        """The converted track and its subscribers."""
        self.detach: Callable[[], None]

    def end(self) -> None:
        self.detach()
        self._session = None

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        own = next((track for track in tracks if not track.is_video), None)
        if own == self._own:
            return
        self._own = own
        self._queue.drain()
        track = converted_track(own, self._codec) if own is not None else None
        self._session = _Session(own, self._codec) if own is not None and track not in (None, own) else None
        if track is not None:
            self.out.came_online((track,))
        elif self.out.online:
            self.out.went_offline("the camera has no such sound")

    def offer(self, unit: AccessUnit) -> None:
        if unit.track.is_video or not self.out.online:
            return
        if self._session is None:
            self.out.publish(unit)
            return
        before = self._queue.dropped
        self._queue.offer(unit)
        self._forms.dropped += self._queue.dropped - before

    def went_offline(self, reason: str) -> None:
        self._own = self._session = None
        self._queue.drain()
        if self.out.online:
            self.out.went_offline(reason)

    def _convert(self) -> None:
        session = self._session
        if session is None or self._busy or not len(self._queue):
            return
        self._busy = True
        self._forms.convert(session, self._queue.drain()).addCallback(self._converted, session)

    def _converted(self, converted: "_Converted", session: "_Session") -> None:
        self._busy = False
        if session is self._session:  # the camera's sound is still that which was converted
            for unit in converted.units:
                self.out.publish(unit)
        self._convert()


@dataclass(frozen=True, slots=True)
class _Converted:
    """What came of one portion."""

    units: Sequence[AccessUnit]
    errors: int


class _Session:
    """The converter of one track. Sound thread only, once it is made."""

    def __init__(self, track: Track, codec: str) -> None:
        self._track = track
        self._codec = codec
        self._converter: AudioConverter | None = None

    def convert(self, units: Sequence[AccessUnit]) -> _Converted:
        if self._converter is None:
            try:
                self._converter = AudioConverter(self._track, self._codec)
            except ValueError:  # a codec that FFmpeg does not know
                return _Converted((), len(units))
        errors = self._converter.errors
        made = self._converter.convert(units)
        return _Converted(tuple(made), self._converter.errors - errors)
