"""Picture after picture, with the sound that belongs to each."""

from collections.abc import Iterator
from typing import Final, Protocol

from ssplug.media.access_unit import AAC, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug_pattern import tone
from ssplug_pattern.encoder import Encoder
from ssplug_pattern.scene import Planes

_AUDIO: Final = Track(AAC, tone.SAMPLE_RATE, tone.audio_specific_config(), channels=1)


class Sight(Protocol):
    """What there is to see."""

    def planes(self, at: float) -> Planes:
        """The picture at `at`, seconds of the wall clock."""


class Film:
    """The access units of one attempt; media time begins at 0. One thread."""

    def __init__(self, scene: Sight, encoder: Encoder, fps: int, wall: float, sound: bool) -> None:
        """`wall` is the time of the wall clock at which media time begins."""
        self._scene = scene
        self._encoder = encoder
        self._fps = fps
        self._sound = sound
        self._pictures = 0
        self._wall_samples = round(wall * tone.SAMPLE_RATE)
        self._next_frame = tone.frame_number(wall)
        self.tracks: tuple[Track, ...] = ()
        """Known once the first picture was made."""

    @property
    def seconds(self) -> float:
        """The media time of the next picture."""
        return self._pictures / self._fps

    def units(self, wall: float) -> Iterator[AccessUnit]:
        """The next picture, as it looks at `wall`, and the sound from there to the one after it."""
        data, key = self._encoder.encode(self._scene.planes(wall), self._pictures)
        if not self.tracks:
            video = self._encoder.track(data)
            self.tracks = (video, _AUDIO) if self._sound else (video,)
        pts = self._pictures * VIDEO_CLOCK_RATE // self._fps
        yield AccessUnit(self.tracks[0], data, pts, pts, key)
        self._pictures += 1
        if self._sound:
            yield from self._sound_until(self.seconds)

    def _sound_until(self, seconds: float) -> Iterator[AccessUnit]:
        while (pts := self._next_frame * tone.FRAME - self._wall_samples) < seconds * tone.SAMPLE_RATE:
            yield AccessUnit(_AUDIO, tone.encoded(self._next_frame), pts, pts, key=True)
            self._next_frame += 1
