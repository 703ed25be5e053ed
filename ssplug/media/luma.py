"""Small pictures of brightness alone, to look for motion in: no scaler, hardly any copying.

A decoding thread; the result is a copy, and outlives the frame.
"""

from typing import Any, Final

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ssplug.media.picture import turned
from ssplug.model.camera import Transform

WIDTH: Final = 320
"""Pixels that the longer side has, or somewhat more."""

_PLANAR_8_BITS: Final = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray")


def luma(frame: VideoFrame, transform: Transform = Transform.NONE) -> NDArray[np.uint8]:
    """Every n-th pixel of every n-th row, uint8 of (height, width), turned as people see it.

    A strided view of the Y plane costs a twentieth of scaling; that it does not average its
    neighbours costs nothing here, for a detector averages blocks.
    """
    plane = frame if frame.format.name in _PLANAR_8_BITS else frame.reformat(format="gray")
    y: Any = plane.planes[0]
    rows = np.frombuffer(y, np.uint8).reshape(y.height, y.line_size)[:, : y.width]
    step = max(1, max(y.width, y.height) // WIDTH)
    return np.ascontiguousarray(turned(rows[step // 2 :: step, step // 2 :: step], transform))
