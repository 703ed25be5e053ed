"""What a client that asks for a camera by RTSP may be shown: who asks, which camera, which tracks."""

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.defer import Deferred

from ssplug.access.accounts import LoginError, TooManyLoginsError
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.model.access import Avatar, Permission
from ssplug.servers.rtp_delivery import DeliveryCounters
from ssplug.streams.rtp_streams import Offer, RTPStreams
from ssplug.wire.credentials import Credentials, from_auth_parameter, from_authorization
from ssplug.wire.rtp.payload_format import NotCarriedError
from ssplug.wire.rtp.sdp import MediaDescription, session_description
from ssplug.wire.rtsp.message import Headers, Request, Response, Status, plain_text
from ssplug.wire.rtsp.selection import Selection, UnsupportedMediaError, selection
from ssplug.wire.rtsp.session import Presentation
from ssplug.wire.rtsp.target import StreamRequest, StreamTarget


class RefusedError(Exception):
    """The client is not shown what it asks for; `response` says so."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status.phrase)
        self.response = response


@dataclass(frozen=True, slots=True)
class CameraStreams:
    """One camera's packets, and what became of them."""

    streams: RTPStreams
    counters: DeliveryCounters


@dataclass(frozen=True, slots=True)
class Show:
    """A presentation, and where its tracks come from."""

    presentation: Presentation
    codecs: tuple[str, ...]
    """Of the tracks, by their number in `trackID`."""
    streams: RTPStreams
    counters: DeliveryCounters
    camera: str
    """For log lines."""
    account: str
    """Whom it is shown to."""


class Presenter:
    """Finds out what to show. Reactor thread."""

    def __init__(
        self,
        roster: Roster,
        login: Callable[[Credentials | None, str], "Deferred[Avatar]"],
        new_streams: Callable[[Camera], RTPStreams],
        realm: str,
    ) -> None:
        """`login` fails with LoginError."""
        self.cameras: dict[int, CameraStreams] = {}
        """By number, those that somebody has asked for."""
        self._roster = roster
        self._login = login
        self._new_streams = new_streams
        self.realm = realm
        """What a login is for; may be set at any time."""

    def send_reports(self) -> None:
        """Send the sender reports that are due every few seconds."""
        for camera in self.cameras.values():
            camera.streams.send_reports()

    def forget(self, number: int) -> None:
        """End what is shown of a camera that is no longer there, or is another one now."""
        known = self.cameras.pop(number, None)
        if known is not None:
            known.streams.end()

    async def show(self, request: Request, target: StreamTarget, address: str) -> Show:
        """What `target` shows to whoever sent `request`; raises RefusedError."""
        stream = target.stream
        if stream is None:
            raise RefusedError(plain_text(Status.NOT_FOUND, "There is nothing but /stream?cameraNum=N."))
        avatar = await self._avatar(request, stream, address)
        camera = None if stream.camera is None else self._roster.find(stream.camera, avatar)
        if camera is None:
            raise RefusedError(plain_text(Status.NOT_FOUND, "The specified camera does not exist."))
        if not camera.hub.online:
            raise RefusedError(plain_text(Status.SERVICE_UNAVAILABLE, "The camera is offline."))
        return self._show(camera, stream, avatar)

    async def _avatar(self, request: Request, stream: StreamRequest, address: str) -> Avatar:
        try:
            return await self._login(_credentials(request, stream), address)
        except TooManyLoginsError as error:
            raise RefusedError(Response(Status.SERVICE_UNAVAILABLE)) from error
        except LoginError as error:
            raise RefusedError(
                Response(Status.UNAUTHORIZED, Headers((("WWW-Authenticate", f'Basic realm="{self.realm}"'),)))
            ) from error

    def _show(self, camera: Camera, stream: StreamRequest, avatar: Avatar) -> Show:
        known = self._streams_of(camera)
        may_hear = avatar.may(Permission.AUDIO, camera.identity)
        try:
            selected = selection(camera.hub.tracks, stream.video_codec, stream.audio_codec, may_hear)
            offers = _offers(known.streams, selected)
        except (UnsupportedMediaError, NotCarriedError) as error:
            raise _unsupported(str(error)) from error
        if not offers:
            raise _unsupported("The camera has nothing of what was asked for.")
        identity = camera.identity
        presentation = Presentation(
            sdp=_sdp(identity.name, offers),
            ssrcs=tuple(offer.ssrc for offer in offers),
            ptz=int(camera.ptz_capabilities),
        )
        codecs = tuple(offer.codec for offer in offers)
        name = f"{identity.number} ({identity.id})"
        return Show(presentation, codecs, known.streams, known.counters, name, avatar.name)

    def _streams_of(self, camera: Camera) -> CameraStreams:
        known = self.cameras.get(camera.number)
        if known is None:
            known = self.cameras[camera.number] = CameraStreams(self._new_streams(camera), DeliveryCounters())
        return known


def _unsupported(why: str) -> RefusedError:
    return RefusedError(plain_text(Status.UNSUPPORTED_MEDIA_TYPE, why))


def _credentials(request: Request, stream: StreamRequest) -> Credentials | None:
    header = request.headers.get("Authorization")
    if header is not None:
        return from_authorization(header)
    return None if stream.auth is None else from_auth_parameter(stream.auth)


def _offers(streams: RTPStreams, selected: Selection) -> list[Offer]:
    video = None if selected.video is None else streams.offer_of(selected.video)
    audio = None if selected.audio_codec is None else streams.offer_of_audio(selected.audio_codec)
    return [offer for offer in (video, audio) if offer is not None]


def _sdp(name: str, offers: list[Offer]) -> bytes:
    sections = [
        MediaDescription(offer.format, f"trackID={number}", offer.frame_rate) for number, offer in enumerate(offers)
    ]
    return session_description(name, offers[0].ssrc, sections)
