"""Why a mode is armed or not, for people and for programs."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ssplug.model.camera import CaptureMode
from ssplug.model.schedule import OVERRIDES, Place, RunningOverride
from ssplug.scheduling.explain import ExplainError, explain_offline, explanation, parse_instant
from ssplug.scheduling.plan import Kept, Setting, plan
from ssplug.scheduling.store import ArmingStore, ArmingStoreError
from ssplug.scheduling.sun import equinox
from ssplug.site.types import CameraConfig, Location, MotionCaptureConfig, ServerConfig, Site, Slot
from ssplug.testing import a_camera

LONDON = ZoneInfo("Europe/London")
PLACE = Place(LONDON, equinox(LONDON))
NOON = datetime(2024, 5, 8, 11, tzinfo=UTC)  # in London
MOTION = (0, CaptureMode.MOTION)
SHOP = [{"days": "mon-fri", "from": "18:30", "to": "08:00"}, {"days": "wed", "from": "12:00", "to": "13:00"}]


@pytest.fixture
def site(tmp_path):
    camera = CameraConfig(a_camera(), Slot("pattern"), motion_capture=MotionCaptureConfig(schedule="shop"))
    server = ServerConfig(state=tmp_path, timezone="Europe/London", location=Location(51.5, -0.12))
    return Site(tmp_path / "site.yaml", server, schedules={"shop": SHOP}, cameras=(camera,))


def explained(site, at=NOON, kept=None):
    return explanation(MOTION, plan(site, kept or Kept(), PLACE, NOON), PLACE, at)


def overridden(number=3):
    running = RunningOverride(OVERRIDES[number], NOON, NOON + timedelta(hours=1))
    return Kept(settings={MOTION: Setting(1, "shop", running)})


def test_the_rule_that_decides_is_told(site):
    assert explained(site).text == (
        "motion capture: armed at Wed 2024-05-08 12:00:00 BST, until Wed 2024-05-08 13:00:00 BST, "
        'because the schedule "shop" says: wed 12:00 to 13:00'
    )


def test_no_rule_is_a_reason_too(site):
    assert explained(site, NOON + timedelta(hours=2)).text == (
        "motion capture: not armed at Wed 2024-05-08 14:00:00 BST, until Wed 2024-05-08 18:30:00 BST, "
        'because no rule of the schedule "shop" covers this time'
    )


def test_an_override_is_told_with_the_time_it_was_set(site):
    assert explained(site, NOON + timedelta(minutes=59), overridden()).text == (
        "motion capture: not armed at Wed 2024-05-08 12:59:00 BST, until Wed 2024-05-08 13:00:00 BST, "
        'because the override "Disarmed For 1 Hour" was set at Wed 2024-05-08 12:00:00 BST'
    )


@pytest.mark.parametrize("away", [timedelta(hours=1), -timedelta(seconds=1)])
def test_an_override_that_is_over_or_not_yet_set_is_no_reason(site, away):
    assert explained(site, NOON + away, overridden()).text.endswith(
        'for ever, because the schedule "Armed 24/7" says: every day 00:00 to 24:00'
    )


def test_a_document_has_plain_values_only(site):
    """As `schedule?format=json` gives it."""
    assert explained(site, kept=overridden()).document() == {
        "mode": "M",
        "armed": False,
        "at": "2024-05-08T12:00:00+01:00",
        "until": "2024-05-08T13:00:00+01:00",
        "because": 'the override "Disarmed For 1 Hour" was set at Wed 2024-05-08 12:00:00 BST',
        "schedule-id": 1,
        "schedule": "Armed 24/7",
        "rule": "every day 00:00 to 24:00",
        "override-id": 3,
        "override-since": "2024-05-08T12:00:00+01:00",
    }


def test_never_is_null_in_a_document(site):
    kept = Kept(settings={MOTION: Setting(0, "shop")})
    document = explained(site, kept=kept).document()
    assert (document["until"], document["rule"], document["override-since"]) == (None, None, None)


def test_without_a_server_the_site_file_is_enough(site):
    """No state folder yet: what the first start would do, a line for each mode."""
    lines = explain_offline(site, "porch", "2024-05-08T12:30", NOON)
    assert [line.split(":")[0] for line in lines] == ["continuous capture", "motion capture", "actions"]
    assert "until Wed 2024-05-08 13:00:00 BST" in lines[1]
    assert not (site.server.state / "schedules.sqlite").exists()


def test_what_the_server_keeps_is_taken_into_account(site):
    store = ArmingStore(site.server.state / "schedules.sqlite")
    store.save(overridden().settings)
    (_, motion, _) = explain_offline(site, "0", None, NOON)
    store.close()
    assert 'because the override "Disarmed For 1 Hour"' in motion


@pytest.mark.parametrize(
    ("camera", "at", "said"),
    [
        ("yard", None, r"no camera 'yard', only 0 \(porch\)"),
        ("7", None, r"no camera '7'"),
        ("0", "tomorrow", "write 2026-12-24T18:30"),
        ("0", "9999-12-31", "1971 to 2199"),
        ("0", "0001-01-01T00:00+14:00", "1971 to 2199"),
    ],
)
def test_a_question_that_cannot_be_answered_says_what_to_write(site, camera, at, said):
    with pytest.raises(ExplainError, match=said):
        explain_offline(site, camera, at, NOON)


def test_a_state_that_cannot_be_read_is_named(site):
    (site.server.state / "schedules.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(ArmingStoreError, match=r"schedules\.sqlite"):
        explain_offline(site, "0", None, NOON)


@pytest.mark.parametrize("written", ["2024-05-08T12:00", "2024-05-08T11:00+00:00", "2024-05-08T11:00Z"])
def test_times_are_by_the_clocks_of_the_site_unless_they_say_otherwise(written):
    assert parse_instant(written, LONDON) == NOON
