"""What detectors say."""

from ssplug.model.event import Region
from ssplug.model.motion import Motion, MovingRegion

SMALL, LARGE = MovingRegion(Region(10, 20, 8, 8), 40.0), MovingRegion(Region(100, 50, 60, 30), 90.0)


def test_its_bounds_are_around_all_regions():
    assert Motion((SMALL, LARGE)).bounds == Region(10, 20, 150, 60)


def test_its_score_is_that_of_the_surest():
    assert Motion((SMALL, LARGE)).score == 90.0


def test_what_counts_depends_on_the_sensitivity():
    motion = Motion((SMALL, LARGE))
    assert motion.counting(60) == motion
    assert motion.counting(50) == Motion((LARGE,))
    assert motion.counting(5) is None


def test_it_can_be_told_in_the_pixels_of_a_larger_picture():
    scaled = Motion((SMALL,)).scaled((320, 180), (1920, 1080))
    assert scaled.bounds == Region(60, 120, 48, 48)


def test_scaled_regions_stay_inside_the_picture():
    """Sizes that do not divide evenly."""
    bounds = Motion((MovingRegion(Region(0, 0, 321, 181), 50.0),)).scaled((321, 181), (640, 360)).bounds
    assert bounds == Region(0, 0, 640, 360)
