"""Listening to one camera: its sound, whatever its codec, as levels. Reactor thread."""

from collections.abc import Callable

from ssplug.detection.loudness import LoudnessMeter, LoudnessTrigger
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.audio import L16
from ssplug.streams.audio_form import AudioForms


class Listening:
    """A subscriber of a camera's sound as samples, which are decoded in the camera's sound thread."""

    def __init__(self, sound: AudioForms, level: float, loud: Callable[[], None]) -> None:
        """`loud` is called when it is at least that loud."""
        self._sound = sound
        self._level = level
        self._loud = loud
        self._leave: Callable[[], None] | None = None
        self._meter: LoudnessMeter
        self._trigger = LoudnessTrigger(level)

    def start(self) -> None:
        """Listen."""
        self._leave = self._sound.attach(L16, self)

    def stop(self) -> None:
        """Listen no longer; harmless twice."""
        if self._leave is not None:
            self._leave()
            self._leave = None

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The sound begins, perhaps with another rate."""
        (track,) = tracks
        self._meter = LoudnessMeter(track.clock_rate * track.channels)

    def offer(self, unit: AccessUnit) -> None:
        """Measure a piece."""
        for level in self._meter.levels(unit.data):
            if self._trigger.hear(unit.seconds, level):
                self._loud()

    def went_offline(self, reason: str) -> None:
        """Nothing to hear until it begins again."""
