"""Images at an interval: of continuous capture, of motion, and the webcam image."""

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.capture.archive import Archive
from ssplug.capture.reel import NO_FINDINGS, Findings
from ssplug.capture.shelf import Shelf
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.model.footage import FootageFile

SHORTEST_INTERVAL: Final = 0.2
"""Seconds; nobody looks at more stills than that."""


class Stills:
    """Takes a picture every so often and has it kept. Reactor thread."""

    def __init__(
        self,
        interval: float,
        take: Callable[[], "Deferred[bytes]"],
        keep: Callable[[bytes, float, Findings], "Deferred[Any]"],
        reactor: Any,
        wall: Callable[[], float],
        log: Logger,
        is_online: Callable[[], bool] = lambda: True,
    ) -> None:
        """`take` gives a JPEG of now; `keep` gets it with the wall time at which it was asked for."""
        self._is_online = is_online
        self._interval = max(interval, SHORTEST_INTERVAL)
        self._take = take
        self._keep = keep
        self._reactor = reactor
        self._wall = wall
        self._log = log
        self._timer: Any = None
        self._is_busy = False
        self._is_due = False
        self._has_failed = False
        self._findings = NO_FINDINGS
        self.missed = 0
        """Pictures that were not taken or not kept; for /metrics."""

    def start(self) -> None:
        """Take one now and then one every `interval` seconds; harmless when it does already."""
        if self._timer is None:
            self._timer = self._reactor.callLater(0, self._tick)

    def stop(self) -> None:
        """Take no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def came_online(self) -> None:
        """Take the picture that was due while the camera was away."""
        if self._timer is not None and self._is_due:
            self._timer.reset(0)

    def note(self, findings: Findings) -> None:
        """Say why the next images are taken."""
        self._findings = findings

    def _tick(self) -> None:
        self._timer = self._reactor.callLater(self._interval, self._tick)
        self._is_due = not self._is_online()
        if self._is_busy or self._is_due:
            self.missed += 1
            return
        self._is_busy = True
        at = self._wall()
        kept = self._take().addCallback(lambda jpeg: self._keep(jpeg, at, self._findings))
        kept.addCallbacks(self._succeeded, self._failed)

    def _succeeded(self, _: object) -> None:
        self._is_busy = self._has_failed = False

    def _failed(self, failure: Failure) -> None:
        """Once for each trouble: a camera that is away misses an image every few seconds."""
        self._is_busy = False
        self.missed += 1
        if not self._has_failed:
            self._log.warn("no image could be kept: {why}", why=failure.getErrorMessage())
        self._has_failed = True


def footage_keeper(
    archive: Archive, camera: CameraIdentity, mode: CaptureMode, kept: Callable[[FootageFile], None]
) -> Callable[[bytes, float, Findings], "Deferred[Any]"]:
    """What keeps images as footage files; `kept` hears of each."""

    def keep(jpeg: bytes, at: float, findings: Findings) -> "Deferred[Any]":
        return archive.call(_put, archive.shelf, camera, mode, jpeg, at, findings).addCallback(kept)

    return keep


def _put(
    shelf: Shelf, camera: CameraIdentity, mode: CaptureMode, jpeg: bytes, at: float, findings: Findings
) -> FootageFile:
    """Writing thread."""
    return shelf.put_image(camera, findings.on(shelf.label(camera, mode, at)), jpeg)
