"""Sunrise and sunset around the noon of a date."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from astral import Observer
from astral.sun import sunrise, sunset

from ssplug.scheduling.sun import equinox, sun_at
from ssplug.site.types import Location

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LONDON = Location(51.5, -0.12)
TROMSO = Location(69.65, 18.96)
YEAR = [date(2024, 1, 1) + day * DAY for day in range(366)]

PLACES = [
    (LONDON, "Europe/London"),
    (Location(-36.85, 174.76), "Pacific/Auckland"),
    (Location(1.87, -157.4), "Pacific/Kiritimati"),  # a day ahead of its longitude
    (Location(-13.83, -171.76), "Pacific/Apia"),
    (Location(43.8, 87.6), "Asia/Shanghai"),  # noon at two o'clock
    (Location(64.1, -21.9), "Atlantic/Reykjavik"),  # sets after midnight in June
    (TROMSO, "Europe/Oslo"),
    (Location(90, 0), "UTC"),
    (Location(-90, 0), "UTC"),
]


@pytest.mark.parametrize(("location", "zone"), PLACES[:5])
def test_it_agrees_with_the_almanac(location, zone):
    """Within two minutes of astral's own times, where a date has both."""
    sun, tz, observer = (
        sun_at(location, ZoneInfo(zone)),
        ZoneInfo(zone),
        Observer(location.latitude, location.longitude),
    )
    for day in YEAR[::9]:
        times = sun(day)
        assert abs(times.sunrise - sunrise(observer, day, tz)) < 2 * MINUTE, day
        assert abs(times.sunset - sunset(observer, day, tz)) < 2 * MINUTE, day


@pytest.mark.parametrize(("location", "zone"), PLACES)
def test_day_and_night_take_turns(location, zone):
    """No sunset before its sunrise, no sunrise before the last sunset, on any date of a leap year."""
    sun = sun_at(location, ZoneInfo(zone))
    for day in YEAR:
        assert sun(day).sunrise <= sun(day).sunset <= sun(day + DAY).sunrise, day


@pytest.mark.parametrize(("location", "zone"), PLACES[:-2])
def test_the_day_of_a_date_is_the_one_around_its_noon(location, zone):
    sun = sun_at(location, ZoneInfo(zone))
    for day in YEAR[::30]:
        times = sun(day)
        middle = times.sunrise + (times.sunset - times.sunrise) / 2
        assert abs(middle - datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))) < 3 * 60 * MINUTE


def test_in_polar_day_one_date_follows_the_other_without_a_night():
    sun = sun_at(TROMSO, ZoneInfo("Europe/Oslo"))
    midsummer = date(2024, 6, 21)
    assert sun(midsummer).sunset == sun(midsummer + DAY).sunrise
    assert sun(midsummer).sunset - sun(midsummer).sunrise > 23.9 * 60 * MINUTE


def test_in_polar_night_the_day_has_no_length():
    midwinter = sun_at(TROMSO, ZoneInfo("Europe/Oslo"))(date(2024, 12, 21))
    assert midwinter.sunrise == midwinter.sunset
    assert midwinter.sunrise.astimezone(ZoneInfo("Europe/Oslo")).hour == 11


def test_days_grow_into_polar_day_without_a_jump():
    """No sunrise is an hour and a half from the day before's."""
    sun = sun_at(TROMSO, UTC)
    for day in YEAR:
        moved = sun(day + DAY).sunrise - sun(day).sunrise - DAY
        assert abs(moved) < 90 * MINUTE, day


def test_without_a_place_the_sun_keeps_office_hours():
    """Six to six by the clocks, also in summer."""
    times = equinox(ZoneInfo("Europe/London"))(date(2024, 7, 1))
    assert times.sunrise == datetime(2024, 7, 1, 5, tzinfo=UTC)
    assert times.sunset == datetime(2024, 7, 1, 17, tzinfo=UTC)
