"""A camera whose pictures a test makes."""

from collections.abc import Callable

import pytest
from twisted.internet.task import Clock

from ssplug.events.bus import EventBus
from ssplug.media.access_unit import AccessUnit
from ssplug.model.camera import CaptureMode
from ssplug.model.event import Event
from ssplug.model.motion import Motion
from ssplug.streams.hub import StreamHub
from ssplug.streams.pictures import Pictures
from ssplug.testing import InlineWorkers
from ssplug.testing.encoded import encoded_video

_SIZE = 20_000


class ScriptedDetector:
    """Sees what the test says, at the times that the test says."""

    def __init__(self, moves: Callable[[float], Motion | None] = lambda at: None) -> None:
        self.moves = moves
        self.times: list[float] = []
        self.sizes: list[tuple[int, ...]] = []
        self.pictures = []
        self.resets = 0

    def examine(self, picture, at):
        self.times.append(round(at, 3))
        self.sizes.append(picture.shape)
        self.pictures.append(picture)
        return self.moves(at)

    def reset(self):
        self.resets += 1


class Street:
    """A camera that is online: 10 pictures a second, all of one size, a key frame every second."""

    def __init__(self, workers=None) -> None:
        self.track, self._units = encoded_video(count=20, gop=10, frame_rate=10)
        self.hub = StreamHub()
        self.pictures = Pictures(self.hub, workers or InlineWorkers(), "camera 1", Clock())
        self.begun = 0.0
        self.hub.came_online((self.track,))

    def film(self, seconds: float) -> None:
        """Go on for so long."""
        for _ in range(round(seconds * 10)):
            number = round(self.begun * 10)
            unit = self._units[number % 20]
            ticks = number * 9000
            data = unit.data.ljust(_SIZE, b"\0")  # trailing_zero_8bits (ISO 14496-10, B.1.1)
            self.hub.publish(AccessUnit(self.track, data, ticks, ticks, unit.key, self.begun))
            self.begun = (number + 1) / 10


class Site:
    """What is heard, and what is armed."""

    def __init__(self) -> None:
        self.bus = EventBus(lambda: 0.0)
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.armed = {CaptureMode.MOTION}

    def is_armed(self, number: int, mode: CaptureMode) -> bool:
        return mode in self.armed

    def heard(self, camera: int = 0) -> list[tuple[str, object]]:
        """Names and what is said with them, but for the regions of MOTION."""
        told = [event for event in self.events if event.camera == camera]
        return [(event.type.value, event.info if "TRIGGER" in event.type else None) for event in told]


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def street():
    return Street()


def between(begin: float, end: float, motion: Motion) -> Callable[[float], Motion | None]:
    """Motion in the pictures of that time."""
    return lambda at: motion if begin - 0.001 <= at <= end + 0.001 else None
