"""NAL units in a byte stream: what H.264 and H.265 have in common.

Annex B (start codes) is the one form inside this program; the length-prefixed form of MP4 files
is turned into it at the edge.
"""

from collections.abc import Iterable, Iterator
from typing import Final

START_CODE: Final = b"\0\0\0\1"
_SHORT_START_CODE: Final = b"\0\0\1"

LARGEST: Final = 16384
"""Pixels a side; a parameter set that says more is damaged (the largest level of either codec says less)."""


def nal_starts(data: bytes) -> Iterator[int]:
    """Where NAL units begin in Annex B data; lazily, so that a caller may stop at the first slice."""
    at = data.find(_SHORT_START_CODE)
    while at >= 0:
        yield at + 3
        at = data.find(_SHORT_START_CODE, at + 3)


def nal_units(data: bytes) -> list[bytes]:
    """The NAL units of Annex B data without start codes and trailing zeros; empty ones are left out."""
    starts = list(nal_starts(data))
    ends = [start - 3 for start in starts[1:]] + [len(data)]
    units = (data[start:end].rstrip(b"\0") for start, end in zip(starts, ends, strict=False))
    return [unit for unit in units if unit]


def annex_b(nals: Iterable[bytes]) -> bytes:
    """The NAL units as a byte stream with start codes of four bytes."""
    return b"".join(START_CODE + nal for nal in nals)


def from_avcc(data: bytes, length_size: int = 4) -> bytes:
    """Length-prefixed NAL units (ISO/IEC 14496-15, 5.3.4.2) as Annex B; a unit that is cut short is left out."""
    return annex_b(_length_prefixed(data, length_size))


def _length_prefixed(data: bytes, length_size: int) -> Iterator[bytes]:
    at = 0
    while at + length_size <= len(data):
        begin = at + length_size
        at = begin + int.from_bytes(data[at:begin], "big")
        if begin < at <= len(data):
            yield data[begin:at]


def rbsp(nal: bytes) -> bytes:
    """The raw byte sequence payload: emulation prevention bytes taken out (ITU-T H.264, 7.4.1)."""
    return nal.replace(b"\0\0\3", b"\0\0")
