"""The control socket: how commands on this machine speak to the running server.

A Unix socket in the state folder, which only the server's own user (and root) may use.  One line
asks, one line answers, and the connection ends: `trigger drive` is answered by `OK ...` or `NO ...`.
"""

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from ssplug.cameras.camera import Camera
from ssplug.cameras.roster import Roster
from ssplug.model.camera import CaptureMode
from ssplug.model.event import TriggerReason
from ssplug.running import CONTROL_SOCKET, socket_address

ALL: Final = "all"
CONNECTIONS_LIMIT: Final = 16
IDLE_SECONDS: Final = 10.0
LINE_LIMIT: Final = 1000

_MODE: Final = 0o600

_log = Logger()


class RefusedError(Exception):
    """A command that cannot be carried out; the text is for people."""


class Triggers:
    """`trigger CAMERA`: has cameras triggered by a script of this machine (reason 4)."""

    def __init__(
        self,
        roster: Roster,
        trigger: Callable[[int, TriggerReason], None],
        is_armed: Callable[[int, CaptureMode], bool],
    ) -> None:
        self._roster = roster
        self._trigger = trigger
        self._is_armed = is_armed

    def __call__(self, wanted: str) -> str:
        """Trigger the camera of that number or id, or all; says what that comes to."""
        cameras = self._named(wanted)
        for camera in cameras:
            self._trigger(camera.number, TriggerReason.SCRIPT)
        return "triggered " + ", ".join(f"{camera.identity.id}{self._remark(camera)}" for camera in cameras)

    def _named(self, wanted: str) -> list[Camera]:
        enabled = [camera for camera in self._roster if camera.config.enabled]
        named = [camera for camera in enabled if wanted in (ALL, str(camera.number), camera.identity.id)]
        if not named:
            known = ", ".join(camera.identity.id for camera in enabled)
            raise RefusedError(f"no camera {wanted!r} is enabled. There are: {known or 'none'}")
        return named

    def _remark(self, camera: Camera) -> str:
        armed = any(self._is_armed(camera.number, mode) for mode in (CaptureMode.MOTION, CaptureMode.ACTIONS))
        return "" if armed else " (nothing follows: neither motion capture nor actions are armed)"


class Control:
    """The socket. Reactor thread."""

    def __init__(self, state: Path, reactor: Any, commands: Mapping[str, Callable[[str], str]]) -> None:
        """Each of `commands` takes what stands behind its name, and returns a line or raises RefusedError."""
        self._state = state
        self._reactor = reactor
        self._commands = commands
        self._connections = 0
        self._port: Any = None
        self._folder = -1

    def listen(self) -> None:
        """Open it; where that cannot be done the server does without, and says so."""
        self._folder = os.open(self._state, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(CONTROL_SOCKET, dir_fd=self._folder)  # of a run that was killed
        factory = Factory.forProtocol(lambda: ControlProtocol(self, self._reactor))
        factory.noisy = False
        try:
            self._port = self._reactor.listenUNIX(socket_address(self._folder), factory, mode=_MODE)
        except CannotListenError as error:
            _log.error("commands cannot reach the server: {error}", error=error)

    async def close(self) -> None:
        """Close it."""
        if self._port is not None:
            port, self._port = self._port, None
            await port.stopListening()
        os.close(self._folder)

    def answer(self, line: str) -> str:
        """To one line."""
        name, _, argument = line.strip().partition(" ")
        command = self._commands.get(name)
        if command is None:
            return f"NO this server has no command {name!r}"
        try:
            return f"OK {command(argument.strip())}"
        except RefusedError as error:
            return f"NO {error}"

    def opened(self) -> bool:
        """Whether there is room for another connection."""
        self._connections += 1
        return self._connections <= CONNECTIONS_LIMIT

    def closed(self) -> None:
        """A connection has ended."""
        self._connections -= 1


class ControlProtocol(Protocol):
    """One connection."""

    def __init__(self, control: "Control", reactor: Any) -> None:
        self._control = control
        self._reactor = reactor
        self._received = b""
        self._timer: Any = None

    def connectionMade(self) -> None:
        """Wait for the line."""
        self._timer = self._reactor.callLater(IDLE_SECONDS, self._hang_up)
        if not self._control.opened():
            self._hang_up()

    def dataReceived(self, data: bytes) -> None:
        """Answer the first line, and hang up."""
        self._received += data
        line, end, _ = self._received.partition(b"\n")
        if end:
            self._hang_up(self._control.answer(line.decode("utf-8", "replace")))
        elif len(self._received) > LINE_LIMIT:
            self._hang_up("NO the line is too long")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is over."""
        if self._timer.active():
            self._timer.cancel()
        self._control.closed()

    def _hang_up(self, answer: str = "") -> None:
        transport: Any = self.transport
        if answer:
            transport.write(f"{answer}\n".encode())
        transport.loseConnection()
