"""Motion capture: a movie, and images, of every episode while mode M is armed."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from ssplug.capture.episode import Episode
from ssplug.capture.recorder import Recorder, Studio
from ssplug.capture.reel import NO_FINDINGS, Findings
from ssplug.capture.stills import Stills
from ssplug.model.classification import Classification, Sensitivities, classes_of
from ssplug.model.event import Event, EventType, Scores, TriggerReason
from ssplug.model.kinds import KindsOfEpisode
from ssplug.site.types import MotionCaptureConfig


def findings_of(reason: TriggerReason, so_far: Findings = NO_FINDINGS) -> Findings:
    """What is known of an episode after one more trigger."""
    classes = classes_of(kind for kind in Classification if reason & kind.reason)
    return Findings(so_far.triggers | reason, so_far.classes | classes)


class MotionCapture:
    """Hears the events of one camera and records what they call for. Reactor thread."""

    def __init__(
        self,
        studio: Studio,
        config: MotionCaptureConfig,
        recorder: Recorder,
        stills: Stills,
        is_armed: Callable[[], bool],
        sensitivities: Sensitivities,
    ) -> None:
        """`sensitivities` say which scores of CLASSIFY are enough for the label of what is recorded."""
        self._sensitivities = sensitivities
        self._kinds = KindsOfEpisode()
        """What the motion that is on has shown."""
        self._studio = studio
        self._config = config
        self._recorder = recorder
        self._stills = stills
        self._is_armed = is_armed
        self._findings = NO_FINDINGS
        self._recorded_until = float("-inf")
        movie, images = config.movie, config.images
        # Each with an end of its own: images usually stop long before the movie does.
        self._lines = [
            _Line(studio, Episode(movie.post_capture), movie.enabled, self._begin_movie, self._end_movie),
            _Line(studio, Episode(images.post_capture), images.enabled, stills.start, stills.stop),
        ]

    def heard(self, event: Event) -> None:
        """React to an event of this camera."""
        if event.type is EventType.TRIGGER_M and isinstance(event.info, TriggerReason):
            self._triggered(event.info)
        elif event.type is EventType.CLASSIFY and isinstance(event.info, Scores):
            self._classified(event.info)
        elif event.type is EventType.MOTION:
            self._each(_Line.motion)
        elif event.type is EventType.MOTION_END:
            self._kinds.forget()
            self._each(_Line.motion_end)
        elif event.type in (EventType.DISARM_M, EventType.OFFLINE):
            self._each(_Line.stop)

    def stop(self) -> None:
        """End what is being recorded."""
        self._each(_Line.stop)

    def _triggered(self, reason: TriggerReason) -> None:
        if not self._is_armed():
            return
        so_far = self._findings if self._is_on else NO_FINDINGS
        self._findings = findings_of(reason, self._with_kinds(so_far))
        self._stills.note(self._findings)
        for line in self._lines:
            line.trigger(reason)
        self._recorder.note(self._findings)

    def _classified(self, scores: Scores) -> None:
        """What triggered was motion, and now it is known what moves; or it will be, when it triggers."""
        self._kinds.see(self._sensitivities.taken(scores))
        if self._is_on:
            self._findings = self._with_kinds(self._findings)
            self._stills.note(self._findings)
            self._recorder.note(self._findings)

    def _with_kinds(self, findings: Findings) -> Findings:
        return Findings(findings.triggers, findings.classes | classes_of(self._kinds.sure))

    @property
    def _is_on(self) -> bool:
        return any(line.is_on for line in self._lines)

    def _begin_movie(self) -> None:
        # What the movie before shows already is not shown again, but for the rest of a GOP.
        since = max(self._studio.monotonic() - self._config.movie.pre_capture, self._recorded_until)
        self._recorder.start(self._studio.hub.buffer.since(since), self._findings)

    def _end_movie(self) -> "Deferred[None]":
        self._recorded_until = self._studio.monotonic()
        return self._recorder.stop()

    def _each(self, news: Callable[["_Line"], object]) -> None:
        for line in self._lines:
            news(line)


class _Line:
    """An episode that begins and ends something. Reactor thread."""

    def __init__(
        self,
        studio: Studio,
        episode: Episode,
        is_enabled: bool,
        begin: Callable[[], object],
        end: Callable[[], object],
    ) -> None:
        self._studio = studio
        self._episode = episode
        self._is_enabled = is_enabled
        self._begin = begin
        self._end = end
        self._timer: Any = None

    @property
    def is_on(self) -> bool:
        """Whether there is an episode."""
        return self._episode.is_on

    def trigger(self, reason: TriggerReason) -> None:
        """Begin, or go on for longer."""
        if self._is_enabled and self._episode.trigger(reason, self._studio.monotonic()):
            self._begin()
        self._wait()

    def motion(self) -> None:
        """Go on until the motion ends."""
        self._episode.motion()
        self._wait()

    def motion_end(self) -> None:
        """Go on for a while."""
        self._episode.motion_end(self._studio.monotonic())
        self._wait()

    def stop(self) -> None:
        """End now."""
        if self._episode.stop():
            self._end()
        self._wait()

    def _wait(self) -> None:
        """See to it that the end is noticed, and nothing else waits."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        until = self._episode.until
        if until is not None:
            self._timer = self._studio.reactor.callLater(max(until - self._studio.monotonic(), 0.0), self._look)

    def _look(self) -> None:
        if self._episode.pass_time(self._studio.monotonic()):
            self._end()
        else:
            self._wait()
