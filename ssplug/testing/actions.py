"""A server for action handlers under test, triggers to give them, and their conformance suite.

    class TestPager(ActionConformance):
        @pytest.fixture
        def driver(self):
            return next(iter(ssplug_pager.ssplug_action_handlers()))

        @pytest.fixture
        def settings(self, pager):
            return {"address": pager.address}

A handler that can fail also has `failing_settings`, with which nothing it does succeeds.
"""

import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator
from twisted.internet.defer import Deferred, fail, succeed
from zope.interface import implementer
from zope.interface.verify import verifyObject

from ssplug.drivers import Driver
from ssplug.interfaces import IAction, ICompanion, IServerAtWork
from ssplug.model.action import CameraState, Trigger
from ssplug.model.camera import CameraIdentity, CaptureMode
from ssplug.model.event import Event, EventInfo, EventType, Scores, TriggerReason
from ssplug.model.mail import MailStyle
from ssplug.model.ptz import PTZCommand
from ssplug.testing.builders import a_camera
from ssplug.testing.conformance import DriverConformance
from ssplug.testing.context import a_real_context
from ssplug.testing.reactor import in_reactor, run_in_reactor

NOON = 1_700_000_000.0
A_STILL = b"\xff\xd8a picture\xff\xd9"


def a_trigger(
    reason: TriggerReason = TriggerReason.MOTION,
    camera: CameraIdentity | None = None,
    at: float = NOON,
    event: int = 7,
    scores: Scores | None = None,
) -> Trigger:
    """Something moved on the porch at noon (UTC, 14 November 2023)."""
    return Trigger(camera or a_camera(), reason, at, event, scores)


@implementer(IServerAtWork)
class FakeServerAtWork:
    """Remembers what a handler asked for, and does as the test says."""

    def __init__(self, *cameras: CameraState, name: str = "Home", identity: str = "0123456789abcdef") -> None:
        """Without `cameras`: the porch, online and not armed."""
        self.name = name
        self.identity = identity
        self.zone: tzinfo = UTC
        self.mail = MailStyle()
        self.states = list(cameras or (CameraState(a_camera(), online=True, armed=frozenset()),))
        self.picture: bytes | None = A_STILL
        """What `still` gives; None: the camera is offline."""
        self.stills: list[tuple[int, int | None]] = []
        """Number and width of each that was asked for."""
        self.moves: list[tuple[int, PTZCommand, int]] = []
        self.armed: list[tuple[int, CaptureMode, bool]] = []
        self.played: list[str] = []
        self.reports: list[tuple[int, str]] = []
        self.refusal: Exception | None = None
        """What `move`, `arm` and `play` fail with; None: they do not."""
        self.listeners: list[Callable[[Event], None]] = []
        self._events = 0

    def cameras(self) -> tuple[CameraState, ...]:
        """`states`."""
        return tuple(self.states)

    def still(self, number: int, width: int | None = None) -> "Deferred[bytes]":
        """`picture`, at once."""
        self.stills.append((number, width))
        return fail(RuntimeError("the camera is offline")) if self.picture is None else succeed(self.picture)

    def move(self, number: int, command: PTZCommand, speed: int) -> "Deferred[None]":
        """Noted in `moves`."""
        self.moves.append((number, command, speed))
        return self._answer()

    def arm(self, number: int, mode: CaptureMode, armed: bool) -> "Deferred[None]":
        """Noted in `armed`."""
        self.armed.append((number, mode, armed))
        return self._answer()

    def play(self, file: str) -> "Deferred[None]":
        """Noted in `played`."""
        self.played.append(file)
        return self._answer()

    def report(self, number: int, text: str) -> None:
        """Noted in `reports`."""
        self.reports.append((number, text))

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """`publish` calls it."""
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def publish(self, type: EventType, camera: int | None = None, info: EventInfo = None, at: float = NOON) -> Event:  # noqa: A002
        """Let every listener hear an event."""
        self._events += 1
        event = Event(self._events, at, camera, type, info)
        for listener in tuple(self.listeners):
            listener(event)
        return event

    def _answer(self) -> "Deferred[None]":
        return succeed(None) if self.refusal is None else fail(self.refusal)


class ActionConformance(DriverConformance):
    """What holds for a handler whose other side is there."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """Values in the settings that must never be told, such as passwords."""

    @pytest.fixture
    def settings(self) -> Mapping[str, Any]:
        """Settings with which the action succeeds: yours to override."""
        raise NotImplementedError("override the fixture `settings` with settings with which the action succeeds")

    @pytest.fixture
    def failing_settings(self) -> Mapping[str, Any] | None:
        """Settings with which it fails; None for a handler that cannot."""
        return None

    @pytest.fixture
    def action(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> Any:
        """The handler under test."""
        return driver.build(a_real_context(tmp_path), settings)

    def test_the_settings_fit_the_schema(
        self, driver: Driver, settings: Mapping[str, Any], failing_settings: Mapping[str, Any] | None
    ) -> None:
        """What the other tests use could stand in a site file."""
        for each in (settings, failing_settings):
            if each is not None:
                Draft202012Validator(driver.schema).validate(each)

    def test_it_provides_the_interface(self, action: Any) -> None:
        """Methods and arguments are those that the core uses."""
        assert verifyObject(IAction, action)
        if ICompanion(action, None) is not None:
            assert verifyObject(ICompanion, action)

    def test_building_it_starts_nothing(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> None:
        """A handler is idle until it is attached or asked."""
        before = set(threading.enumerate())
        driver.build(a_real_context(tmp_path), settings)
        assert set(threading.enumerate()) == before

    @in_reactor
    async def test_it_does_it_again_and_again(self, action: Any) -> None:
        """The Deferred fires; nothing is left in the reactor afterwards."""
        server = FakeServerAtWork()
        async with at_work(action, server):
            for number in (1, 2):
                await perform(action, server, number)

    @in_reactor
    async def test_it_also_serves_a_camera_without_a_picture(self, action: Any) -> None:
        """What there is to say is said all the same."""
        server = FakeServerAtWork()
        server.picture = None
        async with at_work(action, server):
            await perform(action, server, 1)

    def test_it_says_why_it_failed(
        self, driver: Driver, failing_settings: Mapping[str, Any] | None, tmp_path: Path
    ) -> None:
        """In one line without secrets, and again when it is asked again."""
        if failing_settings is None:
            pytest.skip("nothing can go wrong with this handler")
        action = driver.build(a_real_context(tmp_path), failing_settings)
        for reason in run_in_reactor(lambda: _reasons(action)):
            assert reason.strip() == reason != ""
            assert "\n" not in reason
            assert not any(secret in reason for secret in self.secrets)

    @in_reactor
    async def test_it_lives_beside_the_server_more_than_once(self, action: Any) -> None:
        """A companion listens to nothing after its end, and can begin again."""
        server = FakeServerAtWork()
        for _ in range(2):
            async with at_work(action, server):
                pass
            assert server.listeners == []


@contextlib.asynccontextmanager
async def at_work(action: Any, server: FakeServerAtWork) -> AsyncIterator[None]:
    """A handler is attached to a server, if it wants to be, and detached."""
    companion = ICompanion(action, None)
    if companion is not None:
        companion.attach(server)
    try:
        yield
    finally:
        if companion is not None:
            await companion.detach()


def perform(action: Any, server: FakeServerAtWork, event: int) -> "Deferred[None]":
    """Have it react to a trigger."""
    performed = action.perform(a_trigger(event=event), server)
    assert isinstance(performed, Deferred)
    return performed


async def _reasons(action: Any) -> list[str]:
    server = FakeServerAtWork()
    reasons = []
    async with at_work(action, server):
        for _ in range(2):
            with pytest.raises(Exception) as raised:
                await perform(action, server, 1)
            reasons.append(str(raised.value))
    return reasons
