"""The footage of all cameras: one library, and what captures each of them.

A storage backend that cannot be built costs the cameras that would use it their recordings, and
says so; they are live all the same.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pluggy
from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.logger import Logger

from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.capture.capture import Capture
from ssplug.capture.library import Library
from ssplug.capture.recorder import ERROR_STORAGE, Studio
from ssplug.capture.retention import Limits
from ssplug.events.bus import EventBus
from ssplug.interfaces import IFootageStore
from ssplug.logs import camera_logger
from ssplug.media.picture import JPEGForm
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.model.event import EventType, Failure
from ssplug.model.footage import FootageFile, FootageKind
from ssplug.site.changes import SiteChange
from ssplug.site.types import Site, Slot
from ssplug.workers import Workers

FOOTAGE_FOLDER: Final = "footage"
"""In the state folder: where footage goes when the site file says nothing of it."""
WEBCAM_FOLDER: Final = "webcam"

_log = Logger()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What recordings need of the server that they are part of."""

    bus: EventBus
    workers: Workers
    reactor: Any
    monotonic: Callable[[], float]
    wall: Callable[[], float]
    """Seconds since the epoch."""
    zone: Callable[[], dt.tzinfo]
    """Of file names, and of the lengths of continuous movies; as it is just then."""
    hooks: pluggy.HookRelay


class Recordings:
    """Records every camera that has a place for it. Reactor thread."""

    def __init__(
        self,
        site: Site,
        roster: Roster,
        build: Callable[[Slot], IFootageStore],
        is_armed: Callable[[int, CaptureMode], bool],
        around: Surroundings,
    ) -> None:
        """`build` makes the storage backend of a slot, or raises an exception whose text says why it cannot."""
        self._roster = roster
        self._build = build
        self._is_armed = is_armed
        self._around = around
        self._state = site.server.state
        self._default = site.storage or default_storage(site)
        self._built: dict[str, IFootageStore] = {}
        self._failures: dict[int, Failure] = {}
        self.mended: Deferred[None] = Deferred()
        """Fires after `start`, when all is complete that an earlier run left unfinished."""
        self.kept: Callable[[FootageFile], None] = lambda _: None
        """To be set: called with every file that is complete."""
        self.webcam_taken: Callable[[Camera, bytes], None] = lambda *_: None
        """To be set: called with every new webcam image."""
        stores = {camera.number: store for camera in roster if (store := self._store(camera)) is not None}
        self.library = Library(
            site.server.state,
            stores.values(),
            around.workers,
            around.reactor,
            around.wall,
            around.zone(),
            Limits(site.retain, {camera.number: camera.config.retain for camera in roster}),
            _suggestion(around.hooks),
        )
        self.captures: dict[int, Capture] = {
            camera.number: self._capture(camera, stores[camera.number]) for camera in roster if camera.number in stores
        }

    def start(self) -> None:
        """Mend what an earlier run left, and capture what is armed; say which cameras cannot be recorded."""
        self.library.start().chainDeferred(self.mended)
        for number, failure in self._failures.items():
            self._around.bus.publish(EventType.ERROR, number, failure)
        for capture in self.captures.values():
            capture.start()

    def stop(self) -> "Deferred[Any]":
        """Finish every file; fires when that is done."""
        finished: Deferred[Any] = DeferredList([capture.stop() for capture in self.captures.values()])
        return finished.addCallback(lambda _: self.library.stop())

    async def follow(self, change: SiteChange) -> None:
        """Keep to the site's limits and clocks, and keep footage where it says; files that are there are finished.

        What was kept elsewhere stays there, and is found there until the server stops.
        """
        self.library.limit_all(change.site.retain)
        self.library.name_by(self._around.zone())
        default = change.site.storage or default_storage(change.site)
        if default != self._default:
            self._default = default
            others = {each.new.identity.number for each in change.changed if each.recaptures}
            for camera in [each for each in self._roster if each.config.storage is None and each.number not in others]:
                await self.drop(camera.number)
                self.renew(camera)

    def renew(self, camera: Camera) -> None:
        """Capture `camera` as its configuration says now; it was dropped, or is new."""
        self.library.limit(camera.number, camera.config.retain)
        store = self._store(camera)
        if store is not None:
            self.library.add(store)
            capture = self.captures[camera.number] = self._capture(camera, store)
            capture.start()
        elif failure := self._failures.get(camera.number):
            self._around.bus.publish(EventType.ERROR, camera.number, failure)

    def drop(self, number: int) -> "Deferred[Any]":
        """Capture a camera no more; fires when its files are finished."""
        self._failures.pop(number, None)
        capture = self.captures.pop(number, None)
        return succeed(None) if capture is None else capture.stop()

    def _store(self, camera: Camera) -> IFootageStore | None:
        """The backend of a camera, None where it is disabled or has none; cameras with the same slot share one."""
        slot = camera.config.storage or self._default
        if not camera.config.enabled:
            return None
        name = repr((slot.driver, sorted(slot.settings.items())))
        try:
            if name not in self._built:
                self._built[name] = self._build(slot)
        except Exception as error:  # noqa: BLE001 - a guest may fail in any way; it costs only its recordings
            self._fail(camera, str(error))
        return self._built.get(name)

    def _fail(self, camera: Camera, why: str) -> None:
        text = f"nothing is recorded: {why}"
        camera_logger(camera.identity).error("{text}", text=text)
        self._failures[camera.number] = Failure(ERROR_STORAGE, text)

    def _capture(self, camera: Camera, store: IFootageStore) -> Capture:
        around = self._around
        studio = Studio(
            camera.identity,
            camera.hub,
            self.library.archive(store),
            around.bus,
            around.reactor,
            around.monotonic,
            around.wall,
            camera_logger(camera.identity),
            self.library.make_room,
            camera.config.transform,
        )
        capture = Capture(
            studio,
            camera.config,
            lambda: camera.views.still(JPEGForm()),
            lambda mode: self._is_armed(camera.number, mode),
            self._state / WEBCAM_FOLDER / f"{camera.number}.jpg",
            around.workers,
            camera.forms.look,
        )
        capture.file_kept = lambda file: self.kept(file)
        capture.webcam_taken = lambda jpeg: self.webcam_taken(camera, jpeg)
        return capture


def default_storage(site: Site) -> Slot:
    """Where footage is kept when the site file says nothing of it."""
    return Slot("filesystem", {"path": str(site.server.state / FOOTAGE_FOLDER)})


def _suggestion(hooks: pluggy.HookRelay) -> Callable[[CameraIdentity, FootageKind, dt.datetime], str | None]:
    def suggestion(camera: CameraIdentity, kind: FootageKind, started: dt.datetime) -> str | None:
        name: object = hooks.ssplug_footage_name(camera=camera, kind=kind, started=started)
        return name if isinstance(name, str) else None

    return suggestion
