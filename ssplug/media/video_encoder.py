"""Video that is made here: pictures as somebody wants them, and H.264 of such pictures.

A `Shaper` belongs to the thread that decodes, an `H264Encoder` to the thread that encodes: what the
former makes shares nothing with the decoder, and is given away.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from ssplug.media import h264
from ssplug.media.access_unit import H264, VIDEO_CLOCK_RATE, AccessUnit, Track
from ssplug.media.caption import Caption, stamp_planes
from ssplug.media.levels import adjusted_planes
from ssplug.media.nal import annex_b, nal_units
from ssplug.media.picture import JPEGForm, plane_of, turned
from ssplug.model.camera import AS_THEY_ARE, Levels, Transform

USUAL_RATE: Final = 25.0
"""Pictures a second to reckon with where nobody knows."""

_SMALLEST: Final = 16
_ON_ITS_SIDE: Final = frozenset({Transform.ROTATE_RIGHT, Transform.ROTATE_LEFT})
_KEY_TICKS: Final = 2 * VIDEO_CLOCK_RATE
_EARLY_TICKS: Final = VIDEO_CLOCK_RATE // 100  # by which pictures of an even pace may come too early
_BITS_PER_PIXEL: Final = 0.2
_PIXEL_FORMAT: Final = "yuv420p"


@dataclass(frozen=True, slots=True)
class VideoForm:
    """How somebody wants a camera's video, as H.264. ValueError for what cannot be."""

    width: int | None = None
    """With `height`: exactly that size; alone: the aspect is kept; neither: as the camera has it."""
    height: int | None = None
    fps: float | None = None
    """At most so many pictures a second; None: as many as the camera has."""

    def __post_init__(self) -> None:
        JPEGForm(self.width, self.height)  # the same sides can be
        if self.fps is not None and self.fps <= 0:
            raise ValueError(f"{self.fps} pictures a second: it is more than none")

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size of a picture of `width` x `height` in this form: even, for there is colour for two pixels only."""
        fitted = JPEGForm(self.width, self.height).size(width, height)
        return _even(fitted[0]), _even(fitted[1])

    def pixels_per_second(self, width: int, height: int, rate: float) -> float:
        """What there is to encode of a camera with `rate` pictures a second (0: not known) of that size."""
        fitted = self.size(width, height)
        own = rate or USUAL_RATE
        return fitted[0] * fitted[1] * (own if self.fps is None else min(own, self.fps))


def _even(side: int) -> int:
    return max(_SMALLEST, side // 2 * 2)


@dataclass(frozen=True, slots=True)
class Look:
    """What the settings of a camera make of its pictures."""

    transform: Transform = Transform.NONE
    caption: Caption | None = None
    levels: Levels = AS_THEY_ARE

    def seen_size(self, width: int, height: int) -> tuple[int, int]:
        """The size in which people see a picture of the camera."""
        return (height, width) if self.transform in _ON_ITS_SIDE else (width, height)


PLAIN: Final = Look()


class Pace:
    """Which pictures to keep for at most `fps` a second; None keeps all. Evenly on average."""

    def __init__(self, fps: float | None) -> None:
        self._step = VIDEO_CLOCK_RATE / fps if fps else 0.0
        self._due = float("-inf")

    def keeps(self, pts: int) -> bool:
        """Whether to keep the picture of that time, which is later than those before."""
        # One that comes a little late does not put off those behind it.
        if pts < self._due - self._step / 8:
            return False
        self._due = (self._due if pts - self._due < self._step else pts) + self._step
        return True


class Shaper:
    """Makes pictures of one form out of decoded ones."""

    def __init__(self, form: VideoForm) -> None:
        self._form = form
        self._reformatter = VideoReformatter()

    def shaped(self, picture: VideoFrame, look: Look = PLAIN) -> VideoFrame:
        """A picture of its own, with the time of `picture`: scaled, turned, with the caption in it."""
        width, height = self._form.size(*look.seen_size(picture.width, picture.height))
        scaled = self._scaled(picture, look.seen_size(width, height))
        if scaled is picture or look != PLAIN:
            scaled = _with_look(scaled, look, height / look.seen_size(picture.width, picture.height)[1])
        scaled.pts, scaled.time_base = picture.pts, Fraction(1, VIDEO_CLOCK_RATE)
        return scaled

    def _scaled(self, picture: VideoFrame, size: tuple[int, int]) -> VideoFrame:
        width, height = size
        larger = width > picture.width or height > picture.height
        return self._reformatter.reformat(
            picture,
            width,
            height,
            _PIXEL_FORMAT,
            dst_color_range=ColorRange.MPEG,
            # Bilinear skips pixels when it makes a picture much smaller, area blocks when larger.
            interpolation=Interpolation.BILINEAR if larger else Interpolation.AREA,
            threads=1,
        )


def _with_look(picture: VideoFrame, look: Look, scale: float) -> VideoFrame:
    levelled = adjusted_planes([plane_of(plane) for plane in picture.planes], look.levels, is_full_range=False)
    planes = [turned(plane, look.transform) for plane in levelled]
    height, width = planes[0].shape
    made = VideoFrame(width, height, _PIXEL_FORMAT)
    for attribute in ("color_range", "colorspace", "color_primaries", "color_trc"):
        setattr(made, attribute, getattr(picture, attribute))
    targets = [plane_of(plane) for plane in made.planes]
    for target, plane in zip(targets, planes, strict=True):
        np.copyto(target, plane)
    if look.caption is not None:
        stamp_planes(targets, look.caption, scale)
    return made


class H264Encoder:
    """Makes a track of pictures, with a key frame every two seconds. The track is another when their size is."""

    def __init__(self, fps: float | None = None, preset: str = "superfast", is_bounded: bool = True) -> None:
        """`fps` is how many there will be a second, as far as it is known.

        `is_bounded` holds the bit rate below a fifth of a bit for each pixel, whatever the quality.
        """
        self.track: Track | None = None
        """Of what came out last; None until something has."""
        self._fps = fps
        self._preset = preset
        self._is_bounded = is_bounded
        self._context: VideoCodecContext | None = None
        self._key_due = float("-inf")

    def encode(self, picture: VideoFrame, key: bool = False) -> list[AccessUnit]:
        """The access units of `picture`, whose `pts` is in ticks of 90 kHz; `key` makes it a key frame."""
        if self._context is None or (self._context.width, self._context.height) != (picture.width, picture.height):
            self._context, self.track, key = self._opened(picture), None, True
        assert picture.pts is not None, "a picture that was decoded here has the time of its access unit"
        key = key or picture.pts >= self._key_due
        if key:
            self._key_due = picture.pts + _KEY_TICKS - _EARLY_TICKS
        picture.pict_type = PictureType.I if key else PictureType.NONE
        return [self._unit(packet) for packet in self._context.encode(picture)]

    def _opened(self, picture: VideoFrame) -> VideoCodecContext:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = picture.width, picture.height, _PIXEL_FORMAT
        context.time_base = Fraction(1, VIDEO_CLOCK_RATE)
        context.framerate = Fraction(self._fps or USUAL_RATE).limit_denominator(1000)
        for attribute in ("color_range", "colorspace", "color_primaries", "color_trc"):
            setattr(context, attribute, getattr(picture, attribute))
        context.gop_size = 9999  # key frames come by the time, and when they are asked for
        context.thread_count = 1
        context.options = self._options(picture.width * picture.height)
        return context

    def _options(self, pixels: int) -> dict[str, str]:
        options = {"preset": self._preset, "tune": "zerolatency", "crf": "23", "forced-idr": "1"}
        parameters = "repeat-headers=1:scenecut=0"
        if self._is_bounded:
            kilobits = max(64, round(pixels * (self._fps or USUAL_RATE) * _BITS_PER_PIXEL / 1000))
            parameters += f":vbv-maxrate={kilobits}:vbv-bufsize={kilobits}"
        return options | {"x264-params": parameters}

    def _unit(self, packet: "av.Packet[Any]") -> AccessUnit:
        data = annex_b(nal_units(bytes(packet)))
        pts = packet.pts or 0
        if self.track is None:
            assert self._context is not None
            size = self._context.width, self._context.height
            self.track = Track(
                H264, VIDEO_CLOCK_RATE, annex_b(h264.parameter_sets(data)), *size, frame_rate=self._fps or 0.0
            )
        return AccessUnit(self.track, data, pts, pts, packet.is_keyframe, pts / VIDEO_CLOCK_RATE)
