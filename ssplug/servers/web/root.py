"""The web server: from the specification's names to the resources that answer to them.

Names are known whatever their case, with and without `++`; `wire.requests.Target` has seen to that.
"""

from collections.abc import Callable, Collection
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from ssplug.servers.web.assets import Assets
from ssplug.servers.web.channel import IDLE_SECONDS, WebChannel
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint
from ssplug.servers.web.event_stream import EventStream
from ssplug.servers.web.footage import FOOTAGE
from ssplug.servers.web.hls import HLS, HLSMediaPlaylist
from ssplug.servers.web.live_audio import Audio
from ssplug.servers.web.live_page import Home, Live, Multiplex
from ssplug.servers.web.live_video import Image, Video
from ssplug.servers.web.metrics import MetricsPage
from ssplug.servers.web.miscellaneous import Trigger, TriggerMotionDetection
from ssplug.servers.web.mse import MSE
from ssplug.servers.web.ptz import PTZCapabilities, PTZCommand, PTZControls
from ssplug.servers.web.reply import not_found
from ssplug.servers.web.request import WebRequest
from ssplug.servers.web.scheduling import SCHEDULING
from ssplug.servers.web.settings import SETTINGS
from ssplug.servers.web.sounds_and_scripts import SOUNDS_AND_SCRIPTS
from ssplug.servers.web.system import CamStatus, InputListData, SystemInfo
from ssplug.servers.web.tuning import TUNING

ENDPOINTS: dict[str, Callable[[WebContext], Endpoint]] = {
    "": Home,
    "audio": Audio,
    "camStatus": CamStatus,
    "eventStream": EventStream,
    "getptzcapabilities": PTZCapabilities,
    "hls": HLS,
    "hls_mediaplaylist": HLSMediaPlaylist,
    "image": Image,
    "inputListData": InputListData,
    "live": Live,
    "metrics": MetricsPage,
    "mse": MSE,
    "multiplex": Multiplex,
    "ptz/command": PTZCommand,
    "ptz/controls": PTZControls,
    "ptzcommand": PTZCommand,
    "systemInfo": SystemInfo,
    "trigger": Trigger,
    "triggermd": TriggerMotionDetection,
    "video": Video,
    **FOOTAGE,
    **SCHEDULING,
    **SETTINGS,
    **TUNING,
    **SOUNDS_AND_SCRIPTS,
}

STREAMED = frozenset({"audio"})
"""The names whose POST is answered by `Endpoint.receive`, while its body comes."""


class Nothing(Resource):
    """What is not there, for nobody."""

    isLeaf = True

    def render(self, request: WebRequest) -> int:
        """404."""
        request.answer(not_found().reply)
        return NOT_DONE_YET


class Folder(Resource):
    """Names below a name, known whatever their case."""

    def __init__(self, nothing: Resource) -> None:
        """`nothing` answers to every other name."""
        super().__init__()
        self._nothing = nothing

    def getChildWithDefault(self, path: bytes, request: Any) -> Resource:
        """As in a folder with names in lower case."""
        resource: Resource = super().getChildWithDefault(path.lower(), request)
        return resource

    def getChild(self, path: bytes, request: Any) -> Resource:
        """A name that is none of them."""
        return self._nothing

    def render(self, request: Any) -> Any:
        """The folder itself."""
        return self._nothing.render(request)


class Root(Resource):
    """The table."""

    def __init__(self, context: WebContext) -> None:
        super().__init__()
        self._nothing = Nothing()
        for name, endpoint in ENDPOINTS.items():
            folder, _, last = name.lower().rpartition("/")
            self._folder(folder).putChild(last.encode(), endpoint(context))
        self.putChild(b"pages", Assets(self._nothing))

    def _folder(self, name: str) -> Resource:
        """The folder of that name; this one where it is ""."""
        if not name:
            return self
        folder = self.children.get(name.encode())
        if folder is None:
            folder = Folder(self._nothing)
            self.putChild(name.encode(), folder)
        return folder

    def getChild(self, path: bytes, request: Any) -> Resource:
        """A name that nothing answers to."""
        return self._nothing


class WebSite(Site):
    """Makes the HTTP connections. Reactor thread."""

    noisy = False
    protocol = WebChannel  # type: ignore[assignment]  # Twisted's own would switch to HTTP/2

    def __init__(self, context: WebContext) -> None:
        super().__init__(
            Root(context),
            requestFactory=WebRequest,
            parsePOSTFormSubmission=False,
            timeout=IDLE_SECONDS,
            reactor=context.reactor,
        )
        self.identity = ((b"Server", context.server_header.encode()), (b"SS-UUID", context.uuid.encode()))
        self.counters = context.counters
        self.live = context.live
        self.streamed = STREAMED
        self._channels: set[WebChannel] = set()
        self._accepted = 0

    @property
    def connections(self) -> int:
        """Open now."""
        return len(self._channels)

    def connected(self, channel: WebChannel) -> tuple[int, str]:
        """Note a new connection: its number, and where it comes from."""
        self._accepted += 1
        self._channels.add(channel)
        peer = channel.getPeer()
        return self._accepted, str(getattr(peer, "host", peer))

    def disconnected(self, channel: WebChannel) -> None:
        """Forget a connection."""
        self._channels.discard(channel)

    def end_accounts(self, names: Collection[str]) -> None:
        """Close the connections on which something is being sent to these accounts: what they may has changed."""
        for channel in tuple(self._channels):
            if any(request.account in names for request in channel.requests):
                channel.transport.abortConnection()

    def startFactory(self) -> None:
        """Twisted would start an access log here; ours are log lines like all others."""

    def stopFactory(self) -> None:
        """Close every connection: streams have no end of their own."""
        for channel in tuple(self._channels):
            channel.transport.abortConnection()

    def acceptableProtocols(self) -> list[bytes]:
        """HTTP/2 has no place for responses without length that clients here expect."""
        return [b"http/1.1"]

    def log(self, request: Any) -> None:
        """One line for each response; without the query, where passwords may be."""
        self.counters.requests += 1
        name = request.target.name
        request.log.debug("{method} {name} {status}", method=request.method.decode(), name=name, status=request.code)


def web_site(context: WebContext) -> WebSite:
    """The HTTP side of the port."""
    return WebSite(context)
