"""The chapter "Live video", as far as it is JPEG: `image` and `video`."""

import functools
from dataclasses import dataclass
from http import HTTPStatus

from ssplug.cameras.camera import Camera
from ssplug.model.access import Permission
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Body, RefusedError, Reply, Stream, refusal
from ssplug.streams.jpeg_view import DEFAULT_QUALITY, JPEGForm, NoPictureError
from ssplug.wire.documents import ptz_number
from ssplug.wire.multipart import JPEG_TYPE, jpeg_part
from ssplug.wire.requests import StillRequest, VideoRequest

STALL_SECONDS = 60.0
"""A viewer that takes nothing for so long has stopped reading."""

# All viewers of a picture get it one after the other: the part is made for the first of them.
_shared_part = functools.lru_cache(maxsize=4)(jpeg_part)


def _form(request: StillRequest) -> JPEGForm:
    return JPEGForm(request.width, request.height, request.quality or DEFAULT_QUALITY)


def _no_picture() -> RefusedError:
    """Clients take 404 for "not now", and stop trying; a picture that is none would be worse."""
    return refusal(HTTPStatus.NOT_FOUND, "The camera is offline.")


class Image(Endpoint):
    """`image`."""

    async def get(self, query: Query) -> Reply:
        """One JPEG."""
        self.require(query, Permission.LIVE)
        request = StillRequest.parse(query.parameters)
        camera = self.camera(query)
        try:
            return Reply(await camera.views.still(_form(request)), "image/jpeg")
        except NoPictureError as error:
            raise _no_picture() from error


class Video(Endpoint):
    """`video`."""

    async def get(self, query: Query) -> Stream:
        """JPEGs that replace each other."""
        self.require(query, Permission.LIVE)
        request = VideoRequest.parse(query.parameters)
        camera = self.camera(query)
        if not camera.online:
            raise _no_picture()
        dialect = self.context.dialects.of(query.avatar.name, query.address)
        ptz = str(ptz_number(camera.ptz_capabilities, dialect))
        return Stream(
            JPEG_TYPE,
            lambda body: _Viewer(body, self.context).start(camera, request),
            headers=(("SS-PTZ", ptz),),
        )


@dataclass(slots=True)
class _Viewer:
    """Shows one client the newest picture; what it is too slow for is skipped."""

    body: Body
    context: WebContext
    waiting: bytes | None = None
    waits_since: float = 0.0

    def start(self, camera: Camera, request: VideoRequest) -> None:
        """Watch until the client has gone."""
        self.body.resumed = self._resume
        self.body.ended = camera.views.watch(_form(request.still), request.fps, self._show)

    def _show(self, jpeg: bytes) -> None:
        if self.body.paused:
            self._keep(jpeg)
        else:
            self.context.counters.pictures_sent += 1
            self.body.write(_shared_part(jpeg))

    def _keep(self, jpeg: bytes) -> None:
        now = self.context.monotonic()
        if self.waiting is None:
            self.waits_since = now
        else:
            self.context.counters.pictures_skipped += 1
        self.waiting = jpeg
        if now - self.waits_since > STALL_SECONDS:
            self.body.drop(f"took no picture for {STALL_SECONDS:.0f} seconds")

    def _resume(self) -> None:
        jpeg, self.waiting = self.waiting, None
        if jpeg is not None:
            self._show(jpeg)
