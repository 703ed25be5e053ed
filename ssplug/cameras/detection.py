"""Detection on all cameras: one watcher each, and triggers that other cameras follow.

Where a camera has a `detect_source`, motion is looked for in that; while it is offline, in the
camera's own stream.  A detector that cannot be built costs its camera the looking, a classifier that
cannot be built the telling apart, and both say so.
"""

import time
from collections.abc import Callable, Sequence
from random import random
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.logger import Logger

from ssplug.cameras.build import ERROR_DRIVER, CameraBuilder, DriverError
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.detection.camera import CameraDetection, DetectionCounters
from ssplug.detection.examiner import Examined, Examiner
from ssplug.detection.listening import Listening
from ssplug.detection.look import Observer
from ssplug.detection.recognizer import Recognizer
from ssplug.detection.sampler import Sampler
from ssplug.detection.watch import Watch
from ssplug.drivers import DriverKind
from ssplug.events.bus import EventBus
from ssplug.interfaces import ICameraEvents, ICameraSource, IClassifier, IMotionDetector
from ssplug.logs import camera_logger
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.gop import GOPBuffer
from ssplug.model.camera import CaptureMode, Transform
from ssplug.model.event import Event, EventType, Failure, TriggerReason
from ssplug.site.advice import unclassified
from ssplug.site.types import Slot
from ssplug.streams.hub import StreamHub
from ssplug.streams.pictures import Pictures
from ssplug.streams.source import Source, SourceState

DEFAULT_DETECTOR: Final = Slot("background")

_ARMED: Final = {EventType.ARM_M: CaptureMode.MOTION, EventType.ARM_A: CaptureMode.ACTIONS}
_TURNED: Final = (Transform.ROTATE_RIGHT, Transform.ROTATE_LEFT)


class Detection:
    """What notices things, for all cameras that are enabled. Reactor thread."""

    def __init__(
        self,
        roster: Roster,
        bus: EventBus,
        is_armed: Callable[[int, CaptureMode], bool],
        builder: CameraBuilder,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`monotonic` counts as the time lines of the hubs do."""
        self._roster = roster
        self._bus = bus
        self._is_armed = is_armed
        self._builder = builder
        self._monotonic = monotonic
        self._cameras: dict[int, DetectingCamera] = {}
        self._observers: dict[int, list[Observer]] = {}
        self.counters: dict[int, DetectionCounters] = {}
        """By camera number; they go on when a camera is set up anew."""
        self._stop_listening: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to look and to listen."""
        self._stop_listening = self._bus.listen(self._heard)
        for camera in self._roster:
            self.renew(camera)

    def stop(self) -> "Deferred[Any]":
        """Look no longer; every episode ends now. Fires when the detectors' own sources have let go."""
        self._stop_listening()
        return DeferredList([self.drop(number) for number in tuple(self._cameras)])

    def renew(self, camera: Camera) -> None:
        """Look at `camera` as its configuration says now; it was dropped, or is new."""
        if camera.config.enabled:
            detecting = DetectingCamera(
                camera,
                self._bus,
                self._is_armed,
                self._builder,
                self._monotonic,
                self._followed,
                self._observers.setdefault(camera.number, []),
                self.counters.setdefault(camera.number, DetectionCounters()),
            )
            self._cameras[camera.number] = detecting
            detecting.start()

    def drop(self, number: int) -> "Deferred[Any]":
        """Look at a camera no more; its episode ends now. Fires when its own sources have let go."""
        detecting = self._cameras.pop(number, None)
        return succeed(None) if detecting is None else detecting.stop()

    def trigger(self, number: int, reason: TriggerReason) -> None:
        """Trigger a camera because somebody asks for it; nothing happens where there is none of that number."""
        if number in self._cameras:
            self._cameras[number].detection.trigger(reason)

    def observe(self, number: int, observer: Observer) -> Callable[[], None]:
        """Show `observer` every look at a camera from now on, also when it is set up anew; returns what ends that.

        While somebody observes, the ladder is not waited for: there is a look every LOOK_SECONDS.
        """
        observers = self._observers.setdefault(number, [])
        observers.append(observer)

        def stop() -> None:
            if observer in observers:
                observers.remove(observer)

        return stop

    def _heard(self, event: Event) -> None:
        camera = self._cameras.get(event.camera) if event.camera is not None else None
        if camera is None:
            return
        if event.type in _ARMED:
            camera.detection.armed(_ARMED[event.type])
        elif event.type is EventType.MOTION:
            camera.note_motion()

    def _followed(self, camera: Camera, reason: TriggerReason) -> None:
        """Trigger the cameras that follow this one; those that follow them do not, or circles would never end."""
        if reason is TriggerReason.OTHER_CAMERA:
            return
        for other in tuple(self._cameras.values()):
            if other.camera is not camera:
                other.detection.trigger(TriggerReason.OTHER_CAMERA, camera.identity.id)


class DetectingCamera:
    """All that notices something in front of one camera; a subscriber of its hub. Reactor thread."""

    def __init__(
        self,
        camera: Camera,
        bus: EventBus,
        is_armed: Callable[[int, CaptureMode], bool],
        builder: CameraBuilder,
        monotonic: Callable[[], float],
        triggered: Callable[[Camera, TriggerReason], None],
        observers: Sequence[Observer],
        counters: DetectionCounters,
    ) -> None:
        self.camera = camera
        self._observers = observers
        self._bus = bus
        self._builder = builder
        self._monotonic = monotonic
        self._log = camera_logger(camera.identity)
        self._detach: Callable[[], None] = lambda: None
        self._failures: list[Failure] = []
        self.detection = CameraDetection(
            camera.config,
            bus,
            lambda mode: is_armed(camera.number, mode),
            self._size,
            lambda reason: triggered(camera, reason),
            observers,
            counters,
            self._log,
        )
        self._watch = self._made(lambda: self._watching(camera.hub, camera.views.pictures))
        self._second = self._made(self._second_source)
        self._listening = self._hearing()

    def start(self) -> None:
        """Look, listen, and take what the camera reports; say what cannot be done."""
        for failure in self._failures:
            self._bus.publish(EventType.ERROR, self.camera.number, failure)
        if self.camera.config.motion.enabled and not self.detection.attention.classifies:
            for missing in unclassified(self.camera.config):
                self._log.warn("{missing}", missing=missing)
        self._detach = self.camera.hub.attach(self)
        if self._watch is not None:
            self._watch.start()
        if self._second is not None:
            self._second.start()
        if self._listening is not None:
            self._listening.start()
        events = ICameraEvents(self.camera.driver, None)
        if events is not None:
            events.watch(self._camera_reported)

    def stop(self) -> "Deferred[Any]":
        """End all of it."""
        self._detach()
        for part in (self._watch, self._listening):
            if part is not None:
                part.stop()
        self.detection.end()
        return self._second.stop() if self._second is not None else succeed(None)

    def note_motion(self) -> None:
        """It moved just now."""
        self.camera.motion_at = self._monotonic()

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The hub's news."""

    def offer(self, unit: AccessUnit) -> None:
        """The hub's news: time passes, also while nobody looks."""
        if unit.track.is_video and not self._is_watched(unit.seconds):
            self.detection.pass_time(unit.seconds)

    def went_offline(self, reason: str) -> None:
        """The hub's news: nothing moves that nobody sees."""
        self.detection.end()

    def _is_watched(self, at: float) -> bool:
        watches = (self._watch, self._second.watch if self._second is not None else None)
        return any(watch is not None and watch.is_awake(at) for watch in watches)

    def _made(self, make: Callable[[], Any]) -> Any:
        try:
            return make() if self.camera.config.motion.enabled else None
        except DriverError as error:
            self._note(error)
            return None

    def _note(self, error: DriverError) -> None:
        """Once, though a classifier is built for each stream."""
        failure = Failure(ERROR_DRIVER, str(error))
        if failure not in self._failures:
            self._log.error("{error}", error=error)
            self._failures.append(failure)

    def _watching(self, hub: StreamHub, pictures: Pictures) -> Watch:
        config = self.camera.config.motion
        slot, identity = config.detector or DEFAULT_DETECTOR, self.camera.identity
        detector = self._builder.instance(DriverKind.MOTION_DETECTOR, slot, IMotionDetector, identity)
        examiner = Examiner(detector, config.masks, self._recognizer())
        return Watch(
            hub,
            pictures,
            examiner,
            Sampler(),
            lambda: self.camera.views.transform,
            self._saw,
            self._log,
            lambda: bool(self._observers),
        )

    def _recognizer(self) -> Recognizer | None:
        """What shows moving things to the classifier; without one, or if it cannot be built, motion is told alone."""
        slot = self.camera.config.motion.classifier
        if slot is None:
            return None
        try:
            classifier = self._builder.instance(DriverKind.CLASSIFIER, slot, IClassifier, self.camera.identity)
        except DriverError as error:
            self._note(error)
            return None
        self.detection.attention.classifies = True
        return Recognizer(classifier, self.detection.attention.may_count)

    def _second_source(self) -> "SecondSource | None":
        slot = self.camera.config.detect_source
        if slot is None:
            return None
        driver = self._builder.instance(DriverKind.CAMERA, slot, ICameraSource, self.camera.identity)
        return SecondSource(driver, self._builder, self._monotonic, self._watching, self._watch, self._log)

    def _hearing(self) -> Listening | None:
        config = self.camera.config.motion
        if not config.sound_enabled:
            return None
        return Listening(self.camera.audio, config.sound_level, lambda: self.detection.trigger(TriggerReason.AUDIO))

    def _saw(self, examined: Examined) -> None:
        self.detection.saw(examined)

    def _camera_reported(self, moving: bool, what: str) -> None:
        if not self.camera.hub.online:
            return
        now = self._monotonic()
        self._log.debug("the camera reports {what}: {moving}", what=what, moving=moving)
        if moving and self._watch is not None:
            self._watch.wake(now)
        self.detection.camera_reports(now, moving)

    def _size(self) -> tuple[int, int]:
        """Of the picture as people see it."""
        video = self.camera.video
        width, height = (video.width, video.height) if video is not None else (0, 0)
        return (height, width) if self.camera.views.transform in _TURNED else (width, height)


class SecondSource:
    """A camera's smaller stream, in which motion is looked for instead of the first. Reactor thread."""

    def __init__(
        self,
        driver: ICameraSource,
        builder: CameraBuilder,
        monotonic: Callable[[], float],
        watching: Callable[[StreamHub, Pictures], Watch],
        first: Watch | None,
        log: Logger,
    ) -> None:
        """`first` watches the camera's own stream, while this one is not online."""
        self._first = first
        self._log = log
        self._said: Failure | None = None
        hub = StreamHub(GOPBuffer())
        self._pictures = Pictures(hub, builder.workers, "detect source", builder.reactor)
        self._source = Source(driver, hub, builder.reactor, monotonic, random, log, self._changed)
        self.watch = watching(hub, self._pictures)

    def start(self) -> None:
        """Connect, and look as soon as there is something to look at."""
        self.watch.start()
        self._source.start()

    def stop(self) -> "Deferred[Any]":
        """Disconnect; fires when the driver and the decoding thread have ended."""
        self.watch.stop()
        return DeferredList([self._source.stop(), self._pictures.stop()])

    def _changed(self, state: SourceState, failure: Failure | None) -> None:
        if self._first is None:
            return
        if state is SourceState.ONLINE:
            self._log.info("looking for motion in the detect source")
            self._first.stop()
            self._said = None
        else:
            self._first.start()
            if failure is not None and failure != self._said:
                self._log.warn("detect source offline: {reason}", reason=failure.text)
            self._said = failure
