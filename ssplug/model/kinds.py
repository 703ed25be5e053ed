"""Which of people, vehicles and animals an episode of motion has shown, for sure."""

import collections
from collections.abc import Set as AbstractSet
from typing import Final

from ssplug.model.classification import Classification

LAST_LOOKS: Final = 4
"""Looks of a classifier of which two must show something before it is believed: one alone may be a mistake."""


class KindsOfEpisode:
    """What was found so far in the episode that is on."""

    def __init__(self) -> None:
        self._before: collections.deque[AbstractSet[Classification]] = collections.deque(maxlen=LAST_LOOKS - 1)
        self.sure: frozenset[Classification] = frozenset()
        """All that was found for sure."""

    def see(self, kinds: AbstractSet[Classification]) -> frozenset[Classification]:
        """Take what one look showed; what is sure by it and was not before."""
        seen_again = {kind for kind in kinds if any(kind in look for look in self._before)}
        news = seen_again - self.sure
        self.sure |= news
        self._before.append(kinds)
        return frozenset(news)

    def forget(self) -> None:
        """Another episode."""
        self._before.clear()
        self.sure = frozenset()
