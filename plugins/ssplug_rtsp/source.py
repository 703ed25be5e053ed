"""The source: a thread in which FFmpeg speaks RTSP."""

from dataclasses import dataclass, field

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import ICameraSource, IDeviceInformation, ISourceSink
from ssplug.media.rtsp.stream import RTSPStream
from ssplug.model.url import CameraURL
from ssplug.source_thread import SourceThread


@dataclass(frozen=True, slots=True)
class RTSPSettings:
    """See settings.schema.json."""

    url: str = field(repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    transport: str = "tcp"
    audio: bool = True
    timeout: float = 8
    verify_certificate: bool = True


@implementer(ICameraSource, IDeviceInformation)
class RTSPSource:
    """An RTSP camera. Reactor thread."""

    device_name = "RTSP camera"

    def __init__(self, context: DriverContext, settings: RTSPSettings) -> None:
        """ValueError for a URL that makes no sense, or credentials that are too long."""
        self._workers = context.workers
        self._stream = _stream(settings)
        self._thread: SourceThread | None = None
        self.address = self._stream.url.host
        self.port = self._stream.url.port
        self.path = self._stream.url.path

    def start(self, sink: ISourceSink) -> None:
        """See ICameraSource."""
        self._thread = SourceThread(self._workers, f"rtsp {self._stream.url.place}", sink, self._stream.watch)

    def stop(self) -> "Deferred[None]":
        """See ICameraSource. It may take `timeout` seconds."""
        thread, self._thread = self._thread, None
        return thread.stop() if thread is not None else succeed(None)


def _stream(settings: RTSPSettings) -> RTSPStream:
    url = CameraURL.parse(settings.url, settings.username, settings.password)
    return RTSPStream(url, settings.transport, settings.audio, settings.timeout, settings.verify_certificate)
