"""The detector `background`: what is motion, and what only looks like it."""

import math

import numpy as np
import pytest

from ssplug.model.event import Region
from ssplug.testing.motion import SETTLED, STEP, counting, pictures, settle, with_a_walker
from ssplug_background.detector import BackgroundDetector, BackgroundSettings


@pytest.fixture
def detector():
    return BackgroundDetector(BackgroundSettings())


def with_a_pattern(side):
    """A chessboard that was not there before, at 160, 64."""
    picture = next(pictures(1, seed=1)).copy()
    picture[64 : 64 + side, 160 : 160 + side] = np.indices((side, side)).sum(axis=0) % 2 * 255
    return picture


def test_a_lamp_that_is_switched_is_not_motion(detector):
    settle(detector)
    assert counting(detector, pictures(60, light=[1.0] * 10 + [1.4] * 50, seed=1), first=SETTLED) == []


def test_a_flash_is_not_motion(detector):
    settle(detector)
    assert counting(detector, pictures(60, light=[1.0] * 10 + [1.25] * 3, seed=1), first=SETTLED) == []


def test_slow_light_is_not_motion(detector):
    """A cloud, or the sun that sets."""
    settle(detector)
    light = [1 + 0.3 * math.sin(number / 40) for number in range(300)]
    assert counting(detector, pictures(300, light=light, seed=1), first=SETTLED) == []


def test_somebody_who_comes_while_the_light_changes_is_seen(detector):
    settle(detector)
    scene = with_a_walker(pictures(20, light=[1 + number / 50 for number in range(20)], seed=1))
    assert len(counting(detector, scene, first=SETTLED)) >= 15


def test_strong_noise_is_not_motion_once_it_is_known(detector):
    assert counting(detector, pictures(200, noise=20.0)) == []


def test_what_moves_on_and_on_in_one_place_becomes_noise(detector):
    """Leaves, rain, a flag: at first they are motion; somebody elsewhere still is afterwards."""
    chance = np.random.default_rng(3)

    def with_leaves(scene):
        for picture in scene:
            seen = picture.copy()
            seen[:40, :80] = chance.integers(60, 200, (40, 80))
            yield seen

    settle(detector)
    assert counting(detector, with_leaves(pictures(20, seed=1)), first=SETTLED)
    counting(detector, with_leaves(pictures(200, seed=2)), first=SETTLED + 20)
    assert counting(detector, with_leaves(pictures(50, seed=3)), first=SETTLED + 220) == []
    walker = with_a_walker(with_leaves(pictures(20, seed=4)))
    motions = counting(detector, walker, first=SETTLED + 270)
    assert len(motions) >= 15
    assert all(motion.bounds.y >= 40 for _, motion in motions)


def test_two_who_are_apart_are_two_regions(detector):
    settle(detector)
    scene = with_a_walker(with_a_walker(pictures(2, seed=1), x=20), x=200)
    *_, (_, motion) = counting(detector, scene, first=SETTLED)
    assert len(motion.regions) == 2


def test_a_region_is_made_of_whole_blocks(detector):
    settle(detector)
    (_, motion), *_ = counting(detector, with_a_walker(pictures(10, seed=1)), first=SETTLED)
    bounds = motion.bounds
    assert {side % 8 for side in (bounds.x, bounds.y, bounds.width, bounds.height)} == {0}
    assert bounds.height < 100


def test_a_larger_mover_scores_higher(detector):
    settle(detector)
    scores = []
    for side in (16, 48):
        detector.reset()
        settle(detector)
        scores.append(detector.examine(with_a_pattern(side), SETTLED * STEP).score)
    assert scores[0] < scores[1]


def test_a_camera_that_is_turned_is_not_motion_but_what_moves_then_is(detector):
    """All of the picture is another at once; somebody close by fills it for longer."""
    settle(detector)
    turned = [np.roll(picture, 97, axis=1)[::-1] for picture in pictures(30, seed=1)]
    assert counting(detector, turned, first=SETTLED) == []
    shaken = [np.roll(picture, 40 * number, axis=0) for number, picture in enumerate(pictures(10, seed=2))]
    assert counting(detector, shaken, first=SETTLED + 30)


@pytest.mark.parametrize("size", [(5, 5), (8, 8), (320, 7)])
def test_a_picture_of_hardly_any_pixels_is_no_error(detector, size):
    width, height = size
    picture = np.zeros((height, width), np.uint8)
    assert [detector.examine(picture, number * STEP) for number in range(20)] == [None] * 20


def test_the_region_of_a_block_is_where_the_block_is(detector):
    settle(detector)
    assert detector.examine(with_a_pattern(16), SETTLED * STEP).bounds == Region(160, 64, 16, 16)
