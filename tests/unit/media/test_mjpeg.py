"""Motion JPEG: sizes, and pictures that came without their tables."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ssplug.media import mjpeg
from ssplug.testing.encoded import a_jpeg


def without_huffman_tables(jpeg):
    """As a webcam or an AVI file has it."""
    at = 2
    kept = jpeg[:2]
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        kept += b"" if jpeg[at + 1] == 0xC4 else jpeg[at:end]
        at = end
    return kept + jpeg[at:]


@pytest.mark.parametrize("size", [(64, 48), (1, 1), (1920, 1080), (33, 7)])
def test_the_header_says_the_size(size):
    assert mjpeg.size(a_jpeg(*size)) == size


def test_a_progressive_jpeg_has_a_size_too():
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "JPEG", progressive=True)
    assert mjpeg.size(out.getvalue()) == (40, 30)


def test_fill_bytes_before_a_marker_are_passed_over():
    """ITU-T T.81, B.1.1.2."""
    jpeg = a_jpeg(20, 10)
    assert mjpeg.size(jpeg[:2] + b"\xff\xff" + jpeg[2:]) == (20, 10)


def test_a_jpeg_that_ends_before_its_frame_header_has_no_size():
    jpeg = a_jpeg()
    header = jpeg.index(b"\xff\xc0")
    for length in range(header + 9):
        with pytest.raises(ValueError):
            mjpeg.size(jpeg[:length])
    assert mjpeg.size(jpeg[: header + 9]) == (64, 48)


def test_missing_huffman_tables_are_put_in():
    """The picture is the same, since encoders that leave them out use the typical ones (Annex K.3)."""
    whole = a_jpeg()
    mended = mjpeg.with_huffman_tables(without_huffman_tables(whole))
    assert Image.open(io.BytesIO(mended)).tobytes() == Image.open(io.BytesIO(whole)).tobytes()


def test_a_jpeg_with_its_tables_stays_as_it_is():
    assert mjpeg.with_huffman_tables(a_jpeg()) == a_jpeg()


@given(st.binary(max_size=60))
@settings(max_examples=100)
def test_any_bytes_have_a_size_or_are_refused(noise):
    for data in (noise, mjpeg.SOI + noise, mjpeg.SOI + b"\xff" + noise):
        assert mjpeg.with_huffman_tables(data).endswith(data[2:])
        try:
            width, height = mjpeg.size(data)
        except ValueError:
            continue
        assert width in range(1 << 16)
        assert height in range(1 << 16)
