"""G.711 (ITU-T G.711): mu-law and A-law to 16-bit samples and back, by table."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 8000

_BIAS: Final = 33 << 2  # mu-law's segments begin at powers of two less 33, of 14 bits
_MU_CLIP: Final = 32635
_ALAW_TOGGLE: Final = 0x55  # even bits are inverted (table 1a, note 4)


def from_mulaw(data: bytes) -> NDArray[np.int16]:
    """The samples of mu-law octets."""
    return _FROM_MULAW[np.frombuffer(data, np.uint8)]


def from_alaw(data: bytes) -> NDArray[np.int16]:
    """The samples of A-law octets."""
    return _FROM_ALAW[np.frombuffer(data, np.uint8)]


def to_mulaw(samples: NDArray[np.int16]) -> bytes:
    """The mu-law octets of samples."""
    return _TO_MULAW[samples.view(np.uint16)].tobytes()


def to_alaw(samples: NDArray[np.int16]) -> bytes:
    """The A-law octets of samples."""
    return _TO_ALAW[samples.view(np.uint16)].tobytes()


def _mulaw_samples() -> NDArray[np.int16]:
    octets = ~np.arange(256, dtype=np.uint8)
    segment, step = (octets >> 4 & 7).astype(np.int32), (octets & 0xF).astype(np.int32)
    magnitude = ((step << 3) + _BIAS << segment) - _BIAS
    return np.where(octets & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_samples() -> NDArray[np.int16]:
    octets = np.arange(256, dtype=np.uint8) ^ _ALAW_TOGGLE
    segment, step = (octets >> 4 & 7).astype(np.int32), (octets & 0xF).astype(np.int32)
    magnitude = np.where(segment > 0, (step << 4) + 0x108 << np.maximum(segment - 1, 0), (step << 4) + 8)
    return np.where(octets & 0x80, magnitude, -magnitude).astype(np.int16)


def _every_sample() -> NDArray[np.int32]:
    """All 16-bit samples, in the order of their bits read as unsigned numbers."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.int32)


def _mulaw_octets() -> NDArray[np.uint8]:
    samples = _every_sample()
    magnitude = np.minimum(np.abs(samples), _MU_CLIP) + _BIAS
    segment = np.searchsorted([1 << bits for bits in range(8, 15)], magnitude, side="right")
    octet = segment << 4 | magnitude >> segment + 3 & 0xF
    return (~(octet | np.where(samples < 0, 0x80, 0))).astype(np.uint8)


def _alaw_octets() -> NDArray[np.uint8]:
    samples = _every_sample()
    magnitude = np.where(samples < 0, ~samples, samples) >> 3
    segment = np.searchsorted([1 << bits for bits in range(5, 12)], magnitude, side="right")
    octet = segment << 4 | magnitude >> np.maximum(segment, 1) & 0xF
    return ((octet | np.where(samples < 0, 0, 0x80)) ^ _ALAW_TOGGLE).astype(np.uint8)


_FROM_MULAW: Final = _mulaw_samples()
_FROM_ALAW: Final = _alaw_samples()
_TO_MULAW: Final = _mulaw_octets()
_TO_ALAW: Final = _alaw_octets()
