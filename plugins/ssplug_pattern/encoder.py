"""The scene as access units of H.264 or H.265, with as little work as the codec allows."""

from fractions import Fraction
from typing import Final

import av

from ssplug.media import h264, h265, nal
from ssplug.media.access_unit import H264, H265, VIDEO_CLOCK_RATE, Track
from ssplug_pattern.scene import Planes

# One thread each, no looking ahead, no rate control: several of these run beside a server.
_OPTIONS: Final = {
    H264: ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "qp": "26", "x264-params": "scenecut=0"}),
    H265: (
        "libx265",
        {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "crf": "28",
            "x265-params": "pools=none:frame-threads=1:scenecut=0:repeat-headers=1:log-level=none",
        },
    ),
}


class Encoder:
    """Encodes the pictures of one attempt. One thread."""

    def __init__(self, codec: str, width: int, height: int, fps: int, gop: int) -> None:
        library, options = _OPTIONS[codec]
        context = av.CodecContext.create(library, "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base, context.framerate = Fraction(1, fps), Fraction(fps)
        context.gop_size, context.max_b_frames, context.thread_count = gop, 0, 1
        context.options = options
        self._codec = codec
        self._context = context

    def encode(self, planes: Planes, number: int) -> tuple[bytes, bool]:
        """Picture `number` as Annex B, and whether it is a key frame."""
        picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        picture.pts = number
        (packet,) = self._context.encode(picture)
        # Both libraries mix start codes of three and of four bytes.
        return nal.annex_b(nal.nal_units(bytes(packet))), packet.is_keyframe

    def track(self, key_frame: bytes) -> Track:
        """The track that begins with `key_frame`."""
        sets = (h264 if self._codec == H264 else h265).parameter_sets(key_frame)
        width, height, rate = self._context.width, self._context.height, self._context.framerate
        return Track(self._codec, VIDEO_CLOCK_RATE, nal.annex_b(sets), width, height, float(rate))
