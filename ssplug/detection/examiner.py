"""From a decoded picture to what moves in it. A decoding thread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ssplug.detection.areas import Polygon, unmasked
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


class Examiner:
    """One camera's detector, and the pictures as it gets them."""

    def __init__(self, detector: IMotionDetector, masks: Sequence[Polygon] = ()) -> None:
        self._detector = detector
        self._masks = masks
        self._looked_at: NDArray[np.uint8] | None = None
        self._transform: Transform | None = None

    def examine(self, transform: Transform, afresh: bool, frame: VideoFrame) -> Examined:
        """Look at a frame, turned by `transform`; `afresh` if it does not follow on the one before."""
        if afresh or transform is not self._transform:
            self._detector.reset()
            self._transform = transform
        picture = self._masked(luma(frame, transform))
        at = (frame.pts or 0) / VIDEO_CLOCK_RATE
        return Examined(at, self._detector.examine(picture, at), (picture.shape[1], picture.shape[0]))

    def _masked(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if not self._masks:
            return picture
        if self._looked_at is None or self._looked_at.shape != picture.shape:
            self._looked_at = unmasked(self._masks, (picture.shape[1], picture.shape[0]))
        return picture * self._looked_at
