"""The source: a thread that reads the file at the pace of the clock, again and again."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import ICameraSource, ISourceSink
from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.demux import Demuxer
from ssplug.source_thread import SourceThread, ThreadSink
from ssplug_file.loop import Loop


@dataclass(frozen=True, slots=True)
class FileSettings:
    """See settings.schema.json."""

    path: str


@implementer(ICameraSource)
class FileSource:
    """A media file as a camera. Reactor thread."""

    def __init__(self, context: DriverContext, settings: FileSettings) -> None:
        self._workers = context.workers
        self._path = Path(settings.path).absolute()  # FFmpeg would take a colon for the end of a protocol
        self._thread: SourceThread | None = None

    def start(self, sink: ISourceSink) -> None:
        """See ICameraSource."""
        self._thread = SourceThread(self._workers, f"file {self._path.name}", sink, self._run)

    def stop(self) -> "Deferred[None]":
        """See ICameraSource."""
        thread, self._thread = self._thread, None
        return thread.stop() if thread is not None else succeed(None)

    def _run(self, stopping: threading.Event, sink: ThreadSink) -> str:
        return _Projection(self._path, stopping, sink).run()


class _Projection:
    """One attempt: pass after pass through the file. Its thread."""

    def __init__(self, path: Path, stopping: threading.Event, sink: ThreadSink) -> None:
        self._path = path
        self._stopping = stopping
        self._sink = sink
        self._loop = Loop()
        self._began: float | None = None
        self._told: tuple[Track, ...] = ()

    def run(self) -> str:
        """Play until asked to stop, or until a pass has nothing to show: why."""
        while not self._stopping.is_set():
            try:
                with av.open(str(self._path)) as container:
                    played = self._play(container)
            except (FFmpegError, ValueError) as error:
                return f"{self._path}: {_reason(error)}"
            if not played:
                return f"{self._path}: there is no picture and no sound in it"
            self._loop.next_pass()
        return "stopped"

    def _play(self, container: InputContainer) -> bool:
        """One pass; whether there was anything in it."""
        if container.format.name == "tty":
            raise ValueError("that is a text")  # which FFmpeg would play as letters on a screen
        demuxer = Demuxer(container)
        played = False
        for unit in _from_key_frame(_units(container, demuxer, self._loop)):
            if not self._wait_until_due(unit):
                return True
            if demuxer.tracks != self._told:
                self._told = demuxer.tracks
                self._sink.online(self._told)
            self._sink.access_unit(unit)
            played = True
        return played

    def _wait_until_due(self, unit: AccessUnit) -> bool:
        """Wait until it is time to decode `unit`; False when asked to stop."""
        at = unit.dts / unit.track.clock_rate
        now = time.monotonic()
        if self._began is None:
            self._began = now - at
        return not self._stopping.wait(max(0.0, self._began + at - now))


def _units(container: InputContainer, demuxer: Demuxer, loop: Loop) -> Iterator[AccessUnit]:
    """The units of one pass, placed; a file that is damaged further on ends there."""
    units = 0
    try:
        for packet in container.demux(demuxer.streams):
            unit = demuxer.access_unit(packet)
            if unit is not None:
                units += 1
                yield loop.place(unit, Fraction(packet.duration or 0) * packet.time_base)
    except FFmpegError:
        if not units:
            raise


def _from_key_frame(units: Iterator[AccessUnit]) -> Iterator[AccessUnit]:
    """Without the pictures that can not be decoded: a clip may have been cut anywhere."""
    decodable = False
    for unit in units:
        decodable = decodable or (unit.track.is_video and unit.key)
        if decodable or not unit.track.is_video:
            yield unit


def _reason(error: Exception) -> str:
    """What is the matter with the file, for people."""
    for kind, text in _REASONS:
        if isinstance(error, kind):
            return text
    return str(error)


_REASONS: Final = (
    (FileNotFoundError, "there is no such file"),
    (PermissionError, "the server may not read it"),
    (IsADirectoryError, "that is a folder"),
    (av.error.InvalidDataError, "that is no media file, or it is damaged"),
)
