"""One camera as RTP: every access unit is packetised once, for all clients.

While somebody watches, this is a subscriber of the camera's hub.  It keeps the packets of the last
GOP, so that whoever joins gets them at once and goes on with the live packets without a gap in the
sequence numbers.  What it does not do: hold anything per client (`ssplug.servers.rtp_delivery`).
"""

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.streams.hub import StreamHub, Subscriber
from ssplug.streams.no_signal import Standby
from ssplug.wire.rtp.formats import payload_format
from ssplug.wire.rtp.packet import on_channel
from ssplug.wire.rtp.packetizer import Origin, Packetizer, Packets
from ssplug.wire.rtp.payload_format import NotCarriedError, PayloadFormat
from ssplug.wire.rtsp.session import JoinPoint

GOP_LIMIT = 64 * 2**20
"""Bytes of packets of a GOP; a longer one is given up, and who joins waits for the next key frame."""

VIDEO_CHANNEL = 0
AUDIO_CHANNEL = 2


class StreamChangedError(Exception):
    """The camera's tracks are no longer those that were offered."""


class PackedUnit:
    """One access unit as interleaved frames, on whatever channels are asked for."""

    __slots__ = ("_frames", "codec", "count", "is_entry", "seconds", "sequence", "size")

    def __init__(self, unit: AccessUnit, packets: Packets) -> None:
        self.codec = unit.track.codec
        self.seconds = unit.seconds
        self.is_entry = unit.key and unit.track.is_video
        """Whether a client that has lost the thread can take it up here."""
        self.sequence = packets.sequence
        self.count = packets.count
        self.size = len(packets.frames)
        self._frames = {packets.channel: packets.frames}

    def on(self, channel: int) -> bytes:
        """The frames on `channel`; all clients that use it share them."""
        frames = self._frames.get(channel)
        if frames is None:
            frames = self._frames[channel] = on_channel(next(iter(self._frames.values())), channel)
        return frames


class Viewer(Protocol):
    """A client that has joined. Reactor thread."""

    def deliver(self, packed: PackedUnit) -> None:
        """Take one unit of any of the camera's tracks; must return at once."""

    def report(self, codec: str, packet: bytes) -> None:
        """Take an RTCP packet of one track."""

    def ended(self, farewells: Mapping[str, bytes]) -> None:
        """Leave, with the RTCP packet of each track: they are no longer those that were offered."""


class AudioForms(Protocol):
    """The camera's sound, in codecs that it does not send."""

    def track(self, codec: str) -> Track | None:
        """What a conversion to `codec` gives; None where there is none."""

    def attach(self, codec: str, subscriber: Subscriber) -> Callable[[], None]:
        """Offer sound in `codec` to `subscriber` until the returned function is called."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A track as it would be delivered now."""

    codec: str
    format: PayloadFormat
    ssrc: int
    frame_rate: float


@dataclass(frozen=True, slots=True)
class Joined:
    """What a client that joins begins with."""

    points: Mapping[str, JoinPoint]
    backlog: tuple[PackedUnit, ...]
    reports: Mapping[str, bytes]


class RTPStreams:
    """One camera's packets. Reactor thread."""

    def __init__(
        self,
        hub: StreamHub,
        audio_forms: AudioForms | None,
        new_origin: Callable[[], Origin],
        monotonic: Callable[[], float],
        wall_offset: Callable[[], float],
        cname: str,
        standby: Standby | None = None,
    ) -> None:
        """`wall_offset`: what to add to a time on the hub's time line for wall time. `cname` names the camera."""
        self._hub = hub
        self._audio_forms = audio_forms
        self._new_origin = new_origin
        self._monotonic = monotonic
        self._wall_offset = wall_offset
        self._cname = cname
        self._standby = standby
        self._packetizers: dict[str, Packetizer] = {}
        self._conversions: dict[str, Callable[[], None]] = {}
        self._viewers: dict[Viewer, Mapping[str, int]] = {}
        self._detach: Callable[[], None] | None = None
        self._gop: list[PackedUnit] = []
        self._gop_bytes = 0
        self._keeps_gop = False
        self._waits_for_key = True
        self._is_over = False
        self.not_carried = 0
        """Access units that RTP had no way to carry."""

    @property
    def viewers(self) -> int:
        """How many have joined."""
        return len(self._viewers)

    def offer_of(self, track: Track) -> Offer:
        """How one of the hub's tracks would be delivered; NotCarriedError where RTP cannot."""
        gop = self._hub.buffer.last_gop() if track.is_video else ()
        current = payload_format(track, gop[0] if gop else None)
        return Offer(track.codec, current, self._packetizer(track, current).ssrc, track.frame_rate)

    def offer_of_audio(self, codec: str) -> Offer | None:
        """How the camera's sound would be delivered in `codec`; None where it cannot be had so."""
        own = self._hub.audio
        if own is not None and own.codec == codec:
            return self.offer_of(own)
        converted = self._audio_forms.track(codec) if self._audio_forms is not None else None
        return self.offer_of(converted) if converted is not None else None

    def join(self, viewer: Viewer, ssrcs: Mapping[str, int]) -> Joined:
        """Deliver the tracks of `ssrcs` (by codec) to `viewer` from now on; it takes the backlog first.

        StreamChangedError if the camera has other tracks by now, or is no longer there.
        """
        self._begin()
        if self._is_over or not self._serves(ssrcs, self._hub.tracks):
            self._end_if_unwatched()
            raise StreamChangedError
        self._viewers[viewer] = ssrcs
        self._convert_what_is_wanted()
        if not self._hub.online:
            self._stand_in()
        return self._joined(ssrcs)

    def leave(self, viewer: Viewer) -> None:
        """Deliver nothing more to `viewer`; harmless if it has not joined."""
        self._viewers.pop(viewer, None)
        self._convert_what_is_wanted()
        self._end_if_unwatched()

    def send_reports(self) -> None:
        """Give every viewer a sender report of each of its tracks; due every few seconds (RFC 3550, 6.2)."""
        now = self._monotonic()
        reports = {codec: self._report(codec, now) for codec in self._packetizers}
        for viewer, ssrcs in tuple(self._viewers.items()):
            for codec in ssrcs:
                viewer.report(codec, reports[codec])

    def farewells(self) -> Mapping[str, bytes]:
        """By codec, the RTCP packets with which the tracks end for a client."""
        now = self._monotonic()
        wall = now + self._wall_offset()
        return {codec: packetizer.farewell(now, wall) for codec, packetizer in self._packetizers.items()}

    def end(self) -> None:
        """Say goodbye to everybody: the camera is no longer there."""
        self._is_over = True
        self._end_for(self._viewers, self.farewells())

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The hub's news: the camera is back, or sends something else."""
        self._stand_in_no_more()
        self._wait_for_key()
        farewells = self.farewells()
        for track in (*tracks, *self._converted_tracks()):
            self._adopt(track)
        unfit = [viewer for viewer, ssrcs in self._viewers.items() if not self._serves(ssrcs, tracks)]
        self._end_for(unfit, farewells)
        self._convert_what_is_wanted()

    def went_offline(self, reason: str) -> None:
        """The hub's news; clients stay, see that there is no signal, and go on when the camera is back."""
        self._wait_for_key()
        self._stand_in()

    def offer(self, unit: AccessUnit) -> None:
        """The hub's next unit."""
        if unit.track.codec not in self._conversions:
            self._publish(unit)

    def _end_for(self, viewers: Iterable[Viewer], farewells: Mapping[str, bytes]) -> None:
        for viewer in tuple(viewers):
            viewer.ended(farewells)

    def _converted_tracks(self) -> list[Track]:
        """What the conversions that are wanted make of the camera's sound as it is now."""
        if self._audio_forms is None:
            return []
        tracks = (self._audio_forms.track(codec) for codec in self._conversions)
        return [track for track in tracks if track is not None]

    def _adopt(self, track: Track) -> None:
        with contextlib.suppress(NotCarriedError):
            self._packetizer(track, payload_format(track))

    def _packetizer(self, track: Track, current: PayloadFormat) -> Packetizer:
        """The source of `track`: the one that there was, if clients that know it understand `current`."""
        known = self._packetizers.get(track.codec)
        if known is not None and _is_same_to_clients(known.format, current):
            known.format = current
            return known
        channel = VIDEO_CHANNEL if track.is_video else AUDIO_CHANNEL
        made = self._packetizers[track.codec] = Packetizer(current, self._new_origin(), channel, self._cname)
        return made

    def _serves(self, ssrcs: Mapping[str, int], tracks: Collection[Track]) -> bool:
        """Whether what was offered still is what comes; a track that is missing may come back."""
        return all(
            self._packetizers[codec].ssrc == ssrc and self._is_current(codec, tracks) for codec, ssrc in ssrcs.items()
        )

    def _is_current(self, codec: str, tracks: Collection[Track]) -> bool:
        is_video = self._packetizers[codec].format.media == "video"
        codecs = {track.codec for track in tracks if track.is_video == is_video}
        return not codecs or codec in codecs or self._is_converted(codec)

    def _is_converted(self, codec: str) -> bool:
        return self._audio_forms is not None and self._audio_forms.track(codec) is not None

    def _report(self, codec: str, now: float) -> bytes:
        return self._packetizers[codec].report(now, now + self._wall_offset())

    def _begin(self) -> None:
        if self._detach is None:
            self._wait_for_key()
            self._detach = self._hub.attach(self, last_gop=True)

    def _end_if_unwatched(self) -> None:
        if not self._viewers and self._detach is not None:
            self._detach()
            self._detach = None
            self._wait_for_key()
            self._stand_in_no_more()

    def _stand_in(self) -> None:
        if self._standby is not None:
            self._standby.begin(self._hub.last_video, self._publish)

    def _stand_in_no_more(self) -> None:
        if self._standby is not None:
            self._standby.end()

    def _joined(self, ssrcs: Mapping[str, int]) -> Joined:
        backlog = tuple(packed for packed in self._gop if packed.codec in ssrcs)
        now = self._monotonic()
        begins = min((packed.seconds for packed in backlog), default=now)
        return Joined(
            points={codec: self._join_point(codec, backlog, begins) for codec in ssrcs},
            backlog=backlog,
            reports={codec: self._report(codec, now) for codec in ssrcs},
        )

    def _join_point(self, codec: str, backlog: tuple[PackedUnit, ...], begins: float) -> JoinPoint:
        packetizer = self._packetizers[codec]
        first = next((packed.sequence for packed in backlog if packed.codec == codec), packetizer.next_sequence)
        return JoinPoint(first, packetizer.timestamp(begins))

    def _publish(self, unit: AccessUnit) -> None:
        packed = self._packed(unit)
        if packed is None:
            return
        self._remember(packed)
        for viewer in tuple(self._viewers):
            viewer.deliver(packed)

    def _packed(self, unit: AccessUnit) -> PackedUnit | None:
        packetizer = self._packetizers.get(unit.track.codec)
        if packetizer is None or (unit.track.is_video and self._waits_for_key and not unit.key):
            return None
        try:
            return PackedUnit(unit, packetizer.packets_of(unit))
        except NotCarriedError:
            self.not_carried += 1
            return None

    def _remember(self, packed: PackedUnit) -> None:
        """Keep the packets of the last GOP, unless it is too long to be kept."""
        if packed.is_entry:
            self._forget_gop()
            self._waits_for_key, self._keeps_gop = False, True
        if self._keeps_gop:
            self._gop.append(packed)
            self._gop_bytes += packed.size
        if self._gop_bytes > GOP_LIMIT:
            self._forget_gop()

    def _forget_gop(self) -> None:
        self._gop = []
        self._gop_bytes = 0
        self._keeps_gop = False

    def _wait_for_key(self) -> None:
        """What was before belongs to the past."""
        self._forget_gop()
        self._waits_for_key = True

    def _convert_what_is_wanted(self) -> None:
        wanted = {codec for ssrcs in self._viewers.values() for codec in ssrcs if self._needs_conversion(codec)}
        for codec in wanted - self._conversions.keys():
            self._conversions[codec] = self._convert(codec)
        for codec in self._conversions.keys() - wanted:
            self._conversions.pop(codec)()

    def _convert(self, codec: str) -> Callable[[], None]:
        if self._audio_forms is None:
            return lambda: None
        return self._audio_forms.attach(codec, _Converted(self._publish))

    def _needs_conversion(self, codec: str) -> bool:
        own = self._hub.audio
        if own is None:
            return codec in self._conversions
        return self._packetizers[codec].format.media == "audio" and own.codec != codec


class _Converted:
    """A subscriber that takes converted sound and no news."""

    def __init__(self, offer: Callable[[AccessUnit], None]) -> None:
        self.offer = offer

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The hub tells the camera's streams itself."""

    def went_offline(self, reason: str) -> None:
        """The hub tells the camera's streams itself."""


def _is_same_to_clients(known: PayloadFormat, current: PayloadFormat) -> bool:
    """Whether clients that were given the SDP of `known` understand `current`.

    H.264 and H.265 bring new parameter sets in band; AAC does not bring its AudioSpecificConfig.
    """
    if known.media == "video":
        return known.encoding == current.encoding
    return known == current
