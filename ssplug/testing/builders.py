"""Values for tests: every argument has a default, so that a test names only what it is about."""

from ssplug.media.access_unit import AAC, H264, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.model.camera import CameraIdentity


def a_camera(number: int = 0, name: str = "Front Porch", id: str = "porch") -> CameraIdentity:  # noqa: A002
    """Somebody to serve."""
    return CameraIdentity(id, number, name)


def a_video_track(codec: str = H264, width: int = 640, height: int = 360, extradata: bytes = b"") -> Track:
    """A video track at 90 kHz."""
    return Track(codec, VIDEO_CLOCK_RATE, extradata, width, height, 25.0)


def an_audio_track(codec: str = AAC, clock_rate: int = 16000, extradata: bytes = b"\x14\x08") -> Track:
    """A mono audio track; the default extradata says AAC-LC, 16 kHz, mono."""
    return Track(codec, clock_rate, extradata, channels=1)


def an_access_unit(
    seconds: float = 0.0,
    key: bool = True,
    data: bytes = b"\0\0\0\1\x65picture",
    track: Track | None = None,
    received_at: float | None = None,
) -> AccessUnit:
    """A unit presented (and by default received) at `seconds`; of the default video track."""
    track = track if track is not None else a_video_track()
    ticks = round(seconds * track.clock_rate)
    return AccessUnit(track, data, ticks, ticks, key, seconds if received_at is None else received_at)
