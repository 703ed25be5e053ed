"""What is right about a site file and yet may not work: things of this machine that it names and that are not there.

No reason to refuse the file: a folder may be mounted later, and who checks it may be somebody else
than the server.  Reads the disk.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ssplug.drivers import DriverKind, Drivers
from ssplug.site.types import Site, Slot

PROGRAM: Final = "x-program"
"""In the schema of a driver's setting: it is a program's path."""


def missing(site: Site, drivers: Drivers) -> Iterator[str]:
    """A line for each, with its place in the file where that is known."""
    for slot in _actions(site):
        yield from (f"{slot.where}: {what}" for what in _programs(slot, drivers))
    for name, folder in (("scripts", site.scripts), ("sounds", site.sounds)):
        if folder is not None and not folder.is_dir():
            yield f"{site.path}: {name}.path: {folder}: no such folder"


def _actions(site: Site) -> list[Slot]:
    """Each once."""
    run = [slot for camera in site.cameras for slot in camera.actions.run if not slot.name]
    return [*site.notify.values(), *run]


def _programs(slot: Slot, drivers: Drivers) -> Iterator[str]:
    driver = drivers.get(DriverKind.ACTION, slot.driver)
    known = driver.schema.get("properties", {}) if driver else {}
    for key, schema in known.items():
        if schema.get(PROGRAM) and key in slot.settings:
            yield from _unfit(Path(str(slot.settings[key])))


def _unfit(program: Path) -> Iterator[str]:
    if not program.is_file():
        yield f"{program}: no such file"
    elif not os.access(program, os.X_OK):
        yield f"{program}: not executable; chmod +x would make it so"
