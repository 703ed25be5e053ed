"""What counts of what is seen."""

import pytest

from ssplug.detection.attention import HOLD_SECONDS, Attention
from ssplug.detection.shares import share_of
from ssplug.model.classification import Classification, Finding
from ssplug.model.event import Region, Scores
from ssplug.model.motion import Motion, MovingRegion
from ssplug.site.types import MotionConfig, Zone

SIZE = (1000, 1000)
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
HERE, THERE = Region(100, 100, 200, 400), Region(700, 100, 200, 400)


def motion(*regions, score=80.0):
    return Motion(tuple(MovingRegion(region, score) for region in regions))


def a_finding(kind=Classification.HUMAN, score=80.0, region=HERE):
    return Finding(kind, score, region)


def an_attention(classes=None, **config):
    zones = () if classes is None else (Zone("path", LEFT, frozenset(classes)),)
    return Attention(MotionConfig(zones=zones, **config), classifies=True)


def test_what_moves_and_is_recognized_has_a_score():
    findings = [a_finding(score=80.4), a_finding(score=30.0), a_finding(Classification.ANIMAL, 12.9)]
    assert an_attention().recognize(0.0, findings, motion(HERE), SIZE) == Scores(80, 0, 12)


def test_what_does_not_move_has_none():
    """A car that stands where nothing happens."""
    car = a_finding(Classification.VEHICLE, 95.0, THERE)
    assert an_attention().recognize(0.0, [car, a_finding()], motion(HERE), SIZE) == Scores(human=80)


def test_somebody_who_waves_an_arm_moves_and_a_car_behind_him_does_not():
    arm = Region(100, 100, 100, 100)
    findings = [a_finding(), a_finding(Classification.VEHICLE, region=HERE)]
    assert an_attention().recognize(0.0, findings, motion(arm), SIZE) == Scores(human=80)


def test_motion_that_is_too_faint_for_the_sensitivity_moves_nothing():
    assert an_attention(sensitivity=20).recognize(0.0, [a_finding()], motion(HERE, score=70), SIZE) == Scores()


def test_a_parked_car_does_not_count_though_somebody_walks_before_it():
    attention, car = an_attention(), a_finding(Classification.VEHICLE)
    seen = [attention.recognize(at / 2, [car], motion(HERE), SIZE).vehicle for at in range(6)]
    assert seen == [80, 80, 80, 0, 0, 0]


def test_without_zones_motion_counts_whatever_it_is():
    assert an_attention().counting(0.0, motion(HERE, THERE), SIZE) == motion(HERE, THERE)
    assert an_attention(sensitivity=10).counting(0.0, motion(HERE), SIZE) is None
    assert an_attention().counting(0.0, None, SIZE) is None


def test_in_a_zone_without_classes_motion_counts_whatever_it_is():
    assert an_attention(classes=()).counting(0.0, motion(HERE, THERE), SIZE) == motion(HERE)


def test_in_a_zone_with_classes_motion_counts_once_one_of_them_is_found_there():
    attention = an_attention(classes=("human",))
    assert attention.counting(0.0, motion(HERE), SIZE) is None
    attention.recognize(0.2, [a_finding(Classification.ANIMAL)], motion(HERE), SIZE)
    assert attention.counting(0.2, motion(HERE), SIZE) is None
    attention.recognize(0.4, [a_finding()], motion(HERE), SIZE)
    assert attention.counting(0.4, motion(HERE, THERE), SIZE) == motion(HERE)


def test_a_zone_with_classes_remembers_for_a_while():
    attention = an_attention(classes=("human",))
    attention.recognize(1.0, [a_finding()], motion(HERE), SIZE)
    assert attention.counting(1.0 + HOLD_SECONDS, motion(HERE), SIZE) is not None
    assert attention.counting(1.1 + HOLD_SECONDS, motion(HERE), SIZE) is None


def test_a_zone_forgets_with_the_stream():
    attention = an_attention(classes=("human",))
    attention.recognize(1.0, [a_finding()], motion(HERE), SIZE)
    attention.forget()
    assert attention.counting(1.0, motion(HERE), SIZE) is None


def test_who_is_not_sure_enough_opens_no_zone():
    attention = an_attention(classes=("human",), human_sensitivity=10)
    assert attention.recognize(0.0, [a_finding(score=80)], motion(HERE), SIZE) == Scores(human=80)
    assert attention.counting(0.0, motion(HERE), SIZE) is None


@pytest.mark.parametrize(("classes", "human"), [((), 80), (("human",), 80), (("vehicle",), 0)])
def test_what_is_found_where_it_does_not_belong_has_no_score(classes, human):
    attention = an_attention(classes=classes)
    assert attention.recognize(0.0, [a_finding()], motion(HERE), SIZE).human == human
    assert attention.recognize(0.0, [a_finding(region=THERE)], motion(THERE), SIZE).human == 0


def test_as_long_as_nobody_can_tell_a_zone_takes_anything():
    attention = an_attention(classes=("human",))
    attention.classifies = False
    assert attention.counting(0.0, motion(HERE, THERE), SIZE) == motion(HERE)


@pytest.mark.parametrize(
    ("moving", "share"),
    [
        ([], 0.0),
        ([HERE], 1.0),
        ([Region(0, 0, 1000, 1000)], 1.0),
        ([THERE], 0.0),
        ([Region(100, 100, 100, 400)], 0.5),
        ([Region(100, 100, 100, 400), Region(100, 100, 200, 200)], 0.75),
    ],
)
def test_what_overlaps_moves_once(moving, share):
    assert share_of(HERE, moving) == pytest.approx(share, abs=0.03)
