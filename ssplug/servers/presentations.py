"""What a client that asks for a camera by RTSP may be shown: who asks, which camera, which tracks."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from twisted.internet.defer import Deferred

from ssplug.access.accounts import LoginError, TooManyLoginsError
from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.media.access_unit import Track
from ssplug.media.video_encoder import VideoForm
from ssplug.model.access import Avatar, Permission
from ssplug.servers.rtp_delivery import DeliveryCounters
from ssplug.streams.encoder_budget import EncodersBusyError
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import NoPictureError
from ssplug.streams.rtp_streams import Offer, RTPStreams
from ssplug.streams.video_form import Lease
from ssplug.wire.credentials import Credentials, from_auth_parameter, from_authorization
from ssplug.wire.rtp.payload_format import NotCarriedError
from ssplug.wire.rtp.sdp import MediaDescription, session_description
from ssplug.wire.rtsp.message import Headers, Request, Response, Status, plain_text
from ssplug.wire.rtsp.selection import Selection, UnsupportedMediaError, needed_form, selection
from ssplug.wire.rtsp.session import Presentation
from ssplug.wire.rtsp.target import StreamRequest, StreamTarget


class RefusedError(Exception):
    """The client is not shown what it asks for; `response` says so."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status.phrase)
        self.response = response


@dataclass(slots=True)
class FormStreams:
    """The packets of video that was made here."""

    streams: RTPStreams
    shows: int = 0
    """How many connections know of them."""


@dataclass(frozen=True, slots=True)
class CameraStreams:
    """One camera's packets, and what became of them."""

    streams: RTPStreams
    """Of what the camera sends."""
    counters: DeliveryCounters
    """Of all of them."""
    forms: dict[StreamHub, FormStreams] = field(default_factory=dict)
    """By the hub of the form, those that somebody knows of."""

    def all(self) -> list[RTPStreams]:
        """Of what the camera sends, and of what is made of it."""
        return [self.streams, *(form.streams for form in self.forms.values())]


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
    release: Callable[[], None] = lambda: None
    """To be called once, when nobody will ask for it any more."""


class Presenter:
    """Finds out what to show. Reactor thread."""

    def __init__(
        self,
        roster: Roster,
        login: Callable[[Credentials | None, str], "Deferred[Avatar]"],
        new_streams: Callable[[Camera, StreamHub], RTPStreams],
        realm: str,
    ) -> None:
        """`login` fails with LoginError. `new_streams` makes the packets of what comes out of a camera's hub."""
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
            for streams in camera.all():
                streams.send_reports()

    def forget(self, number: int) -> None:
        """End what is shown of a camera that is no longer there, or is another one now."""
        known = self.cameras.pop(number, None)
        if known is not None:
            for streams in known.all():
                streams.end()

    async def show(self, request: Request, target: StreamTarget, address: str) -> Show:
        """What `target` shows to whoever sent `request`; raises RefusedError."""
        stream = target.stream
        if stream is None:
            raise RefusedError(plain_text(Status.NOT_FOUND, "There is nothing but /stream?cameraNum=N."))
        if stream.problem:
            raise RefusedError(plain_text(Status.BAD_REQUEST, stream.problem))
        avatar = await self._avatar(request, stream, address)
        camera = None if stream.camera is None else self._roster.find(stream.camera, avatar)
        if camera is None:
            raise RefusedError(plain_text(Status.NOT_FOUND, "The specified camera does not exist."))
        if not camera.hub.online:
            raise _unavailable("The camera is offline.")
        try:
            form = needed_form(camera.hub.video, _rate(camera), stream)
        except UnsupportedMediaError as error:
            raise _unsupported(str(error)) from error
        if form is not None:
            return await self._show_form(camera, form, stream, avatar)
        return self._show(camera, camera.hub.tracks, self._streams_of(camera).streams, stream, avatar)

    async def _show_form(self, camera: Camera, form: VideoForm, stream: StreamRequest, avatar: Avatar) -> Show:
        """What is made of the camera's video; the encoder works from now on, so that the SDP can say what it makes."""
        try:
            lease = camera.forms.open(form, _rate(camera))
        except EncodersBusyError as error:
            raise _unavailable(str(error)) from error
        with ExitStack() as closing:
            closing.callback(lease.close)
            await _ready(lease)
            forms = self._streams_of(camera).forms
            made = forms.get(lease.hub) or FormStreams(self._new_streams(camera, lease.hub))
            plain = replace(stream, video_codec="")
            show = self._show(camera, lease.hub.tracks, made.streams, plain, avatar)
            forms[lease.hub] = made
            made.shows += 1
            closing.pop_all()
        return replace(show, release=lambda: _release(forms, lease))

    async def _avatar(self, request: Request, stream: StreamRequest, address: str) -> Avatar:
        try:
            return await self._login(_credentials(request, stream), address)
        except TooManyLoginsError as error:
            raise RefusedError(Response(Status.SERVICE_UNAVAILABLE)) from error
        except LoginError as error:
            raise RefusedError(
                Response(Status.UNAUTHORIZED, Headers((("WWW-Authenticate", f'Basic realm="{self.realm}"'),)))
            ) from error

    def _show(
        self, camera: Camera, tracks: Sequence[Track], streams: RTPStreams, stream: StreamRequest, avatar: Avatar
    ) -> Show:
        may_hear = avatar.may(Permission.AUDIO, camera.identity)
        try:
            selected = selection(tracks, stream.video_codec, stream.audio_codec, may_hear)
            offers = _offers(streams, selected)
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
        return Show(presentation, codecs, streams, self._streams_of(camera).counters, name, avatar.name)

    def _streams_of(self, camera: Camera) -> CameraStreams:
        known = self.cameras.get(camera.number)
        if known is None:
            streams = self._new_streams(camera, camera.hub)
            known = self.cameras[camera.number] = CameraStreams(streams, DeliveryCounters())
        return known


async def _ready(lease: Lease) -> None:
    try:
        await lease.ready()
    except NoPictureError as error:
        raise _unavailable(f"The video cannot be made: {error}.") from error


def _release(forms: dict[StreamHub, FormStreams], lease: Lease) -> None:
    lease.close()
    forms[lease.hub].shows -= 1
    if not forms[lease.hub].shows:
        del forms[lease.hub]


def _rate(camera: Camera) -> float:
    """Pictures a second, as promised or else as counted; 0 if nobody knows."""
    video = camera.hub.video
    return (video.frame_rate if video is not None else 0.0) or camera.rates.pictures_per_second


def _unavailable(why: str) -> RefusedError:
    return RefusedError(plain_text(Status.SERVICE_UNAVAILABLE, why))


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
