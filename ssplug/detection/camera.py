"""What one camera has to say: MOTION, MOTION_END and triggers, from whatever notices something.

Motion capture is triggered only while mode M is armed, actions only while A is.  A mode that is armed
while something is going on is triggered then.
"""

from collections.abc import Callable, Collection
from typing import Final

from ssplug.detection.examiner import Examined
from ssplug.detection.look import Look, Observer
from ssplug.detection.reasons import is_wanted, wanted_words
from ssplug.detection.trigger import MotionEpisodes, News, Said, State
from ssplug.events.bus import EventBus
from ssplug.model.camera import CaptureMode
from ssplug.model.event import EventType, Region, TriggerReason
from ssplug.model.motion import Motion
from ssplug.site.types import CameraConfig

_TRIGGERS: Final = {CaptureMode.MOTION: EventType.TRIGGER_M, CaptureMode.ACTIONS: EventType.TRIGGER_A}
_EVENTS: Final = {Said.MOTION: EventType.MOTION, Said.MOTION_END: EventType.MOTION_END}


class CameraDetection:
    """Publishes what is noticed of one camera. Reactor thread."""

    def __init__(
        self,
        config: CameraConfig,
        bus: EventBus,
        is_armed: Callable[[CaptureMode], bool],
        size: Callable[[], tuple[int, int]],
        triggered: Callable[[TriggerReason], None],
        observers: Collection[Observer] = (),
    ) -> None:
        """`size` is that of the camera's picture as people see it.

        `triggered` hears every trigger that the camera is configured for, armed or not: others may follow it.
        `observers` may come and go meanwhile.
        """
        self._number = config.identity.number
        self._sensitivity = config.motion.sensitivity
        self._observers = observers
        self._words = wanted_words(config)
        self._bus = bus
        self._is_armed = is_armed
        self._size = size
        self._triggered = triggered
        self._episodes = MotionEpisodes(config.motion.sensitivity, config.motion.trigger_time)
        self._reports = False

    def wants(self, reason: TriggerReason, origin: str = "") -> bool:
        """Whether any mode is configured to be triggered by `reason`."""
        return any(is_wanted(reason, words, origin) for words in self._words.values())

    def saw(self, examined: Examined) -> None:
        """Take what a picture showed."""
        motion = examined.motion
        if motion is not None:
            motion = motion.scaled(examined.size, self._size())
        self._say(self._episodes.see(examined.at, motion))
        if self._observers:
            self._show(examined.at, motion)

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

    def trigger(self, reason: TriggerReason, origin: str = "") -> None:
        """Trigger what is configured for `reason` and armed; `origin` is the id of the other camera, if it was one."""
        for mode, words in self._words.items():
            if is_wanted(reason, words, origin):
                self._publish(mode, reason)
        if self.wants(reason, origin):
            self._triggered(reason)

    def armed(self, mode: CaptureMode) -> None:
        """A mode has been armed: trigger it if there is still a reason."""
        for reason in self._standing():
            if is_wanted(reason, self._words[mode]):
                self._publish(mode, reason)

    def end(self) -> None:
        """The camera is gone, or the server stops: whatever was going on is over."""
        self._reports = False
        self._say(self._episodes.end())

    def _show(self, at: float, motion: Motion | None) -> None:
        counting = motion.counting(self._sensitivity) if motion is not None else None
        look = Look(at, self._size(), motion, counting)
        for observer in tuple(self._observers):
            observer(look)

    def _standing(self) -> list[TriggerReason]:
        moves = self._episodes.state is State.TRIGGERED
        reasons = {TriggerReason.MOTION: moves, TriggerReason.CAMERA: self._reports}
        return [reason for reason, holds in reasons.items() if holds]

    def _say(self, news: tuple[News, ...]) -> None:
        for each in news:
            if each.said is Said.TRIGGER:
                self.trigger(TriggerReason.MOTION)
            else:
                self._bus.publish(_EVENTS[each.said], self._number, each.region)

    def _publish(self, mode: CaptureMode, reason: TriggerReason) -> None:
        if self._is_armed(mode):
            self._bus.publish(_TRIGGERS[mode], self._number, reason)
