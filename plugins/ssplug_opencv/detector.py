"""OpenCV's MOG2 as a motion detector.

Pixels that fit none of their Gaussians are cleaned of single ones and joined to regions; a region's
score grows with its part of the picture.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from zope.interface import implementer

from ssplug.interfaces import IMotionDetector
from ssplug.model.event import Region
from ssplug.model.motion import GREATEST_SCORE, Motion, MovingRegion

_FOREGROUND: Final = 255  # of MOG2's mask; 127 is a shadow
_OPENING: Final = np.ones((3, 3), np.uint8)
_JOINING: Final = np.ones((9, 9), np.uint8)

_WARM_UP_SECONDS: Final = 1.5
_ORDINARY_PART: Final = 0.003  # of the picture, for a score of 50
_SCORE_PER_DOUBLING: Final = 12.5
_OTHER_SCENE: Final = 0.35  # part of the picture above which its light or its place has changed


@dataclass(frozen=True, slots=True)
class MOG2Settings:
    """The settings of the schema beside this module."""

    history: int = 50
    threshold: float = 16.0


@implementer(IMotionDetector)
class MOG2Detector:
    """Detects for one camera. Decoding thread."""

    def __init__(self, settings: MOG2Settings) -> None:
        self._settings = settings
        self._model: Any = None
        self._size: tuple[int, ...] = ()
        self._warm_at = 0.0

    def examine(self, picture: NDArray[np.uint8], at: float) -> Motion | None:
        """See `IMotionDetector`."""
        if self._model is None or picture.shape != self._size:
            self._begin(picture, at)
        foreground = self._model.apply(picture) == _FOREGROUND
        if at < self._warm_at:
            return None
        if np.count_nonzero(foreground) > _OTHER_SCENE * foreground.size:
            self._begin(picture, at)
            return None
        return _motion(foreground.astype(np.uint8))

    def reset(self) -> None:
        """See `IMotionDetector`."""
        self._model = None

    def _begin(self, picture: NDArray[np.uint8], at: float) -> None:
        settings = self._settings
        self._model = cv2.createBackgroundSubtractorMOG2(settings.history, settings.threshold, True)
        self._size = picture.shape
        self._warm_at = at + _WARM_UP_SECONDS


def _motion(foreground: NDArray[np.uint8]) -> Motion | None:
    cleaned = cv2.morphologyEx(foreground, cv2.MORPH_OPEN, _OPENING)
    joined = cv2.morphologyEx(cleaned, cv2.MORPH_CLOSE, _JOINING)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(joined)
    regions = [_region(row, foreground.size) for row in statistics[1:].tolist()]  # the first is what does not move
    moving = tuple(region for region in regions if region.score > 0)
    return Motion(moving) if moving else None


def _region(statistics: list[int], pixels: int) -> MovingRegion:
    left, top, width, height, area = statistics
    score = 50 + _SCORE_PER_DOUBLING * math.log2(area / (pixels * _ORDINARY_PART))
    return MovingRegion(Region(left, top, width, height), min(max(score, 0.0), GREATEST_SCORE))
