"""A sink that remembers what a camera source told it, and lets a test wait for it."""

import threading
from collections.abc import Callable

from twisted.internet.defer import Deferred
from zope.interface import implementer

from ssplug.interfaces import ISourceSink
from ssplug.media.access_unit import AccessUnit, Track


class WentOfflineError(AssertionError):
    """The source gave up while a test waited for something else."""


@implementer(ISourceSink)
class RecordingSink:
    """Remembers everything; for one attempt."""

    def __init__(self) -> None:
        self.told: list[str] = []
        """'online', 'access_unit' and 'offline' in the order in which they were said."""
        self.tracks: tuple[Track, ...] = ()
        """Of the last `online`."""
        self.units: list[AccessUnit] = []
        self.reasons: list[str] = []
        """Of `offline`: more than one is a fault of the source."""
        self.strangers: list[AccessUnit] = []
        """Units of a track that had not been announced when they came."""
        self.threads: set[int] = set()
        """Who called."""
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []

    @property
    def video(self) -> list[AccessUnit]:
        """The units of the video track."""
        return [unit for unit in self.units if unit.track.is_video]

    @property
    def audio(self) -> list[AccessUnit]:
        """The units of the audio track."""
        return [unit for unit in self.units if not unit.track.is_video]

    def online(self, tracks: tuple[Track, ...]) -> None:
        """Remember the tracks."""
        self.tracks = tuple(tracks)
        self._note("online")

    def access_unit(self, unit: AccessUnit) -> None:
        """Remember the unit."""
        self.units.append(unit)
        if unit.track not in self.tracks:
            self.strangers.append(unit)
        self._note("access_unit")

    def offline(self, reason: str) -> None:
        """Remember the reason."""
        self.reasons.append(reason)
        self._note("offline")

    def until(self, seen: Callable[[], bool]) -> "Deferred[None]":
        """Fire once `seen()` is true; fail with WentOfflineError if the source goes offline without."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append((seen, waiting))
        self._answer()
        return waiting

    def until_online(self) -> "Deferred[None]":
        """Fire once tracks were announced."""
        return self.until(lambda: "online" in self.told)

    def until_offline(self) -> "Deferred[None]":
        """Fire once the source said that the attempt is over."""
        return self.until(lambda: bool(self.reasons))

    def until_video(self, count: int) -> "Deferred[None]":
        """Fire once `count` pictures came."""
        return self.until(lambda: len(self.video) >= count)

    def _note(self, what: str) -> None:
        self.told.append(what)
        self.threads.add(threading.get_ident())
        self._answer()

    def _answer(self) -> None:
        asking, self._waiting = self._waiting, []  # whoever is answered may ask again at once
        for seen, waiting in asking:
            if seen():
                waiting.callback(None)
            elif self.reasons:
                waiting.errback(WentOfflineError(f"offline: {self.reasons[0]}"))
            else:
                self._waiting.append((seen, waiting))
