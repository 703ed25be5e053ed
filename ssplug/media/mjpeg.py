"""Motion JPEG: each picture is a JPEG (ITU-T T.81) of its own."""

from collections.abc import Iterator
from typing import Final

SOI: Final = b"\xff\xd8"
EOI: Final = b"\xff\xd9"
_SOS: Final = 0xDA
_DHT: Final = 0xC4
# Start of frame of every kind but DHT, JPG and DAC, which share the range (table B.1).
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}

# The typical tables of Annex K.3: how many codes there are of each length, then their values.
_DC_VALUES: Final = bytes(range(12))
_DC_LUMINANCE: Final = bytes.fromhex("00010501010101010100000000000000") + _DC_VALUES
_DC_CHROMINANCE: Final = bytes.fromhex("00030101010101010101010000000000") + _DC_VALUES
_AC_LUMINANCE: Final = bytes.fromhex(
    "0002010303020403050504040000017d"
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738"
    "393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5"
    "a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
)
_AC_CHROMINANCE: Final = bytes.fromhex(
    "00020102040403040705040400010277"
    "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a353637"
    "38393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3"
    "a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
)
_TABLES: Final = (
    b"\x00" + _DC_LUMINANCE + b"\x10" + _AC_LUMINANCE + b"\x01" + _DC_CHROMINANCE + b"\x11" + _AC_CHROMINANCE
)
_DHT_SEGMENT: Final = b"\xff\xc4" + (len(_TABLES) + 2).to_bytes(2, "big") + _TABLES


def size(jpeg: bytes) -> tuple[int, int]:
    """Width and height as the header says; ValueError if it does not."""
    for marker, begin in _segments(jpeg):
        if marker in _SOF and begin + 7 <= len(jpeg):
            return int.from_bytes(jpeg[begin + 5 : begin + 7], "big"), int.from_bytes(
                jpeg[begin + 3 : begin + 5], "big"
            )
    raise ValueError("a JPEG without a frame header")


def with_huffman_tables(jpeg: bytes) -> bytes:
    """A JPEG that stands by itself: cameras on USB and AVI files leave the tables of Annex K.3 out."""
    markers = {marker for marker, _ in _segments(jpeg)}
    if _DHT in markers or _SOS not in markers:
        return jpeg
    return jpeg[:2] + _DHT_SEGMENT + jpeg[2:]


def _segments(jpeg: bytes) -> Iterator[tuple[int, int]]:
    """Marker and place of its length, for each segment up to the first scan."""
    at = 2 if jpeg.startswith(SOI) else len(jpeg)
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == 0xFF:  # fill byte (B.1.1.2)
            at += 1
            continue
        yield marker, at + 2
        if marker == _SOS:
            return
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
