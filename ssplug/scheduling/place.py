"""Where the server is: its clocks and its sun, from `server:` of the site file."""

import os
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from ssplug.model.schedule import Place
from ssplug.scheduling.sun import equinox, sun_at
from ssplug.site.types import ServerConfig

_LOCALTIME = Path("/etc/localtime")


def place_of(server: ServerConfig) -> Place:
    """The place that `server` describes; reads files of the system, so at start only."""
    zone = ZoneInfo(server.timezone) if server.timezone else system_zone()
    sun = equinox(zone) if server.location is None else sun_at(server.location, zone)
    return Place(zone, sun)


def system_zone(localtime: Path = _LOCALTIME) -> tzinfo:
    """The machine's time zone with its rules for other dates: TZ, else /etc/localtime, else UTC."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if name:
        return ZoneInfo(name)
    try:
        with localtime.open("rb") as rules:
            return ZoneInfo.from_file(rules, key="localtime")
    except FileNotFoundError:
        return UTC
