"""Arming by request: both dialects, switches, presets, permissions, and why something is armed."""

import json
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ssplug.events.bus import EventBus
from ssplug.model.access import Permission
from ssplug.model.camera import CaptureMode
from ssplug.model.event import EventType
from ssplug.model.schedule import Place
from ssplug.scheduling.arming import COMMANDS_LIMIT, Arming
from ssplug.scheduling.sun import equinox
from ssplug.site.types import CameraConfig, ServerConfig, Site, Slot, User
from ssplug.testing import InlineWorkers, a_camera
from tests.unit.web.scene import CET, CHEAP, NOON, Response, Scene, a_camera_at_work

C, M, A = CaptureMode

# Bob may arm both cameras, Eve only look at them, Joe neither see nor arm the yard.
BOB = User("bob", CHEAP, permissions=Permission.LIVE | Permission.SCHEDULE)
EVE = User("eve", CHEAP, permissions=Permission.LIVE)
JOE = User("joe", CHEAP, permissions=Permission.LIVE | Permission.SCHEDULE, cameras=frozenset({"porch"}))
AUTH = {"bob": "Ym9iOnNlc2FtZQ==", "eve": "ZXZlOnNlc2FtZQ==", "joe": "am9lOnNlc2FtZQ=="}


class HangingWorkers(InlineWorkers):
    """A disk that never answers."""

    def worker(self, name, limit=64):
        return self

    def call(self, function, *args):
        return Deferred()


class House:
    """A porch (0) and a yard (3), each with motion capture armed and the rest not."""

    def __init__(self, state: Path, workers: InlineWorkers | None = None) -> None:
        clock = Clock()
        clock.advance(NOON)
        bus = EventBus(clock.seconds)
        self.published: list[tuple[int | None, EventType]] = []
        bus.listen(lambda event: self.published.append((event.camera, event.type)))
        configs = tuple(
            CameraConfig(a_camera(number, id=id_), Slot("pattern")) for number, id_ in ((0, "porch"), (3, "yard"))
        )
        site = Site(
            state / "site.yaml",
            ServerConfig(state=state),
            schedules={"night": ({"from": "20:00", "to": "08:00"},)},
            cameras=configs,
        )
        self.arming = Arming(site, bus, clock, clock.seconds, workers or InlineWorkers(), Place(CET, equinox(CET)))
        self.arming.start()
        cameras = (a_camera_at_work(0, id="porch"), a_camera_at_work(3, "Yard", "yard"))
        self.scene = Scene(*cameras, users=(BOB, EVE, JOE), arming=self.arming)

    def get(self, uri: str, user: str = "bob") -> Response:
        return self.scene.get(f"{uri}{'&' if '?' in uri else '?'}auth={AUTH[user]}")

    def news(self) -> list[tuple[int | None, EventType]]:
        news, self.published = self.published, []
        return news

    def schedule_ids(self, number: int = 0) -> tuple[int, ...]:
        return tuple(self.arming.state(number, mode).schedule_id for mode in CaptureMode)

    def override_ids(self, number: int = 0) -> tuple[int, ...]:
        return tuple(self.arming.state(number, mode).override_id for mode in CaptureMode)


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    house.arming.stop()


def is_ok(response: Response) -> bool:
    """What pysecurityspy compares with: two bytes."""
    return (response.status, response.body, response.header("Content-Type")) == (200, b"OK", "text/plain")


def test_pysecspy_sets_a_schedule(house):
    assert is_ok(house.get("/setSchedule?cameraNum=0&schedule=0&override=0&mode=M"))
    assert house.news() == [(0, EventType.DISARM_M)]


def test_pysecurityspy_sets_two_modes(house):
    assert is_ok(house.get("/++setSchedule?cameraNum=0&schedule=1&mode=CM&override=0"))
    assert house.schedule_ids() == (1, 1, 0)
    assert house.news() == [(0, EventType.ARM_C)]


def test_golift_sets_a_custom_schedule_for_all_modes(house):
    night = next(entry.id for entry in house.arming.schedules() if entry.name == "night")
    assert is_ok(house.get(f"/++ssSetSchedule?mode=X&id={night}&cameraNum=3&format=xml"))
    assert house.schedule_ids(3) == (night, night, night)


def test_golift_sets_an_override(house):
    assert is_ok(house.get("/++ssSetOverride?mode=C&id=4&cameraNum=0&format=xml"))
    assert house.override_ids() == (4, 0, 0)
    assert house.schedule_ids() == (0, 1, 0)


def test_aiosecurityspy_sets_overrides_and_leaves_schedules(house):
    assert is_ok(house.get("/++ssSetSchedule?cameraNum=0&mode=CMA&override=2"))
    assert house.override_ids() == (2, 2, 2)
    assert house.schedule_ids() == (0, 1, 0)


def test_minus_one_is_all_cameras(house):
    assert is_ok(house.get("/setSchedule?cameraNum=-1&schedule=1&mode=A"))
    assert house.news() == [(0, EventType.ARM_A), (3, EventType.ARM_A)]


def test_minus_one_is_all_cameras_that_the_account_sees(house):
    assert is_ok(house.get("/setSchedule?cameraNum=-1&schedule=1&mode=A", "joe"))
    assert house.news() == [(0, EventType.ARM_A)]


@pytest.mark.parametrize(
    "query",
    [
        "cameraNum=0&schedule=99&override=0&mode=M",
        "cameraNum=0&schedule=0&override=99&mode=M",
        "cameraNum=0&schedule=never&mode=M",
        "cameraNum=0&schedule=0&mode=Q",
        "cameraNum=0&schedule=0",
        "cameraNum=0&mode=M",
        "cameraNum=0&schedule=-1&override=-1&mode=M",
        "cameraNum=0&schedule=9223372036854775807&mode=M",
    ],
)
def test_bad_values_change_nothing_and_are_ok(house, query):
    assert is_ok(house.get(f"/setSchedule?{query}"))
    assert (house.schedule_ids(), house.override_ids(), house.news()) == ((0, 1, 0), (0, 0, 0), [])


@pytest.mark.parametrize(
    "uri",
    [
        "/setSchedule?cameraNum=7&schedule=0&mode=M",
        "/ssSetSchedule?schedule=0&mode=M",
        "/ssSetOverride?cameraNum=front&id=3&mode=M",
        "/ssSetSchedule?cameraNum=7&override=-1&mode=M",
        "/ssControlMotionCapture?cameraNum=7&arm=0",
        "/ssControlPassiveMode?cameraNum=7",
        "/schedule?cameraNum=7&format=json",
        "/cameramodes?cameraNum=7",
    ],
)
def test_a_camera_that_does_not_exist_is_not_found(house, uri):
    response = house.get(uri)
    assert (response.status, response.text) == (404, "The specified camera does not exist.")
    assert house.news() == []


def test_a_camera_that_does_not_exist_for_the_account_is_not_found(house):
    assert house.get("/setSchedule?cameraNum=3&schedule=0&mode=M", "joe").status == 404
    assert house.news() == []


@pytest.mark.parametrize(
    "uri",
    [
        "/setSchedule?cameraNum=0&schedule=0&mode=M",
        "/ssSetSchedule?cameraNum=-1&override=4&mode=X",
        "/ssSetOverride?cameraNum=0&id=0&mode=M",
        "/ssControlActions?cameraNum=0&arm=1",
        "/ssControlActiveMode?cameraNum=0",
        "/setPreset?id=1",
    ],
)
def test_an_account_that_may_not_arm_is_refused_like_a_wrong_password(house, uri):
    """aiosecurityspy then asks systemInfo, which says that the password is right."""
    response = house.get(uri, "eve")
    assert (response.status, response.body) == (401, b"401 Unauthorized")
    assert house.news() == []


def test_leaving_the_override_as_it_is_needs_no_permission(house):
    """aiosecurityspy tries its connection that way."""
    assert is_ok(house.get("/++ssSetSchedule?cameraNum=0&mode=M&override=-1", "eve"))


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("ssControlContinuous", C),
        ("ssControlContinuousCapture", C),
        ("ssControlMotionCapture", M),
        ("ssControlActions", A),
    ],
)
def test_switches_arm_and_disarm_until_something_else_is_set(house, name, mode):
    for arm in (1, 0, 1):
        assert is_ok(house.get(f"/++{name}?arm={arm}&cameraNum=0&format=xml"))
        state = house.arming.state(0, mode)
        assert (state.armed, state.schedule_id, state.override_id, state.until) == (arm == 1, arm, 0, None)


def test_a_switch_ends_an_override(house):
    house.get("/ssSetOverride?cameraNum=0&mode=M&id=3")
    assert is_ok(house.get("/++ssControlMotionCapture?arm=1&cameraNum=0"))
    assert house.override_ids() == (0, 0, 0)
    assert house.news() == [(0, EventType.DISARM_M), (0, EventType.ARM_M)]


@pytest.mark.parametrize("arm", ["", "&arm=", "&arm=2", "&arm=maybe"])
def test_a_switch_that_says_neither_changes_nothing(house, arm):
    assert is_ok(house.get(f"/++ssControlMotionCapture?cameraNum=0{arm}"))
    assert house.news() == []


def test_version_3_knew_active_and_passive(house):
    assert is_ok(house.get("/++ssControlPassiveMode?cameraNum=0"))
    assert is_ok(house.get("/++ssControlActiveMode?cameraNum=0"))
    assert house.news() == [(0, EventType.DISARM_M), (0, EventType.ARM_M)]


@pytest.mark.parametrize("name", ["setPreset", "++ssSetPreset"])
def test_a_preset_is_for_all_cameras(house, name):
    away = next(entry.id for entry in house.arming.presets() if entry.name == "Away")
    assert is_ok(house.get(f"/{name}?id={away}"))
    assert house.news() == [(0, EventType.ARM_A), (3, EventType.ARM_A)]


def test_a_preset_leaves_the_cameras_of_others_alone(house):
    away = next(entry.id for entry in house.arming.presets() if entry.name == "Away")
    assert is_ok(house.get(f"/setPreset?id={away}", "joe"))
    assert house.news() == [(0, EventType.ARM_A)]


@pytest.mark.parametrize("query", ["id=12345", "id=Home", "", "id=-1"])
def test_an_unknown_preset_changes_nothing(house, query):
    assert is_ok(house.get(f"/setPreset?{query}"))
    assert house.news() == []


def test_camera_modes_follow_a_command(house):
    house.get("/ssControlActions?cameraNum=0&arm=1")
    assert house.get("/++cameramodes?cameraNum=0").body == b"C:DISARMED\nM:ARMED\nA:ARMED\n"


def test_the_document_of_the_system_follows_a_command(house):
    """Home Assistant reads it every minute and would flip its switch back."""
    house.get("/setSchedule?cameraNum=0&schedule=0&override=0&mode=M")
    system = json.loads(house.get("/++systemInfo?format=json").body)
    porch = next(camera for camera in system["camera-list"] if camera["number"] == 0)
    assert (porch["mc-mode"], porch["mc-schedule-id"], porch["mc-schedule-override"]) == ("disarmed", 0, 0)


def test_too_many_commands_are_refused_for_a_while(tmp_path):
    """The disk hangs: the next command is told so, and does not wait with the others."""
    house = House(tmp_path, HangingWorkers())
    for _ in range(COMMANDS_LIMIT + 1):
        house.arming.arm([0], [M], False)
    response = house.get("/ssControlMotionCapture?cameraNum=0&arm=0")
    assert (response.status, response.header("Retry-After")) == (503, "5")


def test_why_and_until_when_as_json(house):
    house.get("/ssSetOverride?cameraNum=0&mode=M&id=3")
    response = house.get("/schedule?cameraNum=0&format=json", "eve")
    assert response.header("Content-Type") == "application/json"
    document = json.loads(response.body)
    assert document["camera-number"] == 0
    assert [mode["mode"] for mode in document["modes"]] == ["C", "M", "A"]
    motion = document["modes"][1]
    assert (motion["armed"], motion["override-id"]) == (False, 3)
    assert motion["until"] == "2026-11-22T14:00:00+01:00"


def test_why_and_until_when_in_words(house):
    response = house.get("/schedule?cameraNum=0")
    assert response.text.splitlines()[1] == (
        "motion capture: armed at Sun 2026-11-22 13:00:00 UTC+01:00, for ever, "
        'because the schedule "Armed 24/7" says: every day 00:00 to 24:00'
    )


def test_why_at_another_time(house):
    """By the clocks of the server, which show an hour more than UTC."""
    night = next(entry.id for entry in house.arming.schedules() if entry.name == "night")
    house.get(f"/setSchedule?cameraNum=0&schedule={night}&mode=A")
    document = json.loads(house.get("/schedule?cameraNum=0&format=json&at=2026-12-24T21:30").body)
    assert document["modes"][2]["armed"]
    assert document["modes"][2]["at"] == "2026-12-24T21:30:00+01:00"


def test_a_time_that_is_none_is_told(house):
    response = house.get("/schedule?cameraNum=0&at=tomorrow")
    assert response.status == 400
    assert response.text.startswith("at: 'tomorrow' is no time")


def test_head_changes_nothing(house):
    """RFC 9110, 9.2.1: HEAD is safe, though GET is a command here."""
    response = house.scene.get(f"/setSchedule?cameraNum=0&schedule=0&mode=M&auth={AUTH['bob']}", method="HEAD")
    assert response.status == 405
    assert house.news() == []
