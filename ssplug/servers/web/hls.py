"""The chapter "Live video", HTTP Live Streaming: `hls`, `hls_mediaplaylist`, and the files that they list."""

from http import HTTPStatus
from typing import Final

from ssplug.model.access import Permission
from ssplug.servers.web.endpoint import Endpoint, Query
from ssplug.servers.web.reply import Headers, RefusedError, Reply, not_found, refusal
from ssplug.streams.encoder_budget import EncodersBusyError
from ssplug.streams.hls import HLSStream, NothingYetError
from ssplug.streams.mp4_feed import NotPlayableError
from ssplug.wire.hls import (
    MEDIA_TYPE,
    PLAYLIST_TYPE,
    HLSRequest,
    Name,
    Variant,
    master_playlist,
    media_playlist,
)

RETRY: Final[Headers] = (("Retry-After", "5"),)


class _HLS(Endpoint):
    """What both have in common."""

    async def get(self, query: Query) -> Reply:
        """A playlist, or one of the files that playlists name."""
        self.require(query, Permission.LIVE)
        request = HLSRequest.parse(query.parameters)
        camera = self.camera(query)
        sound = request.sound and query.avatar.may(Permission.AUDIO, camera.identity)
        try:
            stream = await self.context.live.hls(camera, request.quality, sound)
            return await self.reply(stream, request, query.target.rest)
        except NothingYetError as error:
            raise _offline() from error
        except NotPlayableError as error:
            raise refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error)) from error
        except EncodersBusyError as error:
            raise refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers=RETRY) from error

    async def reply(self, stream: HLSStream, request: HLSRequest, rest: tuple[str, ...]) -> Reply:
        """What is asked for, once it is there; `rest` is what stands behind the name."""
        raise NotImplementedError


class HLS(_HLS):
    """`hls`: the list of playlists, and behind a slash the segments."""

    async def reply(self, stream: HLSStream, request: HLSRequest, rest: tuple[str, ...]) -> Reply:
        """A list of one playlist, for there is no other quality than the camera's own, or a file."""
        if rest:
            return await _file(stream, rest)
        playlist = await stream.playlist()
        return _playlist(master_playlist(request, [Variant.of(request.quality, stream.tracks, playlist)]))


class HLSMediaPlaylist(_HLS):
    """`hls_mediaplaylist`."""

    async def reply(self, stream: HLSStream, request: HLSRequest, rest: tuple[str, ...]) -> Reply:
        """The playlist of one quality."""
        playlist = await stream.playlist(request.after)
        wall_offset = self.context.now() - self.context.monotonic()
        return _playlist(media_playlist(playlist, request.parameters(), wall_offset))


async def _file(stream: HLSStream, rest: tuple[str, ...]) -> Reply:
    name = Name.parse(rest[0]) if len(rest) == 1 else None
    data = None
    if name is not None and name.run is not None:
        data = stream.init(name.run)
    elif name is not None and name.position is not None:
        data = await stream.segment(name.position)
    if data is None:
        raise not_found()
    return Reply(data, MEDIA_TYPE)


def _playlist(text: str) -> Reply:
    return Reply(text.encode(), PLAYLIST_TYPE)


def _offline() -> RefusedError:
    return refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The camera is offline.", headers=RETRY)
