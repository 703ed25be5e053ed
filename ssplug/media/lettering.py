"""The letters that are drawn into pictures.

Pillow brings a font of its own, which has the letters of ASCII and no others.  For names in other
languages one of the system's fonts is used, if there is one; without, they lose their accents.
"""

import functools
import unicodedata
from typing import Any, Final

from PIL import ImageFont

_FONTS: Final = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "FreeSans.ttf")


def lettering(text: str, size: float) -> tuple[str, Any]:
    """`text` as it can be drawn, and the font for it, `size` pixels high."""
    if text.isascii():
        return text, ImageFont.load_default(size)
    path = _system_font()
    return (text, ImageFont.truetype(path, size)) if path else (without_accents(text), ImageFont.load_default(size))


def without_accents(text: str) -> str:
    """`text` in letters of ASCII, with a question mark for each that has no such letter."""
    parts = (unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() for letter in text)
    return "".join(part or "?" for part in parts)


@functools.cache
def _system_font() -> str | None:
    """The file of the first font that is installed; found out once, for it means a walk through folders."""
    for name in _FONTS:
        try:
            return str(ImageFont.truetype(name).path)
        except OSError:
            continue
    return None
