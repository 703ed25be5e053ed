"""What one camera has to say: MOTION, CLASSIFY, MOTION_END and triggers, from whatever notices something.

Motion capture is triggered only while mode M is armed, actions only while A is.  A mode that is armed
while something is going on is triggered then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from twisted.logger import Logger

from ssplug.detection.attention import Attention
from ssplug.detection.examiner import Examined
from ssplug.detection.look import Look, Observer
from ssplug.detection.reasons import wanted, wanted_words
from ssplug.detection.recognizer import Recognized
from ssplug.detection.trigger import MotionEpisodes, News, Said, State
from ssplug.events.bus import EventBus
from ssplug.model.camera import CaptureMode
from ssplug.model.classification import Finding, reasons_of
from ssplug.model.event import EventType, Failure, Region, Scores, TriggerReason
from ssplug.model.kinds import KindsOfEpisode
from ssplug.site.types import CameraConfig

ERROR_CLASSIFIER: Final = 840

_TRIGGERS: Final = {CaptureMode.MOTION: EventType.TRIGGER_M, CaptureMode.ACTIONS: EventType.TRIGGER_A}
_EVENTS: Final = {Said.MOTION: EventType.MOTION, Said.MOTION_END: EventType.MOTION_END}

_log = Logger()


@dataclass(slots=True)
class DetectionCounters:
    """What was done for one camera; never decreases."""

    looks: int = 0
    """Pictures that were looked at."""
    classifications: int = 0
    """Pictures that a classifier looked at."""
    classifier_failures: int = 0
    episodes: int = 0
    """Of motion."""


class CameraDetection:
    """Publishes what is noticed of one camera. Reactor thread."""

    def __init__(
        self,
        config: CameraConfig,
        bus: EventBus,
        is_armed: Callable[[CaptureMode], bool],
        size: Callable[[], tuple[int, int]],
        triggered: Callable[[TriggerReason], None],
        observers: Sequence[Observer] = (),
        counters: DetectionCounters | None = None,
        log: Logger = _log,
    ) -> None:
        """`size` is that of the camera's picture as people see it.

        `triggered` hears every trigger that the camera is configured for, armed or not: others may follow it.
        `observers` may come and go meanwhile.
        """
        self._number = config.identity.number
        self._observers = observers
        self._words = wanted_words(config)
        self._bus = bus
        self._is_armed = is_armed
        self._size = size
        self._triggered = triggered
        self._log = log
        self._sensitivities = config.motion.sensitivities
        self._episodes = MotionEpisodes(config.motion.sensitivity, config.motion.trigger_time)
        self._kinds = KindsOfEpisode()
        self._reports = False
        self._moves = False
        """Whether MOTION was said, and MOTION_END was not."""
        self._classifier_failed = False
        self.attention = Attention(config.motion)
        """What counts of what is seen."""
        self.counters = counters or DetectionCounters()

    def wants(self, reason: TriggerReason, origin: str = "") -> bool:
        """Whether any mode is configured to be triggered by `reason`."""
        return any(wanted(reason, words, origin) for words in self._words.values())

    def saw(self, examined: Examined) -> None:
        """Take what a picture showed: MOTION comes first, then CLASSIFY, then the triggers that follow from both."""
        self.counters.looks += 1
        size, motion = self._size(), examined.motion
        if motion is not None:
            motion = motion.scaled(examined.size, size)
        findings = self._found(examined.recognized, size)
        scores = None
        if findings is not None and motion is not None:
            scores = self.attention.recognize(examined.at, findings, motion, size)
        counting = self.attention.counting(examined.at, motion, size)
        self._take(self._episodes.see(examined.at, counting), scores)
        if self._observers:
            self._show(Look(examined.at, size, motion, counting, findings))

    def pass_time(self, at: float) -> None:
        """Take note that it is `at` by now, where no picture is looked at."""
        if self._episodes.is_on:
            self._say(self._episodes.pass_time(at))

    def camera_reports(self, at: float, moving: bool) -> None:
        """Take what the camera itself noticed: it moves, or no longer does."""
        if not self.wants(TriggerReason.CAMERA):
            return
        begins = moving and not self._reports
        self._reports = moving
        self._say(self._episodes.report(at, Region(0, 0, *self._size()) if moving else None))
        if begins:
            self.trigger(TriggerReason.CAMERA)

    def trigger(self, reasons: TriggerReason, origin: str = "") -> None:
        """Trigger what is configured for any of `reasons` and armed; `origin` is the id of the other camera, if any."""
        followed = TriggerReason(0)
        for mode, words in self._words.items():
            calling = wanted(reasons, words, origin)
            self._publish(mode, calling)
            followed |= calling
        if followed:
            self._triggered(followed)

    def armed(self, mode: CaptureMode) -> None:
        """A mode has been armed: trigger it if there is still a reason."""
        self._publish(mode, wanted(self._standing(), self._words[mode]))

    def end(self) -> None:
        """The camera is gone, or the server stops: whatever was going on is over."""
        self._reports = False
        self.attention.forget()
        self._say(self._episodes.end())

    def _found(self, recognized: Recognized | None, size: tuple[int, int]) -> tuple[Finding, ...] | None:
        """What a classifier found, in pixels of the camera; None if none was asked, or it failed."""
        if recognized is None:
            return None
        self._note_failure(recognized)
        if recognized.failure is not None:
            return None
        self.counters.classifications += 1
        return tuple(finding.scaled(recognized.size, size) for finding in recognized.findings)

    def _note_failure(self, recognized: Recognized) -> None:
        """Say it once: it may fail with every picture."""
        failure, self.attention.classifies = recognized.failure, recognized.failure is None
        if failure is not None:
            self.counters.classifier_failures += 1
        if failure is not None and not self._classifier_failed:
            self._log.failure("the classifier failed: motion is told without it", failure)
            text = f"the classifier failed: {type(failure.value).__name__}: {failure.getErrorMessage()}"
            self._bus.publish(EventType.ERROR, self._number, Failure(ERROR_CLASSIFIER, text))
        self._classifier_failed = failure is not None

    def _take(self, news: tuple[News, ...], scores: Scores | None) -> None:
        self._say(tuple(each for each in news if each.said is not Said.TRIGGER))
        reasons = self._classified(scores) if scores is not None and self._moves else TriggerReason(0)
        if any(each.said is Said.TRIGGER for each in news):
            # Clients show the reason that came last: that it is known what moves must not be lost by it.
            reasons |= TriggerReason.MOTION | reasons_of(self._kinds.sure)
        self.trigger(reasons)

    def _classified(self, scores: Scores) -> TriggerReason:
        """Say what is seen, if anything is; the reasons that are new by it."""
        kinds = self._sensitivities.taken(scores)
        if kinds:
            self._bus.publish(EventType.CLASSIFY, self._number, scores)
        return reasons_of(self._kinds.see(kinds))

    def _show(self, look: Look) -> None:
        for observer in tuple(self._observers):
            observer(look)

    def _standing(self) -> TriggerReason:
        moves = TriggerReason.MOTION if self._episodes.state is State.TRIGGERED else TriggerReason(0)
        reports = TriggerReason.CAMERA if self._reports else TriggerReason(0)
        return moves | reports | reasons_of(self._kinds.sure)

    def _say(self, news: tuple[News, ...]) -> None:
        for each in news:
            begins = each.said is Said.MOTION and not self._moves
            self._moves = each.said is not Said.MOTION_END
            self.counters.episodes += begins
            if not self._moves:
                self._kinds.forget()
            self._bus.publish(_EVENTS[each.said], self._number, each.region)

    def _publish(self, mode: CaptureMode, reasons: TriggerReason) -> None:
        if reasons and self._is_armed(mode):
            self._bus.publish(_TRIGGERS[mode], self._number, reasons)
