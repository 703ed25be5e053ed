"""Scenes for motion detectors, and the suite that says what the core expects of them. Needs pytest.

Derive from `MotionDetectorConformance` in a test module and override its fixtures `driver` and, where
there is more to set, `settings`.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from numpy.typing import NDArray
from twisted.internet.task import Clock
from zope.interface.verify import verifyObject

from ssplug.drivers import Driver
from ssplug.interfaces import IMotionDetector
from ssplug.model.motion import GREATEST_SCORE, Motion
from ssplug.testing.conformance import DriverConformance
from ssplug.testing.context import a_fake_context

Picture: TypeAlias = NDArray[np.uint8]

SIZE: Final = (320, 180)
STEP: Final = 0.2
"""Seconds between two pictures."""
SETTLED: Final = 40
"""Pictures after which a detector should know a scene."""


def a_room(size: tuple[int, int] = SIZE) -> NDArray[np.float64]:
    """Brightness of a scene with walls, edges and texture; always the same."""
    width, height = size
    chance = np.random.default_rng(7)
    coarse = chance.uniform(40, 200, (height // 20 + 1, width // 20 + 1))
    room = np.kron(coarse, np.ones((20, 20)))[:height, :width]
    textured: NDArray[np.float64] = room + chance.normal(0, 8, (height, width))
    return textured


def pictures(
    count: int, noise: float = 2.0, light: Iterable[float] = (), size: tuple[int, int] = SIZE, seed: int = 0
) -> Iterator[Picture]:
    """The room with noise of a sensor; `light` is a factor for each picture, 1 where it ends."""
    room, chance, factors = a_room(size), np.random.default_rng(seed), iter(light)
    for _ in range(count):
        seen = room * next(factors, 1.0) + chance.normal(0, noise, room.shape)
        yield np.clip(seen, 0, 255).astype(np.uint8)


def with_a_walker(scene: Iterable[Picture], x: int = 40, y: int = 60, step: int = 6) -> Iterator[Picture]:
    """Somebody of 24 x 60 pixels who walks through the scene from left to right."""
    stripes = np.tile(np.array([[30], [220], [120]], np.uint8).repeat(20, axis=0), (1, 24))
    for number, picture in enumerate(scene):
        seen = picture.copy()
        left = x + step * number
        seen[y : y + 60, left : left + 24] = stripes[:, : max(0, seen.shape[1] - left)]
        yield seen


class MotionDetectorConformance(DriverConformance):
    """What holds for a motion detector."""

    @pytest.fixture
    def settings(self) -> Mapping[str, Any]:
        """Settings to build it with."""
        return {}

    @pytest.fixture
    def detector(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> Any:
        """The detector under test."""
        Draft202012Validator(driver.schema).validate(settings)
        return driver.build(a_fake_context(Clock(), tmp_path), settings)

    def test_it_provides_the_interface(self, detector: Any) -> None:
        """Methods and arguments are those that the core uses."""
        assert verifyObject(IMotionDetector, detector)

    def test_the_first_picture_shows_no_motion(self, detector: Any) -> None:
        """There is nothing to compare it with."""
        assert detector.examine(next(pictures(1)), 0.0) is None

    def test_where_nothing_moves_there_is_no_motion(self, detector: Any) -> None:
        """But for noise."""
        assert counting(detector, pictures(3 * SETTLED)) == []

    def test_somebody_who_walks_through_is_seen(self, detector: Any) -> None:
        """In most pictures, and where they are."""
        settle(detector)
        motions = counting(detector, with_a_walker(pictures(20, seed=1)), first=SETTLED)
        assert len(motions) >= 15
        for number, motion in motions:
            bounds, left = motion.bounds, 40 + 6 * number
            assert bounds.x <= left + 24
            assert left <= bounds.x + bounds.width
            assert bounds.y < 120
            assert bounds.y + bounds.height > 60

    def test_regions_lie_inside_the_picture(self, detector: Any) -> None:
        """Also at its edge, and whatever its size."""
        size = (327, 187)
        settle(detector, size)
        for _, motion in counting(detector, with_a_walker(pictures(60, size=size, seed=1), y=125), first=SETTLED):
            for each in motion.regions:
                assert each.region.x >= 0
                assert each.region.y >= 0
                assert each.region.width > 0
                assert each.region.height > 0
                assert each.region.x + each.region.width <= size[0]
                assert each.region.y + each.region.height <= size[1]
                assert 0 <= each.score <= GREATEST_SCORE

    def test_once_it_is_still_again_motion_ends(self, detector: Any) -> None:
        """Within ten seconds."""
        settle(detector)
        counting(detector, with_a_walker(pictures(20, seed=1)), first=SETTLED)
        counting(detector, pictures(50, seed=2), first=SETTLED + 20)
        assert counting(detector, pictures(20, seed=3), first=SETTLED + 70) == []

    def test_after_a_reset_it_begins_afresh(self, detector: Any) -> None:
        """Another scene is not motion."""
        settle(detector)
        detector.reset()
        other = [255 - picture for picture in pictures(SETTLED)]
        assert counting(detector, other, first=SETTLED) == []

    def test_it_does_not_change_pictures(self, detector: Any) -> None:
        """They may be read-only."""
        for number, picture in enumerate(with_a_walker(pictures(10))):
            picture.flags.writeable = False
            detector.examine(picture, number * STEP)

    def test_pictures_may_change_their_size(self, detector: Any) -> None:
        """When the camera does; what is said then belongs to the new size."""
        settle(detector)
        detector.examine(next(pictures(1, size=(160, 90))), SETTLED * STEP)
        assert counting(detector, pictures(SETTLED, size=(160, 90)), first=SETTLED + 1) == []

    def test_what_is_masked_does_not_matter(self, detector: Any) -> None:
        """Masked pixels are 0 from the first picture on."""
        masked = [picture * np.uint8(0) for picture in with_a_walker(pictures(2 * SETTLED))]
        assert counting(detector, masked) == []


def settle(detector: Any, size: tuple[int, int] = SIZE) -> None:
    """Show the empty room until the detector knows it."""
    for number, picture in enumerate(pictures(SETTLED, size=size, seed=9)):
        detector.examine(picture, number * STEP)


def counting(
    detector: Any, scene: Iterable[Picture], first: int = 0, sensitivity: int = 50
) -> list[tuple[int, Motion]]:
    """What counts at a sensitivity, with the number of the picture; the first one is the `first` since the start."""
    seen = []
    for number, picture in enumerate(scene):
        motion = detector.examine(picture, (first + number) * STEP)
        if motion is not None and (counted := motion.counting(sensitivity)) is not None:
            seen.append((number, counted))
    return seen
