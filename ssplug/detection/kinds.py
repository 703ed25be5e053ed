"""Which of people, vehicles and animals an episode of motion has shown: decided from values alone."""

from collections.abc import Collection
from typing import Final

from ssplug.model.classification import Classification
from ssplug.model.event import TriggerReason

CONFIRM_SECONDS: Final = 2.0
"""Within which two looks must show something before it is a reason: one alone may be a mistake."""

_ROUNDING: Final = 0.001


class KindsOfEpisode:
    """What was found so far in the episode that is on. Times are media time."""

    def __init__(self) -> None:
        self._seen_at: dict[Classification, float] = {}
        self.reasons = TriggerReason(0)
        """Of all that was found for sure."""

    def see(self, at: float, kinds: Collection[Classification]) -> TriggerReason:
        """Take what one look showed; the reasons that are new by it."""
        before = self.reasons
        for kind in kinds:
            if at - self._seen_at.get(kind, float("-inf")) <= CONFIRM_SECONDS + _ROUNDING:
                self.reasons |= kind.reason
            self._seen_at[kind] = at
        return self.reasons & ~before

    def forget(self) -> None:
        """Another episode."""
        self._seen_at.clear()
        self.reasons = TriggerReason(0)
