"""From a decoded picture to what moves in it, and what that is. A decoding thread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ssplug.detection.areas import Polygon, unmasked
from ssplug.detection.recognizer import Recognized, Recognizer
from ssplug.interfaces import IMotionDetector
from ssplug.media.access_unit import VIDEO_CLOCK_RATE
from ssplug.media.luma import luma
from ssplug.model.camera import Transform
from ssplug.model.motion import Motion


@dataclass(frozen=True, slots=True)
class Examined:
    """What was seen in one picture."""

    at: float
    """Media time."""
    motion: Motion | None
    size: tuple[int, int]
    """Width and height of the picture that the regions of `motion` belong to."""
    recognized: Recognized | None = None
    """What a classifier found in it; None if none was asked."""


class Examiner:
    """One camera's detector and classifier, and the pictures as they get them."""

    def __init__(
        self, detector: IMotionDetector, masks: Sequence[Polygon] = (), recognizer: Recognizer | None = None
    ) -> None:
        self._detector = detector
        self._recognizer = recognizer
        self._masks = masks
        self._looked_at: NDArray[np.uint8] | None = None
        self._transform: Transform | None = None

    def examine(self, transform: Transform, afresh: bool, frame: VideoFrame) -> Examined:
        """Look at a frame, turned by `transform`; `afresh` if it does not follow on the one before."""
        if afresh or transform is not self._transform:
            self._begin_afresh(transform)
        picture = self._masked(luma(frame, transform))
        at = (frame.pts or 0) / VIDEO_CLOCK_RATE
        motion, size = self._detector.examine(picture, at), (picture.shape[1], picture.shape[0])
        return Examined(at, motion, size, self._recognized(frame, at, motion, size))

    def _begin_afresh(self, transform: Transform) -> None:
        self._detector.reset()
        self._transform = transform
        if self._recognizer is not None:
            self._recognizer.reset()

    def _recognized(
        self, frame: VideoFrame, at: float, motion: Motion | None, size: tuple[int, int]
    ) -> Recognized | None:
        if self._recognizer is None or self._transform is None or motion is None:
            return None
        return self._recognizer.look(frame, self._transform, at, motion, size)

    def _masked(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if not self._masks:
            return picture
        if self._looked_at is None or self._looked_at.shape != picture.shape:
            self._looked_at = unmasked(self._masks, (picture.shape[1], picture.shape[0]))
        return picture * self._looked_at
