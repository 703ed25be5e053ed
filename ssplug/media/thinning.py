"""Fewer pictures a second than the camera sends: decoded, passed over, encoded again.

Taking pictures out of a coded stream breaks those that refer to them, so there is no cheaper way.
Belongs to one thread.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from ssplug.media import h264
from ssplug.media.access_unit import H264, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.media.nal import annex_b, nal_units
from ssplug.media.picture import Decoder

_GOP_SECONDS: Final = 2.0
_OPTIONS: Final = {
    "preset": "veryfast",
    "tune": "zerolatency",
    "crf": "23",
    "x264-params": "repeat-headers=1:scenecut=0",
}


class Thinner:
    """Makes H.264 of at most `fps` pictures a second of one video track."""

    def __init__(self, track: Track, fps: float) -> None:
        """ValueError for a codec that FFmpeg cannot decode."""
        self.track: Track | None = None
        """Of what comes out; None until something has."""
        self._fps = fps
        self._step = VIDEO_CLOCK_RATE / fps
        self._due = float("-inf")
        self._decoder = Decoder(track)
        self._encoder: VideoCodecContext | None = None

    @property
    def errors(self) -> int:
        """Access units that could not be decoded."""
        return self._decoder.errors

    def thin(self, units: Sequence[AccessUnit]) -> list[AccessUnit]:
        """The units of the pictures that are kept of `units`, which follow on those given before."""
        kept = []
        for unit in units:
            picture = self._decoder.newest((unit,))
            if picture is not None and picture.pts is not None and self._is_due(picture.pts):
                kept += self._encode(picture, unit.received_at)
        return kept

    def _is_due(self, pts: int) -> bool:
        """Evenly on average: a picture that comes a little late does not put off those behind it."""
        if pts < self._due - self._step / 8:
            return False
        self._due = (self._due if pts - self._due < self._step else pts) + self._step
        return True

    def _encode(self, picture: VideoFrame, received_at: float) -> list[AccessUnit]:
        if self._encoder is None:
            self._encoder = self._opened(picture)
        plain = picture.reformat(format="yuv420p")
        plain.pts, plain.time_base = picture.pts, Fraction(1, VIDEO_CLOCK_RATE)
        plain.pict_type = 0
        return [self._unit(packet, received_at) for packet in self._encoder.encode(plain)]

    def _opened(self, picture: VideoFrame) -> VideoCodecContext:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = picture.width, picture.height, "yuv420p"
        context.time_base = Fraction(1, VIDEO_CLOCK_RATE)
        context.framerate = Fraction(self._fps).limit_denominator(1000)
        context.gop_size = max(round(self._fps * _GOP_SECONDS), 1)
        context.thread_count = 1
        context.options = _OPTIONS
        return context

    def _unit(self, packet: "av.Packet[Any]", received_at: float) -> AccessUnit:
        data = annex_b(nal_units(bytes(packet)))
        pts = packet.pts or 0
        if self.track is None:
            assert self._encoder is not None
            size = self._encoder.width, self._encoder.height
            self.track = Track(H264, VIDEO_CLOCK_RATE, annex_b(h264.parameter_sets(data)), *size, self._fps)
        return AccessUnit(self.track, data, pts, pts, packet.is_keyframe, received_at)
