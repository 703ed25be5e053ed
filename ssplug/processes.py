"""Other programs, run without a shell, with a time limit, and with nothing of ours but what they need.

A program gets no standard input, and none of the server's environment but the names of `KEPT`: there may be
passwords in it that the site file refers to.  What it prints is said line by line.  At the time limit its whole
process group is ended; what it leaves running in the background when it exits in time is left running.
"""

import codecs
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

KEPT: Final = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "DISPLAY"),
    "SSPLUG_STATE",  # so that `ssplug trigger` speaks to the server that runs it
)
KEPT_PREFIXES: Final = ("LC_", "XDG_", "DBUS_", "PULSE_", "PIPEWIRE_", "ALSA_", "SDL_")
"""Of the environment: what programs need to find their files and the machine's sound."""

LINES_LIMIT: Final = 100
LINE_LIMIT: Final = 1000
"""Characters; what is beyond these limits is read and not said."""

TERMINATE_SECONDS: Final = 2.0
"""Between asking a program to end and ending it."""

_READ_SIZE: Final = 65_536
_READS_AT_END: Final = 16


class ProgramError(Exception):
    """A program could not be run, or did not end well; the text is for people."""


class ProgramLateError(ProgramError):
    """A program was ended because it took too long."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run."""

    path: str
    """Absolute, or a name to be found in PATH."""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Besides what is kept of the server's."""
    seconds: float = 60.0
    """Time limit."""
    folder: Path | None = None
    """Where it runs; None: where the server does."""

    @property
    def name(self) -> str:
        """Without its folder."""
        return Path(self.path).name


def run_program(reactor: Any, program: Program, say: Callable[[str], None]) -> "Deferred[None]":
    """Run `program`; `say` is called with each line that it prints. Reactor thread.

    Fires when it has exited with status 0, fails with ProgramError for everything else.  To cancel
    it ends the program.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell, and the program is the site file's choice
            [program.path, *program.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=kept_environment(os.environ) | dict(program.environment),
            cwd=program.folder,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return fail(ProgramError(_why_not(program, error)))
    return _Run(reactor, program, process, say).ended


def kept_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a program is to know of the server's environment."""
    return {name: value for name, value in environment.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}


def _why_not(program: Program, error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        hint = "; does its first line say what runs it, as #!/bin/sh?" if "format" in error.strerror else ""
        return f"{program.path}: {error.strerror}{hint}"
    return f"{program.path}: {error}"


class Output:
    """What a program prints, as lines that are safe to log."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._lines = 0
        self.last = ""
        """The last line that was not empty."""

    def feed(self, data: bytes) -> None:
        """Take what was printed."""
        *lines, rest = self._decoder.decode(data).split("\n")
        for line in lines:
            self._ends(self._line + line)
            self._line = ""
        self._line = (self._line + rest)[:LINE_LIMIT]

    def close(self) -> None:
        """Take note that there is no more."""
        if self._line:
            self._ends(self._line)
            self._line = ""

    def _ends(self, line: str) -> None:
        text = "".join(each if each.isprintable() else " " for each in line[:LINE_LIMIT]).strip()
        if not text:
            return
        self.last = text
        self._lines += 1
        if self._lines <= LINES_LIMIT:
            self._say(text)
        elif self._lines == LINES_LIMIT + 1:
            self._say(f"(more than {LINES_LIMIT} lines: the rest is not shown)")


@implementer(IReadDescriptor)
class _Readable:
    """A file descriptor that the reactor looks at."""

    def __init__(self, descriptor: int, read: Callable[[], object]) -> None:
        self._descriptor = descriptor
        self._read = read

    def doRead(self) -> None:  # noqa: N802 - Twisted calls it so
        """What it returned would be taken for the end of a connection."""
        self._read()

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:  # noqa: N802 - Twisted calls it so
        return "program"

    def connectionLost(self, reason: object) -> None:
        """The reactor stops: nobody is there any more to be told."""


class _Run:
    """One process from its start to its end."""

    def __init__(self, reactor: Any, program: Program, process: "subprocess.Popen[bytes]", say: Callable[[str], None]):
        self.ended: Deferred[None] = Deferred(lambda _: self._signal(signal.SIGKILL))
        self._reactor = reactor
        self._program = program
        self._process = process
        self._output = Output(say)
        self._is_late = False
        self._pipe = process.stdout.fileno() if process.stdout is not None else -1
        os.set_blocking(self._pipe, False)
        self._readers = [
            _Readable(self._pipe, self._read),
            # Readable when the process has ended, whatever its children do with the pipe (pidfd_open(2)).
            _Readable(os.pidfd_open(process.pid), self._exited),
        ]
        for reader in self._readers:
            reactor.addReader(reader)
        self._timer = reactor.callLater(program.seconds, self._limit)

    def _read(self) -> bool:
        """Whether there may be more."""
        try:
            data = os.read(self._pipe, _READ_SIZE)
        except BlockingIOError:
            return False
        self._output.feed(data)
        if not data:
            self._reactor.removeReader(self._readers[0])
        return bool(data)

    def _limit(self) -> None:
        self._is_late = True
        self._signal(signal.SIGTERM)
        self._timer = self._reactor.callLater(TERMINATE_SECONDS, self._signal, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _exited(self) -> None:
        if self._is_late:
            # The rest of its group; before it is waited for, so that the number cannot be another's.
            self._signal(signal.SIGKILL)
        status = self._process.wait()
        if self._timer.active():
            self._timer.cancel()
        self._let_go()
        if self.ended.called:
            return
        if status == 0 and not self._is_late:
            self.ended.callback(None)
        else:
            self.ended.errback((ProgramLateError if self._is_late else ProgramError)(self._why(status)))

    def _let_go(self) -> None:
        # What it has left in the pipe, which holds no more than this; children of its own may go on writing.
        for _ in range(_READS_AT_END):
            if not self._read():
                break
        self._output.close()
        for reader in self._readers:
            self._reactor.removeReader(reader)
        os.close(self._readers[1].fileno())
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _why(self, status: int) -> str:
        if self._is_late:
            return f"{self._program.name}: not done after {self._program.seconds:g} s, and ended"
        what = f"exit status {status}" if status > 0 else f"ended by {signal.Signals(-status).name}"
        return f"{self._program.name}: {what}" + (f": {self._output.last}" if self._output.last else "")
