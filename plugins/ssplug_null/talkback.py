"""Sound that nobody hears; the log says how much of it there was."""

from typing import Final

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from zope.interface import implementer

from ssplug.interfaces import ITalk, ITalkback

_SAMPLE_RATE: Final = 8000


@implementer(ITalk)
class NullTalk:
    """One person talking. Reactor thread."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._samples = 0
        self.lost: Deferred[str | None] = Deferred()

    def write(self, samples: bytes) -> "Deferred[None]":
        """Count them."""
        self._samples += len(samples)
        return succeed(None)

    def close(self) -> "Deferred[None]":
        """Say how many there were."""
        if not self.lost.called:
            self._log.info("{seconds:.1f} seconds of sound came", seconds=self._samples / _SAMPLE_RATE)
            self.lost.callback(None)
        return succeed(None)


@implementer(ITalkback)
class NullTalkback:
    """A loudspeaker without a voice. Reactor thread."""

    def __init__(self, log: Logger) -> None:
        self._log = log

    def open(self) -> "Deferred[NullTalk]":
        """It always answers."""
        return succeed(NullTalk(self._log))
