"""Access units and the tracks that they belong to: what a driver gives, what everybody takes.

A codec is named as FFmpeg names it: the one vocabulary that drivers, decoders and muxers share.
"""

import math
from dataclasses import dataclass
from typing import Final

H264: Final = "h264"
H265: Final = "hevc"
MJPEG: Final = "mjpeg"
AAC: Final = "aac"
PCMU: Final = "pcm_mulaw"
PCMA: Final = "pcm_alaw"

VIDEO_CLOCK_RATE: Final = 90_000


@dataclass(frozen=True, slots=True)
class Track:
    """One elementary stream of a camera.

    Timestamps count ticks of `clock_rate`: 90 000 a second for every video track, the sample
    rate for every audio track.  All tracks of one source share one time line.
    """

    codec: str
    """FFmpeg's name: h264, hevc, mjpeg, aac, pcm_mulaw, pcm_alaw, or any other it knows."""
    clock_rate: int
    extradata: bytes = b""
    """H.264, H.265: the parameter sets in Annex B form; AAC: the AudioSpecificConfig (ISO 14496-3)."""
    width: int = 0
    height: int = 0
    """Pixels of a video track; 0 for audio."""
    frame_rate: float = 0.0
    """What the source promises, pictures a second; 0 where it promises nothing."""
    channels: int = 0
    """Of an audio track; 0 for video."""

    @property
    def is_video(self) -> bool:
        """Video, or else audio."""
        return self.channels == 0

    def seconds(self, ticks: int) -> float:
        """`ticks` of this track's clock in seconds."""
        return ticks / self.clock_rate


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded picture or one piece of sound: the smallest thing with a timestamp.

    `data` is Annex B for H.264 and H.265 (start codes of four bytes, parameter sets before each
    key frame that brought them), a raw_data_block without ADTS header for AAC, a whole JPEG for
    MJPEG, the samples for G.711.  It is never changed after it was made, and may be shared by
    any number of threads.
    """

    track: Track
    data: bytes
    pts: int
    """Presentation time in ticks of the track's clock."""
    dts: int
    """Decoding time; equal to pts but for streams with B-frames."""
    key: bool
    """Whether decoding can start here; true for every unit of an audio track."""
    received_at: float = math.nan
    """Seconds on the monotonic clock, set where the unit arrived."""

    @property
    def seconds(self) -> float:
        """The presentation time in seconds on the time line that all tracks of the source share."""
        return self.pts / self.track.clock_rate
