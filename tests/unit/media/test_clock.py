"""Broken timestamps, and what becomes of them."""

import dataclasses
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media.access_unit import VIDEO_CLOCK_RATE
from ssplug.media.clock import FAR, TimeLine
from ssplug.testing import a_video_track, an_access_unit, an_audio_track

ARRIVAL = 5000.0
PICTURE = 1 / 25
VIDEO = a_video_track()
SOUND = an_audio_track()


def placed(*units, time_line=None):
    """The units, given as (seconds of the camera, arrival[, track]), on the hub's time line."""
    time_line = time_line or TimeLine()
    return [
        time_line.place(an_access_unit(seconds, track=track[0] if track else VIDEO), arrival)
        for seconds, arrival, *track in units
    ]


def pictures(count, begin=0.0, arrival=ARRIVAL, pace=PICTURE):
    """A camera that counts evenly from `begin`; its pictures arrive every `pace` seconds."""
    return [(begin + number * PICTURE, arrival + number * pace) for number in range(count)]


def a_unit(pts, dts):
    return dataclasses.replace(an_access_unit(), pts=pts, dts=dts)


def distances(units):
    return [after.dts - before.dts for before, after in itertools.pairwise(units)]


def leads(units):
    """By how many seconds each unit is placed after its arrival."""
    return [unit.dts / unit.track.clock_rate - unit.received_at for unit in units]


def test_the_first_unit_is_placed_at_its_arrival():
    (unit,) = placed((123.0, ARRIVAL))
    assert (unit.seconds, unit.received_at) == (ARRIVAL, ARRIVAL)


def test_distances_are_those_of_the_camera_whatever_the_network_does():
    chance = random.Random(1)
    late = [(at, arrival + chance.random() * 0.2) for at, arrival in pictures(2000)]
    assert set(distances(placed(*late))) == {3600}


def test_the_distance_of_pts_and_dts_is_kept():
    """B pictures are shown later than they are decoded."""
    time_line = TimeLine()
    unit = time_line.place(a_unit(pts=97_200, dts=90_000), ARRIVAL)
    assert unit.pts - unit.dts == 7200


@pytest.mark.parametrize("pts", [-90_000, 0, 89_999, 90_000 * 100])
def test_a_presentation_time_that_makes_no_sense_becomes_the_decoding_time(pts):
    unit = TimeLine().place(a_unit(pts=pts, dts=90_000), ARRIVAL)
    assert unit.pts == unit.dts


def test_tracks_of_one_origin_stay_in_step():
    """Sound of 0.5 s is heard with the picture of 0.5 s, however late it arrives."""
    picture, sound = placed((10.0, ARRIVAL), (10.5, ARRIVAL + 0.9, SOUND))
    assert sound.seconds - picture.seconds == 0.5


def test_tracks_of_unrelated_origins_are_each_placed_at_their_arrival():
    picture, sound = placed((1e9, ARRIVAL), (0.0, ARRIVAL + 0.3, SOUND))
    assert (picture.seconds, sound.seconds) == pytest.approx((ARRIVAL, ARRIVAL + 0.3), abs=1e-4)


@pytest.mark.parametrize("jump", [3.0, -3.0, 1e5, -1e5])
def test_a_clock_that_jumps_goes_on_at_arrival(jump):
    units = placed(*pictures(10, 2e5), *pictures(10, 2e5 + jump, ARRIVAL + 0.4))
    assert set(distances(units)) <= {3599, 3600, 3601}


@pytest.mark.parametrize("jump", [3.0, -3.0, 1e5, -1e5])
def test_tracks_that_jump_together_stay_in_step(jump):
    """The second to jump joins the first, rather than its own arrival."""
    units = placed(
        (2e5, ARRIVAL),
        (2e5, ARRIVAL + 0.1, SOUND),
        (2e5 + 1 + jump, ARRIVAL + 1),
        (2e5 + 1 + jump, ARRIVAL + 1.1, SOUND),
    )
    assert units[3].seconds == pytest.approx(units[2].seconds, abs=1e-4)


def test_one_wrong_timestamp_leaves_the_others_where_they_were():
    """A zero in the middle."""
    good = pictures(20, 1e4)
    units = placed(*good[:10], (0.0, good[10][1]), *good[11:])
    assert set(distances(units)) <= {3599, 3600, 3601}
    assert set(distances(units[:10] + units[11:])) == {3600, 7200}


def test_a_wrap_at_32_bits_goes_on_to_the_tick():
    time_line = TimeLine()
    ticks = [(1 << 32) - 5000 + number * 3600 for number in range(4)]
    units = [
        time_line.place(a_unit(tick % (1 << 32), tick % (1 << 32)), ARRIVAL + number * 0.2)
        for number, tick in enumerate(ticks)
    ]
    assert distances(units) == [3600] * 3


def test_a_wrap_is_noticed_each_time():
    time_line = TimeLine()
    step = 1 << 20
    units = [
        time_line.place(a_unit(tick % (1 << 32), tick % (1 << 32)), tick / VIDEO_CLOCK_RATE)
        for tick in range(0, 3 << 32, step)
    ]
    assert set(distances(units)) == {step}


def test_a_clock_that_stands_still_is_replaced_by_arrival():
    units = placed(*[(0.0, arrival) for _, arrival in pictures(100)])
    assert leads(units)[5:] == pytest.approx([0.0] * 95, abs=0.001)


def test_two_units_of_one_time_follow_each_other():
    """Such as the fields of an interlaced picture: the second is as close behind as can be."""
    fields = [(at, arrival) for at, arrival in pictures(5) for _ in range(2)]
    assert distances(placed(*fields)) == [1, 3599] * 4 + [1]


def test_units_that_come_late_all_at_once_keep_their_distances():
    """A network that hangs for seven seconds and then delivers everything."""
    before, held, after = pictures(25), pictures(175, 1.0, ARRIVAL + 8.0, pace=0.0), pictures(25, 8.0, ARRIVAL + 8.0)
    assert set(distances(placed(*before, *held, *after))) == {3600}


def test_a_burst_at_the_start_is_brought_back_slowly():
    """Cameras send what they have buffered first; half a minute later time is nearer to arrival, nobody saw why."""
    burst, live = pictures(50, pace=0.0), pictures(2000, 2.0)
    units = placed(*burst, *live)
    assert leads(units)[50] == pytest.approx(2.0, abs=0.01)
    assert leads(units)[-1] < 1.7
    assert min(distances(units)) > 3600 * 0.99


@pytest.mark.parametrize("drift", [0.999, 1.001])
def test_a_clock_that_drifts_neither_jitters_nor_gets_away(drift):
    """A tenth of a per cent is much: in two hours it would be seven seconds."""
    units = placed(*[(at * 10, ARRIVAL + at * 10 * drift) for at, _ in pictures(2 * 3600 * 25 // 10)])
    assert max(map(abs, leads(units))) < 1.5
    assert max(distances(units)) - min(distances(units)) <= 36_000 * 0.003


def test_a_track_whose_clock_rate_changes_goes_on():
    """A camera that was set to another sample rate."""
    slow, fast = an_audio_track(clock_rate=8000), an_audio_track(clock_rate=16000)
    units = placed((1.0, ARRIVAL, slow), (2.0, ARRIVAL + 1, fast))
    assert units[1].seconds - units[0].seconds == 1.0


clocks = st.lists(
    st.tuples(
        st.one_of(
            st.floats(-1.0, 2.0),  # what a clock does between two units
            st.sampled_from([0.04, 0.0, 5.0, -5.0, 47_721.8, -47_721.8, 1e9, -1e9]),
        ),
        st.floats(0.0, 9.0),
        st.sampled_from([VIDEO, SOUND]),
    ),
    min_size=1,
    max_size=60,
)


@given(clocks)
@settings(max_examples=200)
def test_whatever_the_camera_says_time_goes_on_and_stays_near_arrival(steps):
    time_line, at, now, last = TimeLine(), {VIDEO: 0.0, SOUND: 0.0}, ARRIVAL, {}
    for step, elapsed, track in steps:
        at[track] += step
        now += elapsed
        unit = time_line.place(an_access_unit(at[track], track=track), now)
        assert unit.dts > last.get(track, unit.dts - 1)
        assert unit.pts >= unit.dts
        assert abs(unit.dts / track.clock_rate - now) <= FAR + 0.1
        last[track] = unit.dts


@given(
    st.lists(st.integers(1, 90_000), min_size=1, max_size=50),
    st.lists(st.floats(0.0, 0.2), min_size=51, max_size=51),
    st.integers(-(1 << 40), 1 << 40),
)
@settings(max_examples=100)
def test_a_good_clock_is_kept_to_the_tick(steps, jitter, origin):
    """Any origin, any distances, arriving with the jitter of a network."""
    time_line, tick, units = TimeLine(), origin, []
    for step, late in zip([0, *steps], jitter, strict=False):
        tick += step
        arrival = ARRIVAL + (tick - origin) / VIDEO_CLOCK_RATE + late
        units.append(time_line.place(a_unit(tick, tick), arrival))
    assert distances(units) == steps
