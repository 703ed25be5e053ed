"""The talkback driver: sound to a camera by the back channel of its RTSP stream. Reactor thread."""

import secrets
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import deferLater
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import ITalk, ITalkback
from ssplug.model.url import CameraURL
from ssplug_onvif.choice import MAIN
from ssplug_onvif.connection import RTSPConnection, TalkError, connected
from ssplug_onvif.device import Device
from ssplug_onvif.media import stream_of
from ssplug_onvif.rtsp import Loudspeaker, SpeechlessError, loudspeaker
from ssplug_onvif.settings import TalkbackSettings
from ssplug_onvif.voice import PACKET_SAMPLES, SILENCE, Packets

_FAREWELL_SECONDS: Final = 2.0
_LAST_WORD_SECONDS: Final = 0.3
"""From the last packet to TEARDOWN, at which cameras fall silent, whatever they still have to play."""
_PACKET_SECONDS: Final = PACKET_SAMPLES / 8000
_ROOM: Final = 1600
"""Samples that may wait before more is welcome: 0.2 s."""
_LIMIT: Final = 80_000
"""Samples that wait at most, whoever writes: 10 s."""


@implementer(ITalkback)
class ONVIFTalkback:
    """A camera's loudspeaker."""

    def __init__(self, context: DriverContext, settings: TalkbackSettings) -> None:
        """ValueError for settings that make no sense."""
        self._context = context
        self._settings = settings
        self._stream = _stream(settings)
        self._device = settings.device_url() if self._stream is None else None

    def open(self) -> "Deferred[ONVIFTalk]":
        """See ITalkback."""
        return Deferred.fromCoroutine(self._open())

    async def _open(self) -> "ONVIFTalk":
        url = self._stream or await self._found()
        connection = await connected(self._context.reactor, url)
        try:
            return await _begun(connection, url, self._context)
        except BaseException:
            await connection.close()
            raise

    async def _found(self) -> CameraURL:
        assert self._device is not None, "either the stream is known, or the device"
        settings = self._settings
        device = Device(self._context, self._device, settings.verify_certificate)
        try:
            await device.connect()
            _, url = await stream_of(device, MAIN, settings.profile, settings.rtsp_port)
        finally:
            await device.close()
        if url.scheme != "rtsp":
            raise TalkError(f"{url.place}: the camera has its stream by {url.scheme} only, which cannot be talked by")
        return url


def _stream(settings: TalkbackSettings) -> CameraURL | None:
    """The stream that the settings name; None where they name the device."""
    if not settings.url or not settings.url.startswith("rtsp"):
        return None
    if settings.host:
        raise ValueError("give either host or url")
    return CameraURL.parse(settings.url, settings.username, settings.password)


async def _begun(connection: RTSPConnection, url: CameraURL, context: DriverContext) -> "ONVIFTalk":
    """From DESCRIBE to PLAY; TalkError where the camera has no ear for us."""
    described = await connection.ask("DESCRIBE", url.plain(), {"Accept": "application/sdp"})
    base = described.header("content-base") or described.header("content-location") or url.plain()
    try:
        speaker = loudspeaker(described.body.decode("utf-8", "replace"), base)
    except SpeechlessError as error:
        raise TalkError(f"{url.place}: the camera cannot be talked to: {error}") from None
    await connection.ask("SETUP", speaker.control, {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})
    await connection.ask("PLAY", base, {"Range": "npt=0.000-"})
    return ONVIFTalk(connection, base, speaker, context)


@implementer(ITalk)
class ONVIFTalk:
    """Somebody who talks: samples go out at the pace at which they are heard."""

    def __init__(self, connection: RTSPConnection, url: str, speaker: Loudspeaker, context: DriverContext) -> None:
        """`url` is that of the session."""
        self._connection = connection
        self._url = url
        self._reactor = context.reactor
        self._log = context.log
        begin = (secrets.randbits(32), secrets.randbits(16), secrets.randbits(32))
        self._packets = Packets(speaker, 0, *begin)
        self._samples = bytearray()
        self._left_out = 0
        self._has_spoken = False
        self._due = self._reactor.seconds()
        """When the next packet is to go out."""
        self._sending: Any = None
        self._welcome: list[Deferred[None]] = []
        self._drained: Deferred[None] | None = None
        self._closing: list[Deferred[None]] | None = None
        self._is_closed = False
        self._alive: Any = self._reactor.callLater(connection.session_seconds / 2, self._keep_alive)
        self.lost: Deferred[str | None] = Deferred()
        connection.lost.addCallback(self._connection_lost)

    def write(self, samples: bytes) -> "Deferred[None]":
        """See ITalk; of somebody who does not wait, what comes more than ten seconds early is left out."""
        if self.lost.called or self._closing is not None:
            return succeed(None)
        taken = samples[: max(0, _LIMIT - len(self._samples))]
        self._left_out += len(samples) - len(taken)
        self._samples += taken
        if self._sending is None:
            self._note_pause()
        self._continue()
        if len(self._samples) <= _ROOM:
            return succeed(None)
        welcome: Deferred[None] = Deferred(self._welcome.remove)
        self._welcome.append(welcome)
        return welcome

    def close(self) -> "Deferred[None]":
        """See ITalk."""
        if self._is_closed:
            return succeed(None)
        closed: Deferred[None] = Deferred()
        if self._closing is not None:
            self._closing.append(closed)
        else:
            self._closing = [closed]
            Deferred.fromCoroutine(self._close())
        return closed

    # -- sending ------------------------------------------------------------------------------------

    def _continue(self) -> None:
        """Send the next packet when it is due, if there is enough for one; at once, if we are late."""
        if self._sending is None and self._has_packet():
            early = self._due - self._reactor.seconds()
            self._sending = self._reactor.callLater(max(0.0, early), self._send)

    def _note_pause(self) -> None:
        """Whoever talks had nothing to say for a while: what comes now is that much later."""
        silent = self._reactor.seconds() - self._due
        if silent > _PACKET_SECONDS:
            self._packets.pause(silent)
            self._due += silent

    def _has_packet(self) -> bool:
        return len(self._samples) >= PACKET_SAMPLES or (self._closing is not None and bool(self._samples))

    def _send(self) -> None:
        self._sending, self._has_spoken = None, True
        samples = bytes(self._samples[:PACKET_SAMPLES]).ljust(PACKET_SAMPLES, SILENCE)
        del self._samples[:PACKET_SAMPLES]
        for frame in self._packets.frames(samples):
            self._connection.send(frame)
        self._due += _PACKET_SECONDS
        if len(self._samples) <= _ROOM:
            self._say_welcome()
        self._continue()
        if self._sending is None and self._drained is not None:
            self._drained.callback(None)

    def _say_welcome(self) -> None:
        welcome, self._welcome = self._welcome, []
        for waiting in welcome:
            waiting.callback(None)

    # -- its end ------------------------------------------------------------------------------------

    async def _close(self) -> None:
        if not self.lost.called:
            self._continue()
            if self._sending is not None:
                self._drained = Deferred()
                await self._drained
            if self._has_spoken:
                await deferLater(self._reactor, _LAST_WORD_SECONDS)
        self._end(None)
        await self._say_goodbye()
        await self._connection.close()
        self._is_closed = True
        for closed in self._closing or ():
            closed.callback(None)

    async def _say_goodbye(self) -> None:
        goodbye = Deferred.fromCoroutine(self._connection.ask("TEARDOWN", self._url))
        goodbye.addTimeout(_FAREWELL_SECONDS, self._reactor, lambda *_: None)
        try:
            await goodbye
        except TalkError:
            return  # it has gone already

    def _connection_lost(self, why: str) -> str:
        self._end(why)
        return why

    def _end(self, why: str | None) -> None:
        """Nothing is sent any more."""
        if self.lost.called:
            return
        for call in (self._sending, self._alive):
            if call is not None and call.active():
                call.cancel()
        self._samples.clear()
        if self._left_out:
            self._log.warn("{count} samples of sound came too early and were left out", count=self._left_out)
        self._say_welcome()
        if self._drained is not None and not self._drained.called:
            self._drained.callback(None)
        self.lost.callback(why)

    def _keep_alive(self) -> None:
        """RTP alone does not count with every camera."""
        self._alive = self._reactor.callLater(self._connection.session_seconds / 2, self._keep_alive)
        asking = Deferred.fromCoroutine(self._connection.ask("OPTIONS", self._url))
        asking.addErrback(lambda failure: failure.trap(TalkError))
