"""What the core expects of every PTZ driver. It needs pytest.

class TestCrane(PTZConformance):
    @pytest.fixture
    def driver(self):
        return next(iter(ssplug_crane.ssplug_ptz_drivers()))

    @pytest.fixture
    def settings(self, crane):
        return {"url": crane.url}

    @pytest.fixture
    def absent_settings(self):
        return {"url": "http://127.0.0.1:9"}
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator
from zope.interface.verify import verifyObject

from ssplug.drivers import Driver
from ssplug.interfaces import IPTZDriver, IPTZPresetNames
from ssplug.model.ptz import PRESETS, GoToPreset, PTZCapability, PTZCommand, PTZMove, SavePreset, needed
from ssplug.testing.conformance import DriverConformance
from ssplug.testing.context import a_real_context
from ssplug.testing.reactor import in_reactor


class PTZConformance(DriverConformance):
    """What holds for a driver that moves cameras."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """Values in the settings that must never be told, such as passwords."""

    @pytest.fixture
    def settings(self) -> Mapping[str, Any]:
        """Settings of a camera that is there: yours to override."""
        raise NotImplementedError("override the fixture `settings` with settings of a camera that is there")

    @pytest.fixture
    def absent_settings(self) -> Mapping[str, Any] | None:
        """Settings of one that is not there, or refuses; None if there is always one: yours to override."""
        raise NotImplementedError("override the fixture `absent_settings`")

    @pytest.fixture
    def ptz(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> Any:
        """The driver under test, built anew for each test."""
        return driver.build(a_real_context(tmp_path), settings)

    def test_the_settings_fit_the_schema(self, driver: Driver, settings: Mapping[str, Any]) -> None:
        """What the other tests use could stand in a site file."""
        Draft202012Validator(driver.schema).validate(settings)

    def test_it_provides_the_interface(self, ptz: Any) -> None:
        """Methods and arguments are those that the core uses."""
        assert verifyObject(IPTZDriver, ptz)

    def test_it_says_what_the_camera_can_do(self, ptz: Any) -> None:
        """The same each time; who saves presets can go to them, who is told a speed moves."""

        @in_reactor
        async def ask() -> None:
            capabilities = await ptz.capabilities()
            assert isinstance(capabilities, PTZCapability)
            assert capabilities & (PTZCapability.PAN_TILT | PTZCapability.ZOOM | PTZCapability.PRESETS)
            assert await ptz.capabilities() == capabilities

        ask()

    def test_it_does_what_it_says_the_camera_can_do(self, ptz: Any) -> None:
        """Every command, at the slowest and at the fastest speed; and it can always be told to stop."""

        @in_reactor
        async def move() -> None:
            for command in possible(await ptz.capabilities()):
                for speed in (1, 100):
                    assert await ptz.perform(command, speed) is None
                assert await ptz.perform(PTZMove.STOP, 100) is None

        move()

    def test_it_can_be_moved_before_it_was_asked_what_it_can_do(self, ptz: Any) -> None:
        """The camera may have been away when it was asked."""

        @in_reactor
        async def move() -> None:
            await ptz.perform(PTZMove.STOP, 100)
            await ptz.perform(possible(await ptz.capabilities())[0], 50)

        move()

    def test_names_are_texts_of_one_line(self, ptz: Any) -> None:
        """As many as there are presets, at most."""
        named: Any = IPTZPresetNames(ptz, None)
        if named is None:
            pytest.skip("this driver knows no names")

        @in_reactor
        async def ask() -> None:
            await ptz.capabilities()
            names = await named.preset_names()
            assert len(names) <= PRESETS
            assert all(isinstance(name, str) and (name.isprintable() or not name) for name in names)

        ask()

    def test_what_is_wrong_is_said_to_people(
        self, driver: Driver, absent_settings: Mapping[str, Any] | None, tmp_path: Path
    ) -> None:
        """In one line, without a secret."""
        if absent_settings is None:
            pytest.skip("this camera is always there")
        ptz: Any = driver.build(a_real_context(tmp_path), absent_settings)

        @in_reactor
        async def move() -> None:
            with pytest.raises(Exception) as problem:
                await ptz.perform(PTZMove.LEFT, 50)
            text = str(problem.value)
            assert text
            assert text.isprintable()
            assert [secret for secret in self.secrets if secret in text] == []

        move()


def possible(capabilities: PTZCapability) -> list[PTZCommand]:
    """The commands that a camera with these abilities understands, but for STOP."""
    moves = [move for move in PTZMove if move is not PTZMove.STOP]
    commands: list[PTZCommand] = [*moves, SavePreset(1), GoToPreset(1), SavePreset(PRESETS), GoToPreset(PRESETS)]
    return [command for command in commands if needed(command) & capabilities]
