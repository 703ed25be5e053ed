"""What clients call schedules and overrides, in the words of version 5 and of version 6.

Inside the server a built-in schedule goes by the name that the site file uses; custom schedules
and presets are shown by that name in both dialects.
"""

from ssplug.model.schedule import NO_OVERRIDE_ID, OVERRIDES

V5 = 5
V6 = 6

_UNARMED = {V5: "Unarmed", V6: "Disarmed"}
_NO_OVERRIDE = {V5: "None", V6: "No Override"}
_UNTIL_NEXT = {V5: "Until Next Scheduled Event", V6: "Until Schedule Event"}
_SHOWN = {
    "armed-24-7": "Armed 24/7",
    "armed-sunrise-to-sunset": "Armed Sunrise To Sunset",
    "armed-sunset-to-sunrise": "Armed Sunset To Sunrise",
}


def schedule_name(name: str, dialect: int = V6) -> str:
    """The name of a schedule for people; `name` is the one of the site file."""
    if name == "unarmed-24-7":
        return f"{_UNARMED[dialect]} 24/7"
    return _SHOWN.get(name, name)


def override_name(override_id: int, dialect: int = V6) -> str:
    """The name of an override for people; KeyError where there is none of that id."""
    if override_id == NO_OVERRIDE_ID:
        return _NO_OVERRIDE[dialect]
    override = OVERRIDES[override_id]
    does = "Armed" if override.armed else _UNARMED[dialect]
    return f"{does} {_lasts(override.hours, dialect)}"


def _lasts(hours: int | None, dialect: int) -> str:
    if hours is None:
        return _UNTIL_NEXT[dialect]
    return f"For {hours} Hour" + ("s" if hours > 1 else "")
