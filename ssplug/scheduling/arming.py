"""Arming: whether each mode of each camera is armed, because of what, and until when.

Commands of clients, the end of overrides, the clock and a new site file all end in the same place:
the states are worked out anew, and every one that is different is published as ARM_x or DISARM_x.
What was set is kept in `store`; a command is answered once it cannot be forgotten any more, and
takes effect at that moment.

One timer waits for the next change.  It never waits for longer than a minute, because the wall
clock may be set meanwhile.
"""

import dataclasses
import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, DeferredLock, fail
from twisted.logger import Logger

from ssplug.events.bus import EventBus
from ssplug.model.camera import CaptureMode
from ssplug.model.event import EventType
from ssplug.model.schedule import (
    ARMED_24_7_ID,
    NO_OVERRIDE_ID,
    OVERRIDES,
    UNARMED_24_7_ID,
    ArmedState,
    Override,
    Place,
    Schedule,
    armed_state,
)
from ssplug.scheduling.explain import Explanation, explanation
from ssplug.scheduling.place import place_of
from ssplug.scheduling.plan import Change, Key, Plan, changed, plan
from ssplug.scheduling.store import FILE_NAME, ArmingStore
from ssplug.site.types import Site
from ssplug.workers import Worker, Workers

LOOK_SECONDS = 60.0
COMMANDS_LIMIT = 64

_log = Logger()

_EVENTS = {
    (mode, armed): EventType[f"{'' if armed else 'DIS'}ARM_{mode.value}"]
    for mode in CaptureMode
    for armed in (False, True)
}


class ArmingError(Exception):
    """A command that changes nothing; the message says why."""


class UnknownCameraError(ArmingError):
    """There is no camera of that number."""


class UnknownIdError(ArmingError):
    """There is nothing of an id that was given."""


class UnknownScheduleError(UnknownIdError):
    """There is no schedule of that id."""


class UnknownOverrideError(UnknownIdError):
    """There is no override of that id."""


class UnknownPresetError(UnknownIdError):
    """There is no preset of that id."""


class ArmingBusyError(ArmingError):
    """Too many commands wait for the disk."""


class Named(NamedTuple):
    """An entry of a list that clients choose from; `model.schedule_names` has the name for people."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ArmingState:
    """How one mode of one camera stands."""

    armed: bool
    schedule_id: int
    override_id: int
    """0: none, or none any more."""
    because: Schedule | Override
    until: datetime | None
    """UTC; None: for ever."""


class Arming:
    """The state of all modes of all cameras. Reactor thread."""

    def __init__(
        self,
        site: Site,
        bus: EventBus,
        reactor: Any,
        now: Callable[[], float],
        workers: Workers,
        place: Place | None = None,
    ) -> None:
        """`now` is wall time in seconds since the epoch; `place` is that of the site unless a test has another."""
        self._site = site
        self._bus = bus
        self._reactor = reactor
        self._now = now
        self._workers = workers
        self._place = place_of(site.server) if place is None else place
        self._plan = Plan({}, {}, {})
        self._states: dict[Key, ArmedState] = {}
        self._published: dict[Key, bool] = {}
        self._looked_at = self._instant()
        self._timer: Any = None
        self._turn = DeferredLock()
        self._store: ArmingStore
        self._worker: Worker

    def start(self) -> None:
        """Go on where the last run stopped, and publish what has changed since. Reads and writes the disk.

        Raises ArmingStoreError when the file in the state folder cannot be used.
        """
        self._store = ArmingStore(self._site.server.state / FILE_NAME)
        kept = self._store.load()
        new_plan = plan(self._site, kept, self._place, self._instant())
        _save_plan(self._store, new_plan)
        self._worker = self._workers.worker("arming")
        self._published = dict(kept.armed)
        self._adopt(new_plan)

    def stop(self) -> "Deferred[None]":
        """Fires when the file is closed; commands that wait are carried out first."""
        return self._turn.run(lambda: Deferred.fromCoroutine(self._close()))

    def reload(self, site: Site) -> "Deferred[None]":
        """Take over a new site; cameras and schedules that it does not change notice nothing."""
        return self._turn.run(lambda: Deferred.fromCoroutine(self._reload(site)))

    @property
    def zone(self) -> tzinfo:
        """Of the server's clocks, as the site says now."""
        return self._place.zone

    def schedules(self) -> list[Named]:
        """All schedules: the built-in ones, then those of the site file in its order."""
        return [Named(number, schedule.name) for number, schedule in self._plan.schedules.items()]

    def presets(self) -> list[Named]:
        """All schedule presets; always more than one."""
        return [Named(number, preset.name) for number, preset in self._plan.presets.items()]

    def state(self, number: int, mode: CaptureMode) -> ArmingState:
        """How a mode stands, as published; raises UnknownCameraError."""
        key = (number, mode)
        self._check_camera(number)
        state = self._states[key]
        override = state.because.id if isinstance(state.because, Override) else NO_OVERRIDE_ID
        return ArmingState(state.armed, self._plan.settings[key].schedule, override, state.because, state.until)

    def explain(self, number: int, mode: CaptureMode, at: datetime | None = None) -> Explanation:
        """Why a mode is armed or not at `at` (None: now), by what is set now; raises UnknownCameraError."""
        self._check_camera(number)
        return explanation((number, mode), self._plan, self._place, self._instant() if at is None else at)

    def set(
        self,
        numbers: Iterable[int],
        modes: Iterable[CaptureMode],
        schedule: int | None = None,
        override: int | None = None,
    ) -> "Deferred[None]":
        """Set the schedule, the override (0: end it) or both for the modes of the cameras; None leaves as it is.

        Fires when the change is kept and in effect; fails with an ArmingError when nothing was changed.
        """
        modes = tuple(modes)
        change = Change(schedule, override)
        return self._command({(number, mode): change for number in numbers for mode in modes})

    def arm(self, numbers: Iterable[int], modes: Iterable[CaptureMode], armed: bool) -> "Deferred[None]":
        """Arm or disarm until something else is set; as `set`."""
        return self.set(numbers, modes, ARMED_24_7_ID if armed else UNARMED_24_7_ID, NO_OVERRIDE_ID)

    def invoke_preset(self, preset_id: int, numbers: Iterable[int] | None = None) -> "Deferred[None]":
        """Set the preset's schedules for the cameras (None: all) and end their overrides; as `set`."""
        preset = self._plan.presets.get(preset_id)
        if preset is None:
            return fail(UnknownPresetError(f"there is no preset {preset_id}"))
        cameras = {number for number, _ in self._plan.settings} if numbers is None else set(numbers)
        return self._command(
            {
                (number, mode): Change(schedule, NO_OVERRIDE_ID)
                for number in cameras
                for mode, schedule in preset.schedules.items()
            }
        )

    def _command(self, changes: Mapping[Key, Change]) -> "Deferred[None]":
        if len(self._turn.waiting) >= COMMANDS_LIMIT:
            return fail(ArmingBusyError(f"{COMMANDS_LIMIT} commands are waiting for the disk"))
        return self._turn.run(lambda: Deferred.fromCoroutine(self._perform(changes)))

    async def _perform(self, changes: Mapping[Key, Change]) -> None:
        for (number, _), change in changes.items():
            self._check_camera(number)
            self._check_ids(change)
        now, current = self._instant(), self._plan
        settings = {
            key: changed(current.settings[key], change, current.schedules, self._place, now)
            for key, change in changes.items()
        }
        await self._worker.call(self._store.save, settings)
        self._plan = dataclasses.replace(current, settings={**current.settings, **settings})
        self._renew(settings)

    def _check_camera(self, number: int) -> None:
        if (number, CaptureMode.MOTION) not in self._plan.settings:
            raise UnknownCameraError(f"there is no camera {number}")

    def _check_ids(self, change: Change) -> None:
        if change.schedule is not None and change.schedule not in self._plan.schedules:
            raise UnknownScheduleError(f"there is no schedule {change.schedule}")
        if change.override not in (None, NO_OVERRIDE_ID) and change.override not in OVERRIDES:
            raise UnknownOverrideError(f"there is no override {change.override}")

    async def _reload(self, site: Site) -> None:
        kept = await self._worker.call(self._store.load)
        if _where(site) != _where(self._site):
            self._place = await self._worker.call(place_of, site.server)
        self._site = site
        new_plan = plan(site, kept, self._place, self._instant())
        await self._worker.call(_save_plan, self._store, new_plan)
        self._adopt(new_plan)

    def _adopt(self, new_plan: Plan) -> None:
        self._plan = new_plan
        self._states = {}
        self._published = {key: armed for key, armed in self._published.items() if key in new_plan.settings}
        self._renew(new_plan.settings)

    def _look(self) -> None:
        self._timer = None
        now = self._instant()
        self._renew([key for key, state in self._states.items() if _is_over(state, now)])

    def _renew(self, keys: Collection[Key]) -> None:
        """Work out the states of `keys`, publish what is different, and wait for the next change."""
        now = self._instant()
        if now < self._looked_at:
            keys = self._plan.settings  # the clock was put back: no state is certain
        self._looked_at = now
        state_at = functools.cache(functools.partial(armed_state, instant=now, place=self._place))
        settings = [self._plan.settings[key] for key in keys]
        states = [state_at(self._plan.schedules[setting.schedule], setting.override) for setting in settings]
        self._states.update(zip(keys, states, strict=True))
        self._publish({key: state.armed for key, state in zip(keys, states, strict=True)})
        self._wait(now)

    def _publish(self, armed: Mapping[Key, bool]) -> None:
        known = self._published
        different = {key: state for key, state in armed.items() if known.get(key) is not state}
        self._published = {**known, **different}
        for (number, mode), state in different.items():
            if (number, mode) in known:
                self._bus.publish(_EVENTS[mode, state], number)
        if different:
            saving = self._worker.call(self._store.save_armed, different)
            saving.addErrback(lambda failure: _log.failure("the armed states could not be kept", failure))

    def _wait(self, now: datetime) -> None:
        self._stop_timer()
        ends = [(state.until - now).total_seconds() for state in self._states.values() if state.until is not None]
        self._timer = self._reactor.callLater(max(0.0, min([LOOK_SECONDS, *ends])), self._look)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _close(self) -> None:
        self._stop_timer()
        await self._worker.call(self._store.close)
        await self._workers.stop_worker(self._worker)

    def _instant(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


def _where(site: Site) -> object:
    return site.server.timezone, site.server.location


def _is_over(state: ArmedState, now: datetime) -> bool:
    return state.until is not None and now >= state.until


def _save_plan(store: ArmingStore, new_plan: Plan) -> None:
    store.save_ids(new_plan.schedule_ids, new_plan.preset_ids)
    store.save(new_plan.settings)
