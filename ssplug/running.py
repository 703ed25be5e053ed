"""Which process serves a site, so that another can speak to it and to no other.

A process id is given anew after its process has ended; together with the time at which the process
began it means one process only.
"""

import json
import os
import signal
from pathlib import Path
from typing import Any


class NotRunningError(Exception):
    """No server runs for the site; the text says how that is known."""


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
