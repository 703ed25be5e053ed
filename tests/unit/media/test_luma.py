"""Small pictures of brightness."""

import av
import numpy as np
import pytest

from ssplug.media.luma import luma
from ssplug.model.camera import Transform


def a_frame(width: int, height: int, pix_fmt: str = "yuv420p") -> av.VideoFrame:
    """Dark on the left, bright on the right; the top right corner is black."""
    ramp = np.linspace(80, 220, width).astype(np.uint8)
    picture = np.repeat(ramp[np.newaxis, :], height, axis=0)
    picture[: height // 4, -width // 4 :] = 16
    return av.VideoFrame.from_ndarray(picture, format="gray").reformat(format=pix_fmt)


@pytest.mark.parametrize(
    ("size", "small"),
    [((1920, 1080), (320, 180)), ((640, 360), (320, 180)), ((320, 240), (320, 240)), ((768, 432), (384, 216))],
)
def test_it_is_about_320_pixels_wide(size, small):
    picture = luma(a_frame(*size))
    assert picture.shape == (small[1], small[0])
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuvj422p", "nv12", "gray", "rgb24", "yuv420p10le"])
def test_it_looks_alike_whatever_the_pixels_are_made_of(pix_fmt):
    picture = luma(a_frame(640, 360, pix_fmt)).astype(int)
    assert picture[100, 300] - picture[100, 20] > 80


def test_it_outlives_the_frame():
    """A decoder uses the memory of its frames again."""
    assert luma(a_frame(640, 360)).base is None or luma(a_frame(640, 360)).flags.owndata


@pytest.mark.parametrize(
    ("transform", "corner"),
    [
        (Transform.NONE, (0, -1)),
        (Transform.ROTATE_RIGHT, (-1, -1)),
        (Transform.ROTATE_LEFT, (0, 0)),
        (Transform.ROTATE_180, (-1, 0)),
        (Transform.FLIP_HORIZONTAL, (0, 0)),
        (Transform.FLIP_VERTICAL, (-1, -1)),
    ],
)
def test_it_is_turned_as_people_see_it(transform, corner):
    """The black corner tells."""
    picture = luma(a_frame(640, 360), transform)
    assert picture[corner] < 40
