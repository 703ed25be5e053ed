"""Schedules as the site file writes them: mappings to `Rule`, and a `Rule` back to words.

    night: [{days: mon-sun, from: sunset-30m, to: sunrise+30m}]
    shop:
      - {days: mon-sat, from: "18:30", to: "08:00", except: 12-24..12-26}
      - {dates: [12-24..12-26, 2027-04-05]}
      - {days: wed, from: "20:00", to: "21:00", armed: false}

The grammar of each value stands beside the function that reads it; docs/scheduling.md tells it to
the operator.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from ssplug.model.schedule import (
    EVERY_DAY,
    MINUTES_A_DAY,
    ClockTime,
    Dates,
    DateSpan,
    Edge,
    Rule,
    Schedule,
    SunEvent,
    SunTime,
    YearlySpan,
)

T = TypeVar("T")

LONGEST_OFFSET = timedelta(hours=12)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KEYS = ("days", "from", "to", "dates", "except", "armed")
_MIDNIGHT: Edge = ClockTime(0)
_END_OF_DAY: Edge = ClockTime(MINUTES_A_DAY)
_A_LEAP_YEAR = 2024

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_SUN = re.compile(r"(sunrise|sunset)(?:\s*([+-])\s*(?=\d)(?:(\d+)h)?(?:(\d+)m)?)?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")


class RuleError(ValueError):
    """What is wrong with a rule, and where: `index` counts rules from 0, `key` is None for the whole rule."""

    def __init__(self, schedule: str, index: int, key: str | None, reason: str) -> None:
        where = f"{schedule}[{index}]" + (f".{key}" if key else "")
        super().__init__(f"{where}: {reason}")
        self.schedule = schedule
        self.index = index
        self.key = key
        self.reason = reason


class _UnreadableError(ValueError):
    """A value that does not say what it should."""


def parse_schedule(name: str, rules: Iterable[Mapping[str, Any]]) -> Schedule:
    """The schedule that `rules` write down; raises RuleError for the first bad rule."""
    return Schedule(name, tuple(parse_rule(name, index, rule) for index, rule in enumerate(rules)))


def parse_rule(schedule: str, index: int, rule: Mapping[str, Any]) -> Rule:
    """One rule of a schedule; raises RuleError that names the key."""
    if not isinstance(rule, Mapping):
        raise RuleError(
            schedule, index, None, f"{rule!r} is not a mapping such as {{days: mon-fri, from: ..., to: ...}}"
        )
    for key in rule:
        if key not in _KEYS:
            raise RuleError(schedule, index, str(key), f"unknown; a rule has {', '.join(_KEYS)}")

    def read(key: str, reader: Callable[[object], T], default: T) -> T:
        try:
            return reader(rule[key]) if key in rule else default
        except _UnreadableError as error:
            raise RuleError(schedule, index, key, str(error)) from None

    begins: Edge = read("from", _from, _MIDNIGHT)
    ends: Edge = read("to", _edge, _END_OF_DAY)
    return Rule(
        begins,
        ends,
        days=read("days", _days, EVERY_DAY),
        dates=read("dates", _dates, ()),
        exceptions=read("except", _dates, ()),
        armed=read("armed", _boolean, True),
    )


def rule_text(rule: Rule) -> str:
    """A rule in words, such as `mon-fri 08:30 to 17:30`."""
    words = [_days_text(rule.days)]
    if rule.dates:
        words.append("on " + ", ".join(map(_dates_text, rule.dates)))
    if rule.exceptions:
        words.append("except " + ", ".join(map(_dates_text, rule.exceptions)))
    words.append(f"{rule.begins} to {rule.ends}")
    if not rule.armed:
        words.append("unarmed")
    return " ".join(words)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _UnreadableError(f"{value!r} is neither true nor false")
    return value


def _from(value: object) -> Edge:
    edge = _edge(value)
    if edge == _END_OF_DAY:
        raise _UnreadableError("24:00 is the end of a day; write 00:00")
    return edge


def _edge(value: object) -> Edge:
    """`HH:MM` from 00:00 to 24:00, or `sunrise` or `sunset` with `+` or `-` and `30m`, `1h`, `1h30m`."""
    if isinstance(value, str):
        if clock := _CLOCK.fullmatch(value.strip()):
            return _clock_time(value, int(clock[1]), int(clock[2]))
        if sun := _SUN.fullmatch(value.strip().lower()):
            return SunTime(SunEvent(sun[1]), _offset(value, *sun.groups()[1:]))
    raise _UnreadableError(f'{value!r} is no time; write "08:30", sunrise, sunset-30m or sunset+1h30m')


def _clock_time(value: str, hours: int, minutes: int) -> ClockTime:
    if minutes > 59 or hours * 60 + minutes > MINUTES_A_DAY:
        raise _UnreadableError(f"{value!r} is not on the clock; times go from 00:00 to 24:00")
    return ClockTime(hours * 60 + minutes)


def _offset(value: str, sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    offset = timedelta(minutes=int(hours or 0) * 60 + int(minutes or 0))
    if offset > LONGEST_OFFSET:
        raise _UnreadableError(f"{value!r} is more than {LONGEST_OFFSET // timedelta(hours=1)} hours from the sun")
    return -offset if sign == "-" else offset


def _items(value: object) -> Sequence[object]:
    """The items of a list, or of a text with commas; anything else is a list of itself."""
    if isinstance(value, str):
        value = [item.strip() for item in value.split(",")]
    items = value if isinstance(value, list | tuple) else [value]
    if not items:
        raise _UnreadableError("an empty list would never apply; leave the key out to mean all")
    return items


def _days(value: object) -> frozenset[int]:
    """Weekdays by the first three letters: one, a list, `mon,wed`, `mon-fri`, `fri-mon`."""
    return frozenset().union(*map(_weekdays, _items(value)))


def _weekdays(item: object) -> list[int]:
    names = [name.strip() for name in item.lower().split("-")] if isinstance(item, str) else []
    if len(names) not in (1, 2) or any(name not in _DAYS for name in names):
        raise _UnreadableError(
            f"{item!r} is no day; write mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri"
        )
    first, last = _DAYS.index(names[0]), _DAYS.index(names[-1])
    return [(first + day) % 7 for day in range((last - first) % 7 + 1)]


def _dates(value: object) -> tuple[Dates, ...]:
    """`2026-12-24`, or `12-24` for every year, or `FIRST..LAST` of two alike: one, a list, or with commas."""
    return tuple(map(_span, _items(value)))


def _span(item: object) -> Dates:
    ends = [_day(item, end) for end in (item.split("..") if isinstance(item, str) else [item])]
    first, last = ends[0], ends[-1]
    if isinstance(first, date) and isinstance(last, date) and first <= last and len(ends) <= 2:
        return DateSpan(first, last)
    if isinstance(first, tuple) and isinstance(last, tuple) and len(ends) <= 2:
        return YearlySpan(first, last)
    raise _UnreadableError(f"{item!r} is no range: FIRST..LAST, in this order, both with a year or both without")


def _day(item: object, end: object) -> date | tuple[int, int]:
    """A date, or (month, day) of every year. YAML makes dates of unquoted ones."""
    if isinstance(end, date) and not isinstance(end, datetime):
        return end
    text = end.strip() if isinstance(end, str) else ""
    try:
        if iso := _ISO_DATE.fullmatch(text):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if yearly := _MONTH_DAY.fullmatch(text):
            shown = date(_A_LEAP_YEAR, int(yearly[1]), int(yearly[2]))
            return shown.month, shown.day
    except ValueError:
        raise _UnreadableError(f"{item!r} is not in the calendar") from None
    raise _UnreadableError(f"{item!r} is no date; write 2026-12-24, 12-24 for every year, or a range 12-24..12-26")


def _days_text(days: frozenset[int]) -> str:
    if days == EVERY_DAY:
        return "every day"
    return ",".join(_DAYS[day] for day in sorted(days))


def _dates_text(dates: Dates) -> str:
    first, last = (_date_text(end) for end in (dates.first, dates.last))
    return first if first == last else f"{first}..{last}"


def _date_text(end: date | tuple[int, int]) -> str:
    return end.isoformat() if isinstance(end, date) else f"{end[0]:02}-{end[1]:02}"
