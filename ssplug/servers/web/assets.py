"""`/pages/`: what pages are made of, the same for everybody, so that nobody has to log in for it."""

import importlib.resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from string import Template
from typing import Any, Final

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from ssplug.servers.web.reply import Headers, Reply

HTML_TYPE: Final = "text/html; charset=utf-8"

# Nothing from elsewhere, nothing inline; the address, in which a password may be, goes nowhere. Video and pictures
# may be made by our own scripts, which is what blob: is.
_POLICY: Final = "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; base-uri 'none'; form-action 'self'"
PAGE_HEADERS: Final[Headers] = (
    ("Content-Security-Policy", _POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)

# What others wrote is in folders named by version: browsers need to ask for it only once.
_FOR_GOOD: Final[Headers] = (("Cache-Control", "public, max-age=31536000, immutable"),)

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def _folder() -> Traversable:
    return importlib.resources.files(__package__).joinpath("pages")


def template(name: str) -> Template:
    """A file of `pages/` with places to fill in."""
    return Template(_folder().joinpath(name).read_text("utf-8"))


class Asset(Resource):
    """One file."""

    isLeaf = True

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self._reply = reply

    def render(self, request: Any) -> int:
        """The file."""
        request.answer(self._reply)
        return NOT_DONE_YET


class Assets(Resource):
    """A folder, and those below it. Its templates are not to be had."""

    def __init__(self, nothing: Resource, folder: Traversable | None = None) -> None:
        """`nothing` answers to every other name."""
        super().__init__()
        self._nothing = nothing
        headers = () if folder is None else _FOR_GOOD
        for entry in (folder or _folder()).iterdir():
            suffix = PurePosixPath(entry.name).suffix
            if entry.is_dir():
                self.putChild(entry.name.encode(), Assets(nothing, entry))
            elif suffix in _TYPES:
                self.putChild(entry.name.encode(), Asset(Reply(entry.read_bytes(), _TYPES[suffix], headers=headers)))

    def getChild(self, path: bytes, request: Any) -> Resource:
        """A name that is none of them."""
        return self._nothing

    def render(self, request: Any) -> Any:
        """The folder itself."""
        return self._nothing.render(request)
