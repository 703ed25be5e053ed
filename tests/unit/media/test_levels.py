"""Brightness and contrast."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.media.levels import FULL, adjusted, adjusted_planes
from ssplug.model.camera import Levels

EVERY_VALUE = np.arange(256, dtype=np.uint8).reshape(16, 16)
percents = st.integers(-100, 100)


@pytest.mark.parametrize(
    ("levels", "before", "after"),
    [
        (Levels(), [0, 77, 255], [0, 77, 255]),
        (Levels(brightness=100), [0, 100, 255], [128, 228, 255]),
        (Levels(brightness=-100), [0, 200, 255], [0, 72, 128]),
        (Levels(contrast=50), [64, 100, 200], [0, 72, 255]),
        (Levels(contrast=-50), [0, 128, 255], [64, 128, 191]),
    ],
)
def test_a_value_becomes_what_the_manual_says(levels, before, after):
    """Half the range lighter or darker at the most; 50 doubles the distance from mid grey."""
    values = np.array([before], np.uint8)
    assert np.abs(adjusted(values, levels).astype(int) - [after]).max() <= 1


@given(percents, percents)
def test_what_is_lighter_stays_lighter(brightness, contrast):
    """Whatever is asked for, no part of the picture becomes its negative."""
    after = adjusted(EVERY_VALUE, Levels(brightness, contrast)).astype(int).ravel()
    assert (np.diff(after) >= 0).all()


@given(percents, percents)
def test_limited_range_is_kept_and_grey_stays_grey(brightness, contrast):
    """Black and white are within their range, and no colour comes from nowhere."""
    grey = np.full((8, 8), 128, np.uint8)
    luma, blue, red = adjusted_planes([EVERY_VALUE, grey, grey], Levels(brightness, contrast), is_full_range=False)
    if (brightness, contrast) != (0, 0):
        assert (luma.min() >= 16, luma.max() <= 235) == (True, True)
    assert (blue == 128).all()
    assert (red == 128).all()


def test_levels_that_stay_are_not_even_copied():
    """It costs nothing where nobody wants it."""
    assert adjusted(EVERY_VALUE, Levels(), FULL) is EVERY_VALUE


def test_rows_with_something_between_them_are_understood():
    """Planes of FFmpeg are padded."""
    padded = np.tile(EVERY_VALUE, 2)[:, :16]
    assert (adjusted(padded, Levels(30, 30)) == adjusted(EVERY_VALUE, Levels(30, 30))).all()
