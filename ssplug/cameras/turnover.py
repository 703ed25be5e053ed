"""Cameras that come, go and change while the server runs; those that stay as they are notice nothing."""

from collections.abc import Awaitable, Callable

from twisted.internet.defer import DeferredList

from ssplug.cameras.build import CameraBuilder
from ssplug.cameras.camera import Camera
from ssplug.cameras.detection import Detection
from ssplug.cameras.feeds import Feeds
from ssplug.cameras.ptz import Heads
from ssplug.cameras.recordings import Recordings
from ssplug.cameras.roster import Roster
from ssplug.logs import camera_logger
from ssplug.model.camera import CameraIdentity
from ssplug.site.changes import CameraChange, SiteChange
from ssplug.site.types import CameraConfig


class Turnover:
    """Makes the roster what the site says. Reactor thread."""

    def __init__(
        self,
        roster: Roster,
        builder: CameraBuilder,
        feeds: Feeds,
        recordings: Recordings,
        detection: Detection,
        heads: Heads,
        forget: Callable[[int], None],
    ) -> None:
        """`forget` is told the number of each camera that is no more."""
        self._roster = roster
        self._builder = builder
        self._feeds = feeds
        self._recordings = recordings
        self._detection = detection
        self._heads = heads
        self._forget = forget

    async def withdraw(self, change: SiteChange) -> None:
        """Take away what is removed: first, for another camera may have its number."""
        gone = [self._roster.remove(config.identity.number) for config in change.removed]
        for camera in gone:
            await _alone(camera.identity, self._end(camera))

    async def install(self, change: SiteChange) -> None:
        """Change what is different and add what is new."""
        for each in change.changed:
            await _alone(each.new.identity, self._change(each))
        for config in change.added:
            await _alone(config.identity, self._add(config))

    async def _end(self, camera: Camera) -> None:
        await self._heads.drop(camera)
        await self._detection.drop(camera.number)
        await self._recordings.drop(camera.number)
        await self._feeds.disconnect(camera)
        await DeferredList([camera.views.stop(), camera.audio.stop(), camera.forms.stop()])
        self._forget(camera.number)

    async def _change(self, change: CameraChange) -> None:
        camera = self._roster.get(change.new.identity.number)
        if camera is None:
            return
        if change.remounts:
            await self._heads.drop(camera)
        if change.redetects:
            await self._detection.drop(camera.number)
        if change.reconnects:
            await self._feeds.disconnect(camera)
        if change.recaptures:
            await self._recordings.drop(camera.number)
        camera.configure(change.new)
        if change.reconnects:
            self._builder.connect(camera)
            self._feeds.connect(camera)
        if change.recaptures:
            self._recordings.renew(camera)
        if change.redetects:
            self._detection.renew(camera)
        if change.remounts:
            self._heads.renew(camera)

    async def _add(self, config: CameraConfig) -> None:
        camera = self._builder.camera(config)
        self._roster.add(camera)
        self._feeds.connect(camera)
        self._recordings.renew(camera)
        self._detection.renew(camera)
        self._heads.renew(camera)


async def _alone(identity: CameraIdentity, work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001 - one camera's trouble must not keep the others from what is new
        camera_logger(identity).failure("the camera did not follow the change of the site")
