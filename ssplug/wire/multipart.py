"""Multipart bodies that never end: JPEGs that replace each other, events that follow each other.

The boundary and the order of headers are those of the specification; a part is one `bytes`, to be
written at once and shared by all who get it.
"""

from typing import Final

BOUNDARY: Final = "ssBoundary8345"
JPEG_TYPE: Final = f"multipart/x-mixed-replace;boundary={BOUNDARY}"

_PART = f"--{BOUNDARY}\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n".encode()


def jpeg_part(jpeg: bytes) -> bytes:
    """One picture of `video`."""
    return _PART % (b"image/jpeg", len(jpeg)) + jpeg + b"\r\n"


def text_part(line: bytes) -> bytes:
    """One line of text, with the line feed that its reader waits for; the length covers that too."""
    line += b"\r\n"
    return _PART % (b"text/plain", len(line)) + line + b"\r\n"
