"""What does not fit a picture's recent past.

The picture is cut into blocks of 8 x 8 pixels.  In each, the present (averaged over a quarter of a
second, against noise) is compared with the past (averaged over some seconds) after the past has been
given the light of the present: brightness and contrast that fit it best.  So a lamp that is switched, a
cloud, or a camera that adapts its exposure leaves nothing; something that came, went or moved leaves a
residue, for its structure is another.

How much residue is ordinary is learnt for each block: the 70th percentile of what it had, which goes
up by and by where leaves move or rain falls.  Blocks with more than that several times over, touching
one another, are a region; its score grows with the number of its blocks and with their residues.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from zope.interface import implementer

from ssplug.interfaces import IMotionDetector
from ssplug.model.event import Region
from ssplug.model.motion import GREATEST_SCORE, Motion, MovingRegion

Picture: TypeAlias = NDArray[np.uint8]
Plane: TypeAlias = NDArray[np.float32]
Cell: TypeAlias = tuple[int, int]
"""Row and column of a block."""

BLOCK: Final = 8
"""Pixels a side."""

_PRESENT_SECONDS: Final = 0.25
_WARM_UP_SECONDS: Final = 1.5  # in which only noise is learnt
_LONGEST_STEP: Final = 5.0  # seconds between two pictures that count; key frames may be far apart

# Brightness is 0 to 255, residues are variances of it.
_LEAST_CONTRAST: Final = 1.0
_LEAST_NOISE: Final = 0.5
_GREATEST_NOISE: Final = 2000.0
_TOLERANCE: Final = 4.0  # added to the noise: what encoders do to a picture that stands still
_LIGHT: Final = (0.5, 2.0)  # how much the contrast may have changed
_PERCENTILE: Final = 0.7
_NOISE_STEPS: Final = 4.0  # e-folds of the noise in `noise_seconds`

_RATIO: Final = 2.3  # of residue to noise, as standard deviations, from which a block counts
_WEIGHT: Final = 0.3  # of a block that just counts
_ORDINARY_MASS: Final = 5.0  # of a region with a score of 50
_SCORE_PER_DOUBLING: Final = 12.5

_OTHER_SCENE: Final = 0.35  # part of the picture above which the camera was turned, or its picture switched
_OTHER_SCENE_PAUSE: Final = 5.0  # seconds in which that is not believed again: it is somebody close by


@dataclass(frozen=True, slots=True)
class BackgroundSettings:
    """The settings of the schema beside this module."""

    memory_seconds: float = 3.0
    noise_seconds: float = 20.0


@implementer(IMotionDetector)
class BackgroundDetector:
    """Detects for one camera. Decoding thread."""

    def __init__(self, settings: BackgroundSettings) -> None:
        self._settings = settings
        self._scene: _Scene | None = None

    def examine(self, picture: Picture, at: float) -> Motion | None:
        """See `IMotionDetector`."""
        pixels = _cropped(picture)
        if self._scene is None or self._scene.past.shape != pixels.shape:
            self._scene = _Scene(pixels, at, self._settings) if pixels.size else None
            return None
        ratios = self._scene.compare(pixels, at)
        return _motion(ratios) if ratios is not None else None

    def reset(self) -> None:
        """See `IMotionDetector`."""
        self._scene = None


class _Scene:
    """What one place looks like, and how much of that is noise."""

    def __init__(self, pixels: Plane, at: float, settings: BackgroundSettings) -> None:
        self.past = pixels.copy()
        self._present = pixels.copy()
        self._noise = np.full(_block_shape(pixels), _LEAST_NOISE, np.float32)
        self._settings = settings
        self._warm_at = at + _WARM_UP_SECONDS
        self._at = at
        self._believed_at = -math.inf

    def compare(self, pixels: Plane, at: float) -> Plane | None:
        """How far each block is from its past, as a multiple of its noise; None while that cannot be said."""
        step = min(max(at - self._at, 0.001), _LONGEST_STEP)
        self._at = at
        self._present += _share(step, _PRESENT_SECONDS) * (pixels - self._present)
        residues = _residues(self._present, self.past)
        ratios: Plane = np.sqrt(residues / (self._noise + _TOLERANCE))
        self.past += _share(step, self._settings.memory_seconds) * (pixels - self.past)
        if at < self._warm_at:
            np.maximum(self._noise, residues, out=self._noise)
            return None
        self._learn_noise(residues, step)
        return None if self._is_other_scene(ratios, pixels) else ratios

    def _learn_noise(self, residues: Plane, step: float) -> None:
        """Up where there is more, down where there is less: so it stays where the percentile is."""
        directions = np.where(residues > self._noise, _PERCENTILE, _PERCENTILE - 1)
        self._noise *= np.exp(_NOISE_STEPS * step / self._settings.noise_seconds * directions)
        np.clip(self._noise, _LEAST_NOISE, _GREATEST_NOISE, out=self._noise)

    def _is_other_scene(self, ratios: Plane, pixels: Plane) -> bool:
        changed = np.count_nonzero(ratios > _RATIO) > _OTHER_SCENE * ratios.size
        if not changed or self._at - self._believed_at < _OTHER_SCENE_PAUSE:
            return False
        self._believed_at = self._at
        self.past[:], self._present[:] = pixels, pixels
        return True


def _cropped(picture: Picture) -> Plane:
    rows, columns = (side // BLOCK * BLOCK for side in picture.shape)
    return picture[:rows, :columns].astype(np.float32)


def _block_shape(pixels: Plane) -> Cell:
    return pixels.shape[0] // BLOCK, pixels.shape[1] // BLOCK


def _share(step: float, seconds: float) -> float:
    """Of a picture in an average that forgets in `seconds`."""
    return 1 - math.exp(-step / seconds)


def _means(pixels: Plane) -> Plane:
    """Of each block."""
    rows, columns = _block_shape(pixels)
    strips = pixels.reshape(rows, BLOCK, columns * BLOCK).sum(axis=1)
    means: Plane = strips.reshape(rows, columns, BLOCK).sum(axis=2) / np.float32(BLOCK * BLOCK)
    return means


def _residues(present: Plane, past: Plane) -> Plane:
    """The variance of the present around the past in the light of the present, for each block."""
    mean_present, mean_past = _means(present), _means(past)
    variance_present = _means(present * present) - mean_present * mean_present
    variance_past = _means(past * past) - mean_past * mean_past
    covariance = _means(present * past) - mean_present * mean_past
    light = np.clip(covariance / (variance_past + _LEAST_CONTRAST), *_LIGHT)
    residues = variance_present - 2 * light * covariance + light * light * variance_past
    positive: Plane = np.maximum(residues, 0)
    return positive


def _motion(ratios: Plane) -> Motion | None:
    weights = np.log2(np.maximum(ratios / _RATIO, 0.5)) + _WEIGHT
    regions = [_region(cells, weights) for cells in _clusters(ratios > _RATIO)]
    moving = tuple(region for region in regions if region.score > 0)
    return Motion(moving) if moving else None


def _region(cells: list[Cell], weights: Plane) -> MovingRegion:
    mass = sum(float(weights[cell]) for cell in cells)
    score = 50 + _SCORE_PER_DOUBLING * math.log2(mass / _ORDINARY_MASS)
    top, left = (min(cell[axis] for cell in cells) for axis in (0, 1))
    bottom, right = (max(cell[axis] for cell in cells) + 1 for axis in (0, 1))
    region = Region(left * BLOCK, top * BLOCK, (right - left) * BLOCK, (bottom - top) * BLOCK)
    return MovingRegion(region, min(max(score, 0.0), GREATEST_SCORE))


def _clusters(counts: NDArray[np.bool_]) -> Iterator[list[Cell]]:
    """The blocks that count, as groups of those that touch one another, also at a corner."""
    left = {(int(row), int(column)) for row, column in np.argwhere(counts)}
    while left:
        cluster = [left.pop()]
        for row, column in cluster:  # which grows meanwhile
            beside = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
            left -= beside
            cluster.extend(beside)
        yield cluster
