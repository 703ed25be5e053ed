"""Lists of captured footage: the feed of `download` and the array of `caplist`."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote_plus

from ssplug.model.footage import FootageCursor, FootageFile
from ssplug.wire.documents import xml_text

MOVIE_TYPE: Final = "video/quicktime"
IMAGE_TYPE: Final = "image/jpeg"

_HEAD: Final = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns:bsl="http://www.bensoftware.com/">
<title>Downloads</title>
<bsl:gmt-offset>{offset}</bsl:gmt-offset>
"""
_ENTRY: Final = """<entry>
<title>{title}</title>
<link rel="alternate" type="{type}" length="{length}" href="{href}" />
<updated>{updated}</updated>
<bsl:cameraNum>{camera}</bsl:cameraNum>
</entry>
"""
_MOVIE, _IMAGE = 1, 2
_MEGABYTE: Final = 1_000_000
_DAY: Final = 86400


def feed(files: Sequence[FootageFile], more: FootageCursor | None, gmt_offset: int) -> bytes:
    """`download` with format=xml; `more` is where the next page begins, None on the last."""
    continuation = f"<bsl:continuation>{more}</bsl:continuation>\n" if more is not None else ""
    parts = (_HEAD.format(offset=gmt_offset), continuation, *map(_entry, files), "</feed>\n")
    return "".join(parts).encode()


def file_path(file: FootageFile) -> str:
    """`cameraNum/date/name`, encoded for a URL; readers refuse two dots, wherever they are."""
    name = quote_plus(file.name).replace("..", "%2E%2E")
    return f"{file.label.camera}/{file.date.isoformat()}/{name}"


def content_type(file: FootageFile) -> str:
    """What the vendor's server calls it."""
    return MOVIE_TYPE if file.is_movie else IMAGE_TYPE


def local_start(file: FootageFile) -> dt.datetime:
    """When it was begun, as the clock on the wall showed it then."""
    return dt.datetime.fromtimestamp(file.label.started, dt.timezone(dt.timedelta(seconds=file.label.utc_offset)))


def caplist(files: Iterable[FootageFile]) -> bytes:
    """`caplist`: JSON."""
    return json.dumps([_capture(file) for file in files], ensure_ascii=False).encode("utf-8", "replace")


def _entry(file: FootageFile) -> str:
    return _ENTRY.format(
        title=xml_text(file.name),
        type=content_type(file),
        length=file.size,
        href=f"++getfile/{file_path(file)}",
        updated=local_start(file).isoformat(timespec="seconds"),
        camera=file.label.camera,
    )


def _capture(file: FootageFile) -> dict[str, str | int | float]:
    """`s` counts from local midnight; nothing here is ever archived or unread."""
    return {
        "c": file.label.camera,
        "t": _MOVIE if file.is_movie else _IMAGE,
        "s": int(file.label.started + file.label.utc_offset) % _DAY,
        "d": round(file.duration),
        "m": round(file.size / _MEGABYTE, 3),
        "f": file.date.isoformat(),
        "n": file.name,
        "a": 0,
        "u": 0,
        "g": file.label.tag,
        "o": int(file.label.classes),
    }
