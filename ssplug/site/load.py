"""The site file: from a path to a `Site`, or to everything that is wrong with the file at once.

read, parse (`document`), resolve references (`secrets`), spell out (`expand`), validate (`schema`,
`checks`), build (`build`).  Nothing is written and no state is looked at; the numbers of cameras
that the file does not number are a step of their own (`numbers`).
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from ssplug.drivers import Drivers
from ssplug.site import document
from ssplug.site.build import SiteBuilder
from ssplug.site.checks import camera_defaults_check, check_problems, mail_problems
from ssplug.site.document import Node, Problem
from ssplug.site.expand import expanded
from ssplug.site.problem import SiteError, SiteProblem
from ssplug.site.schema import camera_defaults_problems, schema_problems
from ssplug.site.secrets import Secrets, located, revealed
from ssplug.site.types import ServerConfig, Site

__all__ = ["SiteError", "SiteProblem", "load_site"]

BYTES_LIMIT: Final = 1 << 20
"""The largest site file; a hundred cameras with everything spelled out take a tenth of it."""


def load_site(path: Path, drivers: Drivers, environ: Mapping[str, str] = os.environ) -> Site:
    """The site that the file at `path` describes; raises SiteError with every problem of the file.

    Cameras that the file does not number are UNNUMBERED until `numbers.assign_numbers`.
    """
    return site_of(read_bytes(path), path, drivers, environ)


def site_of(content: bytes, path: Path, drivers: Drivers, environ: Mapping[str, str] = os.environ) -> Site:
    """The same for `content`, which need not be in the file at `path` yet."""
    text = decoded(content, path)
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - Path.absolute keeps `..`
    try:
        written, found = document.parse(text)
    except document.UnreadableError as error:
        raise SiteError([_told(path, error.problem)]) from error
    written = Secrets(environ, folder).resolved(written, found)
    root = expanded(written, found)
    found += _problems(written, root, drivers)
    if found:
        raise SiteError(_told(path, problem) for problem in sorted(set(found)))
    site = SiteBuilder(revealed(root), path, folder, drivers).site()
    return replace(site, digest=digest_of(content))


def state_of(path: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """The state folder of the site that the file at `path` describes; SiteError where it cannot be read.

    Looks at nothing else of it: who may speak to a server need not know its passwords.
    """
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - Path.absolute keeps `..`
    try:
        root, found = document.parse(decoded(read_bytes(path), path))
    except document.UnreadableError as error:
        raise SiteError([_told(path, error.problem)]) from error
    written = root.get("server", "state")
    state = Secrets(environ, folder).resolved(written, found).text() if written else None
    return ServerConfig().state if state is None else located(folder, state)


def digest_of(content: bytes) -> str:
    """What tells one content of the file from another."""
    return hashlib.sha256(content).hexdigest()


def _problems(written: Node, root: Node, drivers: Drivers) -> list[Problem]:
    found = [*schema_problems(root, drivers), *check_problems(root), *mail_problems(root, drivers)]
    if defaults := written.get("camera_defaults"):
        found += [*camera_defaults_problems(defaults), *camera_defaults_check(defaults)]
    return found


def _told(path: Path, problem: Problem) -> SiteProblem:
    place = problem.place
    return SiteProblem(f"{path}:{place.line}:{place.column}", problem.path, problem.text)


def read_bytes(path: Path) -> bytes:
    """The content of the file; raises SiteError."""
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_LIMIT + 1)
    except (OSError, ValueError) as error:
        raise _unusable(path, getattr(error, "strerror", None) or str(error)) from error
    if len(content) > BYTES_LIMIT:
        raise _unusable(path, f"longer than {BYTES_LIMIT} bytes, which is too long for a site file")
    return content


def decoded(content: bytes, path: Path) -> str:
    """The text that `content` is; raises SiteError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unusable(path, f"not UTF-8 text: see line {line}") from error


def _unusable(path: Path, why: str) -> SiteError:
    return SiteError([SiteProblem(str(path), "", why)])
