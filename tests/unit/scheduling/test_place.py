"""The clocks and the sun that the site file or the system gives."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ssplug.scheduling.place import place_of, system_zone
from ssplug.site.types import Location, ServerConfig


def a_localtime(folder: Path, zone: str) -> Path:
    """A file as /etc/localtime links to it; the wheel `tzdata` has one of each."""
    import tzdata

    path = folder / "localtime"
    path.write_bytes((Path(tzdata.__file__).parent / "zoneinfo" / zone).read_bytes())
    return path


def test_the_site_says_where_it_is():
    place = place_of(ServerConfig(timezone="Europe/London", location=Location(51.5, -0.12)))
    assert place.zone == ZoneInfo("Europe/London")
    assert place.sun(date(2024, 6, 20)).sunrise.hour == 3  # 04:43 BST


def test_without_a_location_the_sun_is_up_from_six_to_six():
    place = place_of(ServerConfig(timezone="America/Havana"))
    assert place.sun(date(2024, 6, 20)).sunrise == datetime(2024, 6, 20, 10, tzinfo=UTC)


def test_the_zone_of_the_system_has_rules_for_every_season(tmp_path, monkeypatch):
    monkeypatch.delenv("TZ", raising=False)
    zone = system_zone(a_localtime(tmp_path, "Europe/London"))
    offsets = [datetime(2024, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    assert offsets == [timedelta(0), timedelta(hours=1)]


@pytest.mark.parametrize("name", ["Asia/Kathmandu", ":Asia/Kathmandu"])
def test_the_environment_goes_before_the_system(tmp_path, monkeypatch, name):
    monkeypatch.setenv("TZ", name)
    assert system_zone(a_localtime(tmp_path, "Europe/London")) == ZoneInfo("Asia/Kathmandu")


@pytest.mark.parametrize("name", ["", ":/etc/localtime", "EST5EDT,M3.2.0,M11.1.0", "Europe/Atlantis", "Europe"])
def test_an_environment_that_names_no_zone_is_passed_over(tmp_path, monkeypatch, name):
    monkeypatch.setenv("TZ", name)
    assert system_zone(a_localtime(tmp_path, "Europe/London")).key == "localtime"


def test_a_system_without_a_zone_has_universal_time(tmp_path, monkeypatch):
    monkeypatch.delenv("TZ", raising=False)
    assert system_zone(tmp_path / "none") is UTC
