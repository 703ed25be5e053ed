"""Pictures for classifiers."""

import av
import numpy as np
import pytest

from ssplug.media.rgb import LARGEST, RGBPictures
from ssplug.model.camera import Transform

RED, BLUE = (230, 20, 20), (20, 20, 230)


def a_frame(width=64, height=48, pix_fmt="yuv420p"):
    """Red on the left, blue on the right."""
    pixels = np.full((height, width, 3), RED, np.uint8)
    pixels[:, width // 2 :] = BLUE
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=pix_fmt)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuvj420p", "nv12", "yuv444p", "rgb24"])
def test_colours_are_those_of_the_picture(pix_fmt):
    picture = RGBPictures().picture(a_frame(pix_fmt=pix_fmt))
    assert picture.shape == (48, 64, 3)
    assert picture[24, 8] == pytest.approx(RED, abs=12)
    assert picture[24, 56] == pytest.approx(BLUE, abs=12)


def test_a_picture_is_turned_as_people_see_it():
    picture = RGBPictures().picture(a_frame(), Transform.ROTATE_RIGHT)
    assert picture.shape == (64, 48, 3)
    assert picture[8, 24] == pytest.approx(RED, abs=12)


@pytest.mark.parametrize(
    ("size", "made"), [((3840, 2160), (1920, 1080)), ((50, 20), (50, 20)), ((2160, 3840), (1080, 1920))]
)
def test_a_large_picture_is_made_smaller_and_a_small_one_not_larger(size, made):
    assert max(made) <= LARGEST
    assert RGBPictures().picture(a_frame(*size)).shape == (made[1], made[0], 3)


def test_a_picture_outlives_its_frame():
    pictures = RGBPictures()
    first = pictures.picture(a_frame())
    kept = first.copy()
    pictures.picture(a_frame(pix_fmt="nv12"), Transform.FLIP_HORIZONTAL)
    assert (first == kept).all()
