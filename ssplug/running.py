"""Which process serves a site, so that another can speak to it and to no other.

A process id is given anew after its process has ended; together with the time at which the process
began it means one process only.
"""

import json
import os
import signal
import socket
from pathlib import Path
from typing import Any, Final

CONTROL_SOCKET: Final = "control.sock"
"""In the state folder: see `ssplug.servers.control`."""
STATE_VARIABLE: Final = "SSPLUG_STATE"
"""Environment variable: the state folder of the server that runs this program."""
ANSWER_SECONDS: Final = 10.0


class NotRunningError(Exception):
    """No server runs for the site; the text says how that is known."""


class RefusalError(Exception):
    """The server does not do what it is asked; the text says why."""


def this_process() -> dict[str, int]:
    """What identifies the calling process, for a file in the state folder."""
    return {"pid": os.getpid(), "started": _started(os.getpid())}


def hang_up(file: Path) -> int:
    """Send SIGHUP to the process that `file` identifies; its id. Raises NotRunningError."""
    pid = process_of(file)
    try:
        os.kill(pid, signal.SIGHUP)
    except OSError as error:
        raise NotRunningError(f"the server cannot be told: {error}") from error
    return pid


def ask(state: Path, request: str) -> str:
    """Have the server whose state folder is `state` answer one line.

    Blocks, for ANSWER_SECONDS at most. Raises NotRunningError, and RefusalError with what it says against it.
    """
    try:
        answer = _answer(state, request)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NotRunningError(f"no server runs for this site: {state / CONTROL_SOCKET}: {error.strerror}") from error
    except OSError as error:
        raise NotRunningError(f"the server cannot be asked: {state / CONTROL_SOCKET}: {error}") from error
    verdict, _, text = answer.partition(" ")
    if verdict != "OK":
        raise RefusalError(text or "the server hung up")
    return text


def socket_address(folder: int) -> str:
    """The control socket in an open folder; the whole path may be longer than a socket's may (unix(7): 107 bytes)."""
    return f"/proc/self/fd/{folder}/{CONTROL_SOCKET}"


def _answer(state: Path, request: str) -> str:
    folder = os.open(state, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(socket_address(folder))
            connection.sendall(f"{' '.join(request.split())}\n".encode())
            with connection.makefile("r", encoding="utf-8") as answers:
                return answers.readline().rstrip("\n")
    finally:
        os.close(folder)


def process_of(file: Path) -> int:
    """The id of the process that `file` identifies, which runs. Raises NotRunningError."""
    try:
        told: dict[str, Any] = json.loads(file.read_text("utf-8"))
        pid = int(told["pid"])
        if _started(pid) == told["started"]:
            return pid
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotRunningError(f"no server runs for this site: {error}") from error
    raise NotRunningError(f"no server runs for this site: the process of {file} has ended")


def _started(pid: int) -> int:
    """Clock ticks from the start of the machine to that of the process (proc(5), /proc/PID/stat, field 22)."""
    # The command in parentheses may hold spaces and parentheses of its own.
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
