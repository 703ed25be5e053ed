"""One camera's access units, fanned out.

`publish` appends to the GOP buffer and offers the unit to each subscriber in turn: no copying, no
waiting, no hooks.  A subscriber must return at once; one that raises is detached and logged, the
others are served.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from twisted.logger import Logger

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.gop import GOPBuffer

_log = Logger()


class Subscriber(Protocol):
    """Whoever wants a camera's access units as they come. Reactor thread."""

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """Hear that the camera came online, or that its tracks are others from here on."""

    def offer(self, unit: AccessUnit) -> None:
        """Take one unit; must return at once."""

    def went_offline(self, reason: str) -> None:
        """Hear that no unit will come until the next `tracks_changed`."""


@dataclass(slots=True)
class HubCounters:
    """What went through, for /metrics and systemInfo; never decreases."""

    units: int = 0
    pictures: int = 0
    key_frames: int = 0
    bytes: int = 0


class StreamHub:
    """Where a camera's source puts access units and everybody else takes them. Reactor thread."""

    def __init__(self, buffer: GOPBuffer | None = None) -> None:
        self.buffer = buffer if buffer is not None else GOPBuffer()
        self.tracks: tuple[Track, ...] = ()
        """Of the camera that is online; empty while it is offline."""
        self.last_video: Track | None = None
        """The video track, also after the camera went offline; None until it was online."""
        self.video_at: float | None = None
        """Monotonic seconds of the last access unit of video; None before the first ever."""
        self.counters = HubCounters()
        self._subscribers: dict[object, Subscriber] = {}

    @property
    def online(self) -> bool:
        """Whether the camera is connected and its tracks are known."""
        return bool(self.tracks)

    @property
    def video(self) -> Track | None:
        """The video track, or None."""
        return next((track for track in self.tracks if track.is_video), None)

    @property
    def audio(self) -> Track | None:
        """The audio track, or None."""
        return next((track for track in self.tracks if not track.is_video), None)

    @property
    def subscribers(self) -> int:
        """How many are attached."""
        return len(self._subscribers)

    def attach(self, subscriber: Subscriber, last_gop: bool = False) -> Callable[[], None]:
        """Offer every unit from now on to `subscriber`, first those of the last GOP if it wants them.

        Its `tracks_changed` is called at once when the camera is online. Returns what detaches it;
        it hears nothing more then, even of the news that is being told.
        """
        if self.tracks:
            subscriber.tracks_changed(self.tracks)
        if last_gop:
            for unit in self.buffer.last_gop():
                subscriber.offer(unit)
        attachment = object()
        self._subscribers[attachment] = subscriber
        return lambda: self._detach(attachment)

    def came_online(self, tracks: tuple[Track, ...]) -> None:
        """Begin, or begin anew with other tracks: what is buffered belongs to the past."""
        self.buffer.clear()
        self.tracks = tracks
        self.last_video = self.video or self.last_video
        self._tell(lambda subscriber: subscriber.tracks_changed(tracks))

    def publish(self, unit: AccessUnit) -> None:
        """Give one unit to everybody."""
        counters = self.counters
        counters.units += 1
        counters.bytes += len(unit.data)
        if unit.track.is_video:
            counters.pictures += 1
            counters.key_frames += unit.key
            self.video_at = unit.received_at
        self.buffer.append(unit)
        self._tell(lambda subscriber: subscriber.offer(unit))

    def went_offline(self, reason: str) -> None:
        """End: nothing is buffered, nothing comes until `came_online`."""
        self.buffer.clear()
        self.tracks = ()
        self._tell(lambda subscriber: subscriber.went_offline(reason))

    def _detach(self, attachment: object) -> None:
        self._subscribers.pop(attachment, None)

    def _tell(self, news: Callable[[Subscriber], None]) -> None:
        for attachment, subscriber in tuple(self._subscribers.items()):
            if attachment not in self._subscribers:  # another's reaction to the news detached it
                continue
            try:
                news(subscriber)
            except Exception:  # noqa: BLE001 - one broken consumer must not cost the others their camera
                _log.failure("a subscriber failed and was detached")
                self._detach(attachment)
