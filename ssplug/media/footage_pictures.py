"""Footage files decoded: a small picture of one, and the whole of one at a lower bit rate.

Everything here blocks and belongs to the thread that calls it; containers are opened, used and
closed in one call or in one generator.
"""

import io
import struct
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av
from av.filter import Graph
from av.sidedata.sidedata import Type
from PIL import Image

from ssplug.media.mp4 import turned_by
from ssplug.media.picture import to_jpeg
from ssplug.model.camera import Transform

PREVIEW_WIDTH: Final = 320
PREVIEW_QUALITY: Final = 70

_Read = Callable[[int, int], bytes]
"""(offset, count) -> the bytes of the file there, fewer at its end."""

_BUFFER: Final = 256 * 1024
_SOUND_RATE: Final = 48_000
_SOUND_SHARE: Final = 8
"""Sound gets one part in so many of a low bit rate."""
_GOP_SECONDS: Final = 2
_FRAGMENT_MICROSECONDS: Final = 1_000_000
_WIDTHS: Final = ((1_000_000, 640), (3_000_000, 1280), (12_000_000, 1920))
"""How wide a picture is worth being at less than so many bits a second."""
_THREADS: Final = 2  # of an encoder: recording goes on besides
_FILTERS: Final = {
    Transform.NONE: (),
    Transform.ROTATE_RIGHT: (("transpose", "clock"),),
    Transform.ROTATE_LEFT: (("transpose", "cclock"),),
    Transform.ROTATE_180: (("hflip", ""), ("vflip", "")),
    Transform.FLIP_HORIZONTAL: (("hflip", ""),),
    Transform.FLIP_VERTICAL: (("vflip", ""),),
}
_ON_ITS_SIDE: Final = (Transform.ROTATE_RIGHT, Transform.ROTATE_LEFT)


class _Source:
    """A footage file as FFmpeg reads one."""

    def __init__(self, read: _Read, size: int) -> None:
        self._read = read
        self._size = size
        self._at = 0

    def read(self, count: int) -> bytes:
        """The next bytes, b"" at the end."""
        data = self._read(self._at, count)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        """Where the next bytes come from."""
        return self._at


def movie_preview(read: _Read, size: int) -> bytes:
    """A JPEG of a picture from the first third of a movie; ValueError where there is none."""
    with _opened(read, size) as source:
        stream = source.streams.video[0]
        if stream.duration:
            source.seek(int(stream.duration / 3), stream=stream)
        for frame in _frames(source, stream):
            transform = _transform(frame)
            form = _preview_form(frame, transform)
            return to_jpeg(frame, **form, quality=PREVIEW_QUALITY, transform=transform)
    raise ValueError("there is no picture in it")


def image_preview(data: bytes) -> bytes:
    """A smaller JPEG of a JPEG; ValueError where it is none."""
    try:
        picture = Image.open(io.BytesIO(data), formats=["JPEG"])
        picture.draft("RGB", (PREVIEW_WIDTH, PREVIEW_WIDTH))
        picture.thumbnail((PREVIEW_WIDTH, PREVIEW_WIDTH))
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"not a picture: {error}") from error
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=PREVIEW_QUALITY)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Target:
    """What a movie is turned into."""

    bit_rate: int
    """Bits a second, of pictures and sound together."""

    @property
    def sound(self) -> int:
        """Bits a second of sound."""
        return min(self.bit_rate // _SOUND_SHARE, _SOUND_RATE)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Never larger than it was, and even, as H.264 wants it."""
        widest = next((width for rate, width in _WIDTHS if self.bit_rate < rate), width)
        scale = min(widest / max(width, height), 1.0)
        return max(int(width * scale) // 2 * 2, 2), max(int(height * scale) // 2 * 2, 2)


def transcoded(read: _Read, size: int, target: Target) -> Generator[bytes, None, None]:
    """The movie as fragmented MP4, H.264 and AAC, piece by piece as it is encoded; ValueError if it is none."""
    with _opened(read, size) as source:
        sink = _Sink()
        options = {
            "movflags": "delay_moov+default_base_moof+frag_keyframe",
            "frag_duration": f"{_FRAGMENT_MICROSECONDS}",
        }
        with av.open(sink, "w", format="mp4", options=options) as made:
            for packet in _encoded(source, made, target):
                made.mux(packet)
                if piece := sink.take():
                    yield piece
        if piece := sink.take():
            yield piece


class _Sink:
    """What FFmpeg writes to; it cannot go back."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken


def _opened(read: _Read, size: int) -> Any:
    try:
        source = av.open(_Source(read, size), format="mov", buffer_size=_BUFFER)
    except av.FFmpegError as error:
        raise ValueError(f"not a movie: {error}") from error
    if not source.streams.video:
        source.close()
        raise ValueError("there are no pictures in it")
    return source


def _frames(source: Any, *streams: Any) -> Iterator[Any]:
    """What can be decoded, in the order of the file."""
    for packet in source.demux(*streams):
        try:
            yield from packet.decode()
        except (av.FFmpegError, ValueError):
            continue  # a damaged picture; those behind the next key frame are whole


def _encoded(source: Any, made: Any, target: Target) -> Iterator[Any]:
    pictures, sounds = source.streams.video[0], source.streams.audio[:1]
    video: _Pictures | None = None
    audio: list[Any] = []
    waiting: list[Any] = []  # sound before the first picture, which says how the movie begins
    for frame in _frames(source, pictures, *sounds):
        if isinstance(frame, av.AudioFrame):
            waiting.append(frame)
        else:
            if video is None:
                video = _Pictures(made, pictures, frame, target)
                audio = [_sound_stream(made, stream, target) for stream in sounds]
            yield from video.encode(frame)
        if video is not None:
            for sound in waiting:
                yield from audio[0].encode(sound)
            waiting.clear()
    if video is not None:
        for stream in (video, *audio):
            yield from stream.encode(None)


def _sound_stream(made: Any, source: Any, target: Target) -> Any:
    stream = made.add_stream("aac", rate=source.rate)
    stream.layout = source.layout.name
    stream.bit_rate = target.sound
    return stream


class _Pictures:
    """Turns, scales and encodes."""

    def __init__(self, made: Any, source: Any, first: Any, target: Target) -> None:
        transform = _transform(first)
        turned = transform in _ON_ITS_SIDE
        width, height = target.size(*((first.height, first.width) if turned else (first.width, first.height)))
        self._graph = _graph(source, first, transform, width, height)
        rate = target.bit_rate - target.sound
        self._stream = made.add_stream("libx264", rate=source.average_rate or Fraction(25))
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        self._stream.codec_context.time_base = source.time_base
        self._stream.codec_context.gop_size = max(round(float(source.average_rate or 25) * _GOP_SECONDS), 1)
        self._stream.codec_context.thread_count = _THREADS
        self._stream.bit_rate = rate
        self._stream.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            "maxrate": str(rate),
            "bufsize": str(rate),
        }

    def encode(self, frame: Any) -> Iterator[Any]:
        """None at the end."""
        if frame is None:
            yield from self._stream.encode(None)
            return
        self._graph.push(frame)
        scaled = self._graph.pull()
        scaled.pict_type = 0  # the encoder chooses its own key frames
        yield from self._stream.encode(scaled)


def _graph(source: Any, first: Any, transform: Transform, width: int, height: int) -> Any:
    graph = Graph()
    steps = [
        graph.add_buffer(width=first.width, height=first.height, format=first.format.name, time_base=source.time_base),
        *(graph.add(name, options) for name, options in _FILTERS[transform]),
        graph.add("scale", f"{width}:{height}:out_range=tv"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*steps).configure()
    return graph


def _preview_form(frame: Any, transform: Transform) -> dict[str, int]:
    """The longer side of what is seen."""
    is_wide = (frame.width >= frame.height) != (transform in _ON_ITS_SIDE)
    side = min(PREVIEW_WIDTH, max(frame.width, frame.height))
    return {"width": side} if is_wide else {"height": side}


def _transform(frame: Any) -> Transform:
    """How a player would turn the picture."""
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    if matrix is None:
        return Transform.NONE
    numbers = struct.unpack("=9i", bytes(matrix))
    return turned_by(numbers[0] >> 16, numbers[1] >> 16, numbers[3] >> 16, numbers[4] >> 16)
