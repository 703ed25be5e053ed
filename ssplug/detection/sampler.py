"""Which pictures are worth decoding: the ladder.

| rung | decoded | wakes the highest |
| --- | --- | --- |
| the camera's own events | nothing | when they begin |
| the size of each encoded picture (`SizeGate`) | nothing | for PROBE_SECONDS, when it swells |
| key frames, at most every KEY_FRAME_SECONDS | these | when the detector sees anything in them |
| one look every LOOK_SECONDS | every picture | for AWAKE_SECONDS, or PROBE_SECONDS when it is faint |

A lower rung only wakes the highest: what moves is said by the detector alone.  Where sizes say nothing,
as with an encoder that spends its bits on noise, the gate comes to be distrusted; then no more than
DISTRUST_SECONDS pass between two looks, however far apart key frames are.
"""

from typing import Final

from ssplug.detection.gate import SizeGate
from ssplug.media.access_unit import AccessUnit

LOOK_SECONDS: Final = 0.2
KEY_FRAME_SECONDS: Final = 0.5
AWAKE_SECONDS: Final = 4.0
"""Longer than `trigger.QUIET_SECONDS`, so that the end of motion is seen."""

PROBE_SECONDS: Final = 1.0
DISTRUST_SECONDS: Final = 2.5
FAINT_SCORE: Final = 25.0
"""Below it, motion may be noise: it is worth another look, but no more."""

_JITTER: Final = 0.01  # seconds by which pictures of an even pace may come too early


class Sampler:
    """Decides for one camera. Times are media time."""

    def __init__(self, gated: bool = True) -> None:
        """Not `gated`: always at the top of the ladder, to compare with."""
        self._gate = SizeGate()
        self._gated = gated
        self._awake_until = float("-inf")
        self._looked_at = float("-inf")
        self._moved_at = float("-inf")
        self._opened_at: float | None = None
        """When the gate opened, until it is known whether it was right."""

    def is_awake(self, at: float) -> bool:
        """Whether every picture is decoded."""
        return not self._gated or at < self._awake_until

    def wake(self, at: float, seconds: float = AWAKE_SECONDS) -> None:
        """Look at every picture from `at` on, for so long."""
        self._awake_until = max(self._awake_until, at + seconds)

    def note(self, unit: AccessUnit) -> None:
        """Take note of a picture that came, decoded or not."""
        if not unit.key and self._gate.opens(len(unit.data)):
            self._opened_at = unit.seconds if self._opened_at is None else self._opened_at
            self.wake(unit.seconds, PROBE_SECONDS)
        self._judge_gate(unit.seconds)

    def wants(self, unit: AccessUnit) -> bool:
        """Whether the newest picture is to be looked at."""
        passed = unit.seconds - self._looked_at + _JITTER
        if self.is_awake(unit.seconds):
            return passed >= LOOK_SECONDS
        if unit.key:
            return passed >= KEY_FRAME_SECONDS
        return self._gate.is_distrusted and passed >= DISTRUST_SECONDS

    def look(self, unit: AccessUnit) -> None:
        """Take note that this one is being looked at."""
        self._looked_at = unit.seconds

    def saw_motion(self, at: float, score: float) -> None:
        """Take note that something moved in the picture of `at`, and how sure that is (`Motion.score`)."""
        if score < FAINT_SCORE:
            self.wake(at, PROBE_SECONDS)
            return
        if self._opened_at is None and at - self._moved_at >= AWAKE_SECONDS:
            self._gate.judge(something_moved=True)
        self._moved_at = at
        self.wake(at)

    def forget(self) -> None:
        """Begin anew: another stream."""
        self._gate.forget()
        self._awake_until = self._looked_at = self._moved_at = float("-inf")
        self._opened_at = None

    def _judge_gate(self, at: float) -> None:
        if self._opened_at is not None and at - self._opened_at >= PROBE_SECONDS:
            self._gate.judge(self._moved_at >= self._opened_at)
            self._opened_at = None
