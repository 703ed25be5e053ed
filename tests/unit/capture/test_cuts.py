"""Continuous files are cut by the clock on the wall."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.capture.cuts import next_cut, utc_offset

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def at(text: str, fold: int = 0, zone: dt.tzinfo = BERLIN) -> float:
    """A local time as seconds since the epoch."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("begun", "length", "cut"),
    [
        ("2026-11-22 05:29:27.5", 600, "2026-11-22 05:30:00"),
        ("2026-11-22 05:30:00", 600, "2026-11-22 05:40:00"),
        ("2026-11-22 05:29:27", 3600, "2026-11-22 06:00:00"),
        ("2026-11-22 23:59:59", 420, "2026-11-23 00:00:00"),
        ("2026-11-22 08:00:00", 14 * 86400, "2026-11-23 00:00:00"),
        # The clock goes from 02:00 to 03:00, and back from 03:00 to 02:00.
        ("2026-03-29 01:55:00", 600, "2026-03-29 03:00:00"),
        ("2026-03-29 01:55:00", 3600, "2026-03-29 03:00:00"),
        ("2026-10-25 03:00:00", 600, "2026-10-25 03:10:00"),
    ],
)
def test_a_file_ends_at_a_multiple_of_its_length(begun: str, length: float, cut: str) -> None:
    """Of the time of day; at midnight in any case."""
    assert next_cut(at(begun), length, BERLIN) == at(cut)


def test_the_hour_that_comes_twice_is_recorded_in_two_files() -> None:
    """Each of an hour of the day, and neither is skipped."""
    first = next_cut(at("2026-10-25 01:30:00"), 3600, BERLIN)
    second = next_cut(first, 3600, BERLIN)
    third = next_cut(second, 3600, BERLIN)
    assert (first, second, third) == (
        at("2026-10-25 02:00:00", 0),
        at("2026-10-25 02:00:00", 1),
        at("2026-10-25 03:00:00"),
    )


@given(st.floats(1.7e9, 1.8e9), st.floats(1, 100_000))
@settings(max_examples=200)
def test_a_file_always_ends_and_never_before_it_began(begun: float, length: float) -> None:
    """And never lasts longer than it should."""
    cut = next_cut(begun, length, BERLIN)
    assert begun < cut <= begun + min(length, 86400 + 3600)


def test_the_systems_zone_serves_where_none_is_given() -> None:
    """Files of ten minutes end at full tens of minutes in every zone that there is."""
    assert next_cut(1_700_000_123.0, 600, None) == 1_700_000_400.0
    assert utc_offset(1_700_000_000.0, None) % 900 == 0


def test_local_time_is_as_far_from_utc_as_the_season_says() -> None:
    """In Berlin one hour in winter and two in summer."""
    assert utc_offset(at("2026-01-01 12:00:00"), BERLIN) == 3600
    assert utc_offset(at("2026-07-01 12:00:00"), BERLIN) == 7200
