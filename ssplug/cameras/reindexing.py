"""Rebuilding the catalogue from the files alone, for `ssplug reindex`; the server must not run."""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

from ssplug.cameras.recordings import default_storage
from ssplug.capture.catalogue import Catalogue
from ssplug.capture.library import CATALOGUE_FILE
from ssplug.capture.repair import Rebuilt, reindex
from ssplug.capture.shelf import Shelf
from ssplug.interfaces import IFootageStore
from ssplug.site.types import Site, Slot


class ReindexError(Exception):
    """The catalogue cannot be rebuilt; what it had is still there."""


def reindex_site(
    site: Site, build: Callable[[Slot], IFootageStore], zone: dt.tzinfo, progress: Callable[[Rebuilt], None]
) -> Iterator[tuple[str, Rebuilt]]:
    """Rebuild the catalogue of a site: the name of each store, and what was found in it. Blocks for long.

    The new catalogue replaces the old one when all stores have been looked through; before that,
    nothing is changed but that unfinished movies are completed.
    """
    path = site.server.state / CATALOGUE_FILE
    new = path.with_name(f"{path.name}.new")
    _remove(new)
    try:
        for store in _stores(site, build):
            yield str(store.name), _reindexed(store, new, zone, progress)
        Catalogue(new).close()  # of a site without footage there is an empty one
        _remove(path)
        new.replace(path)
    finally:
        _remove(new)


def _reindexed(store: IFootageStore, path: Path, zone: dt.tzinfo, progress: Callable[[Rebuilt], None]) -> Rebuilt:
    with contextlib.closing(Shelf(store, path, zone)) as shelf:
        try:
            return reindex(shelf, progress)
        except OSError as error:
            raise ReindexError(f"{store.name}: {error}") from error


def _stores(site: Site, build: Callable[[Slot], IFootageStore]) -> list[IFootageStore]:
    """Every place where footage of the site is kept, each once."""
    slots = [site.storage or default_storage(site), *(each.storage for each in site.cameras if each.storage)]
    stores: dict[str, IFootageStore] = {}
    for slot in slots:
        store = build(slot)
        stores.setdefault(store.name, store)
    return list(stores.values())


def _remove(path: Path) -> None:
    """A database, and what SQLite puts beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
