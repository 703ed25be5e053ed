"""The label of a footage file that is a JPEG: a COM segment behind SOI (ITU-T T.81, B.2.4.5)."""

import struct
from typing import Final

from ssplug.model.footage import Label

_SOI: Final = b"\xff\xd8"
_COM: Final = 0xFE
_MARK: Final = b"ssplug "
_LABEL_SIZE: Final = 256
"""Always as long, so that it can be replaced in place."""


def labelled_jpeg(jpeg: bytes, label: Label) -> bytes:
    """`jpeg` with a label; ValueError if it is no JPEG."""
    if not jpeg.startswith(_SOI):
        raise ValueError("not a JPEG")
    return head(label) + jpeg[len(_SOI) :]


def head(label: Label) -> bytes:
    """What a labelled JPEG begins with, always of the same length."""
    return _SOI + struct.pack(">BBH", 0xFF, _COM, _LABEL_SIZE + 2) + (_MARK + label.to_json()).ljust(_LABEL_SIZE)


HEAD_SIZE: Final = len(_SOI) + 4 + _LABEL_SIZE


def read_jpeg_label(first_bytes: bytes) -> Label:
    """The label in the first HEAD_SIZE bytes of a JPEG; ValueError if there is none."""
    before = struct.pack(">2sBBH", _SOI, 0xFF, _COM, _LABEL_SIZE + 2) + _MARK
    if not first_bytes.startswith(before) or len(first_bytes) < HEAD_SIZE:
        raise ValueError("no footage label")
    return Label.from_json(first_bytes[len(before) : HEAD_SIZE])
