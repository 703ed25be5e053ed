"""Vehicles that stand still."""

from ssplug.detection.parked import GONE_LOOKS, PARKED_LOOKS, Parked
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import Region

NOTHING_MOVES = ()
SOMEBODY_PASSES = (Region(100, 50, 100, 200),)


def a_car(x=100, kind=Classification.VEHICLE):
    return Finding(kind, 90.0, Region(x, 100, 200, 100))


def driving(parked, *places, moving=SOMEBODY_PASSES):
    """Of a look at each of these places, whether the car there drove; None is a look without a car."""
    return [bool(parked.driving([a_car(x)] if x is not None else [], moving)) for x in places]


def test_a_car_that_stands_is_parked_after_some_looks():
    assert driving(Parked(), *[100] * 6) == [True, True, True, False, False, False]


def test_a_box_that_trembles_is_the_same_car():
    assert driving(Parked(), 100, 120, 100, 120) == [True, True, True, False]


def test_a_car_that_drives_or_creeps_along_is_not_parked():
    assert all(driving(Parked(), *range(0, 2000, 200)))
    assert all(driving(Parked(), *range(0, 1000, 40)))


def test_cars_that_pass_the_same_place_one_after_the_other_are_not_parked():
    assert driving(Parked(), *[100, 500, None] * 5) == [True, True, False] * 5


def test_a_parked_car_is_still_there_when_nobody_looked_for_it():
    """A classifier is shown what moves; elsewhere it finds nothing, whatever there is."""
    parked = Parked()
    driving(parked, *[100] * PARKED_LOOKS)
    driving(parked, *[None] * 100, moving=NOTHING_MOVES)
    assert driving(parked, 100) == [False]


def test_a_parked_car_is_hidden_for_a_moment():
    parked = Parked()
    driving(parked, *[100] * PARKED_LOOKS)
    assert driving(parked, *[None] * (GONE_LOOKS - 1), 100)[-1] is False


def test_a_car_that_has_left_is_no_longer_parked():
    parked = Parked()
    driving(parked, *[100] * PARKED_LOOKS)
    driving(parked, *[None] * GONE_LOOKS)
    assert driving(parked, 100) == [True]


def test_people_who_stand_still_are_not_parked():
    parked = Parked()
    assert all(parked.driving([a_car(kind=Classification.HUMAN)], NOTHING_MOVES) for _ in range(8))
