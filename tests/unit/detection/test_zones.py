"""Where motion counts."""

import pytest

from ssplug.detection.zones import Zones
from ssplug.model.event import Region
from ssplug.model.motion import Motion, MovingRegion
from ssplug.site.types import Zone

SIZE = (1920, 1080)
DRIVE = Zone("drive", ((0, 0.5), (0.5, 0.5), (0.5, 1), (0, 1)))
WINDOW = Zone("window", ((0.7, 0.1), (0.8, 0.1), (0.8, 0.2), (0.7, 0.2)))


def names(region):
    return [zone.name for zone in Zones([DRIVE, WINDOW]).of(region, SIZE)]


@pytest.mark.parametrize(
    ("region", "where"),
    [
        (Region(200, 700, 100, 200), ["drive"]),
        (Region(200, 300, 100, 300), ["drive"]),  # stands in it, and is half in the street behind
        (Region(200, 100, 100, 300), []),
        (Region(1100, 700, 100, 200), []),
        (Region(1300, 50, 300, 300), ["window"]),  # covers it
        (Region(1400, 150, 60, 60), ["window"]),  # half of it is inside
        (Region(1919, 1079, 1, 1), []),
        (Region(0, 1079, 1, 1), ["drive"]),
    ],
)
def test_a_thing_lies_where_it_stands_or_is_mostly(region, where):
    assert names(region) == where


def test_a_zone_is_a_part_of_the_picture_whatever_its_size():
    assert [zone.name for zone in Zones([DRIVE]).of(Region(20, 120, 10, 20), (320, 180))] == ["drive"]


def test_motion_outside_of_all_zones_is_left_out():
    inside, outside = (MovingRegion(Region(x, 700, 100, 200), 80.0) for x in (200, 1100))
    assert Zones([DRIVE]).inside(Motion((inside, outside)), SIZE) == Motion((inside,))
    assert Zones([DRIVE]).inside(Motion((outside,)), SIZE) is None


def test_without_zones_motion_counts_everywhere():
    motion = Motion((MovingRegion(Region(0, 0, 9, 9), 80.0),))
    assert not Zones([])
    assert Zones([]).inside(motion, SIZE) == motion
    assert Zones([DRIVE]).inside(None, SIZE) is None


def test_a_region_of_a_picture_that_is_not_known_yet_lies_somewhere():
    """A camera's size is 0 before its first picture."""
    assert names(Region(0, 0, 0, 0)) == []
    assert Zones([DRIVE]).of(Region(0, 0, 0, 0), (0, 0)) == ()
