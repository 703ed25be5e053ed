"""Pictures as classifiers want them: RGB, turned as people see them. A decoding thread."""

from typing import Any, Final

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

from ssplug.media.picture import turned
from ssplug.model.camera import Transform

LARGEST: Final = 1920
"""Pixels of the longer side; larger pictures are made smaller."""


class RGBPictures:
    """Makes them, keeping the scaler from picture to picture."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def picture(self, frame: VideoFrame, transform: Transform = Transform.NONE) -> NDArray[np.uint8]:
        """The frame as a uint8 array of (height, width, 3); a copy, which outlives the frame."""
        scale = min(1.0, LARGEST / max(frame.width, frame.height))
        width, height = round(frame.width * scale), round(frame.height * scale)
        scaled = self._reformatter.reformat(
            frame,
            width,
            height,
            "rgb24",
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA,
            threads=1,
        )
        plane: Any = scaled.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(height, plane.line_size)[:, : width * 3]
        return np.array(turned(rows.reshape(height, width, 3), transform))
