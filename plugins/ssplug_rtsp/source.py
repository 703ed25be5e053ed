"""The source: a thread in which FFmpeg speaks RTSP."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from ssplug import __version__
from ssplug.drivers import DriverContext
from ssplug.interfaces import ICameraSource, IDeviceInformation, ISourceSink
from ssplug.media.access_unit import Track
from ssplug.media.demux import Demuxer
from ssplug.model.url import CameraURL
from ssplug.source_thread import SourceThread, ThreadSink
from ssplug_rtsp.beginning import CameraTimes, Gate
from ssplug_rtsp.reasons import opening_reason, stall_reason, watching_reason

_CREDENTIALS_LIMIT: Final = 127  # of characters, percent-encoded: FFmpeg cuts off the rest
_AUTHORITIES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # openSUSE
)
_RECEIVE_BUFFER: Final = 2**20


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
        self._settings = settings
        self._url = _parsed(settings)
        self._thread: SourceThread | None = None
        self.address = self._url.host
        self.port = self._url.port
        self.path = self._url.path

    def start(self, sink: ISourceSink) -> None:
        """See ICameraSource."""
        self._thread = SourceThread(self._workers, f"rtsp {self._url.place}", sink, self._run)

    def stop(self) -> "Deferred[None]":
        """See ICameraSource. What FFmpeg waits for can not be cut short: it may take `timeout` seconds."""
        thread, self._thread = self._thread, None
        return thread.stop() if thread is not None else succeed(None)

    def _run(self, stopping: threading.Event, sink: ThreadSink) -> str:
        began = time.monotonic()
        timeout = self._settings.timeout
        try:
            container = av.open(
                self._url.with_credentials(), options=options(self._settings, self._url), timeout=(timeout, timeout)
            )
        except FFmpegError as error:
            waited = time.monotonic() - began >= timeout
            return opening_reason(error, self._url, waited, _has_address(self._url.host))
        with container:
            try:
                _watch(container, timeout, stopping, sink)
            except FFmpegError as error:
                return watching_reason(error, self._url, timeout)
            except _StalledError:
                return stall_reason(self._url, timeout)
            except ValueError:
                return f"{self._url.place}: the stream has neither video nor sound that is known here"
        return f"{self._url.place}: the camera ended the stream"


def options(settings: RTSPSettings, url: CameraURL) -> dict[str, str]:
    """FFmpeg's options."""
    chosen = {
        "rtsp_transport": settings.transport,
        # What ONVIF cameras tell besides, such as motion, is not asked for.
        "allowed_media_types": "video+audio" if settings.audio else "video",
        # No waiting for more than the first packet: Demuxer finds out what must be known of the tracks.
        "analyzeduration": "0",
        "probesize": "32",
        "user_agent": f"ssplug/{__version__}",
        "buffer_size": str(_RECEIVE_BUFFER),
    }
    if url.scheme == "rtsps" and settings.verify_certificate:
        chosen |= {"tls_verify": "1", "ca_file": _authorities()}
    return chosen


def _authorities() -> str:
    """The file of certificates that this machine trusts, which FFmpeg does not find by itself: SSL_CERT_FILE wins."""
    known = ssl.get_default_verify_paths().cafile
    return known or next((file for file in _AUTHORITIES if Path(file).exists()), "")


def _parsed(settings: RTSPSettings) -> CameraURL:
    url = CameraURL.parse(settings.url, settings.username, settings.password)
    if len(url.with_credentials()) - len(url.plain()) - 1 > _CREDENTIALS_LIMIT:
        raise ValueError(f"user name and password have more than {_CREDENTIALS_LIMIT} characters together")
    return url


def _has_address(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, None))
    except OSError:
        return False


class _StalledError(Exception):
    """The time for one read was up."""


def _packets(container: InputContainer, streams: tuple[Any, ...], timeout: float) -> Iterator["av.Packet[Any]"]:
    """What comes in time; _StalledError otherwise.

    When the time of a read is up, FFmpeg gives the last packet, which its parser held back to see
    where it ends, and would then wait as long again.
    """
    asked = time.monotonic()
    for packet in container.demux(streams):
        if time.monotonic() - asked >= timeout:
            raise _StalledError
        yield packet
        asked = time.monotonic()


def _watch(container: InputContainer, timeout: float, stopping: threading.Event, sink: ThreadSink) -> None:
    """Hand on what comes, until it ends or `stopping` is set; FFmpegError or _StalledError when nothing comes."""
    demuxer = Demuxer(container)
    times = CameraTimes()
    gate = Gate(has_video=any(stream.type == "video" for stream in demuxer.streams))
    told: tuple[Track, ...] = ()
    for arrived in _packets(container, demuxer.streams, timeout):
        if stopping.is_set():
            return
        for packet in times.packets(arrived):
            unit = demuxer.access_unit(packet)
            if unit is None or not gate.admits(unit, time.monotonic()):
                continue
            if demuxer.tracks != told:
                told = demuxer.tracks
                sink.online(told)
            sink.access_unit(unit)
