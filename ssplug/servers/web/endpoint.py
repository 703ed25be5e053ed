"""What the resources of all chapters have in common: who asks, which camera, how to answer."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from ssplug.cameras.camera import Camera
from ssplug.model.access import Avatar, Permission
from ssplug.servers.web.auth import avatar_of
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.incoming import Incoming
from ssplug.servers.web.reply import Answer, refusal, unauthorized
from ssplug.servers.web.request import WebRequest
from ssplug.wire.requests import Parameters, Target, UnknownCameraError, camera_number


@dataclass(frozen=True, slots=True)
class Query:
    """One request of somebody who has logged in."""

    avatar: Avatar
    address: str
    """Where it came from."""
    parameters: Parameters
    stream_base: str
    """The address of this server for RTSP, as the client knows it."""
    target: Target
    """What stands in the URL."""
    header: Callable[[str], str | None]
    """The value of a header of the request."""
    form: Parameters = Parameters()
    """What was posted, read as a form."""


class Endpoint(Resource):
    """One name of the specification. Subclasses answer in `get`."""

    isLeaf = True
    changes: ClassVar[bool] = False
    """Whether GET changes something, as this protocol's commands do.

    HEAD must not, and is refused then; and what is posted, as here, is nothing for pages of other sites to ask for.
    """

    def __init__(self, context: WebContext) -> None:
        super().__init__()
        self.context = context

    async def get(self, query: Query) -> Answer:
        """Answer GET and HEAD; raises RefusedError or RequestError."""
        raise refusal(HTTPStatus.METHOD_NOT_ALLOWED)

    async def post(self, query: Query) -> Answer:
        """Answer POST; raises RefusedError or RequestError."""
        raise refusal(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "GET, HEAD"),))

    async def receive(self, query: Query, incoming: Incoming) -> Answer:
        """Answer POST while its body comes, where the name is one of `root.STREAMED`; raises as `post` does."""
        raise refusal(HTTPStatus.METHOD_NOT_ALLOWED)

    def render(self, request: WebRequest) -> int:
        """Answer, now or later."""
        Deferred.fromCoroutine(self._answer(request)).addCallback(request.answer).addErrback(request.fail)
        return NOT_DONE_YET

    async def _answer(self, request: WebRequest) -> Answer:
        handlers: dict[bytes, Callable[[Query], Coroutine[Any, Any, Answer]]] = {
            b"GET": self.get,
            b"HEAD": self.get,
            b"POST": self.post,
        }
        handler = handlers.get(request.method)
        if handler is None or (self.changes and request.method == b"HEAD"):
            raise refusal(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "GET, HEAD"),))
        avatar = await avatar_of(self.context, request)
        query = self._query(avatar, request)
        if self.changes or request.method == b"POST":
            refuse_strangers(query)
        return await handler(query) if request.incoming is None else await self.receive(query, request.incoming)

    def _query(self, avatar: Avatar, request: WebRequest) -> Query:
        target = request.target
        form = Parameters.of_form(_text(request.content.getvalue()))
        stream_base = self._stream_base(request)
        return Query(avatar, request.address, target.parameters, stream_base, target, request.getHeader, form)

    def _stream_base(self, request: WebRequest) -> str:
        host = request.getHeader("Host") or f"localhost:{self.context.ports().http}"
        return f"{'rtsps' if request.isSecure() else 'rtsp'}://{host}"

    def require(self, query: Query, permission: Permission) -> None:
        """Refuse an account that has `permission` for nothing at all, as if its password were wrong."""
        if not query.avatar.may(permission):
            raise unauthorized(self.context.site.server.realm)

    def camera(self, query: Query) -> Camera:
        """The camera of `cameraNum`, if it exists for this account; raises UnknownCameraError."""
        camera = self.context.roster.find(camera_number(query.parameters), query.avatar)
        if camera is None:
            raise UnknownCameraError
        return camera


def refuse_strangers(query: Query) -> None:
    """Refuse what another site makes a browser ask for, with credentials that the browser keeps.

    A page of one's own, elsewhere, that has an account's `auth` in its addresses knows what it does.
    """
    if query.avatar.name and "auth" in query.parameters and query.header("Authorization") is None:
        return
    site, origin = query.header("Sec-Fetch-Site"), query.header("Origin")
    is_ours = site in (None, "same-origin", "none")
    if origin is not None and urlsplit(origin).netloc != query.header("Host"):
        is_ours = site == "same-origin"
    if not is_ours:
        raise refusal(HTTPStatus.FORBIDDEN, "This request comes from another site.")


def _text(body: bytes) -> str:
    """Some clients leave UTF-8 as it is where they should encode it."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")
