"""The camera: a thread that draws number after number."""

import io
import itertools
import threading
import time
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont
from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from ssplug.drivers import DriverContext
from ssplug.interfaces import ICameraSource, ISourceSink
from ssplug.media.access_unit import MJPEG, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.source_thread import SourceThread, ThreadSink

WIDTH, HEIGHT = 320, 180


@dataclass(frozen=True, slots=True)
class CounterSettings:
    """See settings.schema.json; ssplug has checked them against it."""

    fps: float = 5
    first: int = 0


@implementer(ICameraSource)
class CounterSource:
    """Counts from the first number on, at every attempt."""

    def __init__(self, context: DriverContext, settings: CounterSettings) -> None:
        self._context = context
        self._settings = settings
        self._thread: SourceThread | None = None

    def start(self, sink: ISourceSink) -> None:
        """Begin one attempt. Reactor thread: it must return at once, so a thread does the work."""
        self._thread = SourceThread(self._context.workers, "counter", sink, self._run)

    def stop(self) -> "Deferred[None]":
        """End it; fires when the thread has ended."""
        thread, self._thread = self._thread, None
        return thread.stop() if thread is not None else succeed(None)

    def _run(self, stopping: threading.Event, sink: ThreadSink) -> str:
        """The thread: say what there is, give it, and return why it ended."""
        track = Track(MJPEG, VIDEO_CLOCK_RATE, width=WIDTH, height=HEIGHT, frame_rate=self._settings.fps)
        sink.online((track,))
        began = time.monotonic()
        for count in itertools.count():
            at = count / self._settings.fps
            if stopping.wait(max(0.0, began + at - time.monotonic())):
                break
            pts = round(at * VIDEO_CLOCK_RATE)
            sink.access_unit(AccessUnit(track, picture(self._settings.first + count), pts, pts, key=True))
        return "stopped"


def picture(number: int) -> bytes:
    """A JPEG of the number."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "navy")
    draw = ImageDraw.Draw(image)
    draw.text((WIDTH / 2, HEIGHT / 2), str(number), "white", ImageFont.load_default(HEIGHT // 2), anchor="mm")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()
