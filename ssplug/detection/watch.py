"""Watching one stream: the sampler says when, the camera's decoding thread looks, and what it saw is told.

Nothing waits for it: a picture that comes while the thread is busy is looked at with the next.
"""

import functools
from collections.abc import Callable
from typing import Any

from av.video.frame import VideoFrame
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.detection.examiner import Examined, Examiner
from ssplug.detection.sampler import LOOK_SECONDS, Sampler
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.model.camera import Transform
from ssplug.streams.hub import StreamHub
from ssplug.streams.pictures import Pictures, Use


class Watch:
    """A subscriber of a stream's hub and a viewer of its pictures. Reactor thread."""

    def __init__(
        self,
        hub: StreamHub,
        pictures: Pictures,
        examiner: Examiner,
        sampler: Sampler,
        transform: Callable[[], Transform],
        saw: Callable[[Examined], None],
        log: Logger,
        is_observed: Callable[[], bool] = lambda: False,
    ) -> None:
        """`saw` hears what each picture showed that was looked at; while it `is_observed` it is always awake."""
        self._hub = hub
        self._pictures = pictures
        self._examiner = examiner
        self._sampler = sampler
        self._transform = transform
        self._saw = saw
        self._log = log
        self._is_observed = is_observed
        self._leave: tuple[Callable[[], None], ...] = ()
        self._afresh = True
        self._scene = 0
        """Counts what interrupts a stream: a look that was begun before says nothing about what is seen after."""
        self._failed = False

    def start(self) -> None:
        """Watch; harmless twice."""
        if not self._leave:
            self._leave = (self._pictures.attach(self), self._hub.attach(self))

    def stop(self) -> None:
        """Watch no longer; harmless twice."""
        for leave in self._leave:
            leave()
        self._leave = ()
        self._begin_afresh()

    def is_awake(self, at: float) -> bool:
        """Whether every picture is decoded at media time `at`."""
        return bool(self._leave) and self._hub.online and self._sampler.is_awake(at)

    def wake(self, at: float) -> None:
        """Look at every picture from `at` on, for a while."""
        self._sampler.wake(at)

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The hub's news: another stream."""
        self._begin_afresh()

    def offer(self, unit: AccessUnit) -> None:
        """The hub's news."""
        if unit.track.is_video:
            self._sampler.note(unit)
            if self._is_observed():
                self._sampler.wake(unit.seconds, LOOK_SECONDS)
            if self._sampler.wants(unit):
                self._pictures.look()

    def went_offline(self, reason: str) -> None:
        """The hub's news, and that of `Pictures`."""
        self._begin_afresh()

    def wish(self, newest: AccessUnit) -> Use | None:
        """For `Pictures`."""
        if not self._sampler.wants(newest):
            return None
        self._sampler.look(newest)
        afresh, self._afresh = self._afresh, False
        return functools.partial(self._look, self._scene, self._transform(), afresh)

    def show(self, result: Any) -> None:
        """For `Pictures`: what `_look` returned, or the Failure it ended with."""
        if isinstance(result, Failure):
            self._say_failed(result)
            return
        scene, examined = result
        self._failed = False
        if scene == self._scene:
            self._take(examined)

    def _look(self, scene: int, transform: Transform, afresh: bool, frame: VideoFrame) -> tuple[int, Examined]:
        """In the decoding thread."""
        return scene, self._examiner.examine(transform, afresh, frame)

    def _take(self, examined: Examined) -> None:
        if examined.motion is not None:
            self._sampler.saw_motion(examined.at, examined.motion.score)
        self._saw(examined)

    def _begin_afresh(self) -> None:
        self._afresh = True
        self._scene += 1
        self._sampler.forget()

    def _say_failed(self, failure: Failure) -> None:
        """Once, for it may fail with every picture."""
        if not self._failed:
            self._log.failure("the motion detector failed", failure)
        self._failed = True
