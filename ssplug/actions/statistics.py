"""What a day was like: from events and footage to a text. Nothing here has a clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from ssplug.model.camera import CameraIdentity
from ssplug.model.event import Event, EventType
from ssplug.model.footage import Amount, Usage
from ssplug.model.text import one_line

COMING_AND_GOING: Final = (EventType.ONLINE, EventType.OFFLINE)
EVENTS_OF_INTEREST: Final = (*COMING_AND_GOING, EventType.MOTION_END, EventType.ERROR)
_UNITS: Final = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


@dataclass(frozen=True, slots=True)
class CameraDay:
    """One camera's day."""

    name: str
    offline: int
    """How often it was lost."""
    away: float
    """Seconds for which it was lost; at the end of the day it may still be."""
    episodes: int
    """Of motion."""
    errors: int
    amount: Amount


def bounds(day: date, zone: tzinfo) -> tuple[float, float]:
    """When a local day begins and ends, in seconds since the epoch: 23 to 25 hours apart."""
    first, last = (datetime.combine(each, time.min, zone).timestamp() for each in (day, day + timedelta(days=1)))
    return first, last


def camera_day(
    identity: CameraIdentity,
    events: Sequence[Event],
    before: Sequence[Event],
    span: tuple[float, float],
    is_online: bool,
    amount: Amount,
) -> CameraDay:
    """What `events` of one day (`span`) tell of a camera.

    `before` has the last of COMING_AND_GOING before the day; `is_online` is what counts where neither tells.
    """
    own = [event for event in events if event.camera == identity.number]
    kinds = [event.type for event in own]
    was_away = _was_away([event.type for event in before if event.camera == identity.number], kinds, is_online)
    return CameraDay(
        identity.name,
        kinds.count(EventType.OFFLINE) + was_away,
        _away(own, span, was_away),
        kinds.count(EventType.MOTION_END),
        kinds.count(EventType.ERROR),
        amount,
    )


def _was_away(before: Sequence[EventType], kinds: Sequence[EventType], is_online: bool) -> bool:
    """Whether a camera was away when the day began."""
    if before:
        return before[-1] is EventType.OFFLINE
    return not is_online and not set(COMING_AND_GOING) & set(kinds)


def _away(events: Iterable[Event], span: tuple[float, float], was_away: bool) -> float:
    """From each OFFLINE to the next ONLINE."""
    (begin, end), away = span, 0.0
    since = begin if was_away else None
    for event in events:
        if event.type is EventType.OFFLINE and since is None:
            since = event.at
        elif event.type is EventType.ONLINE and since is not None:
            away, since = away + event.at - since, None
    return away if since is None else away + end - since


def statistics_text(cameras: Iterable[CameraDay], server_errors: int, usages: Iterable[tuple[str, Usage]]) -> str:
    """The mail's text."""
    blocks = [_camera(camera) for camera in cameras]
    rest = [f"Free on {name}: {_free(usage)}" for name, usage in usages]
    if server_errors:
        rest.append(f"Errors of the server: {server_errors}")
    return "\n\n".join([*blocks, "\n".join(rest)]).strip() + "\n"


def _camera(day: CameraDay) -> str:
    amount = day.amount
    lines = [
        one_line(day.name),
        f"  offline: {_times(day.offline)}" + (f", {_span(day.away)}" if day.offline else ""),
        f"  motion:  {_times(day.episodes)}",
        f"  movies:  {amount.movies}, {size(amount.movie_bytes)}",
        f"  images:  {amount.images}, {size(amount.image_bytes)}",
    ]
    return "\n".join([*lines, *([f"  errors:  {day.errors}"] if day.errors else [])])


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _free(usage: Usage) -> str:
    if usage.free is None:
        return "not known"
    if not usage.total:
        return size(usage.free)
    return f"{size(usage.free)} of {size(usage.total)} ({usage.free / usage.total:.0%})"


def size(count: int) -> str:
    """Bytes for people, in powers of ten as on the label of a disk."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"
