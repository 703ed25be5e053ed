"""One attempt at an RTSP stream, from the first request to the end, in the thread that calls.

stream = RTSPStream(CameraURL.parse("rtsp://10.0.0.5/main", "viewer", "secret"))
thread = SourceThread(context.workers, "rtsp 10.0.0.5", sink, stream.watch)
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import av
from av.container import InputContainer
from av.error import FFmpegError

from ssplug import __version__
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.demux import Demuxer
from ssplug.media.rtsp.beginning import CameraTimes, Gate
from ssplug.media.rtsp.reasons import opening_reason, stall_reason, watching_reason
from ssplug.model.url import CameraURL

_CREDENTIALS_LIMIT: Final = 127  # of characters, percent-encoded: FFmpeg cuts off the rest
_AUTHORITIES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # openSUSE
)
_RECEIVE_BUFFER: Final = 2**20


class Sink(Protocol):
    """Who is told: a `ThreadSink`. The thread that calls `watch`."""

    def online(self, tracks: tuple[Track, ...]) -> None:
        """See ISourceSink."""

    def access_unit(self, unit: AccessUnit) -> None:
        """See ISourceSink."""


@dataclass(frozen=True, slots=True)
class RTSPStream:
    """Where a stream is and how to ask for it; ValueError for credentials that are too long."""

    url: CameraURL
    transport: str = "tcp"
    """Or "udp"."""
    audio: bool = True
    timeout: float = 8
    """Seconds without an answer or a packet after which it is over."""
    verify_certificate: bool = True

    def __post_init__(self) -> None:
        if len(self.url.with_credentials()) - len(self.url.plain()) - 1 > _CREDENTIALS_LIMIT:
            raise ValueError(f"user name and password have more than {_CREDENTIALS_LIMIT} characters together")

    def watch(self, stopping: threading.Event, sink: Sink) -> str:
        """Hand on what comes until it ends or `stopping` is set; returns why it ended, for people.

        What FFmpeg waits for can not be cut short: it may take `timeout` seconds to notice `stopping`.
        """
        began = time.monotonic()
        try:
            container = av.open(
                self.url.with_credentials(), options=self.options(), timeout=(self.timeout, self.timeout)
            )
        except FFmpegError as error:
            waited = time.monotonic() - began >= self.timeout
            return opening_reason(error, self.url, waited, _has_address(self.url.host))
        with container:
            try:
                _watch(container, self.timeout, stopping, sink)
            except FFmpegError as error:
                return watching_reason(error, self.url, self.timeout)
            except _StalledError:
                return stall_reason(self.url, self.timeout)
            except ValueError:
                return f"{self.url.place}: the stream has neither video nor sound that is known here"
        return f"{self.url.place}: the camera ended the stream"

    def options(self) -> dict[str, str]:
        """FFmpeg's options."""
        chosen = {
            "rtsp_transport": self.transport,
            # What ONVIF cameras tell besides, such as motion, is not asked for.
            "allowed_media_types": "video+audio" if self.audio else "video",
            # No waiting for more than the first packet: Demuxer finds out what must be known of the tracks.
            "analyzeduration": "0",
            "probesize": "32",
            "user_agent": f"ssplug/{__version__}",
            "buffer_size": str(_RECEIVE_BUFFER),
        }
        if self.url.scheme == "rtsps" and self.verify_certificate:
            chosen |= {"tls_verify": "1", "ca_file": _authorities()}
        return chosen


def _authorities() -> str:
    """The file of certificates that this machine trusts, which FFmpeg does not find by itself: SSL_CERT_FILE wins."""
    known = ssl.get_default_verify_paths().cafile
    return known or next((file for file in _AUTHORITIES if Path(file).exists()), "")


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


def _watch(container: InputContainer, timeout: float, stopping: threading.Event, sink: Sink) -> None:
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
