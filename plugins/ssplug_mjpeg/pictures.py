"""JPEG files as the access units of a track. No Twisted."""

import dataclasses

from ssplug.media import mjpeg
from ssplug.media.access_unit import MJPEG, VIDEO_CLOCK_RATE, AccessUnit, Track


class Pictures:
    """The track of one attempt: a picture has no time but that of its arrival."""

    def __init__(self) -> None:
        self.track = Track(MJPEG, VIDEO_CLOCK_RATE)
        """Another value once the size of the pictures is another."""
        self._last = -1

    def unit(self, jpeg: bytes, at: float) -> AccessUnit:
        """The access unit of a picture that arrived at `at`, in seconds; ValueError if it is no JPEG."""
        size = mjpeg.size(jpeg)
        if size != (self.track.width, self.track.height):
            self.track = dataclasses.replace(self.track, width=size[0], height=size[1])
        # Two that arrive together are shown one after the other.
        self._last = max(round(at * VIDEO_CLOCK_RATE), self._last + 1)
        return AccessUnit(self.track, mjpeg.with_huffman_tables(jpeg), self._last, self._last, key=True)
