"""Speaking through a camera: one person at a time, and no faster than one can be heard."""

from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from ssplug.cameras.talkback import AHEAD_SECONDS, BLOCK, Talkback, TalkBusyError, TalkError, Talking
from ssplug.interfaces import ITalk, ITalkback
from ssplug.testing.talkback import a_tone


@implementer(ITalk)
class FakeTalk:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.heard = b""
        self.closed = 0
        self.lost: Deferred[str | None] = Deferred()
        self.answer: Deferred[None] | None = None

    def write(self, samples: bytes) -> "Deferred[None]":
        self.heard += samples
        return self.answer or succeed(None)

    def close(self) -> "Deferred[None]":
        self.closed += 1
        return succeed(None)


@implementer(ITalkback)
class FakeTalkback:
    """Gives one talk after the other, or fails."""

    def __init__(self) -> None:
        self.talks: list[FakeTalk] = []
        self.failure: Exception | None = None

    def open(self) -> "Deferred[FakeTalk]":
        if self.failure is not None:
            return fail(self.failure)
        self.talks.append(FakeTalk())
        return succeed(self.talks[-1])


class Scene:
    """A loudspeaker and a clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.driver = FakeTalkback()
        driver: Any = self.driver
        self.talkback = Talkback(driver, self.clock, Logger())

    def result(self, work: Any) -> Any:
        """Of something that is done at once; raises what it failed with."""
        found = self.outcome(work)
        assert found, "it waits"
        if isinstance(found[0], Failure):
            found[0].raiseException()
        return found[0]

    def outcome(self, work: Any) -> list[Any]:
        """Where it will be."""
        found: list[Any] = []
        Deferred.fromCoroutine(work).addBoth(found.append)
        return found

    def begin(self) -> tuple[Talking, FakeTalk]:
        return self.result(self.talkback.begin()), self.driver.talks[-1]


def test_all_that_is_said_is_heard_in_order() -> None:
    scene = Scene()
    talking, talk = scene.begin()
    scene.result(talking.say(a_tone(0.2)[:1000]))
    scene.result(talking.say(a_tone(0.2)[1000:]))
    scene.result(talking.end())
    assert (talk.heard, talk.closed) == (a_tone(0.2), 1)


def test_who_sends_faster_than_one_speaks_has_to_wait() -> None:
    """A little may come ahead, for networks are uneven."""
    scene = Scene()
    talking, talk = scene.begin()
    said = scene.outcome(talking.say(a_tone(2.0)))
    heard_at_once = len(talk.heard)
    assert heard_at_once == round((AHEAD_SECONDS + 0.1) * 8000)
    scene.clock.pump([0.05] * 20)
    assert len(talk.heard) == heard_at_once + 8000
    assert not said
    scene.clock.pump([0.05] * 20)
    assert said == [None]
    assert talk.heard == a_tone(2.0)


def test_who_paused_does_not_have_to_catch_up() -> None:
    scene = Scene()
    talking, _ = scene.begin()
    scene.result(talking.say(bytes(BLOCK)))
    scene.clock.advance(60)
    said = scene.outcome(talking.say(bytes(8000)))
    assert not said
    scene.clock.pump([0.1] * 10)
    assert said == [None]


def test_one_person_at_a_time() -> None:
    scene = Scene()
    talking, _ = scene.begin()
    with pytest.raises(TalkBusyError):
        scene.result(scene.talkback.begin())
    scene.result(talking.end())
    scene.begin()


def test_a_camera_that_is_not_there_is_said_to_be_so_and_may_be_tried_again() -> None:
    scene = Scene()
    scene.driver.failure = OSError("10.0.0.5:80: connection refused")
    with pytest.raises(TalkError, match=r"cannot be spoken through: 10\.0\.0\.5:80: connection refused"):
        scene.result(scene.talkback.begin())
    scene.driver.failure = None
    scene.begin()


def test_a_camera_that_ends_it_is_told_to_who_speaks() -> None:
    """Also to who waits for it just then."""
    scene = Scene()
    talking, talk = scene.begin()
    talk.answer = Deferred()
    said = scene.outcome(talking.say(bytes(BLOCK)))
    assert not said
    talk.lost.callback("the camera hung up")
    assert said[0].getErrorMessage() == "The camera takes no more sound: the camera hung up"
    with pytest.raises(TalkError, match="the camera hung up"):
        scene.result(talking.say(bytes(BLOCK)))


def test_a_server_that_stops_cuts_off_who_speaks() -> None:
    scene = Scene()
    talking, talk = scene.begin()
    said = scene.outcome(talking.say(bytes(80_000)))
    scene.result(scene.talkback.stop())
    assert isinstance(said[0].value, TalkError)
    assert talk.closed == 1
    scene.result(talking.end())
    assert talk.closed == 1
    assert scene.clock.getDelayedCalls() == []
