"""One camera's video in forms that it does not send: smaller, slower, or in H.264.

Each form is made once for all who want it, and comes out of a hub of its own, together with the
camera's sound as it is.  The camera's decoding thread decodes once for all viewers and makes
pictures of the right size; each form has a thread that encodes them.  A thread that does not keep
up passes over pictures, which are counted.

| state | what happens | next |
| --- | --- | --- |
| IDLE | somebody opens it, and the budget allows | WORKING |
| WORKING | its last lease is closed | LINGERING |
| LINGERING | somebody opens it | WORKING |
| LINGERING | LINGER seconds are over | IDLE, and forgotten |

While the camera is offline the form's hub is, too; encoding goes on when the camera is back.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from av.video.frame import VideoFrame
from twisted.internet.defer import Deferred, DeferredList, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.media.access_unit import H264, H265, MJPEG, AccessUnit, Track
from ssplug.media.video_encoder import H264Encoder, Look, Pace, Shaper, VideoForm
from ssplug.streams.encoder_budget import EncoderBudget
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import NoPictureError
from ssplug.streams.pictures import EachPicture, Pictures
from ssplug.workers import Worker, Workers, WorkerStoppedError

_log = Logger()

READY_SECONDS: Final = 5.0
"""How long somebody who opens a form waits for its first picture."""
LINGER: Final = 10.0
"""Seconds that encoding goes on for nobody, who may be back at once."""
KEY_SECONDS: Final = 1.0
"""Seconds between two key frames that viewers ask for by coming."""
WAITING_LIMIT: Final = 3
"""Portions of pictures that may wait for an encoder."""

_USUAL_SIZE: Final = (1920, 1080)


_LINES: Final = {1: 720, 2: 360}


def form_of_quality(quality: int, video: Track) -> VideoForm | None:
    """What is made of a camera's `video` for `quality` 0, 1 or 2 of HLS; None where it is played as it comes.

    0 is the camera's own, 1 has at most 720 lines, 2 at most 360; what browsers do not play becomes H.264.
    """
    lines = _LINES.get(quality)
    if lines is not None and not 0 < video.height <= lines:
        return VideoForm(height=lines)
    return None if video.codec in (H264, H265) else VideoForm()


@dataclass(slots=True)
class VideoFormCounters:
    """Of one camera; never decreases."""

    encoded: int = 0
    """Pictures that were encoded."""
    dropped: int = 0
    """Pictures that an encoder had no time for."""


class VideoForms:
    """One camera's forms. Reactor thread."""

    def __init__(
        self,
        hub: StreamHub,
        pictures: Pictures,
        workers: Workers,
        budget: EncoderBudget,
        name: str,
        reactor: Any,
        look: Callable[[], Look],
    ) -> None:
        """`name` is the camera's, for threads and logs; `look` is asked what pictures are to look like now."""
        self.hub = hub
        self.pictures = pictures
        self.name = name
        self.reactor = reactor
        self.look = look
        self.budget = budget
        self.counters = VideoFormCounters()
        self._workers = workers
        self._live: dict[VideoForm, LiveForm] = {}

    @property
    def running(self) -> int:
        """Forms that are encoded now."""
        return len(self._live)

    def open(self, form: VideoForm, rate: float = 0.0) -> "Lease":
        """Have the video made in `form` until the lease is closed; EncodersBusyError if that is too much.

        `rate` is how many pictures a second the camera sends, 0 if that is not known. Whoever opens
        it finds a key frame soon.
        """
        live = self._live.get(form)
        if live is None:
            live = LiveForm(self, form, rate)
            self._live[form] = live
        return live.lease()

    def seen_size(self) -> tuple[int, int]:
        """Width and height as people see the camera's pictures; a guess where its track does not say."""
        video = self.hub.last_video
        return self.look().seen_size(*(video.width, video.height) if video and video.width else _USUAL_SIZE)

    def stop(self) -> "Deferred[Any]":
        """Encode nothing more; fires when the threads have ended."""
        return DeferredList([live.end() for live in tuple(self._live.values())])

    def worker(self, form: VideoForm) -> Worker:
        """A thread for one form's encoder."""
        return self._workers.worker(f"{self.name} video {form.width or ''}x{form.height or ''}")

    def forget(self, form: VideoForm, worker: Worker) -> "Deferred[None]":
        """Hear that a form has ended."""
        self._live.pop(form, None)
        return self._workers.stop_worker(worker)


class Lease:
    """What keeps a form going for one who wants it. Reactor thread."""

    def __init__(self, live: "LiveForm") -> None:
        self._live = live
        self._is_open = True

    @property
    def hub(self) -> StreamHub:
        """Where the form comes out; the same for all who have it."""
        return self._live.hub

    def ready(self) -> "Deferred[None]":
        """Fires when the hub is online: what is encoded is known then, to the parameter sets.

        NoPictureError if the camera is offline, or if no picture comes for READY_SECONDS.
        """
        return self._live.ready()

    def close(self) -> None:
        """Want it no more; harmless twice."""
        if self._is_open:
            self._is_open = False
            self._live.let_go()


class LiveForm:
    """One form while it is encoded: a `pictures.Viewer`, and a `hub.Subscriber` for the sound. Reactor thread."""

    def __init__(self, forms: VideoForms, form: VideoForm, rate: float) -> None:
        """EncodersBusyError if the budget does not allow it."""
        self._cost = form.pixels_per_second(*forms.seen_size(), rate)
        forms.budget.take(self._cost)
        self._forms = forms
        self._form = form
        self._rate = min(filter(None, (form.fps, rate)), default=None)
        self._session = _Session(form, self._rate)
        self._pace = Pace(form.fps)
        self._worker = forms.worker(form)
        self._leases = 0
        self._is_over = False
        self._ending: Any = None
        self._sound: tuple[Track, ...] = ()
        self._asked: AccessUnit | None = None
        self._wants_key = False
        self._key_asked_at = float("-inf")
        self._waiting: list[Deferred[None]] = []
        self.hub = StreamHub()
        """The encoded pictures, and the camera's sound."""
        self._leave = forms.pictures.attach(self)
        self._detach = forms.hub.attach(self)
        forms.pictures.look()

    def lease(self) -> Lease:
        """Keep it going for one more."""
        self._leases += 1
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        self._ask_for_key()
        return Lease(self)

    def let_go(self) -> None:
        """One less wants it."""
        self._leases -= 1
        if self._leases == 0 and not self._is_over:
            self._ending = self._forms.reactor.callLater(LINGER, self.end)

    def ready(self) -> "Deferred[None]":
        """See `Lease.ready`."""
        if self.hub.online:
            return succeed(None)
        if not self._forms.hub.online:
            return fail(NoPictureError("the camera is offline"))
        ready: Deferred[None] = Deferred(self._waiting.remove)
        self._waiting.append(ready)
        late = self._forms.reactor.callLater(READY_SECONDS, self._give_up, ready)
        return ready.addBoth(_cancelling, late)

    def end(self) -> "Deferred[None]":
        """Encode no more; fires when the thread has ended. Once."""
        self._is_over = True
        if self._ending is not None and self._ending.active():
            self._ending.cancel()
        self._detach()
        self._leave()
        self._forms.budget.give_back(self._cost)
        self._go_offline("nobody watches any more")
        return self._forms.forget(self._form, self._worker)

    # -- pictures.Viewer ---------------------------------------------------------------------

    def wish(self, newest: AccessUnit) -> EachPicture | None:
        """For `Pictures`: every picture, in the right size."""
        if newest is self._asked:
            return None
        # JPEGs that are passed over need not be decoded; the pictures of other codecs refer to one another.
        if newest.track.codec == MJPEG and not self._pace.keeps(newest.pts):
            return None
        self._asked = newest
        return EachPicture(functools.partial(self._session.shaped, newest.pts, self._forms.look()))

    def show(self, result: Any) -> None:
        """For `Pictures`: pictures to encode, None for those that are passed over."""
        if self._asked is None:  # the camera went away meanwhile
            return
        if isinstance(result, Failure):
            self._failed(result)
            return
        for failure in [each for each in result if isinstance(each, Failure)][:1]:
            self._failed(failure)
        pictures = [each for each in result if isinstance(each, VideoFrame)]
        if pictures:
            self._encode(pictures)

    def went_offline(self, reason: str) -> None:
        """For `Pictures`, and the camera's hub."""
        self._asked = None
        self._session = _Session(self._form, self._rate)
        self._pace = Pace(self._form.fps)
        self._go_offline(reason)

    # -- hub.Subscriber ----------------------------------------------------------------------

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The camera's hub: the sound may be another."""
        self._sound = tuple(track for track in tracks if not track.is_video)
        if self.hub.video is not None:
            self.hub.came_online((self.hub.video, *self._sound))
            self._wants_key = True

    def offer(self, unit: AccessUnit) -> None:
        """The camera's hub: sound goes straight through."""
        if not unit.track.is_video and self.hub.online:
            self.hub.publish(unit)

    # ----------------------------------------------------------------------------------------

    def _encode(self, pictures: Sequence[VideoFrame]) -> None:
        if self._worker.waiting >= WAITING_LIMIT:
            self._forms.counters.dropped += len(pictures)
            return
        wants_key, self._wants_key = self._wants_key, False
        encoded = self._worker.call(self._session.encode, pictures, wants_key)
        encoded.addCallback(self._publish, self._session).addErrback(self._failed)

    def _publish(self, units: Sequence[AccessUnit], session: "_Session") -> None:
        if session is not self._session:  # the camera went away meanwhile
            return
        self._forms.counters.encoded += len(units)
        for unit in units:
            if unit.track is not self.hub.video:
                self.hub.came_online((unit.track, *self._sound))
            self.hub.publish(unit)
        if self.hub.online:
            self._tell_ready()

    def _tell_ready(self) -> None:
        waiting, self._waiting = self._waiting, []
        for ready in waiting:
            ready.callback(None)

    def _go_offline(self, reason: str) -> None:
        if self.hub.online:
            self.hub.went_offline(reason)
        waiting, self._waiting = self._waiting, []
        for ready in waiting:
            ready.errback(NoPictureError(reason))

    def _give_up(self, ready: "Deferred[None]") -> None:
        self._waiting.remove(ready)
        ready.errback(NoPictureError(f"no picture could be encoded for {READY_SECONDS:.0f} seconds"))

    def _ask_for_key(self) -> None:
        now = self._forms.reactor.seconds()
        if now - self._key_asked_at >= KEY_SECONDS:
            self._key_asked_at = now
            self._wants_key = True

    def _failed(self, failure: Failure) -> None:
        if not failure.check(WorkerStoppedError):
            _log.failure("pictures of {name} could not be encoded", failure, name=self._forms.name)


class _Session:
    """A form from when the camera is online until it goes away: shaping in one thread, encoding in another."""

    def __init__(self, form: VideoForm, rate: float | None) -> None:
        self._shaper = Shaper(form)
        self._pace = Pace(form.fps)
        self._begins: int | None = None
        self._last = -1
        self._encoder = H264Encoder(rate)

    def shaped(self, newest: int, look: Look, picture: VideoFrame) -> VideoFrame | None:
        """`picture` in this form; None if it is passed over. Decoding thread.

        What the decoder must go through to get to the picture that is `newest` (its time) when the
        first is asked for belongs to the past.
        """
        self._begins = newest if self._begins is None else self._begins
        pts = picture.pts
        if pts is None or pts <= self._last or pts < self._begins or not self._pace.keeps(pts):
            return None
        self._last = pts
        return self._shaper.shaped(picture, look)

    def encode(self, pictures: Sequence[VideoFrame], key: bool) -> list[AccessUnit]:
        """The units of `pictures`; `key` makes the first a key frame. Encoding thread."""
        units = self._encoder.encode(pictures[0], key)
        return units + [unit for picture in pictures[1:] for unit in self._encoder.encode(picture)]


def _cancelling(result: Any, timer: Any) -> Any:
    if timer.active():
        timer.cancel()
    return result
