"""The site that the server works by, and how it becomes another: by the file, or by a client's settings.

Reading, checking and writing the file is done in a thread; nothing is different until all of the
new site is known to be right.  Then everybody who goes by it follows, in the order in which they
said that they want to.  One change at a time.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from twisted.internet.defer import Deferred, DeferredLock, fail
from twisted.logger import Logger

from ssplug.drivers import DriverKind, Drivers
from ssplug.events.bus import EventBus
from ssplug.model.event import EventType
from ssplug.model.settings import Change, Path, Setting, camera_settings
from ssplug.site.changes import SiteChange, difference, until_restart
from ssplug.site.load import load_site
from ssplug.site.numbers import assign_numbers
from ssplug.site.problem import SiteError
from ssplug.site.rewrite import saved
from ssplug.site.types import CameraConfig, Site
from ssplug.workers import Worker

CHANGES_LIMIT: Final = 64

T = TypeVar("T")

Follower = Callable[[SiteChange], Awaitable[object]]

_log = Logger()


class SitesBusyError(Exception):
    """Too many changes wait for the disk."""


class NotTakenError(Exception):
    """What the file says is right, but the server cannot work by it; the text says why."""


async def _nothing_first(change: SiteChange) -> None:
    """Where nothing can fail."""


class Sites:
    """The site as it is now. Reactor thread."""

    def __init__(self, site: Site, drivers: Drivers, bus: EventBus, worker: Worker) -> None:
        """`site` has numbers for all cameras; the file is read and written in `worker`."""
        self.site = site
        self._drivers = drivers
        self._bus = bus
        self._worker = worker
        self._turn = DeferredLock()
        self._followers: list[Follower] = []
        self.first: Follower = _nothing_first
        """To be set: called with what each reload brings before anything is different.

        NotTakenError, and nothing is: for what only trying can tell, as ports that others may have.
        """

    def follow(self, follower: Follower) -> None:
        """Have `follower` called with every change; the next one is not called before it is done."""
        self._followers.append(follower)

    def settings_of(self, camera: CameraConfig) -> tuple[Setting, ...]:
        """The fields of a camera, as far as its source's driver has a say in them. Any thread."""
        driver = self._drivers.get(DriverKind.CAMERA, camera.source.driver)
        return camera_settings({} if driver is None else driver.schema)

    def reload(self) -> "Deferred[SiteChange]":
        """Work by what the file says now. Fails with SiteError where it is wrong: nothing has changed then.

        So it is with NotTakenError.
        """
        return self._in_turn(lambda old: _reloaded(old, self._drivers), self.first)

    def save(self, wanted: Callable[[Site], Iterable[Change]], under: Path = ()) -> "Deferred[SiteChange]":
        """Write what is `wanted` of the site as it is then below `under` to the file, and work by it.

        `wanted` is asked in a thread, when all that was saved before is in effect.  Fails with what it
        raises, or with RewriteError or SiteError, and nothing has changed; or with SitesBusyError.
        """
        return self._in_turn(lambda old: _saved(old, tuple(wanted(old)), under, self._drivers))

    def _in_turn(self, new: Callable[[Site], SiteChange], first: Follower = _nothing_first) -> "Deferred[SiteChange]":
        if len(self._turn.waiting) >= CHANGES_LIMIT:
            return fail(SitesBusyError(f"{CHANGES_LIMIT} changes are waiting for the disk"))
        return self._turn.run(lambda: Deferred.fromCoroutine(self._change(new, first)))

    async def _change(self, new: Callable[[Site], SiteChange], first: Follower) -> SiteChange:
        change = await self._worker.call(new, self.site)
        await first(change)
        self.site = change.site
        if change.waiting:
            _log.warn("restart the server for: {waiting}", waiting=", ".join(change.waiting))
        _log.info("the site: {summary}", summary=change.summary())
        if not change.is_nothing:
            await self._carry_out(change)
        return change

    async def _carry_out(self, change: SiteChange) -> None:
        for follower in self._followers:
            try:
                await follower(change)
            except Exception:  # noqa: BLE001 - the file is written: the others must go by it all the same
                _log.failure("a part of the server did not follow the change of the site")
        self._announce(change)

    def _announce(self, change: SiteChange) -> None:
        """Cameras that no client can see (any more) are news about the whole server."""
        present = [*change.added, *(each.new for each in change.changed)]
        numbers = {camera.identity.number if camera.enabled else None for camera in present}
        if change.is_general or change.removed:
            numbers.add(None)
        for number in sorted(numbers, key=lambda number: -1 if number is None else number):
            self._bus.publish(EventType.CONFIGCHANGE, number)


async def reload_and_tell(sites: Sites) -> None:
    """Reload, and log what is wrong with the file: whoever asked by a signal has no other way to know."""
    try:
        await sites.reload()
    except SiteError as error:
        _log.error("not reloaded, for the site file is wrong:\n{error}", error=error)
    except (NotTakenError, SitesBusyError) as error:
        _log.error("not reloaded: {error}", error=error)


def _reloaded(old: Site, drivers: Drivers) -> SiteChange:
    """The worker's thread."""
    return _numbered(old, load_site(old.path, drivers))


def _saved(old: Site, changes: Sequence[Change], under: Path, drivers: Drivers) -> SiteChange:
    """The worker's thread."""
    if not changes:
        return SiteChange(old)
    return _numbered(old, saved(old, changes, under, drivers))


def _numbered(old: Site, new: Site) -> SiteChange:
    kept, waiting = until_restart(old, new)
    return difference(old, assign_numbers(kept), waiting)
