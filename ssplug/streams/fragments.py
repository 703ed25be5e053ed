"""One camera as fragments of MP4, a unit each, as soon as it comes: for browsers that play what they are pushed.

Muxed once for all who watch.  The fragments of the last GOP are kept, so that whoever joins has a
picture at once.  What it does not do: hold anything for a single viewer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.codec_string import mime_type
from ssplug.media.fmp4 import TrackMuxer, fragment, init_segment
from ssplug.streams.hub import StreamHub
from ssplug.streams.mp4_feed import AudioForms, MP4Feed
from ssplug.streams.no_signal import Standby

GOP_LIMIT: Final = 32 * 2**20
"""Bytes of a GOP that are kept; whoever joins in a larger one waits for the next key frame."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a browser needs before any fragment."""

    mime_type: str
    width: int
    height: int
    init: bytes


@dataclass(frozen=True, slots=True)
class Fragment:
    """One unit: `moof` and `mdat`."""

    data: bytes
    is_entry: bool
    """Whether it is a key frame, with which a viewer can begin."""


class Viewer(Protocol):
    """Somebody who watches. Reactor thread."""

    def begin(self, beginning: Beginning) -> None:
        """Begin, or begin anew: what comes from here on belongs to `beginning`."""

    def deliver(self, piece: Fragment) -> None:
        """Take the next one; must return at once."""

    def pause(self, reason: str) -> None:
        """Hear that nothing comes until `begin`."""


def _nothing() -> None:
    pass


class FragmentStream:
    """One camera's fragments, made while somebody watches. Reactor thread."""

    def __init__(
        self,
        hub: StreamHub,
        audio_forms: AudioForms | None,
        now: Callable[[], float],
        hold: Callable[[], Callable[[], None]] = lambda: _nothing,
        standby: Standby | None = None,
    ) -> None:
        """Without `audio_forms` there is no sound. `now` is wall time.

        `hold` is called when somebody begins to watch, what it returns when nobody does any more.
        `standby`: what is shown while the camera is away.
        """
        self._hold = hold
        self._let_go = _nothing
        self._hub = hub
        self._now = now
        self._feed = MP4Feed(hub, audio_forms, self, standby)
        self._viewers: dict[object, Viewer] = {}
        self._tracks: tuple[Track, ...] = ()
        self._muxers: dict[Track, TrackMuxer] = {}
        self._starts_at = 0.0
        self._beginning: Beginning | None = None
        self._offline = "The camera is offline."
        self._sequence = 0
        self._gop: list[Fragment] = []
        self._gop_bytes = 0

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    def join(self, viewer: Viewer) -> Callable[[], None]:
        """Show `viewer` the last GOP and what follows, until the returned function is called."""
        if not self._viewers:
            self._let_go = self._hold()
            self._feed.start(self._hub.buffer.last_gop())
        self._welcome(viewer)
        ticket = object()
        self._viewers[ticket] = viewer
        return lambda: self._leave(ticket)

    def began(self, tracks: tuple[Track, ...]) -> None:
        """The feed's news: viewers hear of it with the first key frame."""
        self._tracks = tracks
        self._forget()

    def take(self, unit: AccessUnit) -> None:
        """The feed's next unit."""
        if self._beginning is None:
            if not (unit.track.is_video and unit.key):
                return
            self._begin(unit)
        if unit.dts / unit.track.clock_rate >= self._starts_at:
            self._publish(self._fragment(unit))

    def ended(self, reason: str) -> None:
        """The feed's news."""
        self._tracks = ()
        self._forget()
        self._offline = reason
        for viewer in tuple(self._viewers.values()):
            viewer.pause(reason)

    def _welcome(self, viewer: Viewer) -> None:
        if self._beginning is not None:
            viewer.begin(self._beginning)
            for piece in self._gop:
                viewer.deliver(piece)
        elif not self._tracks:
            viewer.pause(self._offline)

    def _leave(self, ticket: object) -> None:
        self._viewers.pop(ticket, None)
        if not self._viewers:
            self._feed.stop()
            self._tracks = ()
            self._forget()
            self._let_go()

    def _begin(self, first: AccessUnit) -> None:
        start = Fraction(first.pts, first.track.clock_rate)
        muxers = [
            TrackMuxer(number, track, start, first if track.is_video else None)
            for number, track in enumerate(self._tracks, 1)
        ]
        self._muxers = {muxer.track: muxer for muxer in muxers}
        self._starts_at = first.dts / first.track.clock_rate
        init = init_segment([muxer.header for muxer in muxers], self._now())
        video = first.track
        beginning = self._beginning = Beginning(mime_type(self._tracks), video.width, video.height, init)
        for viewer in tuple(self._viewers.values()):
            viewer.begin(beginning)

    def _fragment(self, unit: AccessUnit) -> Fragment:
        muxer = self._muxers[unit.track]
        self._sequence += 1
        data = fragment(self._sequence, [(muxer.header, muxer.samples([unit]))])
        return Fragment(data, unit.key and unit.track.is_video)

    def _publish(self, piece: Fragment) -> None:
        self._remember(piece)
        for viewer in tuple(self._viewers.values()):
            viewer.deliver(piece)

    def _remember(self, piece: Fragment) -> None:
        if piece.is_entry:
            self._gop, self._gop_bytes = [], 0
        elif not self._gop:
            return
        self._gop.append(piece)
        self._gop_bytes += len(piece.data)
        if self._gop_bytes > GOP_LIMIT:
            self._gop, self._gop_bytes = [], 0

    def _forget(self) -> None:
        self._beginning = None
        self._gop, self._gop_bytes = [], 0
