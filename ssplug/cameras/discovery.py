"""`ssplug discover`: every plugin that can look for cameras looks, and what they find becomes lines of a site file."""

import io
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pluggy
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from twisted.internet.defer import DeferredList, ensureDeferred

from ssplug.model.discovery import Found, Search


@dataclass(frozen=True, slots=True)
class Discovered:
    """What all plugins together found."""

    cameras: tuple[Found, ...]
    problems: tuple[str, ...]
    """Why a plugin could not look, for people."""


async def discover(manager: pluggy.PluginManager, reactor: Any, search: Search) -> Discovered:
    """Have them all look at the same time. Reactor thread."""
    looking = [ensureDeferred(each) for each in manager.hook.ssplug_discover(reactor=reactor, search=search)]
    outcomes = await DeferredList(looking, consumeErrors=True)
    cameras = [found for succeeded, result in outcomes if succeeded for found in result]
    problems = [f"{r.type.__name__}: {r.getErrorMessage()}" for succeeded, r in outcomes if not succeeded]
    return Discovered(tuple(cameras), tuple(problems))


def site_lines(cameras: Sequence[Found]) -> str:
    """A whole site file, with what people want to know of each camera in a comment before it."""
    names = _identifiers([found.name or found.place for found in cameras])
    lines = [_printable(f"# {found.place}  {found.name}").rstrip() for found in cameras]
    site = {"cameras": {name: _camera(name, found) for name, found in zip(names, cameras, strict=True)}}
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 1000
    yaml.dump(site, text)
    return "\n".join([*lines, text.getvalue().rstrip()])


def _printable(text: str) -> str:
    """On one line, and without what a terminal would obey: a camera may call itself anything."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _camera(identifier: str, found: Found) -> dict[str, Any]:
    secret = CommentedMap({"$env": f"{identifier.upper().replace('-', '_')}_PASSWORD"})
    source = CommentedMap({**found.source, "username": "viewer", "password": secret})
    source.fa.set_flow_style()
    return ({"name": found.name} if found.name else {}) | {"source": source}


def _identifiers(names: Iterable[str]) -> list[str]:
    """An id for each, of letters, digits and hyphens; one that is taken gets a number."""
    taken: list[str] = []
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].rstrip("-") or "camera"
        plain = plain if plain[0].isalpha() else f"camera-{plain}"  # it begins the name of a variable, too
        numbered = (f"{plain}-{number}" for number in itertools.count(2))
        taken.append(plain if plain not in taken else next(each for each in numbered if each not in taken))
    return taken
