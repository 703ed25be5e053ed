"""Sound to an Axis camera: what it hears is what was said."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

import pytest
from twisted.internet.defer import CancelledError
from twisted.internet.protocol import Factory, Protocol

from ssplug.testing import a_real_context, in_reactor
from ssplug.testing.talkback import a_tone, say
from ssplug.web_client import WebError
from ssplug_axis import talkback
from ssplug_axis.talkback import AxisTalkback, AxisTalkbackSettings
from tests.conformance.http_camera import PASSWORD, USER, listening
from tests.conformance.test_talkback import Loudspeaker, an_axis_camera


def speaking(
    factory: Factory, folder: Path, use: Callable[[AxisTalkback], Coroutine[Any, Any, None]], password: str = ""
) -> None:
    """Put a talkback to use that speaks to what `factory` makes."""
    with listening(factory) as port:
        settings = AxisTalkbackSettings(f"http://127.0.0.1:{port}", USER if password else "", password)

        @in_reactor
        async def speak() -> None:
            await use(AxisTalkback(a_real_context(folder), settings))

        speak()


def test_what_is_said_is_heard_whole_and_with_its_type(tmp_path: Path) -> None:
    loudspeaker = Loudspeaker()

    async def use(camera: AxisTalkback) -> None:
        talk = await camera.open()
        await say(talk, a_tone())
        await talk.close()

    speaking(an_axis_camera(loudspeaker), tmp_path, use, PASSWORD)
    assert loudspeaker.heard == [(b"audio/basic", a_tone())]


def test_a_wrong_password_is_said_before_anybody_speaks(tmp_path: Path) -> None:
    loudspeaker = Loudspeaker()

    async def use(camera: AxisTalkback) -> None:
        with pytest.raises(WebError, match="user name or password refused"):
            await camera.open()

    speaking(an_axis_camera(loudspeaker), tmp_path, use, "wrong guess")
    assert loudspeaker.heard == []


class Refusing(Protocol):
    """Answers as soon as there is a head."""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        self.transport.loseConnection()


def test_a_camera_without_a_loudspeaker_ends_it_and_says_why(tmp_path: Path) -> None:
    async def use(camera: AxisTalkback) -> None:
        talk = await camera.open()
        assert await talk.lost == "404: the camera has nothing at /axis-cgi/audio/transmit.cgi"
        await talk.write(a_tone(0.1))
        await talk.close()

    speaking(Factory.forProtocol(Refusing), tmp_path, use)


class Deaf(Protocol):
    """Reads nothing."""

    made: ClassVar[list[Any]] = []

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.pauseProducing()
        self.made.append(self.transport)


def test_who_speaks_waits_for_a_camera_that_does_not_take_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: what the connection does not take waits with the speaker."""
    monkeypatch.setattr(talkback, "CLOSE_SECONDS", 0.05)

    async def use(camera: AxisTalkback) -> None:
        talk = await camera.open()
        taken = 0
        while (written := talk.write(bytes(65536))).called:
            taken += 1
            assert taken < 1000, "a camera that reads nothing took 64 MB"
        written.addErrback(lambda failure: failure.trap(CancelledError)).cancel()
        await talk.close()
        Deaf.made.pop().abortConnection()

    speaking(Factory.forProtocol(Deaf), tmp_path, use)
