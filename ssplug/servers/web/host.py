"""What the machine says of itself: how busy it is, and what it is called."""

import socket
from collections.abc import Callable
from pathlib import Path

_LEAST_SECONDS = 1.0
_EVERY_INTERFACE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to
# Any address that is not here: a UDP socket "connected" to it sends nothing, but knows which of our
# addresses it would send from.
_ELSEWHERE = ("192.0.2.1", 9)


class Host:
    """Load and memory, read from /proc at most once a second. Reactor thread: these files are never slow."""

    def __init__(self, monotonic: Callable[[], float], proc: Path = Path("/proc")) -> None:
        self._monotonic = monotonic
        self._proc = proc
        self._read_at = -_LEAST_SECONDS
        self._times = (0, 0)
        self._cpu = 0
        self._memory = 0

    @property
    def cpu_usage(self) -> int:
        """Per cent of all processors since the last look."""
        self._look()
        return self._cpu

    @property
    def memory_pressure(self) -> int:
        """Per cent of the last ten seconds in which something waited for memory."""
        self._look()
        return self._memory

    def _look(self) -> None:
        now = self._monotonic()
        if now - self._read_at < _LEAST_SECONDS:
            return
        self._read_at = now
        busy, total = cpu_times(self._text("stat"))
        old_busy, old_total = self._times
        self._times = (busy, total)
        self._cpu = round(100 * (busy - old_busy) / (total - old_total)) if total > old_total else 0
        self._memory = memory_pressure(self._text("pressure/memory"))

    def _text(self, name: str) -> str:
        """A file of /proc; empty where the kernel does not have it."""
        try:
            return (self._proc / name).read_text("ascii")
        except OSError:
            return ""


def cpu_times(stat: str) -> tuple[int, int]:
    """Ticks that all processors were busy, and ticks in all, from /proc/stat (proc_stat(5))."""
    words = stat.partition("\n")[0].split()
    if len(words) < 6 or words[0] != "cpu":
        return 0, 0
    # Guest time is part of user time: the first eight add up to all.
    ticks = [int(word) for word in words[1:9]]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)


def memory_pressure(pressure: str) -> int:
    """`some avg10` of /proc/pressure/memory, rounded; 0 where the kernel does not measure it."""
    words = pressure.split()
    if len(words) < 2 or not words[1].startswith("avg10="):
        return 0
    return round(float(words[1].removeprefix("avg10=")))


def own_address(interface: str) -> str:
    """The address to tell clients: the one that is listened on, or where that is all of them, the first one."""
    if interface not in _EVERY_INTERFACE:
        return interface
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def bonjour_name() -> str:
    """What this machine is called on the local network (RFC 6762)."""
    return socket.gethostname().partition(".")[0].lower() + ".local"
