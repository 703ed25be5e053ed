"""Why a mode of a camera is armed or not, and until when: for `ssplug schedule explain` and `schedule`."""

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from ssplug.model.camera import CaptureMode
from ssplug.model.schedule import Place, RunningOverride, Schedule, armed_state, deciding_rule
from ssplug.model.schedule_names import override_name, schedule_name
from ssplug.model.schedule_rules import rule_text
from ssplug.scheduling.place import place_of
from ssplug.scheduling.plan import Kept, Key, Plan, Setting, plan
from ssplug.scheduling.store import FILE_NAME, ArmingStore
from ssplug.site.types import Site

_MODES = {
    CaptureMode.CONTINUOUS: "continuous capture",
    CaptureMode.MOTION: "motion capture",
    CaptureMode.ACTIONS: "actions",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The state of one mode at one instant, and what it follows from. Times are in the place's zone."""

    camera: int
    mode: CaptureMode
    at: datetime
    armed: bool
    until: datetime | None
    schedule_id: int
    schedule: Schedule
    rule: int | None
    """The place of the schedule's rule that decides; None: no rule covers the instant."""
    override: RunningOverride | None
    """The override in force at `at`."""

    def document(self) -> dict[str, Any]:
        """Plain values for JSON; times are RFC 3339, null where there is nothing to say."""
        override = self.override
        return {
            "mode": self.mode.value,
            "armed": self.armed,
            "at": _rfc3339(self.at),
            "until": _rfc3339(self.until),
            "because": self.because,
            "schedule-id": self.schedule_id,
            "schedule": schedule_name(self.schedule.name),
            "rule": None if self.rule is None else rule_text(self.schedule.rules[self.rule]),
            "override-id": 0 if override is None else override.override.id,
            "override-since": None if override is None else _rfc3339(override.since),
        }

    @property
    def because(self) -> str:
        """The reason as a clause."""
        if self.override is not None:
            name = override_name(self.override.override.id)
            return f'the override "{name}" was set at {_shown(self.override.since)}'
        name = f'the schedule "{schedule_name(self.schedule.name)}"'
        if self.rule is None:
            return f"no rule of {name} covers this time"
        return f"{name} says: {rule_text(self.schedule.rules[self.rule])}"

    @property
    def text(self) -> str:
        """The whole of it as a line."""
        armed = "armed" if self.armed else "not armed"
        until = "for ever" if self.until is None else f"until {_shown(self.until)}"
        return f"{_MODES[self.mode]}: {armed} at {_shown(self.at)}, {until}, because {self.because}"


def explanation(key: Key, plan: Plan, place: Place, at: datetime) -> Explanation:
    """What `plan` says of a mode at `at`, by what is set now: what was set before is not remembered."""
    camera, mode = key
    setting = plan.settings[key]
    schedule = plan.schedules[setting.schedule]
    override = _in_force(setting, at)
    state = armed_state(schedule, override, at, place)
    return Explanation(
        camera,
        mode,
        at.astimezone(place.zone),
        state.armed,
        None if state.until is None else state.until.astimezone(place.zone),
        setting.schedule,
        schedule,
        deciding_rule(schedule, at, place),
        None if override is None else replace(override, since=override.since.astimezone(place.zone)),
    )


def explain_offline(site: Site, camera: str, at: str | None, now: datetime) -> list[str]:
    """A line per mode of a camera (number, or id of the site file), for people; whether or not a server runs.

    `at` is ISO 8601, by the clocks of the site where it has no offset; None: `now`. Blocking.
    Raises ExplainError with what to write instead, ArmingStoreError where the state cannot be read.
    """
    place = place_of(site.server)
    number = _camera_number(site, camera)
    instant = now if at is None else parse_instant(at, place.zone)
    current = plan(site, _kept(site.server.state / FILE_NAME), place, now)
    return [explanation((number, mode), current, place, instant).text for mode in CaptureMode]


class ExplainError(ValueError):
    """A question that cannot be answered; the message says what to write."""


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """An ISO 8601 time of this or the next century, by the clocks of `zone` where it has no offset."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ExplainError(f"{text!r} is no time; write 2026-12-24T18:30, or add an offset such as +01:00") from None
    if not 1970 < instant.year < 2200:
        raise ExplainError(f"{text!r} is too far away; the years from 1971 to 2199 are known")
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=zone)


def _camera_number(site: Site, camera: str) -> int:
    for config in site.cameras:
        if camera in (config.identity.id, str(config.identity.number)):
            return config.identity.number
    known = ", ".join(f"{config.identity.number} ({config.identity.id})" for config in site.cameras)
    raise ExplainError(f"there is no camera {camera!r}, only {known}")


def _kept(path: Path) -> Kept:
    if not path.exists():
        return Kept()
    with contextlib.closing(ArmingStore(path, read_only=True)) as store:
        return store.load()


def _in_force(setting: Setting, at: datetime) -> RunningOverride | None:
    running = setting.override
    return running if running is not None and running.since <= at and not running.is_over(at) else None


def _rfc3339(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds")


def _shown(instant: datetime) -> str:
    return instant.strftime("%a %Y-%m-%d %H:%M:%S %Z")
