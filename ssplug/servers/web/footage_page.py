"""The HTML of `download`: footage by day, with what filters it. Values in, text out."""

import html
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import unquote, urlencode

from ssplug.model.footage import TAG_KEEP, FootageCursor, FootageFile, FootageKind, ObjectClass
from ssplug.servers.web.assets import template
from ssplug.wire.footage_documents import file_path, local_start
from ssplug.wire.footage_requests import DEFAULT_RESULTS, KIND_FIELDS, DownloadRequest

_KINDS: Final = {FootageKind.CONTINUOUS: "Continuous", FootageKind.MOTION: "Motion", FootageKind.IMAGE: "Images"}
_BADGES: Final = {FootageKind.CONTINUOUS: "continuous", FootageKind.MOTION: "motion", FootageKind.IMAGE: "image"}
_CLASSES: Final = {ObjectClass.HUMAN: "People", ObjectClass.VEHICLE: "Vehicles", ObjectClass.ANIMAL: "Animals"}
_CLASS_BADGES: Final = {ObjectClass.HUMAN: "person", ObjectClass.VEHICLE: "vehicle", ObjectClass.ANIMAL: "animal"}
_CLASS_NAMES: Final = {int(each): name for each, name in _CLASSES.items()}
_VIEWS: Final = {"grid": "Grid", "list": "List"}
_NOTHING_YET: Final = (
    "Cameras record while they are armed: motion capture when something triggers it, continuous capture all the"
    " time. Arm them with a schedule in the site file, and what they record appears here."
)
_NOTHING_FOUND: Final = "Nothing was recorded that these filters let through. Tick fewer of them, or show everything."
_COMMANDS: Final = '<button type="button" id="keep">Keep</button><button type="button" id="delete">Delete</button>'

_PAGE: Final = template("footage.html")
_SHOT: Final = template("shot.html")


@dataclass(frozen=True, slots=True)
class FootagePage:
    """What is shown to somebody."""

    site: str
    cameras: Mapping[int, str]
    """Number and name of those that may be chosen."""
    request: DownloadRequest
    files: Sequence[FootageFile]
    more: FootageCursor | None
    token: str | None
    """The `auth` parameter that the client came with, as it stands in the URL."""
    may_delete: bool

    def html(self) -> bytes:
        """The page."""
        auth = "" if self.token is None else html.escape(f"&auth={self.token}")
        return _PAGE.substitute(
            name=html.escape(self.site),
            auth=auth,
            first_auth=auth.replace("&amp;", "?", 1),
            format=self.request.format,
            hidden=self._hidden(),
            cameras=_chips("cameraNum", self.cameras, self.request.cameras),
            kinds="".join(
                _chip(KIND_FIELDS[kind], "1", name, kind in self.request.kinds) for kind, name in _KINDS.items()
            ),
            classes=_chips("classes", _CLASS_NAMES, [int(each) for each in _CLASSES if each & self.request.classes]),
            date1=_iso(self.request.first_date),
            date2=_iso(self.request.last_date),
            reset=self._link("Show everything", self.request.format, filtered=False) if self._is_filtered else "",
            views="".join(self._view(form, name) for form, name in _VIEWS.items()),
            content=self._days(auth) if self.files else self._why_empty(),
            pages=self._pages(),
            commands=_COMMANDS if self.may_delete else "",
        ).encode("utf-8", "replace")

    @property
    def _is_filtered(self) -> bool:
        """Whether something may be hidden."""
        request = self.request
        chosen = (request.cameras, request.kinds, request.first_date, request.last_date, request.age_days)
        return any(each not in (None, frozenset()) for each in chosen) or bool(request.classes)

    def _hidden(self) -> str:
        """What the form passes on besides its own fields."""
        fields = [] if self.token is None else [("auth", unquote(self.token))]
        if self.request.results != DEFAULT_RESULTS:
            fields.append(("results", str(self.request.results)))
        return "".join(f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in fields)

    def _address(self, form: str, after: FootageCursor | None = None, filtered: bool = True) -> str:
        fields = [("format", form)]
        if filtered:
            fields += self._fields()
        if after is not None:
            fields.append(("continuation", str(after)))
        token = "" if self.token is None else f"&auth={self.token}"
        return html.escape(f"download?{urlencode(fields)}{token}")

    def _fields(self) -> list[tuple[str, str]]:
        request = self.request
        fields = [("cameraNum", str(number)) for number in sorted(request.cameras)]
        fields += [(KIND_FIELDS[kind], "1") for kind in sorted(request.kinds)]
        fields += [("classes", str(int(each))) for each in _CLASSES if each & request.classes]
        dates = {"date1": _iso(request.first_date), "date2": _iso(request.last_date)}
        fields += [(name, text) for name, text in dates.items() if text]
        if request.age_days is not None:
            fields.append(("ageText", f"{request.age_days:g}"))
        if request.results != DEFAULT_RESULTS:
            fields.append(("results", str(request.results)))
        return fields

    def _link(self, text: str, form: str, after: FootageCursor | None = None, filtered: bool = True) -> str:
        return f'<a href="{self._address(form, after, filtered)}">{text}</a>'

    def _view(self, form: str, name: str) -> str:
        current = ' aria-current="true"' if form == self.request.format else ""
        return f'<a href="{self._address(form, self.request.after)}"{current}>{name}</a>'

    def _pages(self) -> str:
        newest = self._link("Newest", self.request.format) if self.request.after is not None else ""
        older = self._link("Older", self.request.format, self.more) if self.more is not None else ""
        return f'<nav class="pages" aria-label="Pages">{newest}{older}</nav>' if newest or older else ""

    def _why_empty(self) -> str:
        why = _NOTHING_FOUND if self._is_filtered else _NOTHING_YET
        heading = "Nothing found" if self._is_filtered else "No footage yet"
        return f'<section class="empty"><h2>{heading}</h2><p>{why}</p></section>'

    def _days(self, auth: str) -> str:
        days = itertools.groupby(self.files, key=lambda file: file.date)
        return "\n".join(self._day(day, files, auth) for day, files in days)

    def _day(self, day: date, files: Iterable[FootageFile], auth: str) -> str:
        shots = "".join(self._shot(file, auth) for file in files)
        return f'<h2>{day:%A}, {day.day} {day:%B %Y}</h2>\n<ul class="shots {self.request.format}">\n{shots}</ul>'

    def _shot(self, file: FootageFile, auth: str) -> str:
        camera = html.escape(self.cameras.get(file.label.camera, str(file.label.camera)))
        start = local_start(file)
        return _SHOT.substitute(
            path=file_path(file),
            first_auth=auth.replace("&amp;", "?", 1),
            kind=_BADGES[file.kind],
            kept=" data-kept" if file.label.tag == TAG_KEEP else "",
            title=f"{camera}, {start:%A} {start:%H:%M:%S}",
            duration=_duration(file),
            iso=start.isoformat(timespec="seconds"),
            time=f"{start:%H:%M:%S}",
            camera=camera,
            badges=_badges(file),
            size=_size(file.size),
        )


def _chips(field: str, names: Mapping[int, str], chosen: Iterable[int]) -> str:
    ticked = frozenset(chosen)
    return "".join(_chip(field, str(int(number)), name, number in ticked) for number, name in names.items())


def _chip(field: str, value: str, name: str, is_ticked: bool) -> str:
    ticked = " checked" if is_ticked else ""
    box = f'<input type="checkbox" name="{field}" value="{value}"{ticked}>'
    return f'<label class="chip">{box}<span>{html.escape(name)}</span></label>'


def _badges(file: FootageFile) -> str:
    classes = [name for each, name in _CLASS_BADGES.items() if each & file.label.classes]
    kind = f'<span class="badge">{_BADGES[file.kind]}</span>'
    return (
        kind
        + "".join(f'<span class="badge class">{name}</span>' for name in classes)
        + '<span class="badge kept">kept</span>'
    )


def _duration(file: FootageFile) -> str:
    """Nothing for an image."""
    if not file.is_movie:
        return ""
    minutes, seconds = divmod(round(file.duration), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{max(round(size / 1e3), 1)} kB"


def _iso(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
