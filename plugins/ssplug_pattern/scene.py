"""The picture as a function of the wall clock: no state, no thread, no encoder.

A still background with the camera's name, a clock that shows tenths of a second, and a ball that
wanders about; in the first tenth of every second the ball is white, when the tone is an octave
higher, so that picture and sound can be compared.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Planes: TypeAlias = NDArray[np.uint8]
"""yuv420p as FFmpeg lays it out in one array: `height` rows of luma, then the two planes of chroma."""

BARS: Final[tuple[tuple[int, int, int], ...]] = (
    (191, 191, 191),
    (191, 191, 0),
    (0, 191, 191),
    (0, 191, 0),
    (191, 0, 191),
    (191, 0, 0),
    (0, 0, 191),
)
_SKY: Final = ((18, 32, 56), (46, 74, 110))
_NEUTRAL: Final = 128
_BLACK: Final = 16
_WHITE: Final = 235
_BALL_LUMA: Final = 150
_BALL_CHROMA: Final = (90, 190)
_CLOCK_CHARACTERS: Final = "0123456789:."
_FLASH_SECONDS: Final = 0.1

# The ball is back where it was after 7 x 11 seconds.
_ACROSS_SECONDS: Final = 7.0
_DOWN_SECONDS: Final = 11.0


def _paint_bars(image: Image.Image) -> None:
    """The lowest quarter in the colours of a test picture."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    for index, colour in enumerate(BARS):
        left, right = (width * edge // len(BARS) for edge in (index, index + 1))
        draw.rectangle((left, height * 3 // 4, right - 1, height), fill=colour)


class Scene:
    """What one pattern camera looks at."""

    def __init__(
        self,
        width: int,
        height: int,
        name: str,
        zone: tzinfo | None = None,
        paint: Callable[[Image.Image], None] = _paint_bars,
    ) -> None:
        """`width` and `height` are even; the clock shows the time of `zone`, None for the system's.

        `paint` puts what never moves before the sky.
        """
        self._width = width
        self._height = height
        self._zone = zone
        self._glyphs = _glyphs(max(10, height // 8))
        self._ball = _disc(max(4, height // 6 // 2 * 2))
        self._background = self._paint_background(name, paint)

    def planes(self, at: float) -> Planes:
        """The picture at `at`, seconds of the wall clock."""
        planes = self._background.copy()
        self._draw_ball(planes, at)
        self._draw_clock(planes, at)
        return planes

    def clock(self, at: float) -> str:
        """What the clock in the picture shows at `at`."""
        time = datetime.fromtimestamp(at, self._zone)
        return f"{time:%H:%M:%S}.{time.microsecond // 100_000}"

    def _paint_background(self, name: str, paint: Callable[[Image.Image], None]) -> Planes:
        image = Image.fromarray(_gradient(self._width, self._height))
        paint(image)
        size = max(10, self._height // 14)
        ImageDraw.Draw(image).text(
            (size // 2, size // 2), name, fill=(255, 255, 255), font=ImageFont.load_default(size)
        )
        planes = _planes(image)
        self._clear_clock(planes)
        return planes

    def _clock_box(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the clock; even, so that chroma fits."""
        height, cell = self._glyphs["0"].shape
        width = min(self._width, cell * len("00:00:00.0"))
        return (self._width - width) // 4 * 2, (self._height - height) // 4 * 2, width, min(height, self._height)

    def _clear_clock(self, planes: Planes) -> None:
        left, top, width, height = self._clock_box()
        for plane in chroma(planes, self._width, self._height):
            plane[top // 2 : (top + height) // 2, left // 2 : (left + width) // 2] = _NEUTRAL

    def _draw_clock(self, planes: Planes, at: float) -> None:
        left, top, width, height = self._clock_box()
        text = np.hstack([self._glyphs[character] for character in self.clock(at)])
        planes[top : top + height, left : left + width] = text[:height, :width]

    def _draw_ball(self, planes: Planes, at: float) -> None:
        size = len(self._ball)
        left = _swing(at / _ACROSS_SECONDS, self._width - size)
        top = _swing(at / _DOWN_SECONDS, self._height - size)
        luma = _WHITE if at % 1 < _FLASH_SECONDS else _BALL_LUMA
        planes[top : top + size, left : left + size][self._ball] = luma
        small = self._ball[::2, ::2]
        for plane, value in zip(chroma(planes, self._width, self._height), _BALL_CHROMA, strict=True):
            plane[top // 2 : (top + size) // 2, left // 2 : (left + size) // 2][small] = value


def _swing(turns: float, reach: int) -> int:
    """To and fro between 0 and `reach`, once a turn; even."""
    part = turns % 1
    return int(min(part, 1 - part) * 2 * reach) // 2 * 2


def chroma(planes: Planes, width: int, height: int) -> Iterable[Planes]:
    """Views of the two planes of chroma."""
    small = planes.reshape(-1)[width * height :].reshape(2, height // 2, width // 2)
    return small[0], small[1]


def _planes(image: Image.Image) -> Planes:
    """An RGB image as yuv420p of limited range (ITU-R BT.601)."""
    full = np.asarray(image.convert("YCbCr"), dtype=np.float32)
    luma = _BLACK + full[:, :, 0] * ((_WHITE - _BLACK) / 255)
    chroma = _NEUTRAL + (full[::2, ::2, 1:] - _NEUTRAL) * (224 / 255)
    parts = [luma.ravel(), chroma[:, :, 0].ravel(), chroma[:, :, 1].ravel()]
    return np.concatenate(parts).astype(np.uint8).reshape(-1, image.width)


def _gradient(width: int, height: int) -> Planes:
    """RGB pixels from the first colour of the sky, at the top, to the second."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    upper, lower = (np.array(colour, np.float32) for colour in _SKY)
    return np.broadcast_to(upper + (lower - upper) * down, (height, width, 3)).astype(np.uint8)


def _glyphs(size: int) -> dict[str, Planes]:
    """The characters of the clock as luma, `size` pixels high, all of one even width."""
    font = ImageFont.load_default(size * 4 // 5)
    width = round(max(font.getlength(character) for character in _CLOCK_CHARACTERS)) // 2 * 2 + 2
    return {character: _glyph(character, font, width, size // 2 * 2) for character in _CLOCK_CHARACTERS}


def _glyph(character: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int, height: int) -> Planes:
    image = Image.new("L", (width, height), _BLACK)
    ImageDraw.Draw(image).text((width / 2, height / 2), character, fill=_WHITE, font=font, anchor="mm")
    return np.asarray(image)


def _disc(size: int) -> NDArray[np.bool_]:
    """A mask of `size` by `size` pixels, true inside the circle."""
    along = np.arange(size) - (size - 1) / 2
    return along[:, None] ** 2 + along[None, :] ** 2 <= (size / 2) ** 2
