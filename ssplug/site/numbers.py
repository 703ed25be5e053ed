"""Camera numbers: given once, kept in the state folder, never given to another camera.

Clients store the number of a camera, so the number must outlive a change of order in the site
file, and a camera that was removed must not come back as somebody else.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final

from ssplug.site.atomic import write_atomically
from ssplug.site.problem import SiteError, SiteProblem
from ssplug.site.types import UNNUMBERED, CameraConfig, Site

FILE_NAME: Final = "numbers.json"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which numbers were ever given."""

    cameras: Mapping[str, int] = field(default_factory=dict)
    """Camera id -> its latest number; cameras that were removed too."""
    used: frozenset[int] = frozenset()
    """Every number that any camera ever had."""


def assign_numbers(site: Site) -> Site:
    """`site` with a number for every camera, sorted by number; remembers new ones in the state folder.

    Blocking. Raises SiteError when a number is asked for that another camera was given, or when
    the state folder cannot be used.
    """
    path = site.server.state / FILE_NAME
    try:
        known = _read(path)
        numbered, numbers = numbered_site(site, known)
        if numbers != known:
            _write(path, numbers)
    except OSError as error:
        raise SiteError([SiteProblem(str(error.filename or path), "", str(error.strerror or error))]) from error
    return numbered


def numbered_site(site: Site, known: Numbers) -> tuple[Site, Numbers]:
    """`site` with all its numbers, and what is to be remembered from now on."""
    _refuse_taken(site, known)
    used = known.used | {camera.identity.number for camera in site.cameras} - {UNNUMBERED}
    free = (number for number in count() if number not in used)
    given = {camera.identity.id: _number(camera, known, free) for camera in site.cameras}
    cameras = [_with_number(camera, given[camera.identity.id]) for camera in site.cameras]
    cameras.sort(key=lambda camera: camera.identity.number)
    # A camera that was given another's number in the file (it was renamed, say) now owns it.
    kept = {id_: number for id_, number in known.cameras.items() if number not in given.values()}
    return replace(site, cameras=tuple(cameras)), Numbers(kept | given, used | set(given.values()))


def _number(camera: CameraConfig, known: Numbers, free: Iterator[int]) -> int:
    """What the file says, else what was given before, else the lowest number that nobody ever had."""
    if camera.identity.number != UNNUMBERED:
        return camera.identity.number
    kept = known.cameras.get(camera.identity.id)
    return next(free) if kept is None else kept


def _with_number(camera: CameraConfig, number: int) -> CameraConfig:
    return replace(camera, identity=replace(camera.identity, number=number))


def _refuse_taken(site: Site, known: Numbers) -> None:
    """A number that the file asks for, but that is kept for another camera of the same file."""
    unnumbered = {c.identity.id for c in site.cameras if c.identity.number == UNNUMBERED}
    kept = {number: id_ for id_, number in known.cameras.items() if id_ in unnumbered}
    taken = [camera for camera in site.cameras if camera.identity.number in kept]
    if taken:
        raise SiteError(_taken(camera, kept[camera.identity.number]) for camera in taken)


def _taken(camera: CameraConfig, owner: str) -> SiteProblem:
    number = camera.identity.number
    text = f"{number} was given to {owner!r}, which clients know by it: choose another, or write a number for {owner!r}"
    return SiteProblem(camera.where, f"cameras.{camera.identity.id}.number", text)


def _read(path: Path) -> Numbers:
    try:
        data = json.loads(path.read_text("utf-8"))
        cameras = {str(id_): int(number) for id_, number in data["cameras"].items()}
        return Numbers(cameras, frozenset(int(number) for number in data["used"]))
    except FileNotFoundError:
        return Numbers()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        text = "damaged: restore it from a backup, or give every camera its number in the site file and delete it"
        raise SiteError([SiteProblem(str(path), "", text)]) from error


def _write(path: Path, numbers: Numbers) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"cameras": dict(numbers.cameras), "used": sorted(numbers.used)}, indent=1)
    write_atomically(path, content + "\n")
