"""The tone as a function of the wall clock.

It repeats every eight seconds, which are a whole number of AAC frames: it is encoded once a
process and then only repeated, by all pattern cameras.
"""

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 16_000
FRAME: Final = 1024
"""Samples of one AAC frame."""
_LOOP_FRAMES: Final = 125
LOOP_SAMPLES: Final = FRAME * _LOOP_FRAMES

_LOW_HZ: Final = 440
_HIGH_HZ: Final = 880
_HIGH_SAMPLES: Final = SAMPLE_RATE // 10
_LEVEL: Final = 0.1


def samples(first: int, count: int) -> NDArray[np.float32]:
    """`count` samples from number `first` of the wall clock on: an octave higher in each second's first tenth."""
    time = np.arange(first, first + count) % SAMPLE_RATE
    pitch = np.where(time < _HIGH_SAMPLES, _HIGH_HZ, _LOW_HZ)
    return (_LEVEL * np.sin(2 * np.pi * pitch * time / SAMPLE_RATE)).astype(np.float32)


def frame_number(at: float) -> int:
    """The number of the first frame that begins at or after `at`, seconds of the wall clock."""
    return -int(-at * SAMPLE_RATE // FRAME)


def encoded(number: int) -> bytes:
    """Frame `number` of the wall clock as a raw_data_block."""
    return _loop()[1][number % _LOOP_FRAMES]


def audio_specific_config() -> bytes:
    """What decodes the frames."""
    return _loop()[0]


@functools.cache
def _loop() -> tuple[bytes, tuple[bytes, ...]]:
    """The AudioSpecificConfig and the frames of one loop.

    The second of two loops is kept: by then the encoder has forgotten the silence it began with,
    so that the last frame of the loop goes over into the first.
    """
    import av

    encoder = av.CodecContext.create("aac", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.format, encoder.layout, encoder.bit_rate = SAMPLE_RATE, "fltp", "mono", 32_000
    frames: dict[int, bytes] = {}
    for first in range(0, LOOP_SAMPLES * 2 + FRAME * 4, FRAME):
        sound = av.AudioFrame.from_ndarray(samples(first, FRAME).reshape(1, -1), format="fltp", layout="mono")
        sound.sample_rate, sound.pts = SAMPLE_RATE, first
        frames |= {(packet.pts or 0) // FRAME: bytes(packet) for packet in encoder.encode(sound)}
    return encoder.extradata or b"", tuple(frames[_LOOP_FRAMES + index] for index in range(_LOOP_FRAMES))
