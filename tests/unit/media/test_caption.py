"""Text in the picture: what it says, and that it is there, of the right size, in the right corner."""

from datetime import datetime

import av
import numpy as np
import pytest
import simplejpeg

from ssplug.media.caption import Caption, caption_text
from ssplug.media.picture import JPEGEncoder, JPEGForm
from ssplug.model.camera import Transform

NOW = datetime(2026, 11, 22, 9, 5, 7)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("%c %Y-%m-%d %H:%M:%S", "Front Porch 2026-11-22 09:05:07"),
        ("+d", "2026-11-22"),
        ("%c: +d %H Uhr", "Front Porch: 2026-11-22 09 Uhr"),
        ("100%% %", "100% %"),
        ("%n %Q %E", "%n %Q %E"),
        ("", ""),
    ],
)
def test_codes_are_replaced_and_all_else_stays(template, text):
    """Nothing in a text can fail."""
    assert caption_text(template, "Front Porch", NOW) == text


def grey(width: int = 320, height: int = 180) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((height, width, 3), 128, np.uint8), "rgb24").reformat(format="yuv420p")


def bright(caption: Caption | None, form: JPEGForm | None = None, transform: Transform = Transform.NONE, frame=None):
    """Where the JPEG is far from grey, as (top, bottom, left, right) in shares of its sides; None: nowhere."""
    jpeg = JPEGEncoder(form or JPEGForm(), transform).encode(frame or grey(), caption)
    pixels = simplejpeg.decode_jpeg(jpeg, colorspace="GRAY")[:, :, 0].astype(int)
    rows, columns = np.nonzero(abs(pixels - 128) > 60)
    if not len(rows):
        return None
    height, width = pixels.shape
    return rows.min() / height, rows.max() / height, columns.min() / width, columns.max() / width


def test_without_a_caption_there_is_nothing():
    """And the frame that was given is as it was."""
    frame = grey()
    assert bright(Caption("Porch", 20, "top-left"), frame=frame) is not None
    assert bright(None, frame=frame) is None


@pytest.mark.parametrize("transform", [Transform.NONE, Transform.ROTATE_RIGHT, Transform.ROTATE_180])
@pytest.mark.parametrize("position", ["top-left", "top-right", "bottom-left", "bottom-right"])
def test_it_stands_in_its_corner_of_the_picture_as_it_is_seen(position, transform):
    """It is not turned with the picture."""
    top, bottom, left, right = bright(Caption("Hi", 20, position), transform=transform)
    assert bottom < 0.5 if position.startswith("top") else top > 0.5
    assert right < 0.5 if position.endswith("left") else left > 0.5
    shape = (bottom - top) / (right - left) * (320 / 180 if transform is Transform.ROTATE_RIGHT else 180 / 320)
    assert 0.3 < shape < 1.5


def test_it_is_scaled_with_the_picture():
    """So that it looks the same on a tile and enlarged."""
    caption = Caption("Hello", 30, "bottom-left")
    whole, half = bright(caption), bright(caption, JPEGForm(width=160))
    assert whole == pytest.approx(half, abs=0.04)


def test_a_text_that_is_too_long_is_cut():
    """Rather than costing the picture."""
    assert bright(Caption("long " * 40, 40, "bottom-right")) is not None
    jpeg = JPEGEncoder(JPEGForm(width=16)).encode(grey(), Caption("tall", 500, "top-left"))
    assert simplejpeg.decode_jpeg_header(jpeg)[:2] == (9, 16)
