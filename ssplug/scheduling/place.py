"""Where the server is: its clocks and its sun, from `server:` of the site file."""

import os
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ssplug.model.schedule import Place
from ssplug.scheduling.sun import equinox, sun_at
from ssplug.site.types import ServerConfig

_LOCALTIME = Path("/etc/localtime")


def place_of(server: ServerConfig) -> Place:
    """The place that `server` describes. Blocking: reads the rules of its time zone."""
    zone = ZoneInfo(server.timezone) if server.timezone else system_zone()
    sun = equinox(zone) if server.location is None else sun_at(server.location, zone)
    return Place(zone, sun)


def system_zone(localtime: Path = _LOCALTIME) -> tzinfo:
    """The machine's time zone with its rules for other dates: that which TZ names, else /etc/localtime, else UTC."""
    try:
        if name := os.environ.get("TZ", "").removeprefix(":"):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass  # a rule or a file in POSIX notation, which zoneinfo does not read
    try:
        with localtime.open("rb") as rules:
            return ZoneInfo.from_file(rules, key="localtime")
    except FileNotFoundError:
        return UTC
