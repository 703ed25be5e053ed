"""A camera's hub with fewer pictures a second, for movies whose frame rate the site file lowers.

A hub beside the camera's own: sound goes straight through, pictures by way of a thread that decodes
and encodes them.  It works only while it is wanted, for it costs as much as watching the camera all
the time.  When the thread does not keep up, pictures are passed over up to the next key frame, and
counted.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.gop import GOPBuffer
from ssplug.media.thinning import Thinner
from ssplug.streams.hub import StreamHub
from ssplug.streams.subscription import Subscription, WhenFull
from ssplug.workers import Workers


class ThinnedHub:
    """Feeds `hub`, of at most `fps` pictures a second, from a camera's own. Reactor thread."""

    def __init__(self, source: StreamHub, fps: float, workers: Workers, name: str, log: Logger) -> None:
        """`name` is the camera's, for the thread."""
        self.hub = StreamHub(GOPBuffer(source.buffer.pre_roll))
        self._source = source
        self._fps = fps
        self._workers = workers
        self._name = name
        self._log = log
        self._subscription: Subscription | None = None
        self._thinner: Thinner | None = None
        self._sound: tuple[Track, ...] = ()
        self._detach: Callable[[], None] = lambda: None
        self._worker: Any = None
        self._is_busy = False
        self._passes = False
        """Whether the camera sends no more pictures than are wanted anyway."""
        self.dropped = 0
        """Access units that the thread was too slow for."""

    def start(self) -> None:
        """Work from now on; harmless when it does already."""
        if self._subscription is None:
            self._worker = self._worker or self._workers.worker(f"{self._name} thinning")
            self._subscription = Subscription(
                self._ready,
                WhenFull.SKIP_TO_KEY_FRAME,
                tracks_changed=self._tracks_changed,
                went_offline=self._went_offline,
            )
            self._detach = self._source.attach(self._subscription, last_gop=True)

    def stop(self) -> "Deferred[None]":
        """Work no more; fires when the thread has ended."""
        self._detach()
        self._subscription = None
        self._went_offline("not wanted any more")
        worker, self._worker = self._worker, None
        return self._workers.stop_worker(worker) if worker is not None else succeed(None)

    def _tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        self._went_offline("the camera's tracks changed")
        video = next((track for track in tracks if track.is_video), None)
        self._sound = tuple(track for track in tracks if not track.is_video)
        self._passes = video is not None and 0 < video.frame_rate <= self._fps
        if self._passes:
            self.hub.came_online(tracks)
            return
        try:
            self._thinner = Thinner(video, self._fps) if video is not None else None
        except ValueError as error:
            self._log.error("the frame rate cannot be lowered: {why}", why=error)

    def _went_offline(self, reason: str) -> None:
        self._thinner = None
        if self._subscription is not None:
            self._subscription.drain()
        if self.hub.online:
            self.hub.went_offline(reason)

    def _ready(self) -> None:
        subscription, thinner = self._subscription, self._thinner
        if self._is_busy or subscription is None or not len(subscription):
            return
        self.dropped += subscription.dropped
        subscription.dropped = 0
        units = subscription.drain()
        pictures = [unit for unit in units if unit.track.is_video]
        for unit in units:
            if self.hub.online and (self._passes or not unit.track.is_video):
                self.hub.publish(unit)
        if pictures and thinner is not None:
            self._is_busy = True
            thinned = self._worker.call(thinner.thin, pictures)
            thinned.addCallback(self._publish, thinner).addErrback(self._failed).addBoth(self._go_on)

    def _publish(self, units: list[AccessUnit], thinner: Thinner) -> None:
        if thinner is not self._thinner or not units:
            return
        if not self.hub.online:
            self.hub.came_online((units[0].track, *self._sound))
        for unit in units:
            self.hub.publish(unit)

    def _failed(self, failure: Failure) -> None:
        self._log.failure("pictures could not be thinned", failure)

    def _go_on(self, _: object) -> None:
        self._is_busy = False
        self._ready()
