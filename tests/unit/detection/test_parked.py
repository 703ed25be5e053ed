"""Vehicles that stand still."""

from ssplug.detection.parked import FORGOTTEN_SECONDS, Parked
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import Region


def a_car(x=100, kind=Classification.VEHICLE):
    return Finding(kind, 90.0, Region(x, 100, 200, 100))


def moving(parked, *sightings):
    """Of (time, place), the times at which it moved."""
    return [at for at, x in sightings if parked.moving(at, [a_car(x)])]


def test_a_car_that_stands_is_parked_after_a_while():
    assert moving(Parked(), *[(at / 2, 100) for at in range(8)]) == [0.0, 0.5, 1.0]


def test_a_box_that_trembles_is_the_same_car():
    assert moving(Parked(), *[(at / 2, 100 + 20 * (at % 2)) for at in range(8)]) == [0.0, 0.5, 1.0]


def test_a_car_that_drives_is_not_parked():
    times = [at / 2 for at in range(8)]
    assert moving(Parked(), *[(at, 100 + 200 * at) for at in times]) == times


def test_a_car_that_creeps_along_is_not_parked():
    times = [at / 2 for at in range(20)]
    assert moving(Parked(), *[(at, 100 + 40 * at) for at in times]) == times


def test_cars_that_pass_the_same_place_one_after_the_other_are_not_parked():
    times = [3.0 * number for number in range(10)]
    assert moving(Parked(), *[(at, 100) for at in times]) == times


def test_a_parked_car_is_known_minutes_later_and_not_for_ever():
    parked = Parked()
    moving(parked, *[(at / 2, 100) for at in range(8)])
    assert moving(parked, (300.0, 100)) == []
    assert moving(parked, (301.0 + FORGOTTEN_SECONDS, 100)) == [301.0 + FORGOTTEN_SECONDS]


def test_people_who_stand_still_are_not_parked():
    parked = Parked()
    looks = [parked.moving(at / 2, [a_car(kind=Classification.HUMAN)]) for at in range(8)]
    assert all(looks)
