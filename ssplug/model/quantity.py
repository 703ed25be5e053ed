"""Durations, sizes and rates as people write them: `10m`, `200GB`, `8Mbps`.

The same forms stand as patterns in `schemas/common.schema.json`; a test keeps the two in step.
All functions raise ValueError for anything else.
"""

import re
from collections.abc import Mapping

_NUMBER = r"(\d{1,9}(?:\.\d{1,6})?)"
_DURATION = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
# As on the label of a disk: GB is a power of ten, GiB of two.
_SIZE = {"": 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_RATE = {"": 1, "bps": 1, "kbps": 10**3, "Mbps": 10**6, "Gbps": 10**9}


def seconds(written: float | str) -> float:
    """A duration in seconds: 5, 0.5s, 10m, 2h, 14d."""
    return float(_quantity(written, _DURATION))


def byte_count(written: float | str) -> int:
    """A size in bytes: 4096, 500MB, 200GB, 8GiB."""
    return round(_quantity(written, _SIZE))


def bits_per_second(written: float | str) -> int:
    """A rate in bits a second: 64000, 512kbps, 8Mbps."""
    return round(_quantity(written, _RATE))


def per_cent(written: str) -> float:
    """A share in per cent: 10%."""
    return float(_quantity(written, {"%": 1}))


def _quantity(written: float | str, units: Mapping[str, int]) -> float:
    if not isinstance(written, str):
        return written
    number, unit = _split(written)
    if unit not in units:
        raise ValueError(f"{written!r} has no unit of {', '.join(filter(None, units))}")
    return float(number) * units[unit]


def _split(written: str) -> tuple[str, str]:
    match = re.fullmatch(_NUMBER + r"(\D*)", written, re.ASCII)
    if match is None:
        raise ValueError(f"{written!r} is not a number with a unit")
    return match[1], match[2]
