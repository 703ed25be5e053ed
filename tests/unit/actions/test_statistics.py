"""What a day was like, from values alone."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from ssplug.actions.statistics import CameraDay, bounds, camera_day, size, statistics_text
from ssplug.model.event import Event, EventType, Failure
from ssplug.model.footage import Amount, Usage
from ssplug.testing import a_camera

LONDON = ZoneInfo("Europe/London")
END = 86_400.0


def a_day(*events, is_online=True, before=None):
    """Porch's, of (at, type) and of (at, type, camera); `before` is how it was the evening before."""
    made = [Event(1, at, camera[0] if camera else 0, kind) for at, kind, *camera in events]
    evening = [] if before is None else [Event(1, -60.0, 0, before), Event(2, -50.0, 5, EventType.OFFLINE)]
    return camera_day(a_camera(), made, evening, (0.0, END), is_online, Amount())


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)],
)
def test_a_local_day_is_as_long_as_it_is(day, hours):
    """Also when the clocks change."""
    begin, end = bounds(day, LONDON)
    assert (end - begin) / 3600 == hours


def test_a_day_whose_midnight_does_not_exist_begins_all_the_same():
    """Where the clocks change at midnight; no second belongs to two days or to none."""
    zone = ZoneInfo("America/Santiago")
    days = [bounds(date(2026, 9, each), zone) for each in (5, 6, 7)]
    assert [end for _, end in days[:-1]] == [begin for begin, _ in days[1:]]
    assert [(end - begin) / 3600 for begin, end in days] == [24, 23, 24]


def test_motion_and_errors_are_counted_for_their_camera():
    day = a_day(
        (1, EventType.MOTION_END), (2, EventType.MOTION_END), (3, EventType.MOTION_END, 5), (4, EventType.ERROR)
    )
    assert (day.episodes, day.errors) == (2, 1)


@pytest.mark.parametrize(
    ("events", "offline", "away"),
    [
        ([], 0, 0),
        ([(100, EventType.OFFLINE), (160, EventType.ONLINE)], 1, 60),
        (
            [(100, EventType.OFFLINE), (160, EventType.ONLINE), (200, EventType.OFFLINE), (300, EventType.ONLINE)],
            2,
            160,
        ),
        ([(END - 50, EventType.OFFLINE)], 1, 50),
        ([(100, EventType.ONLINE)], 0, 0),
        ([(100, EventType.OFFLINE), (110, EventType.OFFLINE), (160, EventType.ONLINE)], 2, 60),
    ],
)
def test_a_camera_is_away_from_offline_to_online(events, offline, away):
    """Or to the end of the day."""
    day = a_day(*events)
    assert (day.offline, day.away) == (offline, away)


@pytest.mark.parametrize(
    ("before", "events", "offline", "away"),
    [
        (EventType.OFFLINE, [(100, EventType.ONLINE)], 1, 100),
        (EventType.OFFLINE, [(100, EventType.ONLINE), (END - 50, EventType.OFFLINE)], 2, 150),
        (EventType.OFFLINE, [], 1, END),
        (EventType.ONLINE, [(100, EventType.ONLINE)], 0, 0),
        (EventType.ONLINE, [], 0, 0),
    ],
)
def test_who_was_away_the_evening_before_is_away_until_it_comes(before, events, offline, away):
    """A camera that is told to be online is not always one that was away: the server may have been."""
    day = a_day(*events, before=before, is_online=False)
    assert (day.offline, day.away) == (offline, away)


def test_a_camera_that_never_came_was_away_all_day():
    """Nothing happened, which says nothing; that it is not there now says it."""
    day = a_day((1, EventType.ERROR), is_online=False)
    assert (day.offline, day.away) == (1, END)
    day = a_day((100, EventType.OFFLINE), (160, EventType.ONLINE), is_online=False)
    assert (day.offline, day.away) == (1, 60)


def test_a_name_cannot_look_like_a_figure():
    text = statistics_text([CameraDay("Porch\n  offline: never", 1, 60.0, 0, 0, Amount())], 0, [])
    assert text.splitlines()[:2] == ["Porch offline: never", "  offline: once, 1 min 00 s"]


def test_the_text_tells_camera_by_camera_and_then_the_volumes():
    porch = CameraDay("Porch", 2, 3725.0, 31, 4, Amount(14, 1_234_000_000, 20, 3_100_000))
    yard = CameraDay("Yard", 0, 0.0, 1, 0, Amount())
    usages = [("filesystem:/footage", Usage(120 * 10**9, 500 * 10**9)), ("s3:footage", Usage())]
    assert statistics_text([porch, yard], 1, usages).splitlines() == [
        "Porch",
        "  offline: 2 times, 1 h 02 min",
        "  motion:  31 times",
        "  movies:  14, 1.2 GB",
        "  images:  20, 3.1 MB",
        "  errors:  4",
        "",
        "Yard",
        "  offline: never",
        "  motion:  once",
        "  movies:  0, 0 bytes",
        "  images:  0, 0 bytes",
        "",
        "Free on filesystem:/footage: 120.0 GB of 500.0 GB (24%)",
        "Free on s3:footage: not known",
        "Errors of the server: 1",
    ]


def test_short_outages_are_told_in_seconds():
    assert "offline: once, 1 min 05 s" in statistics_text([CameraDay("P", 1, 65, 0, 0, Amount())], 0, [])


def test_a_site_without_anything_has_a_text_too():
    assert statistics_text([], 0, []) == "\n"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (3 * 10**12, "3.0 TB")],
)
def test_sizes_are_those_on_the_label_of_a_disk(count, text):
    assert size(count) == text


def test_an_error_of_another_kind_is_not_a_failure_of_the_camera():
    """Only events of the camera count."""
    events = [Event(1, 1.0, None, EventType.ERROR, Failure(1, "x"))]
    assert camera_day(a_camera(), events, [], (0.0, END), True, Amount()).errors == 0
