"""What clients of either version call schedules and overrides."""

import pytest

from ssplug.model.schedule import BUILT_IN
from ssplug.model.schedule_names import V5, V6, override_name, schedule_name

HOURS_OF_5 = [f"{does} For {hours} Hour{'s' * (hours > 1)}" for hours in range(1, 7) for does in ("Unarmed", "Armed")]


def test_schedules_of_version_5():
    assert [schedule_name(schedule.name, V5) for schedule in BUILT_IN] == [
        "Unarmed 24/7", "Armed 24/7", "Armed Sunrise To Sunset", "Armed Sunset To Sunrise",
    ]  # fmt: skip


def test_schedules_of_version_6():
    assert [schedule_name(schedule.name, V6) for schedule in BUILT_IN] == [
        "Disarmed 24/7", "Armed 24/7", "Armed Sunrise To Sunset", "Armed Sunset To Sunrise",
    ]  # fmt: skip


@pytest.mark.parametrize("dialect", [V5, V6])
def test_a_custom_schedule_has_its_own_name(dialect):
    assert schedule_name("night", dialect) == "night"


def test_overrides_of_version_5():
    assert [override_name(number, V5) for number in range(15)] == [
        "None", "Unarmed Until Next Scheduled Event", "Armed Until Next Scheduled Event", *HOURS_OF_5,
    ]  # fmt: skip


def test_overrides_of_version_6():
    assert [override_name(number, V6) for number in range(15)] == [
        "No Override", "Disarmed Until Schedule Event", "Armed Until Schedule Event",
        *(name.replace("Unarmed", "Disarmed") for name in HOURS_OF_5),
    ]  # fmt: skip
