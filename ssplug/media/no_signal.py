"""The picture that viewers see while a camera is away: its name, and that there is no signal.

It is coded as the camera's pictures were, so that whoever watches need not begin anew.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
import simplejpeg
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ssplug.media import h264, h265
from ssplug.media.access_unit import H264, H265, MJPEG, VIDEO_CLOCK_RATE, Track
from ssplug.media.lettering import lettering
from ssplug.media.nal import annex_b, nal_units
from ssplug.media.picture import DEFAULT_QUALITY

USUAL_SIZE: Final = (640, 360)
"""Where nobody knows how large the camera's pictures are."""

_BACKGROUND: Final = (32, 32, 32)
_TEXT: Final = "no signal"
_SMALLEST: Final = 16
_ENCODERS: Final = {
    H264: ("libx264", {"preset": "veryfast", "crf": "26", "x264-params": "keyint=1:repeat-headers=1"}),
    H265: ("libx265", {"preset": "ultrafast", "x265-params": "keyint=1:repeat-headers=1:log-level=none:pools=1"}),
}
_PARAMETER_SETS: Final[Mapping[str, Callable[[bytes], Sequence[bytes]]]] = {
    H264: h264.parameter_sets,
    H265: h265.parameter_sets,
}


def no_signal_pixels(name: str, width: int, height: int) -> NDArray[np.uint8]:
    """The picture for the camera called `name`, RGB; a name that is too long for it is cut."""
    image = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(image)
    size = max(6.0, min(height / 8, 1.6 * width / max(len(name), len(_TEXT))))
    for wanted, share, shade, row in ((name, 1.0, "white", 0.42), (_TEXT, 0.6, "#a0a0a0", 0.62)):
        text, font = lettering(wanted, size * share)
        left, top, right, bottom = font.getbbox(text)
        at = (max(0, (width - right - left) / 2), height * row - (bottom + top) / 2)
        draw.text(at, text, shade, font)
    return np.asarray(image)


def no_signal_jpeg(name: str, width: int, height: int, quality: int = DEFAULT_QUALITY) -> bytes:
    """The picture as a JPEG."""
    pixels = no_signal_pixels(name, width, height)
    return bytes(simplejpeg.encode_jpeg(pixels, quality=quality, colorspace="rgb", colorsubsampling="420"))


def no_signal_pictures(name: str, track: Track) -> tuple[Track, tuple[bytes, ...]]:
    """The picture as key frames to be shown in turn, in codec and size of `track`, and the track that they make.

    There are two, for one IDR picture of H.264 must not be the same as the one before (7.4.3,
    idr_pic_id). ValueError for a codec that cannot be made here.
    """
    width, height = (track.width, track.height) if track.width and track.height else USUAL_SIZE
    if track.codec == MJPEG:
        return Track(MJPEG, VIDEO_CLOCK_RATE, b"", width, height), (no_signal_jpeg(name, width, height),)
    if track.codec not in _ENCODERS:
        raise ValueError(f"no picture can be made in {track.codec}")
    width, height = (max(_SMALLEST, side // 2 * 2) for side in (width, height))
    units = _encoded(track.codec, no_signal_pixels(name, width, height))
    sets = annex_b(_PARAMETER_SETS[track.codec](units[0]))
    return Track(track.codec, VIDEO_CLOCK_RATE, sets, width, height), units


def _encoded(codec: str, pixels: NDArray[np.uint8]) -> tuple[bytes, ...]:
    encoder, options = _ENCODERS[codec]
    try:
        context: Any = av.CodecContext.create(encoder, "w")
    except av.FFmpegError as error:  # an FFmpeg without it
        raise ValueError(f"no picture can be made in {codec}: {error}") from error
    context.height, context.width = pixels.shape[:2]
    context.pix_fmt, context.thread_count, context.options = "yuv420p", 1, options
    context.time_base = Fraction(1, 1)
    packets = [packet for pts in range(2) for packet in context.encode(_frame(pixels, pts))]
    packets += context.encode(None)
    return tuple(annex_b(nal_units(bytes(packet))) for packet in packets)


def _frame(pixels: NDArray[np.uint8], pts: int) -> VideoFrame:
    frame = VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    frame.pts, frame.time_base = pts, Fraction(1, 1)
    return frame
