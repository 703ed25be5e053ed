"""One camera as HTTP Live Streaming: cut once, for all who watch, and ended a while after the last of them.

What is cut where says `ssplug.media.segments`; this module feeds it, and lets clients wait for what
is not there yet.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from twisted.internet.defer import Deferred, fail, succeed

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.segments import SEGMENT_LIMIT, Part, Segment, Segmenter
from ssplug.streams.hub import StreamHub
from ssplug.streams.mp4_feed import AudioForms, MP4Feed
from ssplug.streams.no_signal import Standby
from ssplug.wire.hls import Playlist, Position, TooFarError

IDLE_SECONDS: Final = 40.0
"""After the last request, when it ends: more than any client waits between two."""
FIRST_SECONDS: Final = 10.0
"""How long a client waits for the first segment: longer than any of them lasts."""
FULL_TARGETS: Final = 3
"""How many target durations of segments a client is given to begin with (RFC 8216, 6.3.3); Chromium stops at less."""
FULL_SECONDS: Final = 4.0
"""How long it waits for that many: where too little is buffered, those who know parts need not wait for it."""
WAIT_TARGETS: Final = 3
"""How many target durations it waits for a later one (RFC 8216, 2nd edition, 6.2.5.2)."""
BEFORE_SECONDS: Final = 6.0
"""Of what is buffered before the last GOP: enough for segments to begin with."""


class NothingYetError(Exception):
    """The camera is offline, or what was waited for did not come in time."""


@dataclass(eq=False, slots=True)
class _Waiting:
    """Somebody who waits."""

    is_there: Callable[[], bool]
    answer: "Deferred[None]"


class HLSStream:
    """One camera's segments. Reactor thread."""

    def __init__(
        self,
        hub: StreamHub,
        audio_forms: AudioForms | None,
        reactor: Any,
        now: float,
        first_run: int,
        ended: Callable[[], None],
        standby: Standby | None = None,
    ) -> None:
        """Begins with what the hub has buffered; `now` is wall time; `ended` is called when nobody watched for long.

        `first_run`: `next_run` of the one before, for players that know that.
        `standby`: what is shown while the camera is away.
        """
        self._reactor = reactor
        self._ended = ended
        # Whoever was here before an interruption finds that numbers went on: a segment lasts longer than a second.
        self._segmenter = Segmenter(int(now), first_run, now)
        self._begun = reactor.seconds()
        self.tracks: tuple[Track, ...] = ()
        """What is in it; of a camera that is offline, what was."""
        self._waiting: list[_Waiting] = []
        self._feed = MP4Feed(hub, audio_forms, self, standby)
        self._feed.start(_recent(hub))
        self._idle = reactor.callLater(IDLE_SECONDS, self.end)

    def end(self) -> None:
        """Cut nothing more."""
        if self._idle.active():
            self._idle.cancel()
        self._feed.stop()
        self._ended()

    @property
    def next_run(self) -> int:
        """The number of the run that is to come: there are so many before it."""
        return self._segmenter.next_run

    async def playlist(self, after: Position | None = None) -> Playlist:
        """What there is, once it reaches `after`; NothingYetError or TooFarError."""
        self._touch()
        if after is None:
            with contextlib.suppress(NothingYetError):
                await self._wait(self._is_full, self._begun + FULL_SECONDS - self._reactor.seconds())
        await self._wait(lambda: self._playlist() is not None, FIRST_SECONDS)
        if after is not None:
            await self._reach(after)
        playlist = self._playlist()
        assert playlist is not None
        return playlist

    def init(self, run: int) -> bytes | None:
        """The init segment of a run; None if there is none such."""
        self._touch()
        return self._segmenter.init(run)

    async def segment(self, position: Position) -> bytes | None:
        """A segment, or a part of one, which may be the next to come; None if there is none such."""
        self._touch()
        if self._is_next(position):
            await self._wait(lambda: not self._is_next(position), self._patience())
        piece = self._piece(position)
        return None if piece is None else piece.data

    def began(self, tracks: tuple[Track, ...]) -> None:
        """The feed's news."""
        self.tracks = tracks
        self._segmenter.begin(tracks)
        self._answer()

    def take(self, unit: AccessUnit) -> None:
        """The feed's next unit."""
        if self._segmenter.put(unit):
            self._answer()

    def ended(self, reason: str) -> None:
        """The feed's news; who waits for more goes on waiting, as the camera may come back."""
        self._segmenter.end()
        self._answer()

    async def _reach(self, after: Position) -> None:
        playlist = self._playlist()
        if playlist is not None and playlist.is_ahead(after):
            raise TooFarError("_HLS_msn: too far ahead")
        await self._wait(lambda: self._reaches(after), self._patience())

    def _patience(self) -> float:
        return WAIT_TARGETS * (self._segmenter.target or SEGMENT_LIMIT)

    def _is_full(self) -> bool:
        target = self._segmenter.target
        seconds = sum(segment.duration for segment in self._segmenter.segments)
        return target is not None and seconds >= FULL_TARGETS * target - 0.001

    def _reaches(self, position: Position) -> bool:
        playlist = self._playlist()
        return playlist is not None and playlist.reaches(position)

    def _playlist(self) -> Playlist | None:
        segmenter = self._segmenter
        if segmenter.target is None:
            return None
        return Playlist(segmenter.target, segmenter.part_target, segmenter.listed, segmenter.open)

    def _piece(self, position: Position) -> Segment | Part | None:
        segments = (*self._segmenter.segments, *([self._segmenter.open] if self._segmenter.open else []))
        segment = next((segment for segment in segments if segment.number == position.number), None)
        if position.part is None or segment is None:
            return segment if segment in self._segmenter.segments else None
        has_it = segment.shows_parts and position.part < len(segment.parts)
        return segment.parts[position.part] if has_it else None

    def _is_next(self, position: Position) -> bool:
        """Whether it is what playlists give as a hint."""
        current = self._segmenter.open
        return current is not None and position == Position(current.number, len(current.parts))

    def _wait(self, is_there: Callable[[], bool], seconds: float) -> "Deferred[None]":
        """Fire once `is_there`; fail with NothingYetError after `seconds`."""
        if is_there():
            return succeed(None)
        if seconds <= 0:
            return fail(NothingYetError())
        answer: Deferred[None] = Deferred()
        waiting = _Waiting(is_there, answer)
        self._waiting.append(waiting)

        def give_up(_: object, seconds: float) -> None:
            self._waiting.remove(waiting)
            raise NothingYetError

        return answer.addTimeout(seconds, self._reactor, give_up)

    def _answer(self) -> None:
        there = [waiting for waiting in self._waiting if waiting.is_there()]
        self._waiting = [waiting for waiting in self._waiting if waiting not in there]
        for waiting in there:
            waiting.answer.callback(None)

    def _touch(self) -> None:
        if self._idle.active():
            self._idle.reset(IDLE_SECONDS)


def _recent(hub: StreamHub) -> tuple[AccessUnit, ...]:
    gop = hub.buffer.last_gop()
    return hub.buffer.since(gop[0].seconds - BEFORE_SECONDS) if gop else ()
