"""A process that records, to be killed: one camera of 25 pictures a second, with sound, in files of 2 s.

Reads names of folders from its input and for each forks a child that records there, whose pid it
prints; so everything is imported once. Each picture carries its number, and is noted in the file
`sent` with the time at which it was sent, before anybody else has it.
"""

import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ssplug.capture.capture import Capture
from ssplug.capture.library import Library
from ssplug.capture.recorder import Studio
from ssplug.events.bus import EventBus
from ssplug.logs import camera_logger
from ssplug.media.access_unit import AccessUnit
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.site.types import CameraConfig, ContinuousConfig, MovieConfig, Slot
from ssplug.streams.hub import StreamHub
from ssplug.testing.clips import a_clip, a_sound
from ssplug.workers import Workers
from ssplug_filesystem.store import FilesystemSettings, FilesystemStore

RATE = 25
CAMERA = CameraIdentity("porch", 3, "Porch")
SEI = b"\0\0\0\1\x06\x05"
TRACK, PICTURES = a_clip(pictures=250, gop=25, size=(160, 120))
SOUND_TRACK, SOUND = a_sound(10.0)


def numbered(number: int, at: float) -> AccessUnit:
    """Picture `number`, in the loop of them all, to be shown at `at`."""
    unit = PICTURES[number % len(PICTURES)]
    ticks = round(at * 90_000)
    return AccessUnit(TRACK, unit.data + SEI + b"%08d" % number + b"\x80", ticks, ticks, unit.key)


def number_of(sample: bytes) -> int:
    """Which picture this is; of one in length-prefixed form."""
    return int(sample[-9:-1])


def units(begins: float) -> Iterator[AccessUnit]:
    """Pictures and sound for ever."""
    sound = 0
    for number in range(10**9):
        at = begins + number / RATE
        yield numbered(number, at)
        while sound * 1024 / 16000 < number / RATE:
            ticks = round(begins * 16000) + sound * 1024
            yield AccessUnit(SOUND_TRACK, SOUND[sound % len(SOUND)].data, ticks, ticks, True)
            sound += 1


def record(folder: Path) -> None:
    """Record there until somebody kills us."""
    from twisted.internet import reactor

    workers = Workers(reactor)
    hub = StreamHub()
    store = FilesystemStore(FilesystemSettings(str(folder / "footage")))
    library = Library(folder, [store], workers, reactor, time.time, dt.UTC)
    studio = Studio(
        CAMERA, hub, library.archive(store), EventBus(time.time), reactor, time.monotonic, time.time,
        camera_logger(CAMERA), library.make_room,
    )  # fmt: skip
    config = CameraConfig(CAMERA, Slot("none"), continuous=ContinuousConfig(movie=MovieConfig(length=2.0)))
    capture = Capture(studio, config, None, lambda mode: mode is CaptureMode.CONTINUOUS, folder / "webcam.jpg", workers)
    sent = os.open(folder / "sent", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    begins = time.monotonic()
    coming = units(begins)

    def send(unit: AccessUnit) -> None:
        if unit.track is TRACK:
            os.write(sent, b"%d %f\n" % (int(unit.data[-9:-1]), time.monotonic()))
        hub.publish(unit)
        after = next(coming)
        reactor.callLater(max(after.seconds - time.monotonic(), 0), send, after)

    def begin() -> None:
        library.start()
        capture.start()
        hub.came_online((TRACK, SOUND_TRACK))
        send(next(coming))

    reactor.callWhenRunning(begin)
    reactor.run()


def main() -> None:
    """See the module."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            sys.stdin.close()
            record(Path(line.strip()))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
