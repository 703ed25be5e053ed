"""The site file and what was kept, put together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.model.camera import CaptureMode
from ssplug.model.schedule import OVERRIDES, Place, RunningOverride
from ssplug.model.schedule_rules import RuleError
from ssplug.scheduling.plan import FIRST_CUSTOM_ID, Change, Kept, Setting, UnknownNameError, changed, given_ids, plan
from ssplug.scheduling.sun import equinox
from ssplug.site.types import CameraConfig, MotionCaptureConfig, Site, Slot
from ssplug.testing import a_camera

NOON = datetime(2024, 5, 8, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACE = Place(UTC, equinox(UTC))
MOTION = (0, CaptureMode.MOTION)
NIGHT = [{"from": "20:00", "to": "08:00"}]
LONGER_NIGHT = [{"from": "18:00", "to": "08:00"}]


def a_site(motion: str = "armed-24-7", schedules=None, presets=None) -> Site:
    camera = CameraConfig(a_camera(), Slot("pattern"), motion_capture=MotionCaptureConfig(schedule=motion))
    return Site(Path("site.yaml"), schedules=schedules or {}, presets=presets or {}, cameras=(camera,))


def planned(site: Site, kept: Kept | None = None):
    return plan(site, kept or Kept(), PLACE, NOON)


def kept_from(before, **settings) -> Kept:
    return Kept(before.schedule_ids, before.preset_ids, {**before.settings, **settings.get("settings", {})})


def test_the_first_start_does_what_the_file_says():
    assert planned(a_site()).settings == {
        (0, CaptureMode.CONTINUOUS): Setting(0, "unarmed-24-7"),
        (0, CaptureMode.MOTION): Setting(1, "armed-24-7"),
        (0, CaptureMode.ACTIONS): Setting(0, "unarmed-24-7"),
    }


def test_what_a_client_set_outlives_a_restart():
    kept = Kept(settings={MOTION: Setting(3, "armed-24-7")})
    assert planned(a_site(), kept).settings[MOTION] == Setting(3, "armed-24-7")


def test_an_edit_of_the_file_is_the_later_word():
    """A client disarmed it; then somebody wrote another schedule into the file."""
    kept = Kept(settings={MOTION: Setting(0, "armed-24-7")})
    site = a_site(motion="armed-sunset-to-sunrise")
    assert planned(site, kept).settings[MOTION] == Setting(3, "armed-sunset-to-sunrise")


def test_an_edit_elsewhere_in_the_file_changes_nothing():
    kept = Kept(settings={MOTION: Setting(0, "armed-24-7")})
    assert planned(a_site(schedules={"night": NIGHT}), kept).settings[MOTION].schedule == 0


def test_an_edit_leaves_a_running_override_in_place():
    running = RunningOverride(OVERRIDES[3], NOON - HOUR / 2, NOON + HOUR / 2)
    kept = Kept(settings={MOTION: Setting(0, "armed-24-7", running)})
    assert planned(a_site(motion="armed-sunset-to-sunrise"), kept).settings[MOTION].override == running


def test_a_schedule_that_is_gone_gives_way_to_the_file():
    before = planned(a_site(schedules={"night": NIGHT}))
    night = before.schedule_ids["night"]
    after = planned(a_site(), kept_from(before, settings={MOTION: Setting(night, "armed-24-7")}))
    assert after.settings[MOTION] == Setting(1, "armed-24-7")


def test_a_schedule_that_comes_back_has_its_old_id():
    before = planned(a_site(schedules={"night": NIGHT}))
    again = planned(a_site(schedules={"day": NIGHT, "night": LONGER_NIGHT}), kept_from(before))
    assert again.schedule_ids["night"] == before.schedule_ids["night"]


def test_an_override_until_the_next_event_follows_an_edited_schedule():
    """Set when night began at 20:00; the file now says 18:00."""
    before = planned(a_site("night", schedules={"night": NIGHT}))
    night = before.schedule_ids["night"]
    running = RunningOverride(OVERRIDES[2], NOON - HOUR, NOON + 8 * HOUR)
    kept = kept_from(before, settings={MOTION: Setting(night, "night", running)})
    after = planned(a_site("night", schedules={"night": LONGER_NIGHT}), kept)
    assert after.settings[MOTION].override == RunningOverride(OVERRIDES[2], NOON - HOUR, NOON + 6 * HOUR)


def test_an_override_that_ended_meanwhile_does_not_come_back():
    running = RunningOverride(OVERRIDES[2], NOON - 9 * HOUR, NOON - HOUR)
    kept = Kept(settings={MOTION: Setting(3, "armed-24-7", running)})
    assert planned(a_site(), kept).settings[MOTION].override.is_over(NOON)


def test_a_command_may_set_the_schedule_alone():
    """An override with hours goes on; one until the next event waits for the new schedule's."""
    schedules = planned(a_site()).schedules
    two_hours = RunningOverride(OVERRIDES[5], NOON - HOUR, NOON + HOUR)
    until_next = RunningOverride(OVERRIDES[1], NOON - HOUR, None)
    setting = Setting(1, "armed-24-7", two_hours)
    assert changed(setting, Change(schedule=3), schedules, PLACE, NOON) == Setting(3, "armed-24-7", two_hours)
    setting = Setting(1, "armed-24-7", until_next)
    new = changed(setting, Change(schedule=3), schedules, PLACE, NOON)
    assert new.override == RunningOverride(OVERRIDES[1], NOON - HOUR, NOON + 6 * HOUR)


def test_a_command_may_set_the_override_alone():
    schedules = planned(a_site()).schedules
    new = changed(Setting(3, "armed-24-7"), Change(override=2), schedules, PLACE, NOON)
    assert new == Setting(3, "armed-24-7", RunningOverride(OVERRIDES[2], NOON, NOON + 6 * HOUR))
    assert changed(new, Change(override=0), schedules, PLACE, NOON) == Setting(3, "armed-24-7")


def test_an_override_set_together_with_a_schedule_waits_for_that_schedule():
    schedules = planned(a_site()).schedules
    new = changed(Setting(1, "armed-24-7"), Change(schedule=2, override=1), schedules, PLACE, NOON)
    assert new.override.until == NOON + 6 * HOUR


def test_home_and_away_are_always_there():
    """One preset alone would break a client."""
    presets = planned(a_site()).presets.values()
    assert {preset.name: preset.schedules for preset in presets} == {
        "Away": {CaptureMode.MOTION: 1, CaptureMode.ACTIONS: 1},
        "Home": {CaptureMode.MOTION: 0, CaptureMode.ACTIONS: 0},
    }


def test_the_file_adds_presets_and_may_say_what_home_means():
    site = a_site(
        schedules={"night": NIGHT}, presets={"Holiday": {"continuous": "night"}, "Home": {"actions": "armed-24-7"}}
    )
    built = planned(site)
    assert {preset.name: preset.schedules for preset in built.presets.values()} == {
        "Away": {CaptureMode.MOTION: 1, CaptureMode.ACTIONS: 1},
        "Home": {CaptureMode.ACTIONS: 1},
        "Holiday": {CaptureMode.CONTINUOUS: built.schedule_ids["night"]},
    }


def test_a_file_that_was_not_checked_is_refused():
    with pytest.raises(UnknownNameError, match="no schedule 'nigth', only unarmed-24-7, "):
        planned(a_site("nigth"))
    with pytest.raises(RuleError, match=r"night\[0\].from"):
        planned(a_site(schedules={"night": [{"from": "noon"}]}))


names = st.lists(st.text(max_size=8), unique=True, max_size=8)


@given(names, names)
def test_ids_are_given_once_and_never_twice(first, second):
    """Whatever comes and goes, a name has one id and an id one name."""
    known = given_ids({}, first)
    later = given_ids(known, second)
    every = {**known, **later}
    assert all(later[name] == known[name] for name in set(first) & set(second))
    assert len(set(every.values())) == len(every)
    assert all(FIRST_CUSTOM_ID <= number < 2**31 for number in every.values())


def test_an_id_that_is_taken_makes_the_next_one_free():
    wanted = given_ids({}, ["night"])["night"]
    assert given_ids({"somebody else": wanted}, ["night"])["night"] == wanted + 1


def test_a_lost_state_folder_gives_the_same_ids():
    """Clients that stored them go on working."""
    site = a_site(schedules={"night": NIGHT, "away": NIGHT})
    assert planned(site).schedule_ids == planned(site).schedule_ids
    assert planned(site).preset_ids["Home"] == given_ids({}, ["Home"])["Home"]
