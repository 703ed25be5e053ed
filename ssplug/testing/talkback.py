"""Talkback: sound to send, and the conformance suite of its drivers.

class TestHorn(TalkbackConformance):
@pytest.fixture
def driver(self):
return next(iter(ssplug_horn.ssplug_talkback_drivers()))

@pytest.fixture
def settings(self, horn):
return {"address": horn.address}

@pytest.fixture
def absent_settings(self):
return {"address": "127.0.0.1:9"}
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from twisted.internet.defer import Deferred
from zope.interface.verify import verifyObject

from ssplug.drivers import Driver
from ssplug.interfaces import ITalk, ITalkback
from ssplug.media.g711 import SAMPLE_RATE, to_mulaw
from ssplug.testing.conformance import DriverConformance
from ssplug.testing.context import a_real_context
from ssplug.testing.reactor import in_reactor

BLOCK: Final = SAMPLE_RATE // 10


def a_tone(seconds: float = 1.0, hertz: float = 440.0) -> bytes:
    """Mu-law, 8 kHz mono."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return to_mulaw((8000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16))


async def say(talk: Any, samples: bytes) -> None:
    """Send all of it, as the core does but without its patience."""
    for start in range(0, len(samples), BLOCK):
        await talk.write(samples[start : start + BLOCK])


class TalkbackConformance(DriverConformance):
    """What holds for a driver that cameras are spoken through with."""

    @pytest.fixture
    def settings(self) -> Mapping[str, Any]:
        """Settings of a loudspeaker that is there: yours to override."""
        raise NotImplementedError("override the fixture `settings` with settings of a loudspeaker that is there")

    @pytest.fixture
    def absent_settings(self) -> Mapping[str, Any] | None:
        """Settings of one that is not there; None if there is always one."""
        raise NotImplementedError("override the fixture `absent_settings`")

    def test_the_settings_fit_the_schema(self, driver: Driver, settings: Mapping[str, Any]) -> None:
        """What the other tests use could stand in a site file."""
        Draft202012Validator(driver.schema).validate(settings)

    def test_it_provides_the_interface(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> None:
        """Methods and arguments are those that the core uses."""
        assert verifyObject(ITalkback, driver.build(a_real_context(tmp_path), settings))

    def test_one_after_the_other_may_speak(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> None:
        """Each talk is one of its own; to close it twice is harmless, and it was not lost."""

        @in_reactor
        async def speak() -> None:
            talkback: Any = driver.build(a_real_context(tmp_path), settings)
            for _ in range(2):
                talk: Any = await talkback.open()
                assert verifyObject(ITalk, talk)
                lost: list[str | None] = []
                talk.lost.addCallback(lost.append)
                await say(talk, a_tone(0.3))
                assert not lost
                await talk.close()
                await talk.close()
                assert lost == [None]

        speak()

    def test_who_says_nothing_may_go_at_once(self, driver: Driver, settings: Mapping[str, Any], tmp_path: Path) -> None:
        """Nothing is left open."""

        @in_reactor
        async def speak() -> None:
            talkback: Any = driver.build(a_real_context(tmp_path), settings)
            await (await talkback.open()).close()

        speak()

    def test_a_loudspeaker_that_is_not_there_is_said_to_be_so(
        self, driver: Driver, absent_settings: Mapping[str, Any] | None, tmp_path: Path
    ) -> None:
        """By the failure of `open`, with a text for people and no traceback; nothing is left open."""
        if absent_settings is None:
            return
        wanted = absent_settings

        @in_reactor
        async def speak() -> None:
            talkback: Any = driver.build(a_real_context(tmp_path), wanted)
            opening: Deferred[Any] = talkback.open()
            with pytest.raises(Exception, match=r"\w+ \w+"):
                await opening

        speak()
