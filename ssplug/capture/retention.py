"""Which footage is deleted, and why: decided here from values, performed by the library.

By age, by what the files take together and by what is free on their volume, whichever is first;
for all cameras together and for each camera that has limits of its own.  The oldest go first.
Files that are kept, or that somebody reads, are passed over.
"""

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ssplug.model.footage import FootageFile, Usage
from ssplug.site.types import Retention

BATCH: Final = 100
"""Files that are chosen at once; what is still too much then is chosen the next time."""
FULL_DISK_ROOM: Final = 512 * 2**20
"""What is made free on a disk that is full, where the limits say only how much footage there may be..."""
FULL_DISK_SHARE: Final = 20
"""...but no more than this part of a small disk: a twentieth."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be kept."""

    together: Retention = Retention()
    """Of all cameras."""
    cameras: Mapping[int, Retention] = field(default_factory=dict)
    """Of single cameras, besides."""


NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Condemned:
    """A file that is to be deleted."""

    file: FootageFile
    why: str


class Oldest(Protocol):
    """Asks the catalogue for the oldest files that may be deleted."""

    def __call__(
        self, camera: int | None = None, stores: Collection[str] | None = None, limit: int = BATCH
    ) -> list[FootageFile]:
        """Of one camera, in some stores, or of all."""


def condemned(
    limits: Limits,
    now: float,
    sizes: Mapping[int, int],
    volumes: Mapping[frozenset[str], Usage],
    oldest: Oldest,
    in_use: Collection[int] = (),
    full: Collection[str] = (),
) -> list[Condemned]:
    """What is to be deleted now, oldest first, at most BATCH files for each limit.

    `sizes` are bytes of each camera, `volumes` how full those are that the named stores are on,
    `full` the stores that refused a file for lack of room, `in_use` files that are being read.
    """
    chosen: dict[int, Condemned] = {}
    for choice in _choices(limits, now, sizes, volumes, oldest, in_use, full):
        chosen.setdefault(choice.file.id, choice)
    return sorted(chosen.values(), key=lambda each: each.file.label.started)


def _choices(
    limits: Limits,
    now: float,
    sizes: Mapping[int, int],
    volumes: Mapping[frozenset[str], Usage],
    oldest: Oldest,
    in_use: Collection[int],
    full: Collection[str],
) -> Iterator[Condemned]:
    def unused(**which: Any) -> list[FootageFile]:
        return [file for file in oldest(**which) if file.id not in in_use]

    yield from _over(limits.together, now, sum(sizes.values()), unused)
    for camera, limit in limits.cameras.items():
        yield from _over(limit, now, sizes.get(camera, 0), functools.partial(unused, camera=camera))
    for stores, usage in volumes.items():
        lacking = _lacking(limits.together, usage, is_full=not stores.isdisjoint(full))
        if lacking > 0:
            yield from _up_to(lacking, unused(stores=stores), "the disk is nearly full")


def _over(limit: Retention, now: float, size: int, oldest: Callable[[], list[FootageFile]]) -> Iterator[Condemned]:
    excess = size - limit.max_size if limit.max_size is not None else 0
    if limit.max_age is None and excess <= 0:
        return
    files = oldest()
    if limit.max_age is not None:
        yield from (Condemned(file, "it is too old") for file in files if file.ended < now - limit.max_age)
    if excess > 0:
        yield from _up_to(excess, files, "there is too much footage")


def _up_to(size: int, files: Iterable[FootageFile], why: str) -> Iterator[Condemned]:
    """As many files as are needed to make `size` bytes free."""
    for file in files:
        if size <= 0:
            return
        size -= file.size
        yield Condemned(file, why)


def _lacking(limit: Retention, usage: Usage, is_full: bool) -> int:
    """Bytes that are to be made free on a volume."""
    if usage.free is None:
        return 0
    wanted = limit.min_free or 0
    if limit.min_free_percent is not None and usage.total is not None:
        wanted = max(wanted, int(usage.total * limit.min_free_percent / 100))
    if is_full and (wanted or limit.max_size is not None):
        # The limits allow deleting for lack of room, and there is none, though they thought so.
        room = FULL_DISK_ROOM if usage.total is None else min(FULL_DISK_ROOM, usage.total // FULL_DISK_SHARE)
        wanted = max(wanted, room)
    return wanted - usage.free
