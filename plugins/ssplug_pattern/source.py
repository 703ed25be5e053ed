"""The source: pictures and sound at the pace of the clock."""

import functools
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
from ssplug_pattern.mount import Mount, mount_of
from ssplug_pattern.panorama import Panorama
from ssplug_pattern.scene import Planes, Scene

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
        self._mount = mount_of(context)
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
        scene = _Sight(settings.width, settings.height, self._name, self._mount)
        encoder = Encoder(_CODECS[settings.codec], settings.width, settings.height, settings.fps, settings.gop)
        return Film(scene, encoder, settings.fps, time.time(), settings.tone)


class _Sight:
    """What is seen at a time: the plain scene, or from when on it can be moved a part of a larger one. One thread."""

    def __init__(self, width: int, height: int, name: str, mount: Mount) -> None:
        self._mount = mount
        self._scene = Scene(width, height, name)
        self._panorama = functools.cache(lambda: Panorama(width, height, name))

    def planes(self, at: float) -> Planes:
        """The picture at `at`, seconds of the wall clock."""
        movement = self._mount.movement
        if movement is None:
            return self._scene.planes(at)
        return self._panorama().planes(at, movement.view(time.monotonic()))
