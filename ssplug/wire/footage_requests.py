"""What clients ask of captured footage, read as generously as they need.

Nothing here touches a file: a `FileName` is what is looked up in the catalogue, to the letter, so
that a path that leads elsewhere is merely a name that no footage has.
"""

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from ssplug.model.footage import FootageCursor, FootageKind, FootageQuery, ObjectClass
from ssplug.wire.requests import Parameters, RequestError, Target, decoded, without_plus

DEFAULT_RESULTS: Final = 200
MOST_RESULTS: Final = 1000
MOST_LISTED: Final = 20_000
"""Files in one answer to `caplist`, which has no pages."""
LONGEST_CLIP: Final = 24 * 3600.0
"""Seconds that a clip may be asked for at once."""
END_OF_LIST: Final = "FFFFFFFFFFFFFFFF"
"""What some clients take for the end of a list; here it is one too."""

KIND_FIELDS: Final = {
    FootageKind.CONTINUOUS: "ccFilesCheck",
    FootageKind.MOTION: "mcFilesCheck",
    FootageKind.IMAGE: "imageFilesCheck",
}
_DAY: Final = 86400.0
_ISO_DATE: Final = "YYYY-MM-DD"
_FIELDS: Final = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{1,2})"}


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """`download`."""

    cameras: frozenset[int]
    kinds: frozenset[FootageKind]
    format: str
    """xml, list or grid."""
    first_date: dt.date | None = None
    last_date: dt.date | None = None
    age_days: float | None = None
    classes: ObjectClass = ObjectClass(0)
    results: int = DEFAULT_RESULTS
    after: FootageCursor | None = None
    is_at_end: bool = False
    """The client brings back the value that means the end."""

    @classmethod
    def parse(cls, parameters: Parameters, date_format: str) -> Self:
        """RequestError for dates that do not exist, and for continuation values that were made up."""
        form = (parameters.text("format") or "").strip("/ ").lower()
        continuation = (parameters.text("continuation") or "").strip("/ ")
        is_at_end = continuation.upper() == END_OF_LIST
        return cls(
            frozenset(_numbers(parameters.texts("cameraNum"))),
            frozenset(kind for kind, name in KIND_FIELDS.items() if _is_ticked(parameters, name)),
            form if form in ("xml", "grid") else "list",
            _date(parameters, "date1", date_format),
            _date(parameters, "date2", date_format),
            _age(parameters),
            _classes(parameters),
            _results(parameters),
            _cursor(continuation) if continuation and not is_at_end else None,
            is_at_end,
        )

    def query(self, cameras: Collection[int], now: float) -> FootageQuery:
        """Of these cameras, one file more than are shown: it tells whether there is another page.

        In a feed what is not ticked is not there; on a page for people, nothing ticked hides nothing.
        """
        since = None if self.age_days is None else max(now - self.age_days * _DAY, 0.0)
        return FootageQuery(
            frozenset(cameras),
            self.kinds if self.kinds or self.format == "xml" else frozenset(FootageKind),
            self.first_date,
            self.last_date,
            since,
            self.results + 1,
            self.after,
            self.classes,
        )


@dataclass(frozen=True, slots=True)
class FileName:
    """A footage file as `getfile` and its kin name it."""

    camera: int
    date: dt.date
    names: tuple[str, ...]
    """What the name may mean, the likeliest first: a plus sign is a space, or itself."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `cameraNum/date/name`, percent-encoded; ValueError if it is nothing of the kind."""
        parts = text.strip("/").split("/")
        if len(parts) != 3 or re.fullmatch("[0-9]{1,9}", parts[0]) is None:
            raise ValueError("not cameraNum/date/name")
        names = dict.fromkeys((decoded(parts[2]), without_plus(parts[2])))
        return cls(int(parts[0]), date_of(without_plus(parts[1]), _ISO_DATE), tuple(names))

    @classmethod
    def of_target(cls, target: Target) -> Self:
        """From either spelling, `getfile/cameraNum/date/name` and `getfile?cameraNum/date/name`."""
        return cls.parse("/".join(target.rest) if target.rest else re.split("[?&]", target.query)[0])


@dataclass(frozen=True, slots=True)
class CaplistRequest:
    """`caplist`."""

    cameras: frozenset[int]
    first_date: dt.date | None
    last_date: dt.date | None
    classes: ObjectClass

    @classmethod
    def parse(cls, parameters: Parameters) -> Self:
        """Dates that cannot be read are no dates: the answer is empty then, as clients expect."""
        return cls(
            frozenset(_numbers((parameters.text("cams") or "").split(","))),
            _date_or_none(parameters.text("startDate")),
            _date_or_none(parameters.text("endDate")),
            _classes(parameters, "filter"),
        )

    def query(self, cameras: Collection[int]) -> FootageQuery | None:
        """Of these cameras; None where nothing is asked for."""
        if self.first_date is None or self.last_date is None:
            return None
        return FootageQuery(
            frozenset(cameras),
            frozenset(FootageKind),
            self.first_date,
            self.last_date,
            limit=MOST_LISTED,
            classes=self.classes,
        )


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """`clip`; wall times, seconds since the epoch."""

    start: float
    end: float

    @classmethod
    def parse(cls, parameters: Parameters, zone: dt.tzinfo) -> Self:
        """Read `start` and `end`: ISO 8601, in the server's zone unless they say another, or seconds."""
        start, end = _moment(parameters, "start", zone), _moment(parameters, "end", zone)
        if not start < end:
            raise RequestError("end: not after start")
        if end - start > LONGEST_CLIP:
            raise RequestError(f"end: more than {LONGEST_CLIP / 3600:.0f} hours after start")
        return cls(start, end)


def date_of(text: str, date_format: str) -> dt.date:
    """A date written as `date_format` says; ValueError if it is none or does not exist."""
    found = re.fullmatch(_pattern(date_format), text.strip(), re.ASCII)
    if found is None:
        raise ValueError(f"not a date like {date_format}")
    return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))


def _pattern(date_format: str) -> str:
    return re.sub("YYYY|MM|DD|.", lambda part: _FIELDS.get(part[0], re.escape(part[0])), date_format)


def _date(parameters: Parameters, name: str, date_format: str) -> dt.date | None:
    """`date1` is ISO, `date1Text` as configured; empty fields of a form say nothing."""
    for field, form in ((name, _ISO_DATE), (f"{name}Text", date_format)):
        text = (parameters.text(field) or "").strip("/ ")
        if text:
            try:
                return date_of(text, form)
            except ValueError as error:
                raise RequestError(f"{field}: {error}") from error
    return None


def _date_or_none(text: str | None) -> dt.date | None:
    try:
        return date_of(text or "", _ISO_DATE)
    except ValueError:
        return None


def _age(parameters: Parameters) -> float | None:
    days = parameters.number("ageText")
    if days is not None and days < 0:
        raise RequestError("ageText: less than nothing")
    return days


def _classes(parameters: Parameters, name: str = "classes") -> ObjectClass:
    """The sum of what was ticked; classes that are not known are not asked for."""
    chosen = ObjectClass(0)
    for text in parameters.texts(name):
        for number in _numbers([text]):
            chosen |= ObjectClass(number & 7)
    return chosen


def _results(parameters: Parameters) -> int:
    """0 and less is not asking."""
    wanted = parameters.integer("results") or 0
    return min(wanted, MOST_RESULTS) if wanted > 0 else DEFAULT_RESULTS


def _cursor(text: str) -> FootageCursor:
    try:
        return FootageCursor.parse(text)
    except (ValueError, OverflowError) as error:
        raise RequestError("continuation: not a value that this server has given") from error


def _is_ticked(parameters: Parameters, name: str) -> bool:
    return (parameters.text(name) or "0").strip("/ ").lower() not in ("0", "off", "false", "")


def _numbers(texts: Collection[str]) -> list[int]:
    found = (re.match(r"\s*([0-9]{1,9})", text) for text in texts)
    return [int(each[1]) for each in found if each is not None]


def _moment(parameters: Parameters, name: str, zone: dt.tzinfo) -> float:
    text = (parameters.raw(name) or "").strip("/ ")
    plain = without_plus(text)  # a plus sign belongs to the offset
    try:
        if re.fullmatch(r"[0-9]{1,11}(\.[0-9]{1,9})?", plain):
            return float(plain)
        moment = dt.datetime.fromisoformat(plain)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError) as error:
        raise RequestError(f"{name}: neither an ISO 8601 time nor seconds since 1970") from error
