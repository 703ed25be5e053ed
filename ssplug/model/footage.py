"""Footage files: what they are, what is said inside them, and how they are asked for."""

import datetime as dt
import enum
import json
import string
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Self

from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason


class FootageKind(enum.IntEnum):
    """The three kinds that `download` tells apart; the numbers are the catalogue's."""

    CONTINUOUS = 0
    MOTION = 1
    IMAGE = 2


class FootageState(enum.IntEnum):
    """How far a file has come; the numbers are the catalogue's."""

    RECORDING = 0
    """Being written, or left behind by a server that was killed."""
    COMPLETE = 1
    DELETING = 2
    """Chosen for deletion: not listed any more, perhaps already gone from its store."""


class ObjectClass(enum.IntFlag):
    """What a classifier found in a file; the numbers of `caplist`."""

    HUMAN = 1
    VEHICLE = 2
    ANIMAL = 4


TAG_NONE = 0
TAG_KEEP = 1
"""Retention never deletes a file with this tag; other tags mean nothing to the server."""


@dataclass(frozen=True, slots=True)
class Label:
    """What every footage file says of itself, so that the catalogue can be rebuilt from the files."""

    camera: int
    mode: CaptureMode
    started: float
    """Wall time of the first picture, seconds since the epoch; kept to the millisecond."""
    utc_offset: int = 0
    """Local time less UTC when the file was begun, in seconds."""
    triggers: TriggerReason = TriggerReason(0)
    classes: ObjectClass = ObjectClass(0)
    tag: int = TAG_NONE

    @property
    def local_date(self) -> dt.date:
        """The date on the wall where and when the file was begun."""
        zone = dt.timezone(dt.timedelta(seconds=self.utc_offset))
        return dt.datetime.fromtimestamp(self.started, zone).date()

    def to_json(self) -> bytes:
        """As it stands in the file."""
        fields = {
            "camera": self.camera,
            "mode": self.mode.value,
            "start": _utc_text(self.started),
            "offset": self.utc_offset,
            "triggers": int(self.triggers),
            "classes": int(self.classes),
            "tag": self.tag,
        }
        return json.dumps(fields, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """The label in a file; ValueError if it is none."""
        try:
            fields: dict[str, Any] = json.loads(text)
            label = cls(
                int(fields["camera"]),
                CaptureMode(fields["mode"]),
                dt.datetime.fromisoformat(fields["start"]).timestamp(),
                int(fields["offset"]),
                TriggerReason(int(fields["triggers"])),
                ObjectClass(int(fields["classes"])),
                int(fields["tag"]),
            )
            label.local_date  # noqa: B018 - asked for its errors: an offset of a week, a year of five digits
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"not a footage label: {error}") from error
        return label


def _utc_text(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class FootageFile:
    """One row of the catalogue."""

    id: int
    label: Label
    kind: FootageKind
    date: dt.date
    """Local date when it was begun: the folder it is in, and what `date1` and `date2` mean."""
    store: str
    """Which storage backend keeps it (`IFootageStore.name`)."""
    key: str
    """Its path in the store: folder of the camera, date, name."""
    duration: float
    """Seconds; 0 for an image."""
    size: int
    """Bytes; of a file that is being recorded, those written so far."""
    state: FootageState

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return PurePosixPath(self.key).name

    @property
    def is_movie(self) -> bool:
        """A movie, or else an image."""
        return self.kind is not FootageKind.IMAGE

    @property
    def ended(self) -> float:
        """Wall time of its end, seconds since the epoch."""
        return self.label.started + self.duration


@dataclass(frozen=True, slots=True)
class FootageCursor:
    """A place in the list of all footage: just behind the file that these values belong to."""

    date: dt.date
    started_ms: int
    id: int

    @classmethod
    def behind(cls, file: FootageFile) -> Self:
        """Where the page after `file` begins."""
        return cls(file.date, milliseconds(file.label.started), file.id)

    def __str__(self) -> str:
        """As `continuation` of `download`: hexadecimal digits only, never the sixteen F that mean the end."""
        return f"{self.date.toordinal():06X}{self.started_ms:012X}{self.id:012X}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The cursor that a client brings back; ValueError if it was made up."""
        if len(text) != 30 or not set(text) <= set(string.hexdigits):
            raise ValueError("not a continuation value")
        date, started, number = int(text[:6], 16), int(text[6:18], 16), int(text[18:], 16)
        return cls(dt.date.fromordinal(date), started, number)


@dataclass(frozen=True, slots=True)
class FootageQuery:
    """Which files, newest first."""

    cameras: frozenset[int]
    kinds: frozenset[FootageKind]
    first_date: dt.date | None = None
    last_date: dt.date | None = None
    """Both inclusive; None: no limit."""
    since: float | None = None
    """Wall time, seconds since the epoch: only files that began then or later."""
    limit: int = 200
    after: FootageCursor | None = None
    classes: ObjectClass = ObjectClass(0)
    """Only files in which one of these was found; none: any file."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How full the volume of a store is, in bytes; None where nobody knows, as with an object store."""

    free: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a camera recorded."""

    movies: int = 0
    movie_bytes: int = 0
    images: int = 0
    image_bytes: int = 0


def milliseconds(seconds: float) -> int:
    """Wall time as the catalogue keeps it."""
    return round(seconds * 1000)
