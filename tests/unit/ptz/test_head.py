"""A camera that is moved: one command at a time, and never for ever."""

import pytest
from twisted.internet.task import Clock
from twisted.logger import Logger

from ssplug.model.ptz import GoToPreset, PTZCapability, PTZMove, SavePreset
from ssplug.ptz.head import FIRST_PAUSE, PERFORM_SECONDS, STOP_SECONDS, PTZError, PTZHead
from ssplug.ptz.limit import AGAIN_SECONDS, ATTEMPTS, MOVE_SECONDS
from ssplug.testing.ptz import EVERYTHING, RecordingPTZ

LEFT, RIGHT, UP, STOP, HOME, ZOOM_IN = (
    PTZMove.LEFT,
    PTZMove.RIGHT,
    PTZMove.UP,
    PTZMove.STOP,
    PTZMove.HOME,
    PTZMove.ZOOM_IN,
)


class Stage:
    """A head with a recording driver, and a clock."""

    def __init__(self, started=True, **driver):
        self.clock = Clock()
        self.driver = RecordingPTZ(**driver)
        self.failures = []
        self.head = PTZHead(self.driver, self.clock, Logger(), self.failures.append)
        if started:
            self.head.start()

    def move(self, *commands, speed=50):
        """Give commands; what becomes of each, as it is now."""
        return [Outcome(self.head.move(command, speed)) for command in commands]

    def fail_with(self, text):
        self.driver.problem = OSError(text) if text else None


class Outcome:
    """What has become of a command."""

    def __init__(self, answer):
        self.text = "waits"
        answer.addCallbacks(self._done, self._failed)

    def _done(self, result):
        self.text = "done"

    def _failed(self, failure):
        failure.trap(PTZError)
        self.text = failure.getErrorMessage()


def texts(outcomes):
    return [outcome.text for outcome in outcomes]


def test_a_command_is_carried_out():
    """At its speed; who gave it knows when the camera has accepted it."""
    stage = Stage()
    assert texts(stage.move(LEFT, speed=80)) == ["done"]
    assert stage.driver.told == [(LEFT, 80)]


def test_one_command_at_a_time():
    """The others wait, and are done in their order."""
    stage = Stage()
    stage.driver.is_slow = True
    outcomes = stage.move(LEFT, STOP, GoToPreset(2))
    assert (stage.driver.commands, texts(outcomes)) == ([LEFT], ["waits"] * 3)
    stage.driver.finish()
    assert (stage.driver.commands, texts(outcomes)) == ([LEFT, STOP], ["done", "waits", "waits"])
    stage.driver.finish()
    stage.driver.finish()
    assert (stage.driver.commands, texts(outcomes)) == ([LEFT, STOP, GoToPreset(2)], ["done"] * 3)


def test_the_newest_movement_replaces_the_one_that_waits():
    """Which is as good as done."""
    stage = Stage()
    stage.driver.is_slow = True
    outcomes = stage.move(LEFT, RIGHT, UP)
    assert texts(outcomes) == ["waits", "done", "waits"]
    stage.driver.finish()
    assert stage.driver.commands == [LEFT, UP]


def test_the_next_command_is_carried_out_when_one_has_failed():
    """And only who gave that one is told."""
    stage = Stage()
    stage.driver.is_slow = True
    outcomes = stage.move(LEFT, STOP)
    stage.driver.finish(OSError("connection refused"))
    stage.driver.finish()
    assert texts(outcomes) == ["connection refused", "done"]
    assert stage.failures == ["connection refused"]


def test_a_driver_that_never_answers_does_not_block_the_others():
    """Its command has failed then."""
    stage = Stage()
    stage.driver.is_slow = True
    outcomes = stage.move(GoToPreset(1), GoToPreset(2))
    stage.clock.advance(PERFORM_SECONDS)
    assert texts(outcomes) == ["no answer within 20 seconds", "waits"]
    assert stage.driver.commands == [GoToPreset(1), GoToPreset(2)]


def test_too_many_presets_are_refused():
    """With a reason for people."""
    stage = Stage()
    stage.driver.is_slow = True
    outcomes = stage.move(*[GoToPreset(1)] * 10)
    assert outcomes[-1].text == "8 presets are waiting"


# -- movements end -----------------------------------------------------------------------------------


def test_a_movement_that_nobody_ends_is_ended():
    """Who began it may be gone."""
    stage = Stage()
    stage.move(LEFT)
    stage.clock.advance(MOVE_SECONDS)
    assert stage.driver.commands == [LEFT, STOP]
    assert stage.clock.getDelayedCalls() == []


def test_who_asks_for_more_gets_more():
    """The limit counts from the last movement."""
    stage = Stage()
    stage.move(LEFT)
    stage.clock.advance(MOVE_SECONDS - 1)
    stage.move(UP)
    stage.clock.advance(MOVE_SECONDS - 1)
    assert stage.driver.commands == [LEFT, UP]
    stage.clock.advance(1)
    assert stage.driver.commands == [LEFT, UP, STOP]


@pytest.mark.parametrize("command", [STOP, HOME, GoToPreset(3)])
def test_what_ends_a_movement_need_not_be_ended(command):
    """Nothing is sent later, which could end what somebody else began."""
    stage = Stage()
    stage.move(LEFT, command)
    assert stage.clock.getDelayedCalls() == []


def test_saving_a_preset_ends_no_movement():
    """The limit does."""
    stage = Stage()
    stage.move(LEFT, SavePreset(1))
    stage.clock.advance(MOVE_SECONDS)
    assert stage.driver.commands == [LEFT, SavePreset(1), STOP]


def test_a_camera_that_does_not_hear_is_told_again():
    """Some times."""
    stage = Stage()
    stage.move(LEFT)
    stage.fail_with("no route")
    assert texts(stage.move(STOP)) == ["no route"]
    stage.clock.pump([AGAIN_SECONDS] * 10)
    assert stage.driver.commands == [LEFT] + [STOP] * ATTEMPTS
    assert stage.clock.getDelayedCalls() == []


def test_a_camera_that_hears_later_stands():
    """It need not be told again."""
    stage = Stage()
    stage.move(LEFT)
    stage.fail_with("no route")
    stage.move(STOP)
    stage.fail_with(None)
    stage.clock.pump([AGAIN_SECONDS] * 10)
    assert stage.driver.commands == [LEFT, STOP, STOP]


def test_a_camera_that_moves_in_steps_is_never_told_to_stop():
    """The specification: the command does nothing."""
    stage = Stage(capability=EVERYTHING & ~PTZCapability.CONTINUOUS)
    assert texts(stage.move(LEFT, STOP)) == ["done", "done"]
    stage.clock.advance(MOVE_SECONDS)
    assert stage.driver.commands == [LEFT]


# -- what the camera can do ----------------------------------------------------------------------------


def test_the_camera_says_what_it_can():
    """And what its presets are called."""
    head = Stage().head
    assert (head.capabilities, head.preset_names) == (EVERYTHING, ("Door", "", "Gate"))


def test_a_camera_without_presets_is_not_asked_for_their_names():
    head = Stage(capability=PTZCapability.ZOOM).head
    assert (head.capabilities, head.preset_names) == (PTZCapability.ZOOM, ())


def test_a_camera_that_is_away_is_asked_again():
    """At longer and longer intervals, and no more once it has answered."""
    stage = Stage(started=False)
    stage.fail_with("no route")
    stage.head.start()
    assert (stage.head.capabilities, len(stage.failures)) == (PTZCapability(0), 1)
    stage.clock.advance(FIRST_PAUSE)
    stage.clock.advance(FIRST_PAUSE)
    assert len(stage.failures) == 2
    stage.fail_with(None)
    stage.clock.advance(FIRST_PAUSE)
    assert stage.head.capabilities == EVERYTHING
    assert stage.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("capability", "command", "why"),
    [
        (PTZCapability.ZOOM, LEFT, "the camera does not pan and tilt"),
        (PTZCapability.PAN_TILT, ZOOM_IN, "the camera does not zoom"),
        (PTZCapability.PAN_TILT, HOME, "the camera has no home position"),
        (PTZCapability.PAN_TILT, GoToPreset(1), "the camera has no presets"),
        (PTZCapability.PAN_TILT, SavePreset(1), "the camera has no presets"),
    ],
)
def test_what_a_camera_cannot_do_it_is_not_asked_to(capability, command, why):
    """Who asked for it is told."""
    stage = Stage(capability=capability)
    assert (texts(stage.move(command)), stage.driver.told) == ([why], [])


def test_a_camera_that_can_do_nothing_is_asked_for_nothing():
    """Some that speak ONVIF are fixed to the wall."""
    stage = Stage(capability=PTZCapability(0))
    assert texts(stage.move(LEFT)) == ["the camera does not pan and tilt"]
    assert (stage.driver.told, stage.clock.getDelayedCalls()) == ([], [])


def test_a_camera_that_has_not_said_what_it_can_may_do_everything():
    """It knows best."""
    stage = Stage(started=False)
    assert texts(stage.move(LEFT, HOME)) == ["done", "done"]


def test_names_are_asked_for_when_a_preset_was_saved():
    """It may be a new one."""
    stage = Stage()
    stage.driver.names = ("Door", "New", "Gate")
    stage.move(SavePreset(2))
    assert stage.head.preset_names == ("Door", "New", "Gate")


def test_a_camera_is_asked_for_names_by_who_knows_them():
    """A driver that does not know names has eight presets without."""

    class Nameless:
        def __init__(self, driver):
            self.capabilities, self.perform = driver.capabilities, driver.perform

    head = PTZHead(Nameless(RecordingPTZ()), Clock(), Logger(), print)
    head.start()
    assert head.preset_names == tuple(f"Preset {number}" for number in range(1, 9))


# -- the end ----------------------------------------------------------------------------------------


def test_a_camera_that_is_taken_away_stands():
    """It is told to stop before anybody else is in charge of it."""
    stage = Stage()
    stage.move(LEFT)
    stopped = stage.head.stop()
    assert (stage.driver.commands, stopped.called) == ([LEFT, STOP], True)
    assert stage.clock.getDelayedCalls() == []


def test_what_waits_is_not_carried_out_any_more():
    """Who gave it is told, and so is who comes too late."""
    stage = Stage()
    stage.driver.is_slow = True
    outcomes = stage.move(GoToPreset(1), GoToPreset(2))
    stopped = stage.head.stop()
    assert not stopped.called
    stage.driver.finish()
    assert stopped.called
    assert texts(outcomes + stage.move(LEFT)) == ["done", *["the camera's settings change"] * 2]
    assert stage.driver.commands == [GoToPreset(1)]


def test_a_camera_that_does_not_answer_is_not_waited_for():
    """Not for long."""
    stage = Stage()
    stage.driver.is_slow = True
    stage.move(LEFT)
    stopped = stage.head.stop()
    stage.clock.advance(STOP_SECONDS)
    assert stopped.called


def test_a_camera_that_is_taken_away_is_asked_nothing_more():
    """Although it has not said what it can."""
    stage = Stage(started=False)
    stage.fail_with("no route")
    stage.head.start()
    stage.head.stop()
    assert stage.clock.getDelayedCalls() == []
