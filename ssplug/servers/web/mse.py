"""Live video for Media Source Extensions: `mse`, fragmented MP4 over a WebSocket. Not of the specification."""

from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from ssplug.model.access import Permission
from ssplug.servers.web.context import WebContext
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Socket, Upgrade, refusal
from ssplug.streams.encoder_budget import EncodersBusyError
from ssplug.streams.fragments import Beginning, Fragment, FragmentStream
from ssplug.streams.mp4_feed import NotPlayableError
from ssplug.wire.mse import MSERequest, codecs_message, is_of_this_site, offline_message

BEHIND_SECONDS: Final = 1.0
"""How long a piece may wait for a browser that does not keep up."""
QUEUE_LIMIT: Final = 16 * 2**20
"""Bytes that may wait for it, in that time."""


class MSE(Endpoint):
    """`mse`."""

    async def get(self, query: Query) -> Upgrade:
        """Fragments as they are made."""
        self.require(query, Permission.LIVE)
        if (query.header("Upgrade") or "").strip().lower() != "websocket":
            raise refusal(HTTPStatus.UPGRADE_REQUIRED, headers=(("Upgrade", "websocket"), ("Connection", "Upgrade")))
        if not is_of_this_site(query.header("Origin"), query.header("Host")):
            raise refusal(HTTPStatus.FORBIDDEN, "Pages of other sites may not watch.")
        stream = await self._stream(query)
        return Upgrade(lambda socket: _Viewer(socket, self.context).start(stream))

    async def _stream(self, query: Query) -> FragmentStream:
        request = MSERequest.parse(query.parameters)
        camera = self.camera(query)
        sound = request.sound and query.avatar.may(Permission.AUDIO, camera.identity)
        try:
            return await self.context.live.fragments(camera, request.quality, sound)
        except NotPlayableError as error:
            raise refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error)) from error
        except EncodersBusyError as error:
            raise refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers=(("Retry-After", "5"),)) from error


@dataclass(slots=True)
class _Viewer:
    """One browser; a `fragments.Viewer`. What it is too slow for is skipped up to the next key frame."""

    socket: Socket
    context: WebContext
    queue: deque[tuple[float, Fragment]] = field(default_factory=deque)
    queued_bytes: int = 0
    waits_for_entry: bool = False

    def start(self, stream: FragmentStream) -> None:
        """Watch until the browser has gone."""
        self.socket.resumed = self._resume
        self.socket.ended = stream.join(self)

    def begin(self, beginning: Beginning) -> None:
        """What waited belongs to the past."""
        self._drop_queue()
        self.waits_for_entry = True
        self.socket.send_text(codecs_message(beginning.mime_type, beginning.width, beginning.height))
        self.socket.send(beginning.init)

    def deliver(self, piece: Fragment) -> None:
        """Send `piece`, or queue it, or skip it."""
        if self.waits_for_entry and not piece.is_entry:
            self.context.counters.fragments_skipped += 1
            return
        self.waits_for_entry = False
        if not self.socket.paused:
            self._send(piece)
        elif self._is_too_slow(piece):
            self._drop_queue()
            self.waits_for_entry = True
            self.deliver(piece)
        else:
            self.queue.append((self.context.monotonic(), piece))
            self.queued_bytes += len(piece.data)

    def pause(self, reason: str) -> None:
        """Say that the camera is offline."""
        self._drop_queue()
        self.socket.send_text(offline_message(reason))

    def _is_too_slow(self, piece: Fragment) -> bool:
        if not self.queue:
            return False
        waits_since, _ = self.queue[0]
        is_behind = self.context.monotonic() - waits_since > BEHIND_SECONDS
        return is_behind or self.queued_bytes + len(piece.data) > QUEUE_LIMIT

    def _resume(self) -> None:
        while self.queue and not self.socket.paused:
            _, piece = self.queue.popleft()
            self.queued_bytes -= len(piece.data)
            self._send(piece)

    def _send(self, piece: Fragment) -> None:
        self.context.counters.fragments_sent += 1
        self.socket.send(piece.data)

    def _drop_queue(self) -> None:
        self.context.counters.fragments_skipped += len(self.queue)
        self.queue.clear()
        self.queued_bytes = 0
