"""The lines of `eventStream`: one event as one client is to see it.

    TIME SP NUMBER SP CAMERA SP EVENT [SP INFO]

TIME is what the server's clocks show, in 14 digits.  A line ends with a carriage return and nothing
else; in the multipart form it is a part of its own that ends with a line feed.

Versions 1 and 2 write `CAM` before a camera's number, know nothing of what came later, and say
MOTION without the place.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from ssplug.model.event import Event, EventInfo, EventType, Failure, FilePath, Region, Scores, TriggerReason
from ssplug.model.schedule_names import V5
from ssplug.wire.multipart import BOUNDARY, text_part
from ssplug.wire.requests import EventStreamRequest

PLAIN_TYPE: Final = "text/plain"
MULTIPART_TYPE: Final = f"multipart/mixed;boundary={BOUNDARY}"

_SINCE_VERSION_3 = frozenset({EventType.NULL, EventType.MOTION_END, EventType.FILE})
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")

# What a classifier found is said alone: some clients compare the code as a whole.  The first one counts.
_BY_CLASSIFIER = (TriggerReason.HUMAN, TriggerReason.VEHICLE, TriggerReason.ANIMAL)
_ANIMAL_IN_VERSION_5 = 512


@dataclass(frozen=True, slots=True)
class EventLines:
    """How events are written on one connection."""

    request: EventStreamRequest
    zone: Callable[[], tzinfo]
    """What the server's clocks show; asked for each line."""

    @property
    def content_type(self) -> str:
        """Of the response."""
        return MULTIPART_TYPE if self.request.multipart else PLAIN_TYPE

    def shows(self, event: Event) -> bool:
        """Whether this version of the stream has such events."""
        return self.request.version >= 3 or event.type not in _SINCE_VERSION_3

    def encode(self, event: Event, number: int, dialect: int) -> bytes:
        """`event` as the `number`th of its connection, with its terminator: to be written at once."""
        words = [self._time(event), str(number), self._camera(event.camera), event.type.value]
        line = " ".join([*words, *self._info(event.info, dialect)]).encode("utf-8", "replace")
        return text_part(line) if self.request.multipart else line + b"\r"

    def _time(self, event: Event) -> str:
        return datetime.fromtimestamp(event.at, self.zone()).strftime("%Y%m%d%H%M%S")

    def _camera(self, number: int | None) -> str:
        if number is None:
            return "X"
        return str(number) if self.request.version >= 3 else f"CAM{number}"

    def _info(self, info: EventInfo, dialect: int) -> list[str]:
        match info:
            case Region(x, y, width, height):
                return [f"{x} {y} {width} {height}"] if self.request.version >= 3 else []
            case Scores():
                return [self._scores(info)]
            case TriggerReason():
                return [str(trigger_code(info, dialect))]
            case Failure(code, text):
                return [f"{code} {_one_line(text)}"]
            case FilePath(path):
                return [_one_line(path)]
        return []

    def _scores(self, scores: Scores) -> str:
        """All three, always.

        In the multipart form with two digits: the client that reads it compares them as text.
        """
        digits = "02d" if self.request.multipart else "d"
        named: Mapping[str, int] = {"HUMAN": scores.human, "VEHICLE": scores.vehicle, "ANIMAL": scores.animal}
        return " ".join(f"{name} {max(0, min(99, round(score))):{digits}}" for name, score in named.items())


def trigger_code(reasons: TriggerReason, dialect: int) -> int:
    """The number of TRIGGER_M and TRIGGER_A."""
    classified = next((reason for reason in _BY_CLASSIFIER if reason in reasons), None)
    if classified is TriggerReason.ANIMAL and dialect == V5:
        return _ANIMAL_IN_VERSION_5
    return int(reasons if classified is None else classified)


def _one_line(text: str) -> str:
    """Without what would end the line."""
    return _CONTROLS.sub(" ", text)
