"""Where the sun is: sunrise and sunset around the noon of a date, by astral.

astral's own `sunrise(date)` belongs to a civil date, and so has dates without one and sunsets that
come before their sunrise (Reykjavik in June).  Here the sun's day goes from one solar midnight to
the next, the height of the sun is astral's, and the instant at which it crosses the horizon is
looked up by bisection, to the second.
"""

import bisect
import functools
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from astral import Observer
from astral.sun import elevation, noon

from ssplug.model.schedule import Sun, SunTimes
from ssplug.site.types import Location

HORIZON = -0.833
"""Degrees of the sun's centre at sunrise: half its disc and the usual refraction."""

_DAY = timedelta(days=1)
_DATES_REMEMBERED = 512


def sun_at(location: Location, zone: tzinfo) -> Sun:
    """The sun of `location`, by the dates of `zone`."""
    observer = Observer(location.latitude, location.longitude)

    @functools.lru_cache(_DATES_REMEMBERED)
    def sun(day: date) -> SunTimes:
        return _sun_times(observer, _solar_date(observer, day, zone))

    return sun


def equinox(zone: tzinfo) -> Sun:
    """The sun where no location is known: up from six to six by the clocks of `zone`, every day."""

    def sun(day: date) -> SunTimes:
        rise, set_ = (datetime.combine(day, time(hour), zone).astimezone(UTC) for hour in (6, 18))
        return SunTimes(rise, set_)

    return sun


def _solar_date(observer: Observer, day: date, zone: tzinfo) -> date:
    """The date by which astral knows the noon that is nearest to the clocks' noon of `day`."""
    clock_noon = datetime.combine(day, time(12), zone)
    dates = (day - _DAY, day, day + _DAY)
    return min(dates, key=lambda solar: abs(noon(observer, solar) - clock_noon))


def _sun_times(observer: Observer, solar: date) -> SunTimes:
    before, midday, after = (noon(observer, solar + days * _DAY) for days in (-1, 0, 1))
    midnight, next_midnight = _middle(before, midday), _middle(midday, after)
    return SunTimes(_crossing(observer, midnight, midday), _crossing(observer, next_midnight, midday))


def _crossing(observer: Observer, midnight: datetime, midday: datetime) -> datetime:
    """When the sun crosses the horizon; where it does not: the midnight if it stays up, else the noon."""
    step = timedelta(seconds=1 if midday > midnight else -1)
    seconds = range(round(abs(midday - midnight).total_seconds()))
    up = bisect.bisect_left(seconds, True, key=lambda s: _is_up(observer, midnight + s * step))
    return midnight + up * step


def _is_up(observer: Observer, instant: datetime) -> bool:
    return elevation(observer, instant, with_refraction=False) >= HORIZON


def _middle(first: datetime, second: datetime) -> datetime:
    return first + timedelta(seconds=(second - first) // timedelta(seconds=2))
