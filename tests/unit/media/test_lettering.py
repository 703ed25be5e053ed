"""Names in any language can be drawn."""

import pytest
from PIL import Image, ImageDraw

from ssplug.media.lettering import lettering, without_accents


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Front Porch", "Front Porch"),
        ("Türe", "Ture"),
        ("Façade №5", "Facade No5"),
        ("门", "?"),
        ("Straße", "Stra?e"),
        ("", ""),
    ],
)
def test_letters_lose_what_ascii_has_not(text, plain):
    assert without_accents(text) == plain


def drawn(text):
    image = Image.new("L", (60, 30))
    letters, font = lettering(text, 20)
    ImageDraw.Draw(image).text((0, 0), letters, 255, font)
    return image.tobytes()


def test_letters_with_accents_are_letters():
    """Whether the system has a font for them or not: two letters that look alike would be boxes."""
    assert len({drawn(letter) for letter in "äöué"}) == 4
