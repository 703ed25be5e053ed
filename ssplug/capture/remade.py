"""A camera's hub with fewer pictures a second or with text in them, for movies that are to be so.

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
from ssplug.media.remaking import Remaker
from ssplug.media.video_encoder import PLAIN, Look
from ssplug.streams.hub import StreamHub
from ssplug.streams.subscription import Subscription, WhenFull
from ssplug.workers import Workers


class RemadeHub:
    """Feeds `hub` from a camera's own. Reactor thread."""

    def __init__(
        self,
        source: StreamHub,
        fps: float | None,
        workers: Workers,
        name: str,
        log: Logger,
        look: Callable[[], Look] | None = None,
    ) -> None:
        """At most `fps` pictures a second, None for all; `name` is the camera's, for the thread.

        `look` is asked what pictures are to look like now; without it they are the camera's own.
        """
        self.hub = StreamHub(GOPBuffer(source.buffer.pre_roll))
        self._source = source
        self._fps = fps
        self._workers = workers
        self._name = name
        self._log = log
        self._look = look
        self._subscription: Subscription | None = None
        self._remaker: Remaker | None = None
        self._sound: tuple[Track, ...] = ()
        self._detach: Callable[[], None] = lambda: None
        self._worker: Any = None
        self._is_busy = False
        self._passes = False
        """Whether what the camera sends is what is wanted anyway."""
        self.dropped = 0
        """Access units that the thread was too slow for."""

    def start(self) -> None:
        """Work from now on; harmless when it does already."""
        if self._subscription is None:
            self._worker = self._worker or self._workers.worker(f"{self._name} movies")
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
        self._passes = video is not None and self._is_wanted(video)
        if self._passes:
            self.hub.came_online(tracks)
            return
        try:
            self._remaker = Remaker(video, self._fps) if video is not None else None
        except ValueError as error:
            self._log.error("the pictures of movies cannot be made: {why}", why=error)

    def _is_wanted(self, video: Track) -> bool:
        """Whether the camera's own pictures are what is wanted."""
        return self._look is None and self._fps is not None and 0 < video.frame_rate <= self._fps

    def _went_offline(self, reason: str) -> None:
        self._remaker = None
        if self._subscription is not None:
            self._subscription.drain()
        if self.hub.online:
            self.hub.went_offline(reason)

    def _ready(self) -> None:
        subscription, remaker = self._subscription, self._remaker
        if self._is_busy or subscription is None or not len(subscription):
            return
        self.dropped += subscription.dropped
        subscription.dropped = 0
        units = subscription.drain()
        pictures = [unit for unit in units if unit.track.is_video]
        for unit in units:
            if self.hub.online and (self._passes or not unit.track.is_video):
                self.hub.publish(unit)
        if pictures and remaker is not None:
            self._is_busy = True
            remade = self._worker.call(remaker.remake, pictures, PLAIN if self._look is None else self._look())
            remade.addCallback(self._publish, remaker).addErrback(self._failed).addBoth(self._go_on)

    def _publish(self, units: list[AccessUnit], remaker: Remaker) -> None:
        if remaker is not self._remaker:
            return
        for unit in units:
            if unit.track is not self.hub.video:
                self.hub.came_online((unit.track, *self._sound))
            self.hub.publish(unit)

    def _failed(self, failure: Failure) -> None:
        self._log.failure("the pictures of a movie could not be made", failure)

    def _go_on(self, _: object) -> None:
        self._is_busy = False
        self._ready()
