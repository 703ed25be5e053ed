"""The camera source: ONVIF tells where the stream is and what happens, FFmpeg plays it. Reactor thread."""

from collections.abc import Callable
from typing import Any

from onveef import envelopes
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import (
    ICameraEvents,
    ICameraSource,
    IDeviceInformation,
    IPTZDriver,
    IPTZPresetNames,
    ISourceSink,
    ITalkback,
)
from ssplug.media.access_unit import Track
from ssplug.media.rtsp.stream import RTSPStream
from ssplug.model.url import CameraURL
from ssplug.source_thread import SourceThread
from ssplug_onvif import answers
from ssplug_onvif.answers import Profile
from ssplug_onvif.device import AnswerError, Device, DeviceError
from ssplug_onvif.media import stills_of, stream_of
from ssplug_onvif.ptz import ONVIFPTZ
from ssplug_onvif.pullpoint import PullPoint
from ssplug_onvif.settings import CameraSettings
from ssplug_onvif.talkback import ONVIFTalkback

Report = Callable[[bool, str], None]


@implementer(ICameraSource, IDeviceInformation, ICameraEvents)
class ONVIFSource:
    """An ONVIF camera. It can be asked for its IPTZDriver and ITalkback, too."""

    def __init__(self, context: DriverContext, settings: CameraSettings) -> None:
        """ValueError for settings that make no sense."""
        self._context = context
        self._settings = settings
        self._url = settings.device_url()
        RTSPStream(self._url)  # credentials that FFmpeg would cut are an error now, not when there is a stream
        self._ptz = ONVIFPTZ(context, settings)
        self._talkback = ONVIFTalkback(context, settings.for_talkback())
        self._report: Report | None = None
        self._attempt: _Attempt | None = None
        self._connected = ""
        self.device_name = "ONVIF camera"
        self.address = self._url.host
        self.port = self._url.port
        self.path = self._url.path

    def __conform__(self, interface: Any) -> Any:
        """Adaptation: the same device, as something that moves, and as a loudspeaker."""
        if interface is ITalkback:
            return self._talkback
        return self._ptz if interface in (IPTZDriver, IPTZPresetNames) else None

    def start(self, sink: ISourceSink) -> None:
        """See ICameraSource."""
        self._attempt = _Attempt(self, self._context, self._settings, self._url, self._report, sink)

    def stop(self) -> "Deferred[None]":
        """See ICameraSource. It may take the RTSP connection's `timeout` seconds."""
        attempt, self._attempt = self._attempt, None
        return attempt.stop() if attempt is not None else succeed(None)

    def learnt(self, profile: Profile, url: CameraURL, stills: str) -> None:
        """Take note of where the stream is, and say it where that is news."""
        self.path = url.path
        connected = f"{self.device_name}: profile {profile}, stream {url}, stills {stills}"
        if connected != self._connected:
            self._connected = connected
            self._context.log.info("{connected}", connected=connected)

    def watch(self, report: Report) -> None:
        """See ICameraEvents."""
        self._report = report
        if self._attempt is not None:
            self._attempt.listen(report)


@implementer(ISourceSink)
class _ListeningSink:
    """Passes everything on, and notices when there are pictures: what moves before is nothing to anybody."""

    def __init__(self, sink: ISourceSink, went_online: Callable[[], None]) -> None:
        self._went_online = went_online
        self._sink = sink
        self.access_unit = sink.access_unit
        self.offline = sink.offline

    def online(self, tracks: tuple[Track, ...]) -> None:
        self._sink.online(tracks)
        self._went_online()


class _Attempt:
    """From the first request to the end."""

    def __init__(
        self,
        source: ONVIFSource,
        context: DriverContext,
        settings: CameraSettings,
        url: CameraURL,
        report: Report | None,
        sink: ISourceSink,
    ) -> None:
        self._source = source
        self._context = context
        self._settings = settings
        self._report = report
        self._sink: ISourceSink | None = sink
        self._device = Device(context, url, settings.verify_certificate)
        self._thread: SourceThread | None = None
        self._pull_point: PullPoint | None = None
        self._is_online = False
        self._running = Deferred.fromCoroutine(self._run())
        self._running.addErrback(self._failed)

    def listen(self, report: Report) -> None:
        """Report what the camera notices, as soon as there are pictures."""
        self._report = report
        self._begin_listening()

    def stop(self) -> "Deferred[None]":
        """Tell the sink nothing more; fires when every connection is closed and the thread has ended."""
        self._sink = None
        self._running.cancel()
        return Deferred.fromCoroutine(self._ended())

    async def _run(self) -> None:
        await deferLater(self._context.reactor, 0)  # `start` has returned before anything is told
        await self._device.connect()
        await self._learn_name()
        stream = await self._stream()
        if self._sink is not None:
            name = f"onvif {stream.url.place}"
            sink = _ListeningSink(self._sink, self._went_online)
            self._thread = SourceThread(self._context.workers, name, sink, stream.watch)

    async def _learn_name(self) -> None:
        try:
            name = await self._device.call("device", envelopes.device_get_information(), answers.device_name)
        except AnswerError as error:  # its pictures may be seen all the same
            self._context.log.debug("{error}", error=error)
        else:
            self._source.device_name = name or self._source.device_name

    async def _stream(self) -> RTSPStream:
        settings = self._settings
        profile, url = await stream_of(self._device, settings.stream, settings.profile, settings.rtsp_port)
        self._source.learnt(profile, url, await stills_of(self._device, profile))
        return RTSPStream(url, settings.transport, settings.audio, settings.timeout, settings.verify_certificate)

    def _went_online(self) -> None:
        self._is_online = True
        self._begin_listening()

    def _begin_listening(self) -> None:
        if self._report is None or not self._is_online or self._pull_point is not None or not self._settings.events:
            return
        if not self._device.has("events"):
            self._context.log.info("the camera reports no events")
            return
        self._pull_point = PullPoint(
            self._device, self._settings.events, self._report, self._context.reactor, self._context.log
        )

    async def _ended(self) -> None:
        thread, self._thread = self._thread, None
        ended = thread.stop() if thread is not None else succeed(None)
        if self._pull_point is not None:
            await self._pull_point.stop()
        await self._device.close()
        await ended

    def _failed(self, failure: Failure) -> None:
        """The attempt is over before there was a stream: say why, unless it was stopped."""
        if self._sink is None or failure.check(CancelledError):
            return
        sink, self._sink = self._sink, None
        sink.offline(self._reason(failure))

    def _reason(self, failure: Failure) -> str:
        if failure.check(DeviceError):
            return str(failure.value)
        self._context.log.failure("the driver failed", failure)
        return f"the driver failed: {type(failure.value).__name__}"
