"""Motion JPEG over RTP (RFC 2435): baseline pictures with the usual Huffman tables, 4:2:2 or 4:2:0.

The format carries no Huffman tables and no other sampling; a picture that has them is refused
with NotCarriedError rather than sent as rubbish.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from ssplug.media.access_unit import VIDEO_CLOCK_RATE, AccessUnit
from ssplug.wire.rtp.packet import PAYLOAD_LIMIT, Payload
from ssplug.wire.rtp.payload_format import NotCarriedError, PayloadFormat

JPEG_PAYLOAD_TYPE: Final = 26

# ISO/IEC 10918-1, table B.1
_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_SOF0: Final = 0xC0
_DHT: Final = 0xC4
_SOS: Final = 0xDA
_DQT: Final = 0xDB
_DRI: Final = 0xDD

_LUMA: Final = 0x00
_CHROMA: Final = 0x11
"""Which Huffman tables a component of the scan uses, DC in the high four bits."""
_TYPES: Final = {(0x21, 0x11, 0x11): 0, (0x22, 0x11, 0x11): 1}
"""RFC 2435, 4.1: the types by the sampling factors of Y, Cb and Cr."""
_BLOCK: Final = 8
_BLOCKS_LIMIT: Final = 255
_TABLE_BYTES: Final = 64
_TABLES_IN_BAND: Final = 255
_WITH_RESTARTS: Final = 64
_WHOLE_PICTURE: Final = 0xFFFF
"""First and last bit set, count 0x3FFF: fragments do not end with restart intervals (RFC 2435, 3.1.7)."""

_MAIN_HEADER = struct.Struct("!II")  # type-specific and offset; type, Q, width, height
_TABLES_HEADER: Final = bytes((0, 0)) + (2 * _TABLE_BYTES).to_bytes(2, "big")

_DC_VALUES: Final = "000102030405060708090a0b"
# ISO/IEC 10918-1, K.3, by table class and destination: sixteen counts, then the values
_STANDARD_TABLES: Final = {
    0x00: bytes.fromhex("00010501010101010100000000000000" + _DC_VALUES),
    0x01: bytes.fromhex("00030101010101010101010000000000" + _DC_VALUES),
    0x10: bytes.fromhex(
        "0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f0"
        "2433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a63646566676869"
        "6a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5"
        "c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    ),
    0x11: bytes.fromhex(
        "0002010204040304070504040001027700010203110405213106124151076171132232810814"
        "4291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a4344"
        "45464748494a535455565758595a636465666768696a737475767778797a8283848586878889"
        "8a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2"
        "d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
    ),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """What the packets of one JPEG say and carry."""

    type: int
    width: int
    """In blocks of eight pixels, rounded up; so is `height`."""
    height: int
    tables: bytes
    """The quantization tables of luma and chroma, 64 bytes each, in zigzag order."""
    restart_interval: int
    scan: bytes
    """The entropy-coded segment without EOI."""


def payload_format() -> PayloadFormat:
    """The format of any Motion JPEG track; every packet describes itself."""
    return PayloadFormat(
        media="video",
        payload_type=JPEG_PAYLOAD_TYPE,
        encoding=f"JPEG/{VIDEO_CLOCK_RATE}",
        clock_rate=VIDEO_CLOCK_RATE,
        payloads=_payloads,
    )


def picture(data: bytes) -> Picture:
    """What is in a JPEG file; NotCarriedError where RFC 2435 has no way to say it."""
    segments = list(_segments(data))
    quantizers: dict[int, bytes] = {}
    for segment in segments:
        if segment.marker == _DQT:
            quantizers |= _quantizers(segment.content)
        elif segment.marker == _DHT:
            _check_huffman_tables(segment.content)
    frame, scan = _content(segments, _SOF0), _content(segments, _SOS)
    components = _components(frame, scan)
    return Picture(
        type=_type(components),
        width=_blocks(frame[3:5]),
        height=_blocks(frame[1:3]),
        tables=_tables(components, quantizers),
        restart_interval=int.from_bytes(_content(segments, _DRI)[:2], "big"),
        scan=data[segments[-1].end :].removesuffix(_EOI),
    )


def _payloads(unit: AccessUnit) -> list[Payload]:
    """RFC 2435, 3.1: each packet has the main header, the first also the quantization tables."""
    shown = picture(unit.data)
    tables = _TABLES_HEADER + shown.tables
    found: list[Payload] = []
    at = 0
    while at < len(shown.scan):
        header = _header(shown, at) + (tables if at == 0 else b"")
        piece = shown.scan[at : at + PAYLOAD_LIMIT - len(header)]
        at += len(piece)
        found.append(Payload(header + piece, marker=at == len(shown.scan)))
    return found


def _header(shown: Picture, offset: int) -> bytes:
    kind = shown.type + (_WITH_RESTARTS if shown.restart_interval else 0)
    main = _MAIN_HEADER.pack(offset, kind << 24 | _TABLES_IN_BAND << 16 | shown.width << 8 | shown.height)
    if not shown.restart_interval:
        return main
    return main + struct.pack("!HH", shown.restart_interval, _WHOLE_PICTURE)


class _Segment(NamedTuple):
    """A marker segment (ISO/IEC 10918-1, B.1.1.4)."""

    marker: int
    content: bytes
    end: int


def _segments(data: bytes) -> Iterator[_Segment]:
    """Those of the header; the last is SOS."""
    if not data.startswith(_SOI):
        raise NotCarriedError("not a JPEG")
    at = len(_SOI)
    marker = 0
    while marker != _SOS:
        if at + 4 > len(data) or data[at] != 0xFF:
            raise NotCarriedError("a JPEG that ends or goes wrong before its scan")
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield _Segment(marker, data[at + 4 : end], end)
        at = end


def _content(segments: list[_Segment], marker: int) -> bytes:
    """What the last segment of that kind holds; nothing where there is none."""
    return next((segment.content for segment in reversed(segments) if segment.marker == marker), b"")


def _components(frame: bytes, scan: bytes) -> list[tuple[int, int]]:
    """Sampling factors and quantizer of Y, Cb and Cr, which the one scan must interleave."""
    if len(frame) != 15 or frame[0] != 8 or frame[5] != 3:
        raise NotCarriedError("not a baseline JPEG with three components of eight bits")
    if len(scan) != 10 or (scan[2], scan[4], scan[6]) != (_LUMA, _CHROMA, _CHROMA):
        raise NotCarriedError("a JPEG whose scan does not have its three components in the usual way")
    return [(frame[at + 1], frame[at + 2]) for at in (6, 9, 12)]


def _type(components: list[tuple[int, int]]) -> int:
    sampling = tuple(factors for factors, _ in components)
    if sampling not in _TYPES:
        raise NotCarriedError("a JPEG sampled neither 4:2:2 nor 4:2:0")
    return _TYPES[sampling]


def _blocks(pixels: bytes) -> int:
    blocks = -(-int.from_bytes(pixels, "big") // _BLOCK)
    if not 0 < blocks <= _BLOCKS_LIMIT:
        raise NotCarriedError(f"a JPEG of more than {_BLOCKS_LIMIT * _BLOCK} pixels a side")
    return blocks


def _tables(components: list[tuple[int, int]], quantizers: dict[int, bytes]) -> bytes:
    (_, luma), (_, chroma), (_, other) = components
    if chroma != other or luma not in quantizers or chroma not in quantizers:
        raise NotCarriedError("a JPEG without one quantization table for luma and one for chroma")
    return quantizers[luma] + quantizers[chroma]


def _quantizers(segment: bytes) -> dict[int, bytes]:
    found = {}
    for at in range(0, len(segment), 1 + _TABLE_BYTES):
        if segment[at] >> 4 or at + 1 + _TABLE_BYTES > len(segment):
            raise NotCarriedError("a JPEG with quantization tables that are not of eight bits")
        found[segment[at]] = segment[at + 1 : at + 1 + _TABLE_BYTES]
    return found


def _check_huffman_tables(segment: bytes) -> None:
    at = 0
    while at < len(segment):
        end = at + 17 + sum(segment[at + 1 : at + 17])
        if _STANDARD_TABLES.get(segment[at]) != segment[at + 1 : end]:
            raise NotCarriedError("a JPEG with Huffman tables of its own")
        at = end
