"""The uploads of all cameras: where each sends its footage and its webcam image.

An uploader that cannot be built costs its own destination, and says so.  What was recorded
meanwhile is sent when it can be built again, as far as the catalogue has it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger
from twisted.python.failure import Failure as TwistedFailure

from ssplug.cameras.build import ERROR_DRIVER, CameraBuilder, DriverError
from ssplug.cameras.camera import Camera
from ssplug.cameras.recordings import Recordings
from ssplug.cameras.roster import Roster
from ssplug.capture.backlog import FILE_NAME, Backlog, Mark
from ssplug.capture.names import webcam_name
from ssplug.capture.uploads import Destination, UploadContext
from ssplug.drivers import DriverKind
from ssplug.events.bus import EventBus
from ssplug.interfaces import IUploader
from ssplug.logs import camera_logger
from ssplug.model.event import EventType, Failure
from ssplug.model.footage import FootageFile
from ssplug.site.changes import SiteChange
from ssplug.site.types import CameraConfig, UploadConfig
from ssplug.workers import WorkerStoppedError

_CALLS_LIMIT: Final = 4096
"""Calls that may wait for the backlog."""
STOP_SECONDS: Final = 3.0
"""How long is waited for an upload to be broken off."""

_log = Logger()


class Uploads:
    """Sends what cameras record to other places. Reactor thread."""

    def __init__(
        self,
        roster: Roster,
        recordings: Recordings,
        builder: CameraBuilder,
        bus: EventBus,
        wall: Callable[[], float],
    ) -> None:
        """`wall` is seconds since the epoch."""
        self._roster = roster
        self._recordings = recordings
        self._builder = builder
        self._context = UploadContext(
            recordings.library,
            Backlog(builder.state / FILE_NAME),
            builder.workers.worker("uploads", _CALLS_LIMIT),
            bus,
            builder.reactor,
            wall,
        )
        self._is_begun = False
        self._marks: Deferred[Mapping[str, Mark]] | None = None
        self.cameras: dict[int, dict[str, Destination]] = {}
        """By the number of the camera, and by their name."""
        recordings.kept = self.kept
        recordings.webcam_taken = self.webcam_taken

    def open(self) -> None:
        """Remember from now on what is recorded; before anything is."""
        for camera in self._roster:
            self._build(camera)
        names = [name for camera in self._roster for name, _ in _named(camera.config)]
        context = self._context
        self._marks = context.backlog_worker.call(context.backlog.begin, names, context.wall())

    def start(self) -> None:
        """Send what waits; recordings have started."""
        self._is_begun = True
        for destination in self._destinations():
            destination.start()
        Deferred.fromCoroutine(self._look_back()).addErrback(_say_unknown)

    def stop(self) -> "Deferred[Any]":
        """Send no more, but remember what is still recorded. Fires when all connections are closed."""
        return self._stopped(self._destinations())

    def close(self) -> "Deferred[Any]":
        """Let go of what waits; nothing is recorded any more."""
        return self._context.backlog_worker.call(self._context.backlog.close)

    def kept(self, file: FootageFile) -> None:
        """A file is complete."""
        for destination in self.cameras.get(file.label.camera, {}).values():
            destination.kept(file)

    def webcam_taken(self, camera: Camera, jpeg: bytes) -> None:
        """There is a new webcam image."""
        for destination in self.cameras.get(camera.number, {}).values():
            if destination.config.to.driver in camera.config.continuous.webcam.upload:
                name = destination.config.webcam_name or webcam_name(camera.identity)
                destination.webcam_taken(name, jpeg)

    async def withdraw(self, change: SiteChange) -> None:
        """Send nothing more of cameras that are gone; what waits is kept until the next start."""
        gone = [self.cameras.pop(config.identity.number, {}) for config in change.removed]
        await self._stopped(destination for those in gone for destination in those.values())

    async def install(self, change: SiteChange) -> None:
        """Send what the site says now; the roster has followed it."""
        changed = [each.new for each in change.changed if each.reuploads]
        for config in (*changed, *change.added):
            camera = self._roster.get(config.identity.number)
            if camera is not None:
                await self._follow(camera)

    # --

    async def _follow(self, camera: Camera) -> None:
        """What the configuration leaves as it is goes on."""
        wanted = dict(_named(camera.config)) if camera.config.enabled else {}
        there = self.cameras.get(camera.number, {})
        ended = [name for name, each in there.items() if name not in wanted or wanted[name].to != each.config.to]
        await self._stopped([there.pop(name) for name in ended])
        for name, destination in there.items():
            destination.config = wanted[name]
        # All at once, for each must be known to the backlog before something is noted for it.
        await DeferredList([Deferred.fromCoroutine(self._begin(each)) for each in self._build(camera)])

    def _destinations(self) -> Iterator[Destination]:
        return (destination for those in self.cameras.values() for destination in those.values())

    def _stopped(self, destinations: Iterable[Destination]) -> "Deferred[None]":
        """Fires when all have stopped, or after STOP_SECONDS: a server that hangs may take its whole timeout."""
        ended: Deferred[None] = Deferred()
        overdue = self._context.reactor.callLater(STOP_SECONDS, ended.callback, None)

        def end(_: object) -> None:
            if overdue.active():
                overdue.cancel()
                ended.callback(None)

        DeferredList([destination.stop() for destination in destinations]).addCallback(end)
        return ended

    def _build(self, camera: Camera) -> list[Destination]:
        """The destinations that a camera should have and has not."""
        there = self.cameras.setdefault(camera.number, {})
        wanted = _named(camera.config) if camera.config.enabled else ()
        built = [self._destination(camera, name, config) for name, config in wanted if name not in there]
        made = [destination for destination in built if destination is not None]
        there.update({destination.name: destination for destination in made})
        return made

    def _destination(self, camera: Camera, name: str, config: UploadConfig) -> Destination | None:
        log = camera_logger(camera.identity)
        try:
            uploader = self._builder.instance(DriverKind.UPLOADER, config.to, IUploader, camera.identity)
        except DriverError as error:
            log.error("{error}", error=error)
            self._context.bus.publish(EventType.ERROR, camera.number, Failure(ERROR_DRIVER, str(error)))
            return None
        worker = self._builder.workers.worker(f"upload {name}")
        return Destination(name, camera.identity, config, uploader, self._context, worker, log)

    async def _begin(self, destination: Destination) -> None:
        """One that is new, or back."""
        context = self._context
        mark: Mark = await context.backlog_worker.call(context.backlog.know, destination.name, context.wall())
        destination.waiting = mark.waiting
        if self._is_begun:
            destination.start()

    async def _look_back(self) -> None:
        """When all is complete that an earlier run left unfinished."""
        assert self._marks is not None
        marks = await self._marks
        await self._recordings.mended
        for destination in tuple(self._destinations()):
            if mark := marks.get(destination.name):
                await destination.look_back(mark)


def _say_unknown(failure: TwistedFailure) -> None:
    if not failure.check(WorkerStoppedError):
        _log.failure("what an earlier run left to be uploaded is not known", failure)


def _named(config: CameraConfig) -> Iterator[tuple[str, UploadConfig]]:
    """The uploads of a camera with names that stay the same when their settings change."""
    count: Counter[str] = Counter()
    for upload in config.uploads:
        driver = upload.to.driver
        count[driver] += 1
        yield f"{config.identity.id} {driver} {count[driver]}", upload
