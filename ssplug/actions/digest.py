"""Errors gathered for one mail, and what it says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final, TypeAlias

from ssplug.model.event import Event, Failure
from ssplug.model.text import one_line

KINDS_LIMIT: Final = 100
"""Different errors in one mail; of more than that only the number is told."""

Kind: TypeAlias = tuple[int | None, Failure]
"""The camera's number (None: the server) and what went wrong."""


@dataclass(frozen=True, slots=True)
class Times:
    """When the same thing went wrong, and how often."""

    first: float
    last: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class Digest:
    """The errors since the last mail."""

    kinds: Mapping[Kind, Times]
    more: int = 0
    """Errors beyond KINDS_LIMIT kinds."""

    def __bool__(self) -> bool:
        return bool(self.kinds)

    def with_(self, event: Event) -> "Digest":
        """And this one; an event without a Failure changes nothing."""
        if not isinstance(event.info, Failure):
            return self
        kind = event.camera, event.info
        known = self.kinds.get(kind)
        if known is not None:
            times = replace(known, last=event.at, count=known.count + 1)
        elif len(self.kinds) < KINDS_LIMIT:
            times = Times(event.at, event.at)
        else:
            return replace(self, more=self.more + 1)
        return replace(self, kinds={**self.kinds, kind: times})

    def text(self, names: Mapping[int, str], zone: tzinfo) -> str:
        """What the mail says, in the order in which things first went wrong."""
        lines = [_line(kind, times, names, zone) for kind, times in self.kinds.items()]
        more = [f"... and {self.more} more: the log has them all"] if self.more else []
        return "\n".join([*lines, *more]) + "\n"


NOTHING: Final = Digest({})


def joined(first: Digest, second: Digest) -> Digest:
    """Both, for a mail that could not be sent is sent with the next one."""
    kinds = dict(first.kinds)
    more = first.more + second.more
    for kind, times in second.kinds.items():
        if (known := kinds.get(kind)) is not None:
            kinds[kind] = Times(known.first, times.last, known.count + times.count)
        elif len(kinds) < KINDS_LIMIT:
            kinds[kind] = times
        else:
            more += times.count
    return Digest(kinds, more)


def _line(kind: Kind, times: Times, names: Mapping[int, str], zone: tzinfo) -> str:
    number, failure = kind
    who = "server" if number is None else names.get(number, f"camera {number}")
    often = f" ({times.count} times, last at {_clock(times.last, zone)})" if times.count > 1 else ""
    return f"{_clock(times.first, zone)}  {one_line(who)}: {failure.code} {one_line(failure.text)}{often}"


def _clock(at: float, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S}"
