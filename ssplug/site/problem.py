"""What can be wrong with a site file, said so that its author can put it right."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SiteProblem:
    """One thing that is wrong."""

    where: str
    """file:line:column, or the file alone where the whole of it is meant."""
    path: str
    """Which setting, such as cameras.porch.source.transport; may be ''."""
    text: str
    """What is wrong, and what would be right."""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.path, self.text) if part)


class SiteError(Exception):
    """The site cannot be used; `errors` are in the order of the file."""

    def __init__(self, errors: Iterable[SiteProblem]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'; did you mean ...?' when one of `known` resembles `word`, else ''."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """'no camera named 'proch'; did you mean 'porch'? Known: ...'."""
    known = sorted(known)
    hint = did_you_mean(word, known) or "."
    listed = f" Known: {', '.join(known)}" if known else f" There is no {what} at all"
    return f"no {what} named {word!r}{hint}{listed}"
