"""Parts of a representation (RFC 9110, 13 and 14): what is sent of it, and whether at all."""

import datetime as dt
import email.utils
import re
from dataclasses import dataclass
from typing import Final

_RANGE: Final = re.compile(r"bytes\s*=\s*(?:([0-9]{1,18})\s*-\s*([0-9]{1,18})?|-\s*([0-9]{1,18}))\s*", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"bytes\s*=[0-9\s,-]*,[0-9\s,-]*", re.IGNORECASE)
_BYTES: Final = re.compile(r"bytes\s*=", re.IGNORECASE)


class RangeError(Exception):
    """Nothing of what was asked for is there: 416."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one version of a file from another."""

    etag: str
    """Strong, with its quotation marks."""
    modified: float
    """Seconds since the epoch."""

    @property
    def last_modified(self) -> str:
        """As a header has it."""
        return email.utils.formatdate(int(self.modified), usegmt=True)

    def is_known(self, if_none_match: str | None) -> bool:
        """Whether the client has this version already (13.1.2)."""
        if if_none_match is None:
            return False
        known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
        return "*" in known or self.etag in known

    def allow_range(self, if_range: str | None) -> bool:
        """Whether a part still belongs to what the client has of it (13.1.5)."""
        if if_range is None:
            return True
        condition = if_range.strip()
        return condition == self.etag if condition.startswith(('"', "W/")) else self._is_same_date(condition)

    def _is_same_date(self, text: str) -> bool:
        try:
            date = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return False
        aware = date if date.tzinfo is not None else date.replace(tzinfo=dt.UTC)
        return aware.timestamp() == int(self.modified)


def byte_range(header: str | None, size: int) -> range | None:
    """The bytes of one `Range`, None for all of them.

    Several ranges at once are all of them as well, which a server may answer (14.2), and so is any
    unit but bytes. RangeError for a range that begins behind the end or that makes no sense.
    """
    if header is None or _BYTES.match(header.strip()) is None or _SEVERAL.fullmatch(header.strip()):
        return None
    found = _RANGE.fullmatch(header.strip())
    if found is None:
        raise RangeError(header)
    first, last, suffix = found.groups()
    if suffix is not None:
        chosen = range(max(size - int(suffix), 0), size)
    else:
        chosen = range(int(first), min(int(last) + 1, size) if last is not None else size)
    if not chosen:
        raise RangeError(header)
    return chosen
