"""The source: pictures and sound at the pace of the clock."""

import threading
import time
from dataclasses import dataclass
from typing import Final

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import ICameraSource, ISourceSink
from ssplug.media.access_unit import H264, H265
from ssplug.source_thread import SourceThread, ThreadSink
from ssplug_pattern.encoder import Encoder
from ssplug_pattern.film import Film
from ssplug_pattern.scene import Scene

_CODECS: Final = {"h264": H264, "h265": H265}


@dataclass(frozen=True, slots=True)
class PatternSettings:
    """See settings.schema.json."""

    width: int = 640
    height: int = 360
    fps: int = 10
    gop: int = 20
    codec: str = "h264"
    tone: bool = True
    name: str = ""


@implementer(ICameraSource)
class PatternSource:
    """A camera that needs no camera."""

    def __init__(self, context: DriverContext, settings: PatternSettings) -> None:
        camera = context.camera
        self._workers = context.workers
        self._settings = settings
        self._name = settings.name or (camera.name if camera is not None else "pattern")
        self._thread: SourceThread | None = None

    def start(self, sink: ISourceSink) -> None:
        """See ICameraSource."""
        self._thread = SourceThread(self._workers, f"pattern {self._name}", sink, self._run)

    def stop(self) -> "Deferred[None]":
        """See ICameraSource."""
        thread, self._thread = self._thread, None
        return thread.stop() if thread is not None else succeed(None)

    def _run(self, stopping: threading.Event, sink: ThreadSink) -> str:
        film = self._film()
        began = time.monotonic()
        while not stopping.is_set():
            units = list(film.units(time.time()))
            if units[0].pts == 0:
                sink.online(film.tracks)
            for unit in units:
                sink.access_unit(unit)
            stopping.wait(max(0.0, began + film.seconds - time.monotonic()))
        return "stopped"

    def _film(self) -> Film:
        settings = self._settings
        scene = Scene(settings.width, settings.height, self._name)
        encoder = Encoder(_CODECS[settings.codec], settings.width, settings.height, settings.fps, settings.gop)
        return Film(scene, encoder, settings.fps, time.time(), settings.tone)
