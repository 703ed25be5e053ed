"""Motion JPEG over RTP (RFC 2435)."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from ssplug.media.access_unit import MJPEG
from ssplug.testing import a_video_track, an_access_unit
from ssplug.wire.rtp.jpeg import payload_format, picture
from ssplug.wire.rtp.payload_format import NotCarriedError


def a_jpeg(width=320, height=240, **options) -> bytes:
    """A colourful one, as Pillow writes it with these options."""
    rows, columns = np.mgrid[:height, :width]
    pixels = np.stack([rows, columns, rows + columns], axis=2).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", **options)
    return out.getvalue()


def _payloads(data):
    return payload_format().payloads(an_access_unit(data=data, track=a_video_track(MJPEG)))


def _scan(payloads) -> bytes:
    """What a receiver puts together (RFC 2435, 3.1): offsets must be those of what came before."""
    found = b""
    for number, payload in enumerate(payloads):
        header = 8 + (4 if payload.data[4] & 64 else 0)
        assert int.from_bytes(payload.data[1:4], "big") == len(found)
        if number == 0:
            header += 4 + int.from_bytes(payload.data[header + 2 : header + 4], "big")
        found += payload.data[header:]
    return found


@pytest.mark.parametrize(("sampling", "kind"), [("4:2:2", 0), ("4:2:0", 1)])
def test_the_header_says_sampling_and_size(sampling, kind):
    first = _payloads(a_jpeg(322, 240, subsampling=sampling))[0].data

    assert first[4:8] == bytes((kind, 255, 41, 30))


def test_the_scan_comes_out_whole_with_its_tables():
    data = a_jpeg(640, 480, quality=90, subsampling="4:2:0")

    found = _payloads(data)

    assert len(found) > 3
    assert data.endswith(_scan(found) + b"\xff\xd9")
    assert found[0].data[8:12] == bytes((0, 0, 0, 128))
    assert picture(data).tables == found[0].data[12:140]
    assert [payload.marker for payload in found] == [False] * (len(found) - 1) + [True]


def test_restart_intervals_are_told_in_every_packet():
    """RFC 2435, 3.1.7."""
    data = a_jpeg(640, 480, quality=90, subsampling="4:2:0", restart_marker_rows=1)

    found = _payloads(data)

    assert all(payload.data[4] == 64 + 1 for payload in found)
    assert {payload.data[8:12] for payload in found} == {bytes((0, 40, 0xFF, 0xFF))}
    assert data.endswith(_scan(found) + b"\xff\xd9")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"subsampling": "4:4:4"}, "4:2:2 nor 4:2:0"),
        ({"optimize": True}, "Huffman tables of its own"),
        ({"progressive": True}, "Huffman tables of its own|baseline"),
    ],
    ids=["4:4:4", "optimised", "progressive"],
)
def test_what_the_format_cannot_say_is_refused(options, why):
    with pytest.raises(NotCarriedError, match=why):
        _payloads(a_jpeg(**options))


def test_a_grey_picture_is_refused():
    out = io.BytesIO()
    Image.new("L", (64, 64)).save(out, "JPEG")

    with pytest.raises(NotCarriedError, match="three components"):
        _payloads(out.getvalue())


def test_a_picture_too_large_for_its_header_is_refused():
    with pytest.raises(NotCarriedError, match="2040 pixels"):
        _payloads(a_jpeg(2048, 64, subsampling="4:2:0"))


def test_a_jpeg_that_ends_before_its_scan_is_refused():
    data = a_jpeg(64, 48, subsampling="4:2:0")

    for end in range(data.index(b"\xff\xda")):
        with pytest.raises(NotCarriedError):
            picture(data[:end])


def test_libav_makes_pictures_that_can_be_carried():
    """If it is told to use the usual tables, as cameras do."""
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 320, 240, "yuvj420p"
    encoder.time_base, encoder.options = Fraction(1, 25), {"huffman": "default"}
    frame = av.VideoFrame(320, 240, "yuvj420p")
    frame.pts = 0

    [packet] = encoder.encode(frame)

    assert picture(bytes(packet)).type == 1
