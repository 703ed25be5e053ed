"""One client's way out: what it takes is sent, what it does not take waits, what waits too long is skipped.

The queue holds the frames that all clients share, so a slow client costs references, not copies;
the transport's own buffer never holds more than one access unit beyond its limit, for nothing is
written to it while it asks for a pause.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ssplug.media.access_unit import H264, H265, MJPEG
from ssplug.servers.write_through import Writer
from ssplug.streams.rtp_streams import Joined, PackedUnit
from ssplug.wire.rtp.packet import interleaved
from ssplug.wire.rtsp.transport import Channels

QUEUE_LIMIT = 4 * 2**20
"""Bytes that may wait for one client, beyond the GOP that it began with."""

SOUND_HELD_LIMIT = 50
"""Units of sound that wait for a picture to go first."""
VIDEO_CODECS = frozenset({H264, H265, MJPEG})


@dataclass(slots=True)
class DeliveryCounters:
    """What went to clients, for /metrics; never decreases but for `sessions`."""

    sessions: int = 0
    """Clients that are playing now."""
    packets: int = 0
    bytes: int = 0
    """With the headers of RTP and of the interleaved frames."""
    skips: int = 0
    """How often a client was so far behind that its queue was dropped."""
    units_skipped: int = 0
    """Access units that clients did not get, for that and while they waited for a key frame."""


class VideoFirst:
    """Holds sound back until the second picture of a delivery has gone.

    A player that may look at a few bytes only (ffmpeg -probesize 64) knows the size of the picture
    when the first is complete, and that is complete when the next begins.
    """

    def __init__(self) -> None:
        self._pictures = 0
        self._held: list[PackedUnit] = []

    @property
    def is_over(self) -> bool:
        """Whether nothing is held back any more."""
        return self._pictures >= 2

    def through(self, packed: PackedUnit) -> list[PackedUnit]:
        """What may go now that `packed` has come."""
        if packed.codec not in VIDEO_CODECS:
            self._held.append(packed)
            if len(self._held) < SOUND_HELD_LIMIT:
                return []
            self._pictures = 2
            return self._held
        self._pictures += 1
        return [packed, *self._held] if self.is_over else [packed]


class Delivery:
    """A `rtp_streams.Viewer`. Reactor thread."""

    __slots__ = (
        "_counters",
        "_ended",
        "_has_video",
        "_is_plain",
        "_limit",
        "_opening",
        "_paused",
        "_queue",
        "_queued_bytes",
        "_rtcp",
        "_rtp",
        "_waits_for_entry",
        "_writer",
    )

    def __init__(
        self,
        writer: Writer,
        channels: Mapping[str, Channels],
        counters: DeliveryCounters,
        ended: Callable[[], None],
        paused: bool = False,
    ) -> None:
        """`channels` by codec; `ended` is called when the streams end, after the last word has been written."""
        self._writer = writer
        self._rtp = {codec: each.rtp for codec, each in channels.items()}
        self._rtcp = {codec: each.rtcp for codec, each in channels.items()}
        self._counters = counters
        self._ended = ended
        self._paused = paused
        self._queue: deque[PackedUnit] = deque()
        self._queued_bytes = 0
        self._limit = QUEUE_LIMIT
        self._has_video = not VIDEO_CODECS.isdisjoint(channels)
        self._waits_for_entry = False
        self._opening = VideoFirst() if self._has_video and len(channels) > 1 else None
        self._is_plain = False

    @property
    def queued(self) -> int:
        """Bytes that wait, in the transport and before it."""
        return self._queued_bytes + self._writer.queued

    def begin(self, joined: Joined) -> None:
        """Send what a client begins with."""
        for codec, packet in joined.reports.items():
            self.report(codec, packet)
        self._waits_for_entry = self._has_video and not joined.backlog
        self._limit = QUEUE_LIMIT + sum(packed.size for packed in joined.backlog)
        for packed in joined.backlog:
            self.deliver(packed)

    def deliver(self, packed: PackedUnit) -> None:
        """Send `packed`, or queue it, or skip to the next key frame."""
        # Called for every unit and client: what is usual is found out by one look.
        if not self._is_plain:
            self._deliver_with_care(packed)
            return
        channel = self._rtp.get(packed.codec)
        if channel is not None:
            self._send(packed, channel)

    def report(self, codec: str, packet: bytes) -> None:
        """Send an RTCP packet, unless the client is behind: the next one will do."""
        if not self._paused:
            self._writer.write(interleaved(packet, self._rtcp[codec]))

    def ended(self, farewells: Mapping[str, bytes]) -> None:
        """Hear that the streams have ended."""
        self.say_farewell(farewells)
        self._ended()

    def say_farewell(self, farewells: Mapping[str, bytes]) -> None:
        """Send the last word of each track instead of what waits."""
        self.drop()
        for codec in self._rtcp:
            self.report(codec, farewells[codec])

    def drop(self) -> None:
        """Forget what waits."""
        self._queue.clear()
        self._queued_bytes = 0

    def pause(self) -> None:
        """Write nothing until `resume`."""
        self._paused = True
        self._is_plain = False

    def resume(self) -> None:
        """Write what waits, as long as it is taken."""
        self._paused = False
        while self._queue and not self._paused:
            packed = self._queue.popleft()
            self._queued_bytes -= packed.size
            self._send(packed, self._rtp[packed.codec])
        if not self._queue:
            self._limit = QUEUE_LIMIT

    def _deliver_with_care(self, packed: PackedUnit) -> None:
        if packed.codec not in self._rtp:
            return
        if self._waits_for_entry and not packed.is_entry:
            self._counters.units_skipped += 1
            return
        self._waits_for_entry = False
        if self._opening is not None:
            self._open(self._opening, packed)
        else:
            self._pass_on(packed)
        self._is_plain = not (self._paused or self._waits_for_entry or self._opening)

    def _open(self, opening: "VideoFirst", packed: PackedUnit) -> None:
        for each in opening.through(packed):
            self._pass_on(each)
        if opening.is_over:
            self._opening = None

    def _pass_on(self, packed: PackedUnit) -> None:
        if self._paused:
            self._queue_up(packed)
        else:
            self._send(packed, self._rtp[packed.codec])

    def _send(self, packed: PackedUnit, channel: int) -> None:
        counters = self._counters
        counters.packets += packed.count
        counters.bytes += packed.size
        self._writer.write(packed.on(channel))

    def _queue_up(self, packed: PackedUnit) -> None:
        if self._queue and self._queued_bytes + packed.size > self._limit:
            self._skip(packed)
        else:
            self._queue.append(packed)
            self._queued_bytes += packed.size

    def _skip(self, packed: PackedUnit) -> None:
        """Give up what waits, and begin again with `packed` or with the next key frame."""
        self._counters.skips += 1
        self._counters.units_skipped += len(self._queue)
        self._limit = QUEUE_LIMIT
        self.drop()
        self._waits_for_entry = self._has_video
        self.deliver(packed)
