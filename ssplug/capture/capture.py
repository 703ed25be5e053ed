"""All that is captured of one camera: continuously, on motion, and as images.

Continuous capture records while mode C is armed, motion capture what triggers call for while mode M
is.  The camera's events say when that changes; nothing is asked over and over.
"""

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList

from ssplug.capture.motion import MotionCapture
from ssplug.capture.recorder import Recorder, Studio
from ssplug.capture.reel import Findings
from ssplug.capture.remade import RemadeHub
from ssplug.capture.stills import Stills, footage_keeper
from ssplug.media.video_encoder import Look
from ssplug.model.camera import CaptureMode, Transform
from ssplug.model.event import Event, EventType, FilePath
from ssplug.model.footage import FootageFile
from ssplug.site.types import CameraConfig
from ssplug.workers import Workers

STOP_SECONDS: Final = 8.0
"""How long the disk has to take what is left when the server stops."""


class Capture:
    """Records one camera. Reactor thread."""

    def __init__(
        self,
        studio: Studio,
        config: CameraConfig,
        still: Callable[[], "Deferred[bytes]"],
        is_armed: Callable[[CaptureMode], bool],
        webcam: Path,
        workers: Workers,
        look: Callable[[], Look] = Look,
    ) -> None:
        """`still` gives a JPEG of now; `webcam` is the file of the webcam image, replaced by each new one.

        `look` is what pictures are to look like now, for movies that are to have the overlay.
        """
        self._studio = studio
        self._config = config
        self._still = still
        self._is_armed = is_armed
        self._webcam_path = webcam
        self.webcam_taken: Callable[[bytes], None] = lambda _: None
        """To be set: called with every new webcam image, to upload it."""
        self.file_kept: Callable[[FootageFile], None] = lambda _: None
        """To be set: called with every file that is complete."""
        continuous, motion = config.continuous, config.motion_capture
        self._is_marked = config.overlay.is_recorded
        name, asked = f"camera {studio.camera.number}", look if self._is_marked else None
        self.remade = {
            mode: RemadeHub(studio.hub, movie.fps, workers, f"{name} {mode.value}", studio.log, asked)
            for mode, movie in ((CaptureMode.CONTINUOUS, continuous.movie), (CaptureMode.MOTION, motion.movie))
            if movie.enabled and (movie.fps is not None or self._is_marked)
        }
        """Hubs with other pictures than the camera's, of the modes that want them."""
        self.continuous = Recorder(
            self._studio_of(CaptureMode.CONTINUOUS), CaptureMode.CONTINUOUS, continuous.movie.length
        )
        motion_studio = self._studio_of(CaptureMode.MOTION)
        self.motion_movies = Recorder(motion_studio, CaptureMode.MOTION)
        self._images = self._footage_stills(CaptureMode.CONTINUOUS, continuous.images.interval)
        self._webcam = self._stills(continuous.webcam.interval, self._keep_webcam)
        motion_images = self._footage_stills(CaptureMode.MOTION, motion.images.interval)
        self._motion = MotionCapture(
            motion_studio,
            motion,
            self.motion_movies,
            motion_images,
            lambda: is_armed(CaptureMode.MOTION),
            config.motion.sensitivities,
        )
        self.stills = (self._images, self._webcam, motion_images)
        for recorder in self.recorders:
            recorder.completed_file = self._movie_kept
        self._stop_listening: Callable[[], None] = lambda: None

    @property
    def recorders(self) -> tuple[Recorder, ...]:
        """Of both modes."""
        return self.continuous, self.motion_movies

    def start(self) -> None:
        """Capture what is armed from now on."""
        self._stop_listening = self._studio.bus.listen(self._heard)
        if self._is_armed(CaptureMode.MOTION):
            self._remake(CaptureMode.MOTION)
        if self._is_armed(CaptureMode.CONTINUOUS):
            self._begin_continuous()

    def stop(self) -> "Deferred[Any]":
        """Finish every file; fires when that is done, or after STOP_SECONDS, when what is left is given up."""
        self._stop_listening()
        self._motion.stop()
        self._end_continuous()
        remaking = [hub.stop() for hub in self.remade.values()]
        finished: Deferred[Any] = DeferredList([*(recorder.stop() for recorder in self.recorders), *remaking])
        overdue = self._studio.reactor.callLater(STOP_SECONDS, _abandon, self.recorders)
        return finished.addCallback(lambda _: overdue.active() and overdue.cancel())

    def _heard(self, event: Event) -> None:
        if event.camera != self._studio.camera.number:
            return
        if event.type is EventType.ARM_C:
            self._begin_continuous()
        elif event.type is EventType.DISARM_C:
            self._end_continuous()
        elif event.type is EventType.ONLINE:
            for stills in self.stills:
                stills.came_online()
        else:
            if event.type is EventType.ARM_M:
                self._remake(CaptureMode.MOTION)
            self._motion.heard(event)
            if event.type is EventType.DISARM_M:
                self._remake_no_more(CaptureMode.MOTION)

    def _begin_continuous(self) -> None:
        config = self._config.continuous
        if config.movie.enabled:
            self._remake(CaptureMode.CONTINUOUS)
            self.continuous.start(self._studio_of(CaptureMode.CONTINUOUS).hub.buffer.last_gop())
        if config.images.enabled:
            self._images.start()
        if config.webcam.enabled:
            self._webcam.start()

    def _end_continuous(self) -> None:
        self.continuous.stop()
        self._remake_no_more(CaptureMode.CONTINUOUS)
        self._images.stop()
        self._webcam.stop()

    def _studio_of(self, mode: CaptureMode) -> Studio:
        """Where the movies of a mode are made: the camera's hub, or one with other pictures."""
        remade = self.remade.get(mode)
        if remade is None:
            return self._studio
        # Text is upright in pictures that are turned already; others are turned by whoever plays them.
        transform = Transform.NONE if self._is_marked else self._studio.transform
        return dataclasses.replace(self._studio, hub=remade.hub, transform=transform)

    def _remake(self, mode: CaptureMode) -> None:
        """Begin before anything is recorded: motion capture wants what was before its trigger."""
        if mode in self.remade:
            self.remade[mode].start()

    def _remake_no_more(self, mode: CaptureMode) -> None:
        if mode in self.remade:
            self.remade[mode].stop()

    def _footage_stills(self, mode: CaptureMode, interval: float) -> Stills:
        studio = self._studio
        return self._stills(interval, footage_keeper(studio.archive, studio.camera, mode, self._image_kept))

    def _stills(self, interval: float, keep: Callable[[bytes, float, Findings], "Deferred[Any]"]) -> Stills:
        studio = self._studio
        return Stills(interval, self._still, keep, studio.reactor, studio.wall, studio.log, lambda: studio.hub.online)

    def _image_kept(self, file: FootageFile) -> None:
        where = self._studio.archive.where(file.key)
        self._studio.bus.publish(EventType.FILE, self._studio.camera.number, FilePath(where))
        self.file_kept(file)

    def _movie_kept(self, file: FootageFile) -> None:
        self.file_kept(file)

    def _keep_webcam(self, jpeg: bytes, at: float, findings: Findings) -> "Deferred[Any]":
        replaced = self._studio.archive.call(_replace, self._webcam_path, jpeg)
        return replaced.addCallback(lambda _: self.webcam_taken(jpeg))


def _abandon(recorders: tuple[Recorder, ...]) -> None:
    for recorder in recorders:
        recorder.abandon()


def _replace(path: Path, data: bytes) -> None:
    """Whoever reads the file sees the old image or the new one, whole. A writing thread."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    try:
        new.write_bytes(data)
        new.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
