"""Fewer pictures a second than the camera sends: decoded, passed over, encoded again.

Taking pictures out of a coded stream breaks those that refer to them, so there is no cheaper way.
Belongs to one thread.
"""

from collections.abc import Sequence

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.picture import Decoder
from ssplug.media.video_encoder import H264Encoder, Pace, Shaper, VideoForm


class Thinner:
    """Makes H.264 of at most `fps` pictures a second of one video track."""

    def __init__(self, track: Track, fps: float) -> None:
        """ValueError for a codec that FFmpeg cannot decode."""
        self._pace = Pace(fps)
        self._decoder = Decoder(track)
        self._shaper = Shaper(VideoForm())
        self._encoder = H264Encoder(fps, preset="veryfast", is_bounded=False)

    @property
    def track(self) -> Track | None:
        """Of what comes out; None until something has."""
        return self._encoder.track

    @property
    def errors(self) -> int:
        """Access units that could not be decoded."""
        return self._decoder.errors

    def thin(self, units: Sequence[AccessUnit]) -> list[AccessUnit]:
        """The units of the pictures that are kept of `units`, which follow on those given before."""
        kept = []
        for picture in self._decoder.pictures(units):
            if picture.pts is not None and self._pace.keeps(picture.pts):
                kept += self._encoder.encode(self._shaper.shaped(picture))
        return kept
