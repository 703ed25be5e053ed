"""What is armed by which schedule: the site file and what was kept of the last run, put together.

Pure.  Of the two, the later word counts: a schedule that a client set stays until somebody writes
another one for that mode into the site file (docs/decisions says why).  A custom schedule or a
preset has the id that it was given when it was first seen, for ever.
"""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from ssplug.model.camera import CaptureMode
from ssplug.model.schedule import BUILT_IN, OVERRIDES, Place, RunningOverride, Schedule, run_override
from ssplug.model.schedule_rules import parse_schedule
from ssplug.site.types import CameraConfig, Site

Key: TypeAlias = tuple[int, CaptureMode]
"""A mode of the camera of that number."""

FIRST_CUSTOM_ID = 100
_IDS = 2**31 - FIRST_CUSTOM_ID
"""Ids fit in 31 bits for the sake of clients, although the protocol allows 64."""

PRESET_MODES = {
    "continuous": CaptureMode.CONTINUOUS,
    "motion": CaptureMode.MOTION,
    "actions": CaptureMode.ACTIONS,
}
"""The words that a preset of the site file uses."""

# pysecspy breaks on a list of exactly one preset, so there are always these two.
_PRESETS: Mapping[str, Mapping[str, str]] = {
    "Away": {"motion": "armed-24-7", "actions": "armed-24-7"},
    "Home": {"motion": "unarmed-24-7", "actions": "unarmed-24-7"},
}


class UnknownNameError(ValueError):
    """The site file names a schedule that there is not."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What one mode of one camera was told."""

    schedule: int
    site_schedule: str
    """What the site file said when `schedule` was set."""
    override: RunningOverride | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a command sets, by id; None leaves as it is."""

    schedule: int | None = None
    override: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """All that the last run left behind; empty at the first start."""

    schedule_ids: Mapping[str, int] = field(default_factory=dict)
    preset_ids: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[Key, Setting] = field(default_factory=dict)
    armed: Mapping[Key, bool] = field(default_factory=dict)
    """The effective states that were published last."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of schedules; modes that it does not name stay as they are."""

    name: str
    schedules: Mapping[CaptureMode, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to choose from, and what is chosen."""

    schedules: Mapping[int, Schedule]
    """By id: the built-in ones, then those of the site file in its order."""
    presets: Mapping[int, Preset]
    settings: Mapping[Key, Setting]

    @property
    def schedule_ids(self) -> dict[str, int]:
        """The ids of all schedules by name."""
        return {schedule.name: number for number, schedule in self.schedules.items()}

    @property
    def preset_ids(self) -> dict[str, int]:
        """The ids of all presets by name."""
        return {preset.name: number for number, preset in self.presets.items()}


def plan(site: Site, kept: Kept, place: Place, now: datetime) -> Plan:
    """The plan for `site`, going on from `kept`.

    Raises RuleError and UnknownNameError for what a checked site file does not contain.
    """
    schedules = _schedules(site, kept.schedule_ids)
    ids = {schedule.name: number for number, schedule in schedules.items()}
    settings = {
        key: _with_end(_setting(kept.settings.get(key), written, ids), schedules, place, now)
        for key, written in _written(site).items()
    }
    return Plan(schedules, _presets(site, kept.preset_ids, ids), settings)


def changed(
    setting: Setting, change: Change, schedules: Mapping[int, Schedule], place: Place, now: datetime
) -> Setting:
    """`setting` after a command of now, whose ids are known."""
    new = dataclasses.replace(setting, schedule=setting.schedule if change.schedule is None else change.schedule)
    if change.override is None:
        return _with_end(new, schedules, place, now)
    override = OVERRIDES.get(change.override)
    running = None if override is None else run_override(override, schedules[new.schedule], now, place)
    return dataclasses.replace(new, override=running)


def given_ids(known: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    """An id for each name: the one it had, else a new one that follows from the name."""
    taken = set(known.values())
    ids: dict[str, int] = {}
    for name in names:
        number = known.get(name)
        if number is None:
            number = next(free for free in _candidates(name) if free not in taken)
        taken.add(number)
        ids[name] = number
    return ids


def _candidates(name: str) -> Iterable[int]:
    first = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return (FIRST_CUSTOM_ID + (first + more) % _IDS for more in range(_IDS))


def _schedules(site: Site, known: Mapping[str, int]) -> dict[int, Schedule]:
    custom = {name: parse_schedule(name, rules) for name, rules in site.schedules.items()}
    ids = given_ids(known, custom)
    return {**dict(enumerate(BUILT_IN)), **{ids[name]: schedule for name, schedule in custom.items()}}


def _presets(site: Site, known: Mapping[str, int], schedule_ids: Mapping[str, int]) -> dict[int, Preset]:
    written = {**_PRESETS, **site.presets}
    ids = given_ids(known, written)
    return {
        ids[name]: Preset(
            name, {PRESET_MODES[word]: _id_of(schedule, schedule_ids) for word, schedule in modes.items()}
        )
        for name, modes in written.items()
    }


def _id_of(schedule: str, ids: Mapping[str, int]) -> int:
    try:
        return ids[schedule]
    except KeyError:
        raise UnknownNameError(f"there is no schedule {schedule!r}, only {', '.join(ids)}") from None


def _written(site: Site) -> dict[Key, str]:
    return {
        (camera.identity.number, mode): schedule
        for camera in site.cameras
        for mode, schedule in _schedules_of(camera).items()
    }


def _schedules_of(camera: CameraConfig) -> dict[CaptureMode, str]:
    return {
        CaptureMode.CONTINUOUS: camera.continuous.schedule,
        CaptureMode.MOTION: camera.motion_capture.schedule,
        CaptureMode.ACTIONS: camera.actions.schedule,
    }


def _setting(kept: Setting | None, written: str, ids: Mapping[str, int]) -> Setting:
    if kept is None:
        return Setting(_id_of(written, ids), written)
    if kept.site_schedule != written or kept.schedule not in ids.values():
        return Setting(_id_of(written, ids), written, kept.override)
    return kept


def _with_end(setting: Setting, schedules: Mapping[int, Schedule], place: Place, now: datetime) -> Setting:
    """`setting` with the end that its override has by the schedule that it is over now, which may be another."""
    running = setting.override
    if running is None or running.is_over(now) or running.override.hours is not None:
        return setting
    until = run_override(running.override, schedules[setting.schedule], now, place).until
    return dataclasses.replace(setting, override=dataclasses.replace(running, until=until))
