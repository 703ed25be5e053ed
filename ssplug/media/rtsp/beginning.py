"""How a stream begins: what FFmpeg leaves out of it, and from where on it can be seen. No thread, no I/O."""

from collections.abc import Iterator
from typing import Any, Final

from ssplug.media.access_unit import AccessUnit

PATIENCE_SECONDS: Final = 5.0
"""How long sound waits for a picture, where the camera promised one."""


class CameraTimes:
    """Takes FFmpeg's guesses off the packets' times, and puts back the one it loses.

    RTP has presentation times only; FFmpeg guesses decoding times from the profile, and guesses wrong
    for the first packets of every stream.  Without probing its parsers forget the time of the very
    first: that packet waits for the second, which is one duration later (where the second is shown
    after B pictures, the first is shown late by as many).
    """

    def __init__(self) -> None:
        self._begun: set[int] = set()
        self._held: dict[int, Any] = {}

    def packets(self, packet: Any) -> Iterator[Any]:
        """What can be passed on, now that `packet` has come."""
        packet.dts = None
        stream = packet.stream_index
        if stream not in self._begun:
            self._begun.add(stream)
            if packet.pts is None:
                self._held[stream] = packet
                return
        if (first := self._held.pop(stream, None)) is not None:
            if packet.pts is not None:
                first.pts = packet.pts - (packet.duration or 0)
            yield first
        yield packet


class Gate:
    """Holds everything back until the first key frame; but sound goes alone where no picture comes at all."""

    def __init__(self, has_video: bool) -> None:
        self._has_pictures = False
        self._pictures_begun = False
        self._sound_begun = not has_video
        self._sound_since: float | None = None

    def admits(self, unit: AccessUnit, now: float) -> bool:
        """Whether to hand on `unit`, which came at `now` (monotonic seconds)."""
        if unit.track.is_video:
            self._has_pictures = True
            self._pictures_begun = self._pictures_begun or unit.key
            self._sound_begun = self._sound_begun or self._pictures_begun
            return self._pictures_begun
        if self._sound_since is None:
            self._sound_since = now
        if not self._has_pictures and now - self._sound_since >= PATIENCE_SECONDS:
            self._sound_begun = True
        return self._sound_begun
