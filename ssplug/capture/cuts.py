"""When a continuous recording goes on in a new file."""

import datetime as dt
import math

_DAY = 86400.0


def next_cut(started: float, length: float, zone: dt.tzinfo | None) -> float:
    """The wall time at which a file begun at `started` ends: the next multiple of `length` on the clock on the wall.

    Counted from local midnight, where every file ends, for each date has a folder of its own. `zone`
    None is the system's. Across a change of the clock the file is as much shorter or longer as the
    clock says.
    """
    local = dt.datetime.fromtimestamp(started, zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    of_day = (local.replace(tzinfo=None) - midnight.replace(tzinfo=None)).total_seconds()
    after = min((math.floor(of_day / length) + 1) * length, _DAY)
    wanted = midnight + dt.timedelta(seconds=after)  # on the wall, not elapsed: both are of one zone
    # At the end of summer time a time of day comes twice; the first that is still to come is meant.
    times = (wanted.replace(fold=fold).timestamp() for fold in (0, 1))
    return min((started + length, *(time for time in times if time > started)))


def utc_offset(moment: float, zone: dt.tzinfo | None) -> int:
    """Local time less UTC at `moment`, in seconds."""
    local = dt.datetime.fromtimestamp(moment, zone)
    offset = (local if local.tzinfo is not None else local.astimezone()).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0
