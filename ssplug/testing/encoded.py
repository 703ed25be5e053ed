"""Small streams that are really encoded, made with PyAV when a test asks for them.

Not imported by the package itself: PyAV and numpy are only wanted where pictures or sound are.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image

from ssplug.media.access_unit import H264, MJPEG, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.media.nal import annex_b, nal_units

_ENCODERS = {"h264": "libx264", "hevc": "libx265", "mjpeg": "mjpeg"}


def moving_pictures(width: int, height: int, count: int) -> Iterator[av.VideoFrame]:
    """A grey ramp with a white square that goes from left to right, so that each picture tells its number."""
    ramp = np.linspace(30, 200, width, dtype=np.uint8)
    for number in range(count):
        picture = np.repeat(ramp[np.newaxis, :, np.newaxis], height, axis=0).repeat(3, axis=2)
        left = number * (width - 16) // max(1, count - 1)
        picture[:16, left : left + 16] = (255, 255, 255)
        picture[height // 2 :, : width // 2] = (200, 40, 40)
        yield av.VideoFrame.from_ndarray(picture, format="rgb24")


def encoded_video(
    codec: str = H264,
    width: int = 320,
    height: int = 180,
    count: int = 10,
    gop: int = 5,
    frame_rate: int = 10,
    options: dict[str, str] | None = None,
) -> tuple[Track, list[AccessUnit]]:
    """A video track and `count` units of it, Annex B with the parameter sets in band, the first at 0 s."""
    encoder: Any = av.CodecContext.create(_ENCODERS[codec], "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    encoder.time_base = Fraction(1, frame_rate)
    encoder.framerate = Fraction(frame_rate)
    encoder.gop_size = gop
    encoder.thread_count = 1
    encoder.options = _options(codec, gop) | (options or {})
    track = Track(codec, VIDEO_CLOCK_RATE, b"", width, height, float(frame_rate))
    ticks = VIDEO_CLOCK_RATE // frame_rate
    units = [
        AccessUnit(
            track, _in_our_form(codec, bytes(packet)), packet.pts * ticks, packet.dts * ticks, packet.is_keyframe
        )
        for packet in _packets(encoder, moving_pictures(width, height, count))
    ]
    return track, units


def _in_our_form(codec: str, data: bytes) -> bytes:
    return data if codec == MJPEG else annex_b(nal_units(data))


def _options(codec: str, gop: int) -> dict[str, str]:
    return {
        "h264": {"preset": "ultrafast", "tune": "zerolatency", "keyint": str(gop), "min-keyint": str(gop)},
        "hevc": {"preset": "ultrafast", "x265-params": f"log-level=none:keyint={gop}:bframes=0:repeat-headers=1"},
        "mjpeg": {},
    }[codec]


def encoded_audio(
    codec: str = "aac", sample_rate: int = 16000, seconds: float = 1.0, channels: int = 1, hertz: float = 440.0
) -> tuple[Track, list[AccessUnit]]:
    """An audio track with a tone, its first unit at 0 s."""
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.sample_rate = sample_rate
    encoder.layout = {1: "mono", 2: "stereo"}[channels]
    encoder.format = "fltp" if codec == "aac" else "s16"
    encoder.time_base = Fraction(1, sample_rate)
    encoder.open()
    track = Track(codec, sample_rate, bytes(encoder.extradata or b""), channels=channels)
    packets = _packets(encoder, _tone(encoder, seconds, hertz))
    return track, [AccessUnit(track, bytes(packet), packet.pts, packet.pts, key=True) for packet in packets]


def _tone(encoder: Any, seconds: float, hertz: float) -> Iterator[av.AudioFrame]:
    size = encoder.frame_size or encoder.sample_rate // 50
    total = int(seconds * encoder.sample_rate)
    for first in range(0, total, size):
        at = np.arange(first, min(first + size, total)) / encoder.sample_rate
        wave = 0.5 * np.sin(2 * np.pi * hertz * at)
        yield _audio_frame(encoder, wave, first)


def _audio_frame(encoder: Any, wave: Any, pts: int) -> av.AudioFrame:
    channels = len(encoder.layout.channels)
    if encoder.format.is_planar:
        samples = np.tile(wave.astype(np.float32), (channels, 1))
    else:
        samples = (wave * 32767).astype(np.int16).repeat(channels)[np.newaxis, :]
    frame = av.AudioFrame.from_ndarray(samples, format=encoder.format.name, layout=encoder.layout.name)
    frame.sample_rate, frame.pts, frame.time_base = encoder.sample_rate, pts, Fraction(1, encoder.sample_rate)
    return frame


def _packets(encoder: Any, frames: Iterator[Any]) -> Iterator[Any]:
    for number, frame in enumerate(frames):
        if frame.pts is None:
            frame.pts = number
        yield from encoder.encode(frame)
    yield from encoder.encode(None)


def write_media(path: str, *streams: tuple[Track, list[AccessUnit]], format: str | None = None) -> None:  # noqa: A002
    """A media file of the streams, muxed as they are; `format` is FFmpeg's name where the path does not tell."""
    with av.open(path, "w", format=format) as container:
        made = [(_mux_stream(container, track), units) for track, units in streams]
        packets = [
            (unit.dts / unit.track.clock_rate, _packet(unit, stream)) for stream, units in made for unit in units
        ]
        for _, packet in sorted(packets, key=lambda pair: pair[0]):
            container.mux(packet)


def _mux_stream(container: Any, track: Track) -> Any:
    if track.is_video:
        rate = Fraction(track.frame_rate)
        stream = container.add_mux_stream(track.codec, rate=rate, width=track.width, height=track.height)
    else:  # PyAV gives the encoder's extradata to the file, so that it need not be set
        stream = container.add_stream(track.codec, rate=track.clock_rate)
        stream.codec_context.layout = {1: "mono", 2: "stereo"}[track.channels]
    stream.time_base = Fraction(1, track.clock_rate)
    return stream


def _packet(unit: AccessUnit, stream: Any) -> Any:
    packet: Any = av.Packet(unit.data)
    packet.stream, packet.time_base = stream, Fraction(1, unit.track.clock_rate)
    packet.pts, packet.dts, packet.is_keyframe = unit.pts, unit.dts, unit.key
    return packet


def a_jpeg(width: int = 64, height: int = 48) -> bytes:
    """A JPEG of a grey ramp."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG")
    return out.getvalue()
