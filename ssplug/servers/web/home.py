"""The page at `/`: every camera that the account sees, live."""

import html
import importlib.resources
from string import Template
from typing import Any, Final

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from ssplug.cameras.camera import Camera
from ssplug.model.access import Permission
from ssplug.servers.web.camera_information import picture_size
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Headers, Reply

HTML_TYPE: Final = "text/html; charset=utf-8"

# Nothing from elsewhere, nothing inline; the address, in which a password may be, goes nowhere.
PAGE_HEADERS: Final[Headers] = (
    ("Content-Security-Policy", "default-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)

_ASSETS: Final = {
    "common.css": "text/css; charset=utf-8",
    "footage.css": "text/css; charset=utf-8",
    "footage.js": "text/javascript; charset=utf-8",
    "home.css": "text/css; charset=utf-8",
    "home.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "names.css": "text/css; charset=utf-8",
    "names.js": "text/javascript; charset=utf-8",
    "settings.css": "text/css; charset=utf-8",
    "tuning.css": "text/css; charset=utf-8",
    "tuning.js": "text/javascript; charset=utf-8",
}
_NO_CAMERAS = "The site file names no camera yet. Add one under cameras: and run: ssplug reload"
_NONE_VISIBLE = (
    "This account may see none of the cameras. Its permissions and cameras are set under users: of the site file."
)


def _page(name: str) -> bytes:
    return importlib.resources.files(__package__).joinpath("pages", name).read_bytes()


def template(name: str) -> Template:
    """A file of `pages/` with places to fill in."""
    return Template(_page(name).decode())


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


class Pages(Resource):
    """`/pages/`: what the page is made of, the same for everybody, so that nobody has to log in for it."""

    def __init__(self, nothing: Resource) -> None:
        """`nothing` answers to every other name."""
        super().__init__()
        self._nothing = nothing
        for name, content_type in _ASSETS.items():
            self.putChild(name.encode(), Asset(Reply(_page(name), content_type)))

    def getChild(self, path: bytes, request: Any) -> Resource:
        """A name that is none of them."""
        return self._nothing

    def render(self, request: Any) -> Any:
        """The folder itself."""
        return self._nothing.render(request)


class Home(Endpoint):
    """`/`."""

    def __init__(self, context: WebContext) -> None:
        super().__init__(context)
        self._page = template("home.html")
        self._tile = template("tile.html")
        self._empty = template("empty.html")

    async def get(self, query: Query) -> Reply:
        """HTML that shows stills by itself, and live pictures where its script runs."""
        cameras = self.context.roster.visible_to(query.avatar)
        token = query.parameters.raw("auth")
        auth = "" if token is None else html.escape(f"&auth={token}")
        page = self._page.substitute(
            name=html.escape(self.context.site.server.name),
            auth=auth,
            first_auth=auth.replace("&amp;", "?", 1),
            links=self._links(query, auth),
            summary=_summary(cameras),
            tiles="\n".join(self._tile_of(camera, auth, query) for camera in cameras) or self._why_empty(),
        )
        return Reply(page.encode(), HTML_TYPE, headers=PAGE_HEADERS)

    def _tile_of(self, camera: Camera, auth: str, query: Query) -> str:
        width, height = picture_size(camera)
        still = f'src="image?cameraNum={camera.number}&amp;width=640{auth}"' if camera.online else ""
        return self._tile.substitute(
            number=camera.number,
            name=html.escape(camera.identity.name),
            state="online" if camera.online else "offline",
            text=html.escape(_state(camera)),
            width=width,
            height=height,
            source=still,
            auth=auth,
            stream=html.escape(f"{query.stream_base}/stream?cameraNum={camera.number}"),
        )

    def _links(self, query: Query, auth: str) -> str:
        """To what this account may use."""
        links = []
        if self.context.footage is not None and query.avatar.may(Permission.FILES):
            links.append(f'<a href="download?format=grid{auth}">Footage</a> ')
        if query.avatar.may(Permission.SETTINGS) and query.avatar.is_for_all_cameras:
            links.append(f'<a href="preferences{auth.replace("&amp;", "?", 1)}">Settings</a> ')
        if query.avatar.is_admin:
            configured = {"sounds": self.context.site.sounds, "scripts": self.context.site.scripts}
            names = [name for name, folder in configured.items() if folder is not None]
            first_auth = auth.replace("&amp;", "?", 1)
            links += [f'<a href="{name}{first_auth}">{name.capitalize()}</a> ' for name in names]
        return "".join(links)

    def _why_empty(self) -> str:
        return self._empty.substitute(why=_NONE_VISIBLE if len(self.context.roster) else _NO_CAMERAS)


def _summary(cameras: list[Camera]) -> str:
    online = sum(camera.online for camera in cameras)
    noun = "camera" if len(cameras) == 1 else "cameras"
    return f"{len(cameras)} {noun}, {online} online"


def _state(camera: Camera) -> str:
    if camera.online:
        return "Online"
    return f"Offline: {camera.failure.text}" if camera.failure else "Offline"
