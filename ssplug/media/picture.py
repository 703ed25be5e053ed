"""Pictures: decoding a video track, and making JPEGs of what was decoded.

Nothing here may be shared between threads: a `Decoder` and a `JPEGEncoder` belong to the thread
that uses them, and so does every frame.  PyAV, swscale and libjpeg-turbo release the GIL.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

import av
import numpy as np
import simplejpeg
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from ssplug.media.access_unit import MJPEG, AccessUnit, Track
from ssplug.media.caption import Caption, stamp
from ssplug.media.levels import adjusted, adjusted_planes
from ssplug.model.camera import AS_THEY_ARE, Levels, Transform

LARGEST: Final = 8192
"""Pixels a side that a JPEG may be scaled to."""
DEFAULT_QUALITY: Final = 75

_ERRORS = (av.FFmpegError, ValueError)
"""What PyAV raises for a damaged access unit."""


class Decoder:
    """Decodes one video track."""

    def __init__(self, track: Track, threads: int = 1, skip_loop_filter: bool = False) -> None:
        """`skip_loop_filter` saves a seventh of the time of H.264 and shows blocks.

        Raises ValueError for a codec that FFmpeg does not know.
        """
        self.track = track
        self.decoded = 0
        """Pictures that came out."""
        self.errors = 0
        """Access units that could not be decoded."""
        self._context = _decoding_context(track, threads, skip_loop_filter)

    def newest(self, units: Iterable[AccessUnit]) -> VideoFrame | None:
        """Decode `units`, which follow on those given before; the last picture that came out, or None.

        The frame's `pts` is that of its access unit.
        """
        newest = None
        for picture in self.pictures(units):
            newest = picture
        return newest

    def pictures(self, units: Iterable[AccessUnit]) -> Iterator[VideoFrame]:
        """Decode `units`, which follow on those given before, as far as somebody goes through what comes out."""
        for unit in units:
            if not unit.data:  # FFmpeg would take it for the end of the stream
                continue
            packet = av.Packet(unit.data)
            packet.pts, packet.dts = unit.pts, unit.dts
            yield from self._decode(packet)

    def drain(self) -> VideoFrame | None:
        """The last picture that the decoder holds back for reordering, or None; it must begin at a key frame then."""
        held_back = self._decode(None)
        self._context.flush_buffers()
        return held_back[-1] if held_back else None

    def _decode(self, packet: Any) -> list[VideoFrame]:
        try:
            frames = self._context.decode(packet)
        except _ERRORS:
            self.errors += 1
            return []
        self.decoded += len(frames)
        return frames


def _decoding_context(track: Track, threads: int, skip_loop_filter: bool) -> VideoCodecContext:
    context = cast("VideoCodecContext", av.CodecContext.create(track.codec, "r"))
    if track.extradata:
        context.extradata = track.extradata
    if track.width and track.height:
        context.width, context.height = track.width, track.height
    context.thread_count = threads
    context.thread_type = "SLICE"  # by frames would hold one picture back for each thread
    context.options = {"max_pixels": str(LARGEST * LARGEST)}  # what a damaged stream may make us allocate
    if skip_loop_filter:
        context.options |= {"skip_loop_filter": "all"}
    return context


@dataclass(frozen=True, slots=True)
class JPEGForm:
    """How somebody wants a camera's pictures. ValueError for what cannot be."""

    width: int | None = None
    """With `height`: exactly that size; alone: the aspect is kept; neither: as the camera has it."""
    height: int | None = None
    quality: int = DEFAULT_QUALITY
    """1 to 100."""

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if side is not None and not 1 <= side <= LARGEST:
                raise ValueError(f"a picture of {self.width}x{self.height}: a side is 1 to {LARGEST} pixels")
        if not 1 <= self.quality <= 100:
            raise ValueError(f"quality {self.quality}: it is 1 to 100")

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size of a picture of `width` x `height` in this form."""
        if self.width is not None and self.height is not None:
            return self.width, self.height
        if self.width is not None:
            return self.width, _in_bounds(height * self.width / width)
        if self.height is not None:
            return _in_bounds(width * self.height / height), self.height
        return _in_bounds(width), _in_bounds(height)

    def is_met_by(self, track: Track) -> bool:
        """Whether the access units of `track` are such JPEGs already; nobody asked for the default quality."""
        size = (track.width, track.height)
        if track.codec != MJPEG or self.quality != DEFAULT_QUALITY or not all(size):
            return False
        return self.size(*size) == size


def _in_bounds(side: float) -> int:
    return min(LARGEST, max(1, round(side)))


def to_jpeg(
    frame: VideoFrame,
    width: int | None = None,
    height: int | None = None,
    quality: int = DEFAULT_QUALITY,
    transform: Transform = Transform.NONE,
) -> bytes:
    """One frame as a JPEG; who makes many keeps a `JPEGEncoder`."""
    return JPEGEncoder(JPEGForm(width, height, quality), transform).encode(frame)


class JPEGEncoder:
    """Makes JPEGs of one form, keeping the scaler from picture to picture."""

    def __init__(self, form: JPEGForm, transform: Transform = Transform.NONE) -> None:
        """`transform` comes first: the form is about the picture as it is seen."""
        self._form = form
        self._transform = transform
        self._reformatter = VideoReformatter()

    def encode(self, frame: VideoFrame, caption: Caption | None = None, levels: Levels = AS_THEY_ARE) -> bytes:
        """The JPEG of a frame at `levels`, with `caption` in it.

        JPEG means YCbCr of full range by the matrix of BT.601 (JFIF 1.02). Frames of that matrix go
        from plane to plane; for others (BT.709) the way by RGB costs less than a change of matrix, and
        for odd sizes libjpeg-turbo would read beyond the planes.
        """
        turned = self._transform in (Transform.ROTATE_RIGHT, Transform.ROTATE_LEFT)
        width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
        width, height = self._form.size(width, height)
        size = (height, width) if turned else (width, height)
        even = width % 2 == 0 and height % 2 == 0
        if caption is not None:
            scale = height / (frame.width if turned else frame.height)
            return self._from_rgb(frame, size, levels, caption, scale)
        make = self._from_planes if even and _is_of_601(frame) else self._from_rgb
        return make(frame, size, levels)

    def _from_planes(self, frame: VideoFrame, size: tuple[int, int], levels: Levels) -> bytes:
        scaled = self._scaled(frame, size, "yuvj420p")
        planes = adjusted_planes([plane_of(each) for each in scaled.planes], levels, is_full_range=True)
        turned = map(self._turned, planes)
        return bytes(simplejpeg.encode_jpeg_yuv_planes(*turned, quality=self._form.quality))

    def _from_rgb(
        self,
        frame: VideoFrame,
        size: tuple[int, int],
        levels: Levels,
        caption: Caption | None = None,
        scale: float = 1.0,
    ) -> bytes:
        scaled = self._scaled(frame, size, "rgb24")
        pixels = self._turned(adjusted(plane_of(scaled.planes[0], 3), levels))
        if caption is not None:
            pixels = pixels.copy()  # they may be the frame's own
            stamp(pixels, caption, scale)
        return bytes(
            simplejpeg.encode_jpeg(pixels, quality=self._form.quality, colorspace="rgb", colorsubsampling="420")
        )

    def _scaled(self, frame: VideoFrame, size: tuple[int, int], pixel_format: str) -> VideoFrame:
        width, height = size
        if pixel_format == "yuvj420p" and (frame.width, frame.height) == size and _is_full_range_420(frame):
            return frame
        larger = width > frame.width or height > frame.height
        return self._reformatter.reformat(
            frame,
            width,
            height,
            pixel_format,
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.JPEG,
            # Bilinear skips pixels when it makes a picture much smaller, area blocks when larger.
            interpolation=Interpolation.BILINEAR if larger else Interpolation.AREA,
            threads=1,
        )

    def _turned(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return pixels if self._transform is Transform.NONE else np.ascontiguousarray(turned(pixels, self._transform))


def turned(pixels: NDArray[np.uint8], transform: Transform) -> NDArray[np.uint8]:
    """Rows and columns (and channels) as people are to see them; a view."""
    return pixels if transform is Transform.NONE else _TURNS[transform](pixels)


_TURNS: Final[dict[Transform, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]]] = {
    Transform.ROTATE_RIGHT: lambda pixels: np.rot90(pixels, -1),
    Transform.ROTATE_LEFT: np.rot90,
    Transform.ROTATE_180: lambda pixels: np.rot90(pixels, 2),
    Transform.FLIP_HORIZONTAL: np.fliplr,
    Transform.FLIP_VERTICAL: np.flipud,
}

# matrix_coefficients (ITU-T H.264, table E-5) that are BT.601's, and those that say nothing.
_OF_601: Final = frozenset({2, 5, 6})


def _is_of_601(frame: VideoFrame) -> bool:
    return frame.format.name.startswith(("yuv", "nv12", "gray")) and frame.colorspace in _OF_601


def _is_full_range_420(frame: VideoFrame) -> bool:
    name = frame.format.name
    return name == "yuvj420p" or (name == "yuv420p" and frame.color_range == ColorRange.JPEG)


def plane_of(plane: Any, channels: int = 1) -> NDArray[np.uint8]:
    """The pixels of a plane, without copying them; the frame lives as long as they do."""
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width * channels]
    return rows if channels == 1 else rows.reshape(plane.height, plane.width, channels)
