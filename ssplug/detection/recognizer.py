"""Showing what moves to a classifier, now and then. A camera's decoding thread."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from twisted.python.failure import Failure

from ssplug.media.rgb import RGBPictures
from ssplug.model.camera import Transform
from ssplug.model.classification import Finding
from ssplug.model.event import Region
from ssplug.model.motion import Motion

CLASSIFY_SECONDS: Final = 0.5
"""At least, between two pictures of one camera that are classified."""
LONGEST_PAUSE: Final = 2.0
"""Between two of them, however long a model takes."""
RETRY_SECONDS: Final = 60.0
"""After a classifier failed, until it is asked again."""

_LARGEST_SHARE: Final = 0.25  # of the decoding thread's time, as far as LONGEST_PAUSE allows
_ROUNDING: Final = 0.001


class Classifier(Protocol):
    """What provides IClassifier."""

    def classify(self, picture: NDArray[np.uint8], regions: tuple[Region, ...]) -> tuple[Finding, ...]:
        """See `IClassifier`."""


@dataclass(frozen=True, slots=True)
class Recognized:
    """What a classifier found in one picture."""

    findings: tuple[Finding, ...]
    size: tuple[int, int]
    """Width and height of the picture that the regions of `findings` belong to."""
    failure: Failure | None = None
    """What it ended with instead."""


class Recognizer:
    """One camera's classifier, and when it is asked. Times are media time."""

    def __init__(
        self,
        classifier: Classifier,
        relevant: Callable[[Motion, tuple[int, int]], Motion | None],
        seconds: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`relevant` says what of a motion in a picture of some size may count at all; it is called in this thread.

        `seconds` measures what the classifier takes.
        """
        self._classifier = classifier
        self._relevant = relevant
        self._seconds = seconds
        self._pictures = RGBPictures()
        self._next_at = float("-inf")

    def reset(self) -> None:
        """Begin anew: another stream, with another time."""
        self._next_at = float("-inf")

    def look(
        self, frame: VideoFrame, transform: Transform, at: float, motion: Motion, size: tuple[int, int]
    ) -> Recognized | None:
        """What is in the moving parts of a frame; None if it is not asked this time.

        `motion` is that of the frame in a picture of `size`.
        """
        if at < self._next_at - _ROUNDING:
            return None
        relevant = self._relevant(motion, size)
        if relevant is None:
            return None
        begun = self._seconds()
        recognized = self._recognized(self._pictures.picture(frame, transform), relevant, size)
        pause = min(max(CLASSIFY_SECONDS, (self._seconds() - begun) / _LARGEST_SHARE), LONGEST_PAUSE)
        self._next_at = at + (pause if recognized.failure is None else RETRY_SECONDS)
        return recognized

    def _recognized(self, picture: NDArray[np.uint8], motion: Motion, size: tuple[int, int]) -> Recognized:
        shown = (picture.shape[1], picture.shape[0])
        regions = tuple(each.region for each in motion.scaled(size, shown).regions)
        try:
            return Recognized(tuple(self._classifier.classify(picture, regions)), shown)
        except Exception:  # noqa: BLE001 - a plugin's: motion goes on without it
            return Recognized((), shown, Failure())
