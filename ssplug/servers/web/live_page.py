"""The pages with live pictures of cameras: `/`, and of the chapter "Live video" `live` and `multiplex`."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ssplug.cameras.camera import Camera
from ssplug.model.access import Permission
from ssplug.model.camera import CaptureMode
from ssplug.servers.web.assets import HTML_TYPE, PAGE_HEADERS, template
from ssplug.servers.web.camera_information import picture_size
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Reply
from ssplug.wire.live_requests import LiveRequest, multiplex_request
from ssplug.wire.requests import UnknownCameraError

_NO_CAMERAS = "The site file names no camera yet. Add one under cameras: and run: ssplug reload"
_NONE_VISIBLE = (
    "This account may see none of the cameras. Its permissions and cameras are set under users: of the site file."
)
_MODES: Final = {
    CaptureMode.CONTINUOUS: "Continuous capture",
    CaptureMode.MOTION: "Motion capture",
    CaptureMode.ACTIONS: "Actions",
}
_SOUND: Final = '<button type="button" class="sound" aria-pressed="false" aria-label="Sound of {}">Sound</button>'


@dataclass(frozen=True, slots=True)
class Link:
    """To something else about a camera, or the whole server."""

    address: str
    text: str
    needs_picture: bool = False

    def item(self) -> str:
        """As HTML."""
        kind = ' class="live"' if self.needs_picture else ""
        return f'<li{kind}><a href="{html.escape(self.address)}">{html.escape(self.text)}</a></li>'


@dataclass(frozen=True, slots=True)
class TriggerButton:
    """For somebody who sees what the server does not."""

    address: str
    camera: int

    def item(self) -> str:
        """As HTML that works without a script."""
        return (
            f'<li><form class="trigger" method="post" action="{html.escape(self.address)}">'
            f'<input type="hidden" name="cameraNum" value="{self.camera}"><button>Trigger</button></form></li>'
        )


@dataclass(frozen=True, slots=True)
class Addresses:
    """Of this server, for somebody who may have come with credentials in the address."""

    token: str | None

    @classmethod
    def of(cls, query: Query) -> "Addresses":
        """Those that go on as `query` came."""
        return cls(query.parameters.raw("auth"))

    def __call__(self, name: str, camera: int | None = None) -> str:
        """Of a name of the specification."""
        parts = [] if camera is None else [f"cameraNum={camera}"]
        return name + "?" * bool(parts) + "&".join(parts) + self.more("&" if parts or "?" in name else "?")

    def more(self, separator: str = "&") -> str:
        """What is put behind an address."""
        return "" if self.token is None else f"{separator}auth={self.token}"


class LivePage(Endpoint):
    """A page with live pictures, which shows stills by itself and moves where its script runs."""

    def __init__(self, context: WebContext) -> None:
        super().__init__(context)
        self._page = template("live.html")
        self._tile = template("tile.html")
        self._empty = template("empty.html")

    def title(self, cameras: Sequence[Camera]) -> str:
        """Of the page."""
        return self.context.site.server.name

    def links(self, query: Query, addresses: Addresses) -> list[Link]:
        """Those that stand above."""
        return [Link(addresses("./"), "Home")]

    def links_of(self, camera: Camera, query: Query, addresses: Addresses) -> Sequence[Link | TriggerButton]:
        """Those that stand below a camera's picture."""
        return []

    def page(self, query: Query, cameras: Sequence[Camera], request: LiveRequest) -> Reply:
        """HTML."""
        addresses = Addresses.of(query)
        tiles = "\n".join(self._tile_of(camera, query, addresses, request) for camera in cameras)
        page = self._page.substitute(
            title=html.escape(self.title(cameras)),
            auth=html.escape(addresses.more()),
            options=_options(request),
            links=" ".join(
                f'<a href="{html.escape(link.address)}">{html.escape(link.text)}</a>'
                for link in self.links(query, addresses)
            ),
            summary=_summary(cameras),
            tiles=tiles or self._why_empty(),
        )
        return Reply(page.encode(), HTML_TYPE, headers=PAGE_HEADERS)

    def _tile_of(self, camera: Camera, query: Query, addresses: Addresses, request: LiveRequest) -> str:
        width, height = picture_size(camera)
        number = camera.number
        still = f'src="{html.escape(addresses(f"image?cameraNum={number}&width=640"))}"' if camera.online else ""
        return self._tile.substitute(
            number=number,
            name=html.escape(camera.identity.name),
            state="online" if camera.online else "offline",
            text=html.escape(_state(camera)),
            width=width,
            height=height,
            shown=_shown(request, width, height),
            source=still,
            modes=self._modes_of(camera),
            sound=_SOUND.format(html.escape(camera.identity.name)) if self._has_sound(camera, query) else "",
            links="\n".join(link.item() for link in self.links_of(camera, query, addresses)),
        )

    def _modes_of(self, camera: Camera) -> str:
        return "".join(self._mode_of(camera.number, mode, name) for mode, name in _MODES.items())

    def _mode_of(self, number: int, mode: CaptureMode, name: str) -> str:
        armed = self.context.arming.state(number, mode).armed
        title = f"{name}: {'armed' if armed else 'disarmed'}"
        return f'<li data-mode="{mode.value}"{" data-armed" * armed} title="{title}">{mode.value}</li>'

    def _has_sound(self, camera: Camera, query: Query) -> bool:
        return camera.hub.audio is not None and query.avatar.may(Permission.AUDIO, camera.identity)

    def _why_empty(self) -> str:
        return self._empty.substitute(why=_NONE_VISIBLE if len(self.context.roster) else _NO_CAMERAS)


class Home(LivePage):
    """`/`: every camera that the account sees."""

    async def get(self, query: Query) -> Reply:
        """HTML."""
        return self.page(query, self.context.roster.visible_to(query.avatar), LiveRequest())

    def links(self, query: Query, addresses: Addresses) -> list[Link]:
        """To what this account may use."""
        found = []
        if self.context.footage is not None and query.avatar.may(Permission.FILES):
            found.append(Link(addresses("download?format=grid"), "Footage"))
        if query.avatar.may(Permission.SETTINGS) and query.avatar.is_for_all_cameras:
            found.append(Link(addresses("preferences"), "Settings"))
        if query.avatar.is_admin:
            configured = {"sounds": self.context.site.sounds, "scripts": self.context.site.scripts}
            names = [name for name, folder in configured.items() if folder is not None]
            found += [Link(addresses(name), name.capitalize()) for name in names]
        return [*found, Link(addresses("systemInfo"), "System information")]

    def links_of(self, camera: Camera, query: Query, addresses: Addresses) -> Sequence[Link | TriggerButton]:
        """The camera in other forms, and what can be done with it."""
        number = camera.number
        may_trigger = query.avatar.may(Permission.TRIGGER, camera.identity)
        may_move = camera.is_movable and query.avatar.may(Permission.CONTROL, camera.identity)
        return [
            *([Link(addresses("ptz/controls", number), "Move")] if may_move else []),
            Link(addresses("image", number), "Still", needs_picture=True),
            Link(addresses("video", number), "Video", needs_picture=True),
            Link(f"{query.stream_base}/stream?cameraNum={number}", "RTSP", needs_picture=True),
            *([TriggerButton(addresses("trigger"), number)] if may_trigger else []),
        ]


class _Chosen(LivePage):
    """Cameras that the request names; without any, all of them."""

    def chosen(self, query: Query, request: LiveRequest) -> list[Camera]:
        """In the order in which they are named; UnknownCameraError where one is not there for this account."""
        if not request.cameras:
            return self.context.roster.visible_to(query.avatar)
        found = [self.context.roster.find(number, query.avatar) for number in request.cameras]
        cameras = [camera for camera in found if camera is not None]
        if len(cameras) < len(found):
            raise UnknownCameraError
        return cameras

    def title(self, cameras: Sequence[Camera]) -> str:
        """The camera, if it is one."""
        return cameras[0].identity.name if len(cameras) == 1 else super().title(cameras)


class Live(_Chosen):
    """`live`."""

    async def get(self, query: Query) -> Reply:
        """HTML."""
        request = LiveRequest.parse(query.parameters)
        return self.page(query, self.chosen(query, request), request)


class Multiplex(_Chosen):
    """`multiplex`: several cameras in one picture, which here is a page."""

    async def get(self, query: Query) -> Reply:
        """HTML."""
        request = multiplex_request(query.parameters)
        return self.page(query, self.chosen(query, request), request)


def _options(request: LiveRequest) -> str:
    """Attributes of the page's body, for its script and its style."""
    flags = {
        "data-fixed": request.size is not None,
        "data-crops": request.crops,
        "data-no-border": not request.border,
        "data-no-names": not request.names,
    }
    fps = f' data-fps="{request.fps:g}"' if request.fps else ""
    return f' data-method="{request.method.value}"{fps}' + "".join(f" {name}" for name, on in flags.items() if on)


def _shown(request: LiveRequest, width: int, height: int) -> str:
    if request.size is None:
        return ""
    across, down = request.size.of(width or 640, height or 360)
    return f' data-shown="{across}x{down}"'


def _summary(cameras: Sequence[Camera]) -> str:
    online = sum(camera.online for camera in cameras)
    noun = "camera" if len(cameras) == 1 else "cameras"
    return f"{len(cameras)} {noun}, {online} online"


def _state(camera: Camera) -> str:
    if camera.online:
        return "Online"
    return f"Offline: {camera.failure.text}" if camera.failure else "Offline"
