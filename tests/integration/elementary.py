"""Comparing what came out with what went in: coded pictures by their bytes, in order."""

import hashlib
import re
from pathlib import Path

from ssplug.media.nal import nal_units


def coded_pictures(codec: str, path: Path) -> list[str]:
    """A digest of each coded picture of an elementary stream, parameter sets and delimiters left out."""
    data = path.read_bytes()
    if codec == "mjpeg":
        return [_digest(scan) for scan in re.findall(rb"\xff\xda.{10}(.*?)\xff\xd9", data, re.DOTALL)]
    is_slice = _is_h264_slice if codec == "h264" else _is_h265_slice
    return [_digest(nal) for nal in nal_units(data) if is_slice(nal)]


def is_run_of(part: list[str], loop: list[str]) -> bool:
    """Whether `part` is one unbroken run of the endless repetition of `loop`."""
    if not part:
        return False
    starts = [index for index, digest in enumerate(loop) if digest == part[0]]
    return any(all(digest == loop[(start + step) % len(loop)] for step, digest in enumerate(part)) for start in starts)


def _is_h264_slice(nal: bytes) -> bool:
    return nal[0] & 0x1F in (1, 5)


def _is_h265_slice(nal: bytes) -> bool:
    return nal[0] >> 1 & 0x3F < 32


def _digest(data: bytes) -> str:
    return hashlib.sha256(data.rstrip(b"\0")).hexdigest()[:16]
