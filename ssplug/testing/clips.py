"""Small clips, encoded here: real access units without a file of somebody's."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.packet import Packet
from av.video.frame import VideoFrame

from ssplug.media import h264, h265
from ssplug.media.access_unit import AAC, H264, H265, MJPEG, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.media.nal import annex_b, nal_units

_ENCODERS = {
    H264: ("libx264", {"preset": "ultrafast", "x264-params": "annexb=1:repeat-headers=1"}),
    H265: ("libx265", {"preset": "ultrafast", "x265-params": "annexb=1:repeat-headers=1:log-level=none"}),
    MJPEG: ("mjpeg", {}),
}


def a_clip(
    codec: str = H264,
    pictures: int = 50,
    rate: int = 25,
    gop: int = 25,
    size: tuple[int, int] = (64, 48),
    b_frames: int = 0,
    begins: float = 0.0,
) -> tuple[Track, list[AccessUnit]]:
    """A track and its units in decoding order; no two pictures are the same."""
    encoder, options = _ENCODERS[codec]
    context = av.CodecContext.create(encoder, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = size
    context.pix_fmt = "yuvj420p" if codec == MJPEG else "yuv420p"
    context.time_base = Fraction(1, rate)
    context.framerate = Fraction(rate)
    context.gop_size = gop
    context.max_b_frames = b_frames
    context.options = {**options, "bf": str(b_frames), "sc_threshold": "0"} if codec == H264 else options
    packets = [packet for frame in _pictures(pictures, size, context.pix_fmt) for packet in context.encode(frame)]
    packets += context.encode(None)
    extradata = b"" if codec == MJPEG else _parameter_sets(codec, bytes(packets[0]))
    track = Track(codec, VIDEO_CLOCK_RATE, extradata, *size, float(rate))
    step, zero = VIDEO_CLOCK_RATE // rate, round(begins * VIDEO_CLOCK_RATE)
    return track, [
        AccessUnit(
            track, _data(codec, p), zero + (p.pts or 0) * step, zero + (p.dts or 0) * step, p.is_keyframe, begins
        )
        for p in packets
    ]


def a_sound(seconds: float = 2.0, rate: int = 16000, begins: float = 0.0) -> tuple[Track, list[AccessUnit]]:
    """An AAC track and its units: a tone."""
    context = av.CodecContext.create("aac", "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate = rate
    context.format = "fltp"
    context.layout = "mono"
    context.open()
    packets = [packet for frame in _tone(round(seconds * rate), rate) for packet in context.encode(frame)]
    packets += context.encode(None)
    track = Track(AAC, rate, context.extradata or b"", channels=1)
    zero = round(begins * rate)
    return track, [
        AccessUnit(track, bytes(packet), zero + index * 1024, zero + index * 1024, True, begins)
        for index, packet in enumerate(packets)
    ]


def _pictures(count: int, size: tuple[int, int], pix_fmt: str) -> Iterator[VideoFrame]:
    width, height = size
    chance = np.random.default_rng(1)
    for number in range(count):
        noise = chance.integers(0, 60, (height * 3 // 2, width), np.uint8)
        frame = VideoFrame.from_ndarray((noise + number * 3 % 190).astype(np.uint8), format="yuv420p")
        frame = frame.reformat(format=pix_fmt)
        frame.pts = number
        yield frame


def _tone(samples: int, rate: int) -> Iterator[AudioFrame]:
    for begin in range(0, samples, 1024):
        phase = np.arange(begin, begin + 1024, dtype=np.float32) * (2 * np.pi * 440 / rate)
        frame = AudioFrame.from_ndarray(np.sin(phase).astype(np.float32).reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = rate, begin
        yield frame


def _data(codec: str, packet: "Packet[Any]") -> bytes:
    """As a driver gives it: with start codes of four bytes."""
    return bytes(packet) if codec == MJPEG else annex_b(nal_units(bytes(packet)))


def _parameter_sets(codec: str, data: bytes) -> bytes:
    sets = h264.parameter_sets(data) if codec == H264 else h265.parameter_sets(data)
    return annex_b(sets)
