"""When a mode is armed: schedules, overrides, and the instants at which they change.

Everything here is a function of its arguments.  Instants are aware datetimes; where the sun rises
and what the clocks show comes in as a `Place`.  How a schedule is written in the site file is
`ssplug.model.schedule_rules`, what clients call it is `ssplug.model.schedule_names`.

A schedule is a list of rules, and each rule is a window of time that begins on certain dates.  The
last rule whose window covers an instant decides; where none does, the mode is unarmed.

Two matters that clocks and sun leave open are settled so that a window never has a hole:

- A window covers every instant at which the clock shows a time inside it.  Where an hour is
  repeated it begins at the first and ends at the last showing; where an hour is missing, an edge
  inside it is at the jump.
- As days grow longer, sunrise and sunset move towards the solar midnights around a noon, and as
  they grow shorter towards that noon; that is where they stay in polar day and polar night.
"""

import bisect
import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

MINUTES_A_DAY = 24 * 60
EVERY_DAY = frozenset(range(7))

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
# A window that begins on a date can reach into these neighbours: offsets, polar days and zones
# far from their longitude all added up.
_REACH = range(-3, 4)
_WEEKLY_DAYS = 9
_SOLAR_DAYS = 400
_LEAP_DAY = (2, 29)


@dataclass(frozen=True, slots=True)
class SunTimes:
    """The daylight around the noon of one date.

    Polar day: the solar midnights before and after that noon; polar night: that noon, twice.
    """

    sunrise: datetime
    sunset: datetime


Sun: TypeAlias = Callable[[date], SunTimes]


@dataclass(frozen=True, slots=True)
class Place:
    """What the clocks of a place show, and its sun."""

    zone: tzinfo
    sun: Sun

    def date(self, instant: datetime) -> date:
        """The date that the calendar shows."""
        return instant.astimezone(self.zone).date()


class SunEvent(enum.Enum):
    """The words of the site file."""

    SUNRISE = "sunrise"
    SUNSET = "sunset"


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A reading of the clock; 24:00 (1440) is the end of the day."""

    minutes: int

    def __str__(self) -> str:
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class SunTime:
    """So long after (or, negative, before) an event of the sun."""

    event: SunEvent
    offset: timedelta = timedelta()

    def __str__(self) -> str:
        minutes = round(self.offset.total_seconds() / 60)
        return f"{self.event.value}{minutes:+}m" if minutes else self.event.value


Edge: TypeAlias = ClockTime | SunTime


@dataclass(frozen=True, slots=True)
class DateSpan:
    """Dates of one time, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class YearlySpan:
    """Dates of every year, as (month, day), both ends included; it may run over the new year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def __contains__(self, day: date) -> bool:
        shown = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= shown <= self.last
        return shown >= self.first or shown <= self.last


Dates: TypeAlias = DateSpan | YearlySpan


@dataclass(frozen=True, slots=True)
class Rule:
    """A window of time that begins on certain dates, and whether a mode is armed in it."""

    begins: Edge = ClockTime(0)
    ends: Edge = ClockTime(MINUTES_A_DAY)
    days: frozenset[int] = EVERY_DAY
    """Weekdays on which it begins; Monday is 0."""
    dates: tuple[Dates, ...] = ()
    """Dates on which it begins; empty: all."""
    exceptions: tuple[Dates, ...] = ()
    """Dates on which it does not begin."""
    armed: bool = True

    def begins_on(self, day: date) -> bool:
        """Whether its window begins on that date."""
        if day.weekday() not in self.days or any(day in dates for dates in self.exceptions):
            return False
        return not self.dates or any(day in dates for dates in self.dates)

    @property
    def ends_next_day(self) -> bool:
        """Whether its window ends on the date after the one on which it begins.

        Sunrise is of the morning and sunset of the afternoon; a clock time beside one of them is
        taken to be of the same date unless the window goes from an afternoon to a morning.
        """
        match self.begins, self.ends:
            case ClockTime(begins), ClockTime(ends):
                return ends <= begins
            case SunTime(event, begins_after), SunTime(end_event, ends_after) if event is end_event:
                return ends_after <= begins_after
        return _is_afternoon(self.begins) and not _is_afternoon(self.ends)


def _is_afternoon(edge: Edge) -> bool:
    if isinstance(edge, SunTime):
        return edge.event is SunEvent.SUNSET
    return edge.minutes >= MINUTES_A_DAY // 2


@dataclass(frozen=True, slots=True)
class Schedule:
    """A named list of rules."""

    name: str
    rules: tuple[Rule, ...] = ()

    @property
    def uses_sun(self) -> bool:
        """Whether it needs to know where on Earth it is."""
        return any(isinstance(edge, SunTime) for rule in self.rules for edge in (rule.begins, rule.ends))


_SUNRISE = SunTime(SunEvent.SUNRISE)
_SUNSET = SunTime(SunEvent.SUNSET)

BUILT_IN = (
    Schedule("unarmed-24-7"),
    Schedule("armed-24-7", (Rule(),)),
    Schedule("armed-sunrise-to-sunset", (Rule(_SUNRISE, _SUNSET),)),
    Schedule("armed-sunset-to-sunrise", (Rule(_SUNSET, _SUNRISE),)),
)
"""The schedules of the specification; the place in this tuple is the id."""

UNARMED_24_7_ID = 0
ARMED_24_7_ID = 1


@dataclass(frozen=True, slots=True)
class Override:
    """What takes a schedule's place for a while."""

    id: int
    armed: bool
    hours: int | None
    """None: until the schedule's own next change."""


NO_OVERRIDE_ID = 0
OVERRIDES = {
    number: Override(number, armed=number % 2 == 0, hours=(number - 1) // 2 or None) for number in range(1, 15)
}
"""The overrides of the specification by id; 0 is the absence of one."""


@dataclass(frozen=True, slots=True)
class RunningOverride:
    """An override that was set, and its end."""

    override: Override
    since: datetime
    until: datetime | None
    """None: the schedule never changes by itself."""

    def is_over(self, instant: datetime) -> bool:
        """Whether the schedule decides again."""
        return self.until is not None and instant >= self.until


@dataclass(frozen=True, slots=True)
class ArmedState:
    """Whether a mode is armed, because of what, and until when that remains so (None: for ever)."""

    armed: bool
    because: Schedule | Override
    until: datetime | None


def run_override(override: Override, schedule: Schedule, instant: datetime, place: Place) -> RunningOverride:
    """`override`, set at `instant` over `schedule`. Hours are hours of elapsed time, whatever the clocks do."""
    if override.hours is not None:
        return RunningOverride(override, instant, instant + timedelta(hours=override.hours))
    return RunningOverride(override, instant, armed_state(schedule, None, instant, place).until)


def armed_state(schedule: Schedule, override: RunningOverride | None, instant: datetime, place: Place) -> ArmedState:
    """The state at `instant`, which is not before the override was set."""
    if override is not None and not override.is_over(instant):
        return ArmedState(override.override.armed, override.override, override.until)
    windows = _Windows(schedule, place)
    return ArmedState(windows.armed(instant), schedule, windows.next_change(instant))


def deciding_rule(schedule: Schedule, instant: datetime, place: Place) -> int | None:
    """The place in `schedule.rules` of the rule that decides at `instant`; None: no rule covers it."""
    window = _Windows(schedule, place).deciding(instant)
    return None if window is None else window.rule


@dataclass(frozen=True, slots=True)
class _Window:
    begins: datetime
    ends: datetime
    rule: int
    armed: bool


class _Windows:
    """The windows of a schedule at a place, each date worked out once."""

    def __init__(self, schedule: Schedule, place: Place) -> None:
        self._schedule = schedule
        self._place = place
        self._by_date: dict[date, list[_Window]] = {}

    def deciding(self, instant: datetime) -> _Window | None:
        covering = (window for window in self._around(instant) if window.begins <= instant < window.ends)
        return max(covering, key=lambda window: window.rule, default=None)

    def armed(self, instant: datetime) -> bool:
        window = self.deciding(instant)
        return window is not None and window.armed

    def next_change(self, instant: datetime) -> datetime | None:
        armed = self.armed(instant)
        return next((edge for edge in self._edges_after(instant) if self.armed(edge) != armed), None)

    def _edges_after(self, instant: datetime) -> Iterator[datetime]:
        for day in range(_horizon(self._schedule, self._place.date(instant))):
            begins = instant + day * _DAY
            edges = {edge for window in self._around(begins) for edge in (window.begins, window.ends)}
            yield from sorted(edge for edge in edges if begins < edge <= begins + _DAY)

    def _around(self, instant: datetime) -> Iterator[_Window]:
        today = self._place.date(instant)
        for days in _REACH:
            yield from self._on(today + days * _DAY)

    def _on(self, day: date) -> list[_Window]:
        if (windows := self._by_date.get(day)) is None:
            windows = self._by_date[day] = list(self._beginning_on(day))
        return windows

    def _beginning_on(self, day: date) -> Iterator[_Window]:
        for number, rule in enumerate(self._schedule.rules):
            if not rule.begins_on(day):
                continue
            begins = _first(rule.begins, day, self._place)
            ends = _last(rule.ends, day + _DAY if rule.ends_next_day else day, self._place)
            if begins < ends:
                yield _Window(begins, ends, number, rule.armed)


def _horizon(schedule: Schedule, today: date) -> int:
    """In how many days a change must come if one ever does."""
    days = _WEEKLY_DAYS + (_SOLAR_DAYS if schedule.uses_sun else 0)
    spans = [(rule, dates) for rule in schedule.rules for dates in rule.dates + rule.exceptions]
    days += max([0, *((dates.last - today).days for _, dates in spans if isinstance(dates, DateSpan))])
    return days + max([0, *(_years(rule, dates) * 366 for rule, dates in spans if isinstance(dates, YearlySpan))])


def _years(rule: Rule, dates: YearlySpan) -> int:
    """The longest time between two years in which `dates` come, on one of the rule's weekdays."""
    leap_day = dates.first == dates.last == _LEAP_DAY
    if rule.days == EVERY_DAY:
        return 8 if leap_day else 1
    return 40 if leap_day else 12


def _first(edge: Edge, day: date, place: Place) -> datetime:
    """The instant at which a window that begins with `edge` begins."""
    if isinstance(edge, SunTime):
        return _sun_instant(edge, place.sun(day))
    wall = _wall(edge, day)
    return _jump_over(wall, place.zone) or _instant(wall, place.zone, fold=0)


def _last(edge: Edge, day: date, place: Place) -> datetime:
    """The instant at which a window that ends with `edge` ends."""
    if isinstance(edge, SunTime):
        return _sun_instant(edge, place.sun(day))
    wall = _wall(edge, day)
    # The end is no part of the window: the last showing of the tick before it counts.
    return _jump_over(wall, place.zone) or _instant(wall - _TICK, place.zone, fold=1) + _TICK


def _sun_instant(edge: SunTime, times: SunTimes) -> datetime:
    return (times.sunrise if edge.event is SunEvent.SUNRISE else times.sunset) + edge.offset


def _wall(edge: ClockTime, day: date) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=edge.minutes)


def _instant(wall: datetime, zone: tzinfo, fold: int) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _jump_over(wall: datetime, zone: tzinfo) -> datetime | None:
    """The instant at which the clocks are put forward over `wall`; None: they do show it.

    PEP 495: for a time that is never shown, fold 0 means the offset before the jump and so comes
    out later than fold 1.
    """
    before, after = _instant(wall, zone, fold=1), _instant(wall, zone, fold=0)
    if before >= after:
        return None
    old = before.astimezone(zone).utcoffset()
    seconds = range(round((after - before).total_seconds()) + 1)
    jumped = bisect.bisect_left(
        seconds, True, key=lambda s: (before + timedelta(seconds=s)).astimezone(zone).utcoffset() != old
    )
    return before + timedelta(seconds=jumped)
