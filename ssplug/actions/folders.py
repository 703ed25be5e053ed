"""The folders of sounds and scripts that the site file names. All of it reads the disk: not in the reactor thread."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

SOUND_SUFFIXES: Final = frozenset(
    {".aac", ".aif", ".aiff", ".au", ".caf", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".wma"}
)
NAMES_LIMIT: Final = 1000


def sound_names(folder: Path | None) -> tuple[str, ...]:
    """The files in `folder` that are sounds by their names; none where there is no folder."""
    return _names(folder, lambda path: path.suffix.lower() in SOUND_SUFFIXES)


def script_names(folder: Path | None) -> tuple[str, ...]:
    """The files in `folder` that this process may execute; none where there is no folder."""
    return _names(folder, lambda path: os.access(path, os.X_OK))


def _names(folder: Path | None, fits: Callable[[Path], bool]) -> tuple[str, ...]:
    """Of files, not of folders and not of those that are hidden."""
    try:
        found = list(folder.iterdir()) if folder is not None else []
    except OSError:
        return ()
    names = [path.name for path in found if _is_tellable(path.name) and path.is_file() and fits(path)]
    return tuple(sorted(names, key=str.casefold)[:NAMES_LIMIT])


def _is_tellable(name: str) -> bool:
    return not name.startswith(".") and name.isprintable()
