"""The service: commands, the clock, restarts, and what is published."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from ssplug.events.bus import EventBus
from ssplug.model.camera import CaptureMode
from ssplug.model.event import EventType
from ssplug.model.schedule import OVERRIDES, Place
from ssplug.scheduling.arming import (
    COMMANDS_LIMIT,
    Arming,
    ArmingBusyError,
    ArmingState,
    UnknownCameraError,
    UnknownOverrideError,
    UnknownPresetError,
    UnknownScheduleError,
)
from ssplug.scheduling.store import ArmingStore, ArmingStoreError
from ssplug.scheduling.sun import equinox
from ssplug.site.types import (
    ActionsConfig,
    CameraConfig,
    ContinuousConfig,
    MotionCaptureConfig,
    ServerConfig,
    Site,
    Slot,
)
from ssplug.testing import InlineWorkers, a_camera

C, M, A = CaptureMode
NOON = datetime(2024, 5, 8, 12, tzinfo=UTC)
HOUR = 3600.0
PLACE = Place(UTC, equinox(UTC))


def a_site(state: Path, numbers=(0,), schedules=None, presets=None, motion="armed-24-7", **server) -> Site:
    cameras = tuple(
        CameraConfig(
            a_camera(number, id=f"cam{number}"),
            Slot("pattern"),
            continuous=ContinuousConfig(schedule="unarmed-24-7"),
            motion_capture=MotionCaptureConfig(schedule=motion),
            actions=ActionsConfig(schedule="armed-sunset-to-sunrise"),
        )
        for number in numbers
    )
    config = ServerConfig(state=state, **server)
    return Site(state / "site.yaml", config, schedules=schedules or {}, presets=presets or {}, cameras=cameras)


class HeldWorkers(InlineWorkers):
    """Workers whose functions run when the test lets them, as on a slow disk."""

    def __init__(self):
        super().__init__()
        self.held = []

    def worker(self, name, limit=64):
        return self

    def call(self, function, *args):
        answer = Deferred()
        self.held.append((answer, function, args))
        return answer

    def stop_worker(self, worker):
        return self.stop()

    def let_go(self):
        while self.held:
            answer, function, args = self.held.pop(0)
            answer.callback(function(*args))


class Running:
    """An Arming on a clock of its own, and what it published."""

    def __init__(self, site: Site, at: datetime = NOON, workers: InlineWorkers | None = None) -> None:
        self.clock = Clock()
        self.clock.advance(at.timestamp())
        self.wall_ahead = 0.0
        bus = EventBus(self.now)
        self.published: list[tuple[int, EventType]] = []
        bus.listen(lambda event: self.published.append((event.camera, event.type)))
        self.arming = Arming(site, bus, self.clock, self.now, workers or InlineWorkers(), PLACE)
        self.arming.start()

    def now(self) -> float:
        return self.clock.seconds() + self.wall_ahead

    def state(self, mode: CaptureMode, number: int = 0) -> ArmingState:
        return self.arming.state(number, mode)

    def news(self) -> list[tuple[int, EventType]]:
        news, self.published = self.published, []
        return news

    def stop(self) -> None:
        done(self.arming.stop())


def answers(deferred):
    """A list that will hold what the Deferred fires with."""
    results = []
    deferred.addBoth(results.append)
    return results


def done(deferred):
    """The result of a Deferred that has fired; raises what it failed with."""
    (result,) = answers(deferred)
    if hasattr(result, "raiseException"):
        result.raiseException()
    return result


@pytest.fixture
def start(tmp_path):
    """Start armings on one state folder, and stop them at the end."""
    started = []

    def start(at=NOON, workers=None, **site):
        running = Running(a_site(tmp_path, **site), at, workers)
        started.append(running)
        return running

    yield start
    for running in started:
        running.arming.stop()


def test_the_first_start_takes_the_states_of_the_file_and_says_nothing(start):
    running = start()
    assert [running.state(mode).armed for mode in CaptureMode] == [False, True, False]
    assert running.state(A) == ArmingState(False, 3, 0, running.state(A).because, NOON + timedelta(hours=6))
    assert running.news() == []


def test_the_clock_arms_and_disarms(start):
    """Actions from sunset (18:00) to sunrise (06:00)."""
    running = start()
    running.clock.pump([60.0] * 359)
    assert running.news() == []
    running.clock.advance(60.0)
    assert running.news() == [(0, EventType.ARM_A)]
    running.clock.pump([60.0] * 720)
    assert running.news() == [(0, EventType.DISARM_A)]


def test_a_command_is_published_for_each_mode_that_changes(start):
    """Motion capture was armed already."""
    running = start(numbers=(0, 3))
    done(running.arming.arm([0, 3], [C, M], True))
    assert running.news() == [(0, EventType.ARM_C), (3, EventType.ARM_C)]
    assert running.state(C, 3) == ArmingState(True, 1, 0, running.state(C, 3).because, None)


def test_an_override_ends_after_its_hours(start):
    running = start()
    done(running.arming.set([0], [M], override=3))
    assert running.news() == [(0, EventType.DISARM_M)]
    assert running.state(M) == ArmingState(False, 1, 3, OVERRIDES[3], NOON + timedelta(hours=1))
    running.clock.advance(HOUR)
    assert running.news() == [(0, EventType.ARM_M)]
    assert running.state(M).override_id == 0


def test_an_override_until_the_next_event_ends_with_it(start):
    """Armed at noon, and the schedule's own sunset changes nothing that can be seen."""
    running = start()
    done(running.arming.set([0], [A], override=2))
    assert running.news() == [(0, EventType.ARM_A)]
    running.clock.advance(6 * HOUR)
    assert running.news() == []
    assert (running.state(A).armed, running.state(A).override_id) == (True, 0)
    running.clock.advance(12 * HOUR)
    assert running.news() == [(0, EventType.DISARM_A)]


def test_arming_ends_an_override(start):
    running = start()
    done(running.arming.set([0], [M], override=13))
    done(running.arming.arm([0], [M], True))
    assert running.news() == [(0, EventType.DISARM_M), (0, EventType.ARM_M)]
    assert running.state(M).override_id == 0


def test_a_preset_sets_its_modes_everywhere_and_ends_their_overrides(start):
    running = start(numbers=(0, 1))
    done(running.arming.set([1], [M, C], override=13))
    running.news()
    home = next(entry.id for entry in running.arming.presets() if entry.name == "Home")
    done(running.arming.invoke_preset(home))
    assert running.news() == [(0, EventType.DISARM_M)]
    assert [running.state(M, number).schedule_id for number in (0, 1)] == [0, 0]
    assert running.state(M, 1).override_id == 0
    assert running.state(C, 1).override_id == 13


def test_a_preset_may_be_for_some_cameras_only(start):
    running = start(numbers=(0, 1))
    home = next(entry.id for entry in running.arming.presets() if entry.name == "Home")
    done(running.arming.invoke_preset(home, [1]))
    assert running.news() == [(1, EventType.DISARM_M)]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (lambda arming: arming.set([0, 99], [M], schedule=0), UnknownCameraError),
        (lambda arming: arming.set([0], [M], schedule=99), UnknownScheduleError),
        (lambda arming: arming.set([0], [M], schedule=2**63, override=3), UnknownScheduleError),
        (lambda arming: arming.set([0], [M], schedule=0, override=15), UnknownOverrideError),
        (lambda arming: arming.set([0], [M], override=-1), UnknownOverrideError),
        (lambda arming: arming.invoke_preset(1), UnknownPresetError),
        (lambda arming: arming.arm([7], [M], False), UnknownCameraError),
    ],
)
def test_a_command_with_something_unknown_changes_nothing_and_says_so(start, command, error):
    running = start()
    before = [running.state(mode) for mode in CaptureMode]
    with pytest.raises(error):
        done(command(running.arming))
    assert [running.state(mode) for mode in CaptureMode] == before
    assert running.news() == []


def test_no_modes_and_no_values_are_no_change(start):
    running = start()
    done(running.arming.set([0], [], schedule=0))
    done(running.arming.set([0], [M]))
    assert running.state(M).armed
    assert running.news() == []


def test_a_restart_forgets_nothing(start):
    """Schedule, override and its end; and nothing is published, because nothing changed."""
    first = start()
    done(first.arming.set([0], [M], schedule=3, override=8))
    done(first.arming.set([0], [C], schedule=1))
    before = [first.state(mode) for mode in CaptureMode]
    first.stop()
    second = start(at=NOON + timedelta(hours=2))
    assert [second.state(mode) for mode in CaptureMode] == before
    assert second.news() == []


def test_an_override_that_ended_meanwhile_has_ended(start):
    """It was over an hour before the restart: that is published then."""
    first = start()
    done(first.arming.set([0], [M], override=3))
    first.stop()
    second = start(at=NOON + timedelta(hours=2))
    assert (second.state(M).armed, second.state(M).override_id) == (True, 0)
    assert second.news() == [(0, EventType.ARM_M)]


def test_a_process_that_was_killed_goes_on_like_one_that_was_stopped(start):
    """No stop: the file is as the last answer left it."""
    first = start()
    done(first.arming.set([0], [M], override=13))
    assert start().state(M) == first.state(M)


def test_an_answer_waits_for_the_disk_and_the_effect_with_it(start):
    workers = HeldWorkers()
    running = start(workers=workers)
    workers.let_go()
    answered = answers(running.arming.arm([0], [M], False))
    assert not answered
    assert running.state(M).armed
    workers.let_go()
    assert answered == [None]
    assert running.news() == [(0, EventType.DISARM_M)]


def test_commands_are_carried_out_in_their_order(start):
    """The second does not start from the state before the first."""
    workers = HeldWorkers()
    running = start(workers=workers)
    first = answers(running.arming.set([0], [M], schedule=0))
    second = answers(running.arming.set([0], [M], override=4))
    workers.let_go()
    assert (first, second) == ([None], [None])
    assert (running.state(M).schedule_id, running.state(M).override_id) == (0, 4)


def test_a_disk_that_refuses_leaves_all_as_it_was(start):
    workers = HeldWorkers()
    running = start(workers=workers)
    workers.let_go()
    failed = running.arming.arm([0], [M], False)
    answer, _, _ = workers.held.pop()
    answer.errback(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        done(failed)
    assert running.state(M).armed
    later = answers(running.arming.arm([0], [C], True))
    workers.let_go()
    assert later == [None]


def test_too_many_commands_are_refused(start):
    workers = HeldWorkers()
    running = start(workers=workers)
    waiting = [answers(running.arming.arm([0], [M], False)) for _ in range(COMMANDS_LIMIT + 1)]
    with pytest.raises(ArmingBusyError):
        done(running.arming.arm([0], [M], False))
    workers.let_go()
    assert waiting == [[None]] * (COMMANDS_LIMIT + 1)


def test_a_clock_that_is_put_forward_is_noticed_within_a_minute(start):
    running = start()
    running.wall_ahead = 7 * HOUR
    running.clock.advance(60.0)
    assert running.news() == [(0, EventType.ARM_A)]


def test_a_clock_that_is_put_back_is_noticed_within_a_minute(start):
    """At 18:01 it is set to 17:01: not yet armed, and armed an hour later."""
    running = start()
    running.clock.advance(6 * HOUR + 60)
    running.news()
    running.wall_ahead = -HOUR
    running.clock.advance(60.0)
    assert running.news() == [(0, EventType.DISARM_A)]
    running.clock.advance(HOUR)
    assert running.news() == [(0, EventType.ARM_A)]


def test_a_command_after_the_clock_was_put_back_looks_at_every_mode(start):
    running = start()
    running.clock.advance(6 * HOUR)
    running.news()
    running.wall_ahead = -HOUR
    done(running.arming.arm([0], [C], True))
    assert sorted(running.news()) == [(0, EventType.ARM_C), (0, EventType.DISARM_A)]


def test_one_timer_at_a_time(start):
    running = start(numbers=range(5))
    for _ in range(3):
        done(running.arming.arm(range(5), CaptureMode, True))
    assert len(running.clock.getDelayedCalls()) == 1
    running.stop()
    assert running.clock.getDelayedCalls() == []


def test_a_new_site_changes_only_what_it_changes(start, tmp_path):
    """Camera 1 is new, camera 2 gone; what a client set for camera 0 stays."""
    running = start(numbers=(0, 2))
    done(running.arming.arm([0], [M], False))
    running.news()
    site = a_site(tmp_path, numbers=(0, 1), schedules={"noon": [{"from": "12:00", "to": "13:00"}]})
    done(running.arming.reload(site))
    assert running.news() == []
    assert [running.state(M, number).armed for number in (0, 1)] == [False, True]
    assert running.arming.schedules()[-1].name == "noon"
    with pytest.raises(UnknownCameraError):
        running.state(M, 2)


def test_an_edited_schedule_takes_effect_at_once(start, tmp_path):
    running = start(motion="noon", schedules={"noon": [{"from": "12:00", "to": "13:00"}]})
    site = a_site(tmp_path, motion="noon", schedules={"noon": [{"from": "14:00", "to": "15:00"}]})
    done(running.arming.reload(site))
    assert running.news() == [(0, EventType.DISARM_M)]
    running.clock.advance(2 * HOUR)
    assert running.news() == [(0, EventType.ARM_M)]


def test_a_server_that_moves_has_another_sun(start, tmp_path):
    """From Greenwich to Kathmandu, where noon is 17:45 and the sun is gone 15 minutes later."""
    running = start()
    done(running.arming.reload(a_site(tmp_path, timezone="Asia/Kathmandu")))
    assert running.state(A).until == NOON + timedelta(minutes=15)


def test_the_lists_that_clients_choose_from(start):
    running = start(schedules={"night": [{"from": "20:00", "to": "08:00"}]}, presets={"Holiday": {"motion": "night"}})
    assert [entry.name for entry in running.arming.schedules()] == [
        "unarmed-24-7", "armed-24-7", "armed-sunrise-to-sunset", "armed-sunset-to-sunrise", "night",
    ]  # fmt: skip
    assert [entry.id for entry in running.arming.schedules()][:4] == [0, 1, 2, 3]
    assert [entry.name for entry in running.arming.presets()] == ["Away", "Home", "Holiday"]


def test_ids_are_the_same_after_a_restart_with_another_order(start):
    night, day = [{"from": "20:00", "to": "08:00"}], [{"from": "08:00", "to": "20:00"}]
    first = start(schedules={"night": night, "day": day})
    before = set(first.arming.schedules())
    first.stop()
    assert set(start(schedules={"day": night, "night": day}).arming.schedules()) == before


def test_a_state_file_that_cannot_be_used_ends_the_start(tmp_path):
    (tmp_path / "schedules.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(ArmingStoreError, match=r"schedules\.sqlite"):
        Running(a_site(tmp_path))


def test_a_stopped_service_can_be_started_again(start):
    running = start()
    done(running.arming.arm([0], [C], True))
    running.stop()
    running.arming.start()
    assert running.state(C).armed
    assert running.news() == [(0, EventType.ARM_C)]


def test_the_published_states_are_kept(start, tmp_path):
    """So that the next start knows what has changed since."""
    running = start()
    running.clock.advance(6 * HOUR)
    running.stop()
    store = ArmingStore(tmp_path / "schedules.sqlite")
    kept = store.load()
    store.close()
    assert kept.armed == {(0, C): False, (0, M): True, (0, A): True}


def test_the_values_handed_out_are_frozen(start):
    state = start().state(M)
    with pytest.raises(dataclasses.FrozenInstanceError):
        state.armed = False
