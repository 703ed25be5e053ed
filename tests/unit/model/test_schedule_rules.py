"""Rules as the site file writes them."""

import contextlib
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.model.schedule import (
    EVERY_DAY,
    ClockTime,
    DateSpan,
    Rule,
    Schedule,
    SunEvent,
    SunTime,
    YearlySpan,
)
from ssplug.model.schedule_rules import RuleError, parse_rule, parse_schedule, rule_text

SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "schedule.schema.json").read_text())


def parsed(**rule) -> Rule:
    """`from_` and `except_` stand for the words that Python keeps for itself."""
    return parse_rule("night", 0, {key.rstrip("_"): value for key, value in rule.items()})


def test_the_nights_of_the_example_site():
    """The schedule that the documentation shows."""
    night = parse_schedule("night", [{"days": "mon-sun", "from": "sunset-30m", "to": "sunrise+30m"}])
    half_an_hour = timedelta(minutes=30)
    assert night == Schedule(
        "night", (Rule(SunTime(SunEvent.SUNSET, -half_an_hour), SunTime(SunEvent.SUNRISE, half_an_hour)),)
    )


def test_what_is_not_said_means_all_day_every_day():
    assert parsed(days="mon-sun") == Rule(ClockTime(0), ClockTime(1440), EVERY_DAY)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("wed", {2}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("fri-mon", {4, 5, 6, 0}),
        ("mon,wed", {0, 2}),
        ("Mon - Wed, SUN", {0, 1, 2, 6}),
        (["mon", "sat-sun"], {0, 5, 6}),
        ("mon-mon", {0}),
    ],
)
def test_days(written, days):
    assert parsed(days=written).days == days


@pytest.mark.parametrize(
    ("written", "edge"),
    [
        ("08:30", ClockTime(510)),
        ("8:30", ClockTime(510)),
        ("sunset", SunTime(SunEvent.SUNSET)),
        ("sunrise+1h30m", SunTime(SunEvent.SUNRISE, timedelta(minutes=90))),
        ("Sunset - 2h", SunTime(SunEvent.SUNSET, timedelta(hours=-2))),
        ("sunset+12h", SunTime(SunEvent.SUNSET, timedelta(hours=12))),
    ],
)
def test_times(written, edge):
    assert parsed(from_=written).begins == edge
    assert parsed(to=written).ends == edge


@pytest.mark.parametrize(
    ("written", "dates"),
    [
        ("2026-12-24", (DateSpan(date(2026, 12, 24), date(2026, 12, 24)),)),
        (date(2026, 12, 24), (DateSpan(date(2026, 12, 24), date(2026, 12, 24)),)),
        ("12-24..01-06", (YearlySpan((12, 24), (1, 6)),)),
        ("02-29", (YearlySpan((2, 29), (2, 29)),)),
        (
            ["2026-07-01 .. 2026-07-14", "08-15"],
            (DateSpan(date(2026, 7, 1), date(2026, 7, 14)), YearlySpan((8, 15), (8, 15))),
        ),
        ("05-01, 12-25", (YearlySpan((5, 1), (5, 1)), YearlySpan((12, 25), (12, 25)))),
    ],
)
def test_dates_and_exceptions(written, dates):
    """YAML itself makes a date of an unquoted one."""
    assert parsed(dates=written).dates == dates
    assert parsed(except_=written).exceptions == dates


@pytest.mark.parametrize(
    ("rule", "key", "said"),
    [
        ({"days": "mon-sunday"}, "days", "'mon-sunday' is no day"),
        ({"days": "mon--fri"}, "days", "is no day"),
        ({"days": 3}, "days", "3 is no day"),
        ({"days": []}, "days", "empty list"),
        ({"from": "25:00"}, "from", "not on the clock"),
        ({"from": "12:60"}, "from", "not on the clock"),
        ({"from": "24:00"}, "from", "write 00:00"),
        ({"to": "24:01"}, "to", "not on the clock"),
        ({"to": 510}, "to", "510 is no time"),
        ({"to": "sunset+30"}, "to", "is no time"),
        ({"to": "sunset+"}, "to", "is no time"),
        ({"to": "sunset+13h"}, "to", "more than 12 hours"),
        ({"dates": "2026-02-29"}, "dates", "not in the calendar"),
        ({"dates": "02-30"}, "dates", "not in the calendar"),
        ({"dates": "24.12."}, "dates", "is no date"),
        ({"dates": "2026-12-26..2026-12-24"}, "dates", "is no range"),
        ({"dates": "2026-12-26..12-28"}, "dates", "is no range"),
        ({"dates": "12-01..12-02..12-03"}, "dates", "is no range"),
        ({"dates": datetime(2026, 12, 24, 10)}, "dates", "is no date"),
        ({"except": [12]}, "except", "12 is no date"),
        ({"armed": "no"}, "armed", "neither true nor false"),
        ({"day": "mon"}, "day", "unknown; a rule has days, from"),
        ("mon-fri", None, "is not a mapping"),
    ],
)
def test_a_bad_rule_is_named_with_its_key(rule, key, said):
    """The error knows the schedule, the index and the key, for whoever knows the line."""
    with pytest.raises(RuleError) as caught:
        parse_schedule("night", [{"days": "mon"}, rule])
    assert (caught.value.schedule, caught.value.index, caught.value.key) == ("night", 1, key)
    assert said in caught.value.reason
    assert str(caught.value).startswith("night[1]" + (f".{key}: " if key else ": "))


@given(st.text(max_size=30) | st.integers() | st.none() | st.lists(st.text(max_size=5), max_size=3))
def test_whatever_is_written_is_read_or_refused(value):
    """No other error than RuleError."""
    for key in ("days", "from", "to", "dates", "except", "armed"):
        with contextlib.suppress(RuleError):
            parse_rule("any", 0, {key: value})


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Rule(), "every day 00:00 to 24:00"),
        (parsed(days="mon-wed", from_="sunset-30m", to="08:05"), "mon,tue,wed sunset-30m to 08:05"),
        (parsed(dates="2026-12-24..2026-12-26"), "every day on 2026-12-24..2026-12-26 00:00 to 24:00"),
        (parsed(except_=["12-25", "05-01"], armed=False), "every day except 12-25, 05-01 00:00 to 24:00 unarmed"),
    ],
)
def test_a_rule_in_words(rule, text):
    assert rule_text(rule) == text


@pytest.mark.parametrize("rules", SCHEMA["examples"])
def test_the_examples_of_the_schema_are_schedules(rules):
    jsonschema.validate(rules, SCHEMA)
    assert parse_schedule("example", rules).rules


def test_the_schema_and_the_parser_know_the_same_keys():
    """A key of one and not the other would be an error that nobody can mend."""
    for key, shape in SCHEMA["items"]["properties"].items():
        value = shape.get("examples", [shape.get("default")])[0]
        parse_rule("example", 0, {key: value})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{"day": "mon"}], SCHEMA)
