"""When a mode is armed: rules, clock changes, the sun, overrides, against a slow and obvious model."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.model.schedule import (
    BUILT_IN,
    EVERY_DAY,
    OVERRIDES,
    ClockTime,
    DateSpan,
    Edge,
    Place,
    Rule,
    Schedule,
    SunEvent,
    SunTime,
    SunTimes,
    YearlySpan,
    armed_state,
    deciding_rule,
    run_override,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ALWAYS_OFF, ALWAYS_ON, SUNRISE_TO_SUNSET, SUNSET_TO_SUNRISE = BUILT_IN


def six_to_six(day: date) -> SunTimes:
    """A sun that is up from 06:00 to 18:00 UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return SunTimes(midnight + 6 * HOUR, midnight + 18 * HOUR)


def polar(day: date) -> SunTimes:
    """A sun that stays down in January, stays up in June, and moves fast between them."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    half_a_day = timedelta(minutes=min(max(0, (day.timetuple().tm_yday - 31) * 6), 720))
    return SunTimes(noon - half_a_day, noon + half_a_day)


def a_place(zone: str = "Europe/London", sun=six_to_six) -> Place:
    return Place(ZoneInfo(zone), sun)


def at(text: str, zone: str = "Europe/London", fold: int = 0) -> datetime:
    """The instant at which the clocks of `zone` show `text`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def clock(text: str) -> ClockTime:
    hours, minutes = text.split(":")
    return ClockTime(int(hours) * 60 + int(minutes))


def a_window(begins: str, ends: str, **more) -> Schedule:
    return Schedule("test", (Rule(clock(begins), clock(ends), **more),))


def changes(schedule: Schedule, first: datetime, last: datetime, place: Place) -> list[datetime]:
    """The instants between `first` and `last` at which `schedule` changes."""
    found = []
    until = armed_state(schedule, None, first, place).until
    while until is not None and until < last:
        found.append(until)
        until = armed_state(schedule, None, until, place).until
    return found


class ObviousModel:
    """Looks at the clock every minute, for three days around an instant, and does no arithmetic."""

    def __init__(self, schedule: Schedule, place: Place, around: datetime) -> None:
        self._schedule = schedule
        self._place = place
        self._minutes = [around + minute * MINUTE for minute in range(-6 * 1440, 7 * 1440)]
        self._shown = [minute.astimezone(place.zone).replace(tzinfo=None) for minute in self._minutes]
        today = place.date(around)
        self._windows = [
            (index, *window)
            for index, rule in enumerate(schedule.rules)
            for days in range(-4, 5)
            if rule.begins_on(today + days * DAY)
            for window in [self._window(rule, today + days * DAY)]
        ]

    def armed(self, minute: datetime) -> bool:
        covering = [index for index, begins, ends in self._windows if begins <= minute < ends]
        return self._schedule.rules[max(covering)].armed if covering else False

    def _window(self, rule: Rule, day: date) -> tuple[datetime, datetime]:
        last_day = day + DAY if rule.ends_next_day else day
        return self._first(rule.begins, day), self._last(rule.ends, last_day)

    def _first(self, edge: Edge, day: date) -> datetime:
        if isinstance(edge, SunTime):
            return self._sun(edge, day)
        reading = datetime(day.year, day.month, day.day) + edge.minutes * MINUTE
        return next(minute for minute, shown in zip(self._minutes, self._shown, strict=True) if shown >= reading)

    def _last(self, edge: Edge, day: date) -> datetime:
        if isinstance(edge, SunTime):
            return self._sun(edge, day)
        reading = datetime(day.year, day.month, day.day) + edge.minutes * MINUTE
        backwards = zip(reversed(self._minutes), reversed(self._shown), strict=True)
        return next(minute for minute, shown in backwards if shown < reading) + MINUTE

    def _sun(self, edge: SunTime, day: date) -> datetime:
        times = self._place.sun(day)
        return (times.sunrise if edge.event is SunEvent.SUNRISE else times.sunset) + edge.offset


# Each with the days around which something is special: clock changes, skipped dates, a leap day.
PLACES = [
    ("Europe/London", ["2024-03-31", "2024-10-27", "2024-02-29", "2024-12-31", "2024-06-20"]),
    ("America/Havana", ["2024-03-10", "2024-11-03"]),  # midnight itself is missing, and repeated
    ("Australia/Lord_Howe", ["2024-04-07", "2024-10-06"]),  # by half an hour
    ("Pacific/Apia", ["2011-12-30"]),  # a date that never was
    ("Asia/Kathmandu", ["2024-01-10", "2024-07-10"]),
]

clock_times = st.integers(0, 95).map(lambda quarter: ClockTime(quarter * 15))
sun_times = st.builds(
    SunTime, st.sampled_from(SunEvent), st.integers(-48, 48).map(lambda quarter: quarter * 15 * MINUTE)
)
edges = st.one_of(clock_times, sun_times)
weekdays = st.one_of(st.just(EVERY_DAY), st.frozensets(st.integers(0, 6), min_size=1))


@st.composite
def cases(draw):
    zone, special = draw(st.sampled_from(PLACES))
    midnight = datetime.fromisoformat(draw(st.sampled_from(special))).replace(tzinfo=UTC)
    instant = midnight + draw(st.integers(-30 * 60, 40 * 60)) * MINUTE
    a_day = instant.date() + draw(st.integers(-2, 2)) * DAY
    dates = st.sampled_from([(), (DateSpan(a_day, a_day + DAY),), (YearlySpan((a_day.month, a_day.day), (1, 2)),)])
    rules = st.builds(Rule, edges, edges, weekdays, dates, dates, st.sampled_from([True, True, False]))
    schedule = Schedule("drawn", tuple(draw(st.lists(rules, min_size=1, max_size=3))))
    return schedule, Place(ZoneInfo(zone), draw(st.sampled_from([six_to_six, polar]))), instant


@settings(max_examples=60, deadline=None)
@given(cases())
def test_every_minute_agrees_with_somebody_who_looks_at_the_clock(case):
    """The state holds each minute up to `until`, and is the other one there."""
    schedule, place, instant = case
    model = ObviousModel(schedule, place, instant)
    state = armed_state(schedule, None, instant, place)
    end = min(state.until or instant + 2 * DAY, instant + 2 * DAY)
    minute = instant
    while minute < end:
        assert model.armed(minute) == state.armed, minute
        minute += MINUTE
    if state.until is not None and state.until <= instant + 2 * DAY:
        assert model.armed(state.until) != state.armed


@settings(max_examples=30, deadline=None)
@given(cases(), st.integers(0, 59_999_999))
def test_the_state_between_two_minutes_is_that_of_the_minute(case, microseconds):
    schedule, place, instant = case
    within = instant + timedelta(microseconds=microseconds)
    assert armed_state(schedule, None, within, place) == armed_state(schedule, None, instant, place)


def test_every_minute_of_a_leap_year_in_london():
    """Weekday nights, over both clock changes and the leap day, minute for minute."""
    nights = a_window("22:00", "06:00", days=frozenset(range(5)))
    place = a_place()
    minute, last = at("2024-01-01T00:00"), at("2025-01-01T00:00")
    state = armed_state(nights, None, minute, place)
    while minute < last:
        if minute == state.until:
            state = armed_state(nights, None, minute, place)
        shown = minute.astimezone(place.zone)
        night = (shown.weekday() < 5 and shown.hour >= 22) or ((shown.weekday() - 1) % 7 < 5 and shown.hour < 6)
        assert state.armed == night, shown
        minute += MINUTE


def test_every_change_of_a_leap_year_at_the_polar_circle():
    """Sunrise and sunset of every date, none while the sun stays up or down."""
    place = a_place("Europe/Oslo", polar)
    first, last = at("2024-01-01T00:00", "UTC"), at("2024-12-31T00:00", "UTC")
    days = [polar(date(2024, 1, 1) + day * DAY) for day in range(365)]
    expected = [
        instant
        for before, today, after in zip([days[0], *days], days, [*days[1:], days[-1]], strict=False)
        for instant, moves in (
            (today.sunrise, before.sunset < today.sunrise < today.sunset),
            (today.sunset, today.sunrise < today.sunset < after.sunrise),
        )
        if moves
    ]
    assert changes(SUNRISE_TO_SUNSET, first, last, place) == [instant for instant in expected if instant < last]
    assert changes(SUNSET_TO_SUNRISE, first, last, place) == [instant for instant in expected if instant < last]


@pytest.mark.parametrize(("schedule", "armed"), [(ALWAYS_OFF, False), (ALWAYS_ON, True)])
def test_the_schedules_that_never_change(schedule, armed):
    """`until` is None: never."""
    state = armed_state(schedule, None, at("2024-03-31T00:30"), a_place())
    assert (state.armed, state.because, state.until) == (armed, schedule, None)


def test_the_schedules_of_the_sun_are_each_others_opposite():
    """2 is armed by day and 3 by night, and they change together."""
    for hour in range(48):
        instant = at("2024-05-05T00:00") + hour * HOUR
        by_day = armed_state(SUNRISE_TO_SUNSET, None, instant, a_place())
        by_night = armed_state(SUNSET_TO_SUNRISE, None, instant, a_place())
        assert by_day.armed != by_night.armed
        assert by_day.until == by_night.until


def test_polar_night_and_polar_day_have_no_changes():
    """Armed by night: all of January without an end before the first sunrise; never in the polar day."""
    place = a_place("UTC", polar)
    dark = armed_state(SUNSET_TO_SUNRISE, None, at("2024-01-10T12:00", "UTC"), place)
    light = armed_state(SUNSET_TO_SUNRISE, None, at("2024-07-10T00:00", "UTC"), place)
    assert dark.armed
    assert dark.until == polar(date(2024, 2, 1)).sunrise
    assert not light.armed
    assert light.until == at("2025-01-01T00:00", "UTC")


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on():
    """Friday's night is armed on Saturday morning, and Saturday's night is not Friday's."""
    friday_night = a_window("22:00", "06:00", days=frozenset({4}))
    place = a_place()
    assert armed_state(friday_night, None, at("2024-05-11T05:59"), place).armed
    assert not armed_state(friday_night, None, at("2024-05-10T05:59"), place).armed
    assert not armed_state(friday_night, None, at("2024-05-11T22:00"), place).armed


def test_a_window_that_ends_when_it_begins_lasts_a_day():
    once = a_window("08:00", "08:00", days=frozenset({2}))
    state = armed_state(once, None, at("2024-05-08T08:00"), a_place())
    assert state.armed
    assert state.until == at("2024-05-09T08:00")


def test_an_edge_in_the_missing_hour_is_at_the_jump():
    """01:30 is not shown in London on 31 March 2024: 01:00 GMT is 02:00 BST."""
    jump = at("2024-03-31T02:00")
    evening = at("2024-03-30T20:00")
    assert armed_state(a_window("01:30", "05:00"), None, evening, a_place()).until == jump
    assert changes(a_window("23:00", "01:30"), evening, jump + HOUR, a_place())[-1] == jump


def test_a_window_covers_both_showings_of_a_repeated_hour():
    """On 27 October 2024 it begins at the first 01:30 and ends at the second 01:45."""
    found = changes(a_window("01:30", "01:45"), at("2024-10-26T12:00"), at("2024-10-27T12:00"), a_place())
    assert found == [at("2024-10-27T01:30", fold=0), at("2024-10-27T01:45", fold=1)]


def test_a_window_that_ends_where_the_repeated_hour_begins_is_not_prolonged():
    found = changes(a_window("00:00", "01:00"), at("2024-10-26T12:00"), at("2024-10-27T12:00"), a_place())
    assert found == [at("2024-10-27T00:00"), at("2024-10-27T01:00", fold=0)]


@pytest.mark.parametrize(
    ("begins", "ends", "next_day"),
    [
        (clock("22:00"), SunTime(SunEvent.SUNRISE), True),
        (clock("04:00"), SunTime(SunEvent.SUNRISE), False),
        (clock("16:00"), SunTime(SunEvent.SUNSET), False),
        (SunTime(SunEvent.SUNSET), clock("23:00"), False),
        (SunTime(SunEvent.SUNSET), clock("02:00"), True),
        (SunTime(SunEvent.SUNSET), clock("24:00"), False),
        (SunTime(SunEvent.SUNRISE), clock("09:00"), False),
        (SunTime(SunEvent.SUNSET), SunTime(SunEvent.SUNRISE), True),
        (SunTime(SunEvent.SUNRISE), SunTime(SunEvent.SUNSET), False),
        (SunTime(SunEvent.SUNSET, -HOUR), SunTime(SunEvent.SUNSET, HOUR), False),
        (SunTime(SunEvent.SUNSET, HOUR), SunTime(SunEvent.SUNSET, -HOUR), True),
        (clock("08:30"), clock("17:30"), False),
        (clock("17:30"), clock("08:30"), True),
        (clock("00:00"), clock("24:00"), False),
    ],
)
def test_which_windows_end_on_the_next_day(begins, ends, next_day):
    assert Rule(begins, ends).ends_next_day is next_day


def test_a_window_whose_ends_change_places_is_not_there_that_day():
    """From sunset (18:00) to 17:00 is nothing, not almost a day."""
    assert (
        armed_state(
            Schedule("x", (Rule(SunTime(SunEvent.SUNSET), clock("17:00")),)),
            None,
            at("2024-01-01T12:00"),
            a_place("UTC"),
        ).until
        is None
    )


def test_the_last_rule_that_covers_an_instant_decides():
    """A pause in an armed day, and a guard in the pause."""
    schedule = Schedule(
        "layers",
        (Rule(), Rule(clock("12:00"), clock("14:00"), armed=False), Rule(clock("12:30"), clock("13:00"))),
    )
    found = changes(schedule, at("2024-05-08T00:00"), at("2024-05-09T00:00"), a_place())
    assert [instant.astimezone(ZoneInfo("Europe/London")).strftime("%H:%M") for instant in found] == [
        "12:00", "12:30", "13:00", "14:00",
    ]  # fmt: skip
    assert deciding_rule(schedule, at("2024-05-08T12:45"), a_place()) == 2
    assert deciding_rule(schedule, at("2024-05-08T12:15"), a_place()) == 1


def test_no_rule_decides_outside_all_windows():
    assert deciding_rule(a_window("08:00", "09:00"), at("2024-05-08T12:00"), a_place()) is None


def test_an_exception_keeps_a_window_from_beginning_but_not_from_ending():
    """Christmas' night does not begin; Christmas Eve's ends on Christmas morning."""
    nights = a_window("22:00", "06:00", exceptions=(YearlySpan((12, 25), (12, 25)),))
    found = changes(nights, at("2024-12-24T12:00"), at("2024-12-26T12:00"), a_place())
    assert found == [at("2024-12-24T22:00"), at("2024-12-25T06:00")]


def test_a_leap_day_is_waited_for():
    """Every 29 February: eight years without one around 2100."""
    leap_days = Schedule("leap", (Rule(dates=(YearlySpan((2, 29), (2, 29)),)),))
    assert armed_state(leap_days, None, at("2096-03-01T00:00"), a_place()).until == at("2104-02-29T00:00")


def test_a_date_of_one_year_comes_once():
    once = Schedule("once", (Rule(dates=(DateSpan(date(2031, 7, 1), date(2031, 7, 2)),)),))
    found = changes(once, at("2024-01-01T00:00"), at("2040-01-01T00:00"), a_place())
    assert found == [at("2031-07-01T00:00"), at("2031-07-03T00:00")]


def test_a_yearly_span_may_run_over_the_new_year():
    span = YearlySpan((12, 24), (1, 6))
    assert [day in span for day in (date(2024, 12, 23), date(2024, 12, 24), date(2025, 1, 6), date(2025, 1, 7))] == [
        False, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(3, 15))
def test_an_override_with_hours_lasts_hours_of_elapsed_time(number):
    """Also over the night in which the clocks show an hour twice."""
    override = OVERRIDES[number]
    start = at("2024-10-27T00:30:12")
    running = run_override(override, SUNRISE_TO_SUNSET, start, a_place())
    hours = (number - 1) // 2
    state = armed_state(SUNRISE_TO_SUNSET, running, start + hours * HOUR - timedelta(microseconds=1), a_place())
    assert (state.armed, state.because, state.until) == (number % 2 == 0, override, start + hours * HOUR)
    assert armed_state(SUNRISE_TO_SUNSET, running, start + hours * HOUR, a_place()).because is SUNRISE_TO_SUNSET


@settings(max_examples=30, deadline=None)
@given(cases(), st.sampled_from([1, 2]))
def test_until_the_next_scheduled_event_means_the_schedules_own_next_change(case, number):
    """Whatever the override arms, it ends exactly when the schedule would have changed."""
    schedule, place, instant = case
    running = run_override(OVERRIDES[number], schedule, instant, place)
    alone = armed_state(schedule, None, instant, place)
    assert running.until == alone.until
    assert armed_state(schedule, running, instant, place).armed is (number == 2)
    if alone.until is not None:
        assert armed_state(schedule, running, alone.until - timedelta(microseconds=1), place).armed is (number == 2)
        assert armed_state(schedule, running, alone.until, place) == armed_state(schedule, None, alone.until, place)


def test_the_overrides_are_those_of_the_specification():
    """Odd ones disarm, even ones arm; 1 and 2 until the next event, then pairs for 1 to 6 hours."""
    assert {number: (override.armed, override.hours) for number, override in OVERRIDES.items()} == {
        1: (False, None), 2: (True, None), 3: (False, 1), 4: (True, 1), 5: (False, 2), 6: (True, 2), 7: (False, 3),
        8: (True, 3), 9: (False, 4), 10: (True, 4), 11: (False, 5), 12: (True, 5), 13: (False, 6), 14: (True, 6),
    }  # fmt: skip


def test_only_schedules_with_the_sun_need_a_place():
    assert [schedule.uses_sun for schedule in BUILT_IN] == [False, False, True, True]
