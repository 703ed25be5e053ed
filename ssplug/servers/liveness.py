"""Whether the client of an RTSP connection is still there: times in, a verdict out."""

import enum

MESSAGE_SECONDS = 10.0
"""A message must have come whole so long after its first byte."""
STALL_SECONDS = 20.0
"""A client that takes nothing of what waits for it for so long has stopped reading."""


class Verdict(enum.Enum):
    """What to think of a client."""

    ALIVE = enum.auto()
    STALLED = enum.auto()
    """It does not read."""
    UNFINISHED = enum.auto()
    """It began a message and does not go on."""
    SILENT = enum.auto()
    """It says nothing, and nothing is sent to it that it might take."""


class Liveness:
    """What is known of one client; all times in monotonic seconds."""

    def __init__(self, now: float, silence_seconds: float) -> None:
        """`silence_seconds`: how long a client that is not playing may say nothing."""
        self._silence_seconds = silence_seconds
        self._heard_at = now
        self._begun_at: float | None = None
        self._taken_at: float | None = None
        self._least_queued = 0

    def heard(self, now: float) -> None:
        """Something came."""
        self._heard_at = now

    def message_began(self, now: float) -> None:
        """What came is not yet all of a message."""
        if self._begun_at is None:
            self._begun_at = now

    def message_ended(self) -> None:
        """A message has come whole."""
        self._begun_at = None

    def filled(self, now: float, queued: int) -> None:
        """`queued` bytes wait, more than should."""
        self._taken_at, self._least_queued = now, queued

    def emptied(self) -> None:
        """Nothing waits."""
        self._taken_at = None

    def verdict(self, now: float, queued: int, playing: bool) -> Verdict:
        """What to think at `now`, when `queued` bytes wait."""
        if self._taken_at is not None:
            return self._as_reader(now, queued)
        if self._begun_at is not None and now - self._begun_at > MESSAGE_SECONDS:
            return Verdict.UNFINISHED
        if not playing and now - self._heard_at > self._silence_seconds:
            return Verdict.SILENT
        return Verdict.ALIVE

    def _as_reader(self, now: float, queued: int) -> Verdict:
        if queued < self._least_queued:
            self.filled(now, queued)
        stalled = self._taken_at is not None and now - self._taken_at > STALL_SECONDS
        return Verdict.STALLED if stalled else Verdict.ALIVE
