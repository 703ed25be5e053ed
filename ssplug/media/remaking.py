"""Pictures made anew for a recording: fewer a second than the camera sends, or with text in them.

Decoded, passed over or changed, encoded again: taking pictures out of a coded stream breaks those
that refer to them, so there is no cheaper way.  Belongs to one thread.
"""

from collections.abc import Sequence

from ssplug.media.access_unit import AccessUnit, Track
from ssplug.media.picture import Decoder
from ssplug.media.video_encoder import PLAIN, H264Encoder, Look, Pace, Shaper, VideoForm


class Remaker:
    """Makes H.264 of one video track, of the same size."""

    def __init__(self, track: Track, fps: float | None = None) -> None:
        """At most `fps` pictures a second; None: all. ValueError for a codec that FFmpeg cannot decode."""
        self._pace = Pace(fps)
        self._decoder = Decoder(track)
        self._shaper = Shaper(VideoForm())
        self._encoder = H264Encoder(fps or track.frame_rate or None, preset="veryfast", is_bounded=False)

    @property
    def track(self) -> Track | None:
        """Of what comes out; None until something has."""
        return self._encoder.track

    @property
    def errors(self) -> int:
        """Access units that could not be decoded."""
        return self._decoder.errors

    def remake(self, units: Sequence[AccessUnit], look: Look = PLAIN) -> list[AccessUnit]:
        """The units of the pictures that are kept of `units`, which follow on those given before."""
        kept = []
        for picture in self._decoder.pictures(units):
            if picture.pts is not None and self._pace.keeps(picture.pts):
                kept += self._encoder.encode(self._shaper.shaped(picture, look))
        return kept
