"""One camera as JPEGs: stills and moving pictures.

Each picture is encoded once in each form that somebody wants just then, however many they are.  A
camera that delivers JPEG is passed through where nobody asked for another form.  Who watches while
the camera is away sees a picture that says so; a still is of the camera or there is none.
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from av.video.frame import VideoFrame
from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.media.access_unit import AccessUnit
from ssplug.media.caption import Caption
from ssplug.media.no_signal import USUAL_SIZE
from ssplug.media.picture import DEFAULT_QUALITY, JPEGEncoder, JPEGForm
from ssplug.media.video_encoder import PLAIN, Look
from ssplug.model.camera import AS_THEY_ARE, Transform
from ssplug.streams.hub import StreamHub
from ssplug.streams.no_signal import NoSignalJPEGs
from ssplug.streams.pictures import Pictures, Use
from ssplug.workers import Workers

__all__ = ["DEFAULT_QUALITY", "JPEGForm", "JPEGViews", "NoPictureError"]

_log = Logger()

STILL_SECONDS: Final = 5.0
"""How long a still waits for a picture that can be decoded."""

_FORMS_KEPT: Final = 16
_JITTER: Final = 0.01  # seconds by which pictures of an even pace may arrive too early


class NoPictureError(Exception):
    """There is no picture of the camera; the reason is for people."""


class JPEGViews:
    """One camera's JPEGs. Reactor thread."""

    def __init__(
        self,
        hub: StreamHub,
        workers: Workers,
        name: str,
        reactor: Any,
        monotonic: Callable[[], float],
        transform: Transform = Transform.NONE,
    ) -> None:
        """`name` is the camera's, for threads and logs."""
        self._hub = hub
        self._name = name
        self._reactor = reactor
        self._monotonic = monotonic
        self._pictures = Pictures(hub, workers, name, reactor)
        self._encoders = _Encoders()
        self._leave: Callable[[], None] | None = None
        self._watchers: list[_Watcher] = []
        self._stills: dict[JPEGForm, list[Deferred[bytes]]] = {}
        self._asked: AccessUnit | None = None
        self._newest: AccessUnit | None = None
        self._jpegs: dict[JPEGForm, bytes] = {}
        self.transform = transform
        """May be set at any time; holds from the next picture on."""
        self.levels = AS_THEY_ARE
        """The same."""
        self.caption: Callable[[], Caption | None] = lambda: None
        """To be set: asked for the text in the next picture."""
        self.title: Callable[[], str] = lambda: name
        """To be set: asked what people call the camera."""
        self._absence = NoSignalJPEGs(workers, reactor, name, self._absent_forms, self._show_absence)
        self.encoded = 0
        """JPEGs that were made."""

    @property
    def pictures(self) -> Pictures:
        """The camera's decoder, for other viewers: there is one for all."""
        return self._pictures

    @property
    def decoded(self) -> int:
        """Pictures that were decoded."""
        return self._pictures.counters.decoded

    @property
    def dropped(self) -> int:
        """Access units that were passed over, because a key frame came before they could be decoded."""
        return self._pictures.counters.dropped

    @property
    def watchers(self) -> int:
        """How many watch."""
        return len(self._watchers)

    def still(self, form: JPEGForm) -> "Deferred[bytes]":
        """The newest picture; NoPictureError while the camera is offline, or if none comes for STILL_SECONDS."""
        if not self._hub.online:
            return fail(NoPictureError("the camera is offline"))
        waiting: Deferred[bytes] = Deferred(lambda given_up: self._forget_still(form, given_up))
        self._stills.setdefault(form, []).append(waiting)
        timer = self._reactor.callLater(STILL_SECONDS, self._end_still, form, waiting)
        waiting.addBoth(_cancelling, timer)
        self._join()
        self._pictures.look()
        return waiting

    def watch(self, form: JPEGForm, fps: float | None, deliver: Callable[[bytes], None]) -> Callable[[], None]:
        """Call `deliver` with the newest picture whenever there is another, at most `fps` times a second.

        Never before this returns. A viewer that is not ready keeps the last that it was given, and
        loses nothing by forgetting those before. While the camera is offline it is a picture that says
        so. Returns what ends it.
        """
        watcher = _Watcher(form, fps, deliver)
        self._watchers.append(watcher)
        self._join()
        self._reactor.callLater(0, self._begin_to_show)

        def stop() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)
                self._leave_if_unwanted()

        return stop

    def look(self) -> Look:
        """What the next picture is to look like."""
        return Look(self.transform, self.caption(), self.levels)

    def forget(self) -> None:
        """Show nothing that was made before: what pictures are to look like has changed."""
        self._newest = self._asked = None
        self._jpegs = {}

    def stop(self) -> "Deferred[None]":
        """Deliver nothing more; fires when the decoding thread has ended."""
        self._watchers.clear()
        self._absence.end()
        self._fail_stills("the server is stopping")
        return self._pictures.stop()

    def wish(self, newest: AccessUnit) -> Use | None:
        """For `Pictures`: encode the newest picture in every form that is due and not yet made."""
        if newest is not self._newest:
            self._newest = newest
            self._jpegs = {}
            self._absence.end()
        forms = self._forms_due(newest)
        look = self.look()
        as_it_is = [form for form in forms if look == PLAIN and form.is_met_by(newest.track)]
        passed = dict.fromkeys(as_it_is, newest.data)
        ready = passed | {form: self._jpegs[form] for form in forms if form in self._jpegs}
        self._hand_out(newest, ready)
        missing = [form for form in forms if form not in ready]
        if not missing:
            return None
        self._asked = newest
        return functools.partial(self._encoders.encode, missing, look)

    def show(self, result: Any) -> None:
        """For `Pictures`: JPEGs by form."""
        if isinstance(result, Failure):
            _log.failure("no JPEG of {name} could be made", result, name=self._name)
            return
        self.encoded += len(result)
        if self._asked is not None:
            if self._asked is self._newest:
                self._keep(result)
            self._hand_out(self._asked, result)

    def went_offline(self, reason: str) -> None:
        """For `Pictures`."""
        self._newest = None
        self._jpegs = {}
        self._fail_stills(reason)
        self._begin_absence()

    def _begin_to_show(self) -> None:
        if self._hub.online:
            self._pictures.look()
        else:
            self._begin_absence()

    def _begin_absence(self) -> None:
        if self._watchers:
            self._absence.begin(self.title())

    def _absent_forms(self) -> dict[JPEGForm, tuple[int, int]]:
        """What those who watch want, in what size."""
        video = self._hub.last_video
        size = Look(self.transform).seen_size(video.width, video.height) if video and video.width else USUAL_SIZE
        return {watcher.form: watcher.form.size(*size) for watcher in self._watchers}

    def _show_absence(self, jpegs: Mapping[JPEGForm, bytes]) -> None:
        for watcher in tuple(self._watchers):
            if watcher.form in jpegs:
                self._deliver(watcher, jpegs[watcher.form])

    def _forms_due(self, newest: AccessUnit) -> dict[JPEGForm, None]:
        """In order and each once."""
        now = self._monotonic()
        due = [watcher.form for watcher in self._watchers if watcher.is_due(newest, now)]
        return dict.fromkeys([*self._stills, *due])

    def _hand_out(self, unit: AccessUnit, jpegs: Mapping[JPEGForm, bytes]) -> None:
        now = self._monotonic()
        for form, jpeg in jpegs.items():
            for waiting in self._stills.pop(form, ()):
                waiting.callback(jpeg)
        for watcher in tuple(self._watchers):
            if watcher.form in jpegs and watcher.is_due(unit, now):
                self._show_to(watcher, unit, jpegs[watcher.form], now)
        self._leave_if_unwanted()

    def _show_to(self, watcher: "_Watcher", unit: AccessUnit, jpeg: bytes, now: float) -> None:
        watcher.note(unit, now)
        self._deliver(watcher, jpeg)

    def _deliver(self, watcher: "_Watcher", jpeg: bytes) -> None:
        try:
            watcher.deliver(jpeg)
        except Exception:  # noqa: BLE001 - one broken viewer must not cost the others their pictures
            _log.failure("a viewer of {name} failed and is shown nothing more", name=self._name)
            if watcher in self._watchers:
                self._watchers.remove(watcher)

    def _keep(self, jpegs: Mapping[JPEGForm, bytes]) -> None:
        """For whoever else asks before there is another picture."""
        self._jpegs.update(jpegs)
        for form in list(self._jpegs)[:-_FORMS_KEPT]:
            del self._jpegs[form]

    def _join(self) -> None:
        if self._leave is None:
            self._leave = self._pictures.attach(self)

    def _leave_if_unwanted(self) -> None:
        if self._leave is not None and not self._watchers and not self._stills:
            self._leave()
            self._leave = None
        if not self._watchers:
            self._absence.end()

    def _end_still(self, form: JPEGForm, waiting: "Deferred[bytes]") -> None:
        self._forget_still(form, waiting)
        waiting.errback(NoPictureError(f"no picture could be decoded for {STILL_SECONDS:.0f} seconds"))

    def _forget_still(self, form: JPEGForm, waiting: "Deferred[bytes]") -> None:
        stills = self._stills.get(form, [])
        if waiting in stills:
            stills.remove(waiting)
        if not stills:
            self._stills.pop(form, None)
        self._leave_if_unwanted()

    def _fail_stills(self, reason: str) -> None:
        stills, self._stills = self._stills, {}
        for waiting in [each for deferreds in stills.values() for each in deferreds]:
            waiting.errback(NoPictureError(reason))
        self._leave_if_unwanted()


class _Watcher:
    """Somebody who watches, and when the next picture is due."""

    def __init__(self, form: JPEGForm, fps: float | None, deliver: Callable[[bytes], None]) -> None:
        self.form = form
        self.deliver = deliver
        self._period = 1 / fps if fps else 0.0
        self._next = float("-inf")
        self._shown: AccessUnit | None = None

    def is_due(self, unit: AccessUnit, now: float) -> bool:
        return unit is not self._shown and now >= self._next - min(_JITTER, self._period / 4)

    def note(self, unit: AccessUnit, now: float) -> None:
        self._shown = unit
        on_time = self._next + self._period > now
        self._next = (self._next if on_time else now) + self._period


class _Encoders:
    """The encoders of the forms that were wanted last. Decoding thread only."""

    def __init__(self) -> None:
        self._kept: dict[tuple[JPEGForm, Transform], JPEGEncoder] = {}

    def encode(self, forms: Iterable[JPEGForm], look: Look, frame: VideoFrame) -> dict[JPEGForm, bytes]:
        return {form: self._encoder(form, look.transform).encode(frame, look.caption, look.levels) for form in forms}

    def _encoder(self, form: JPEGForm, transform: Transform) -> JPEGEncoder:
        """The one of this form, as the youngest; the oldest makes way."""
        encoder = self._kept.pop((form, transform), None) or JPEGEncoder(form, transform)
        self._kept[form, transform] = encoder
        if len(self._kept) > _FORMS_KEPT:
            del self._kept[next(iter(self._kept))]
        return encoder


def _cancelling(result: Any, timer: Any) -> Any:
    if timer.active():
        timer.cancel()
    return result
