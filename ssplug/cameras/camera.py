"""A camera at work: what the site file says of it, what is live of it, and how it is doing."""

from dataclasses import dataclass
from typing import Final

from twisted.internet.defer import Deferred, fail

from ssplug.interfaces import ICameraSource
from ssplug.media.access_unit import Track
from ssplug.model.camera import CameraIdentity
from ssplug.model.event import Failure
from ssplug.model.ptz import PTZCapability, PTZCommand
from ssplug.ptz.head import PTZHead, UnableError
from ssplug.site.types import CameraConfig
from ssplug.streams.audio_form import AudioForms
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import JPEGViews
from ssplug.streams.rates import Rates
from ssplug.streams.source import Source
from ssplug.streams.video_form import VideoForms

LIVE_SECONDS: Final = 6.0
"""What is always buffered: three segments of HLS, with which players begin at once."""


def pre_roll(config: CameraConfig) -> float:
    """Seconds that are buffered before the last GOP."""
    return max(config.motion_capture.movie.pre_capture, LIVE_SECONDS)


@dataclass(slots=True)
class Camera:
    """The aggregate that the servers ask about one camera. Reactor thread."""

    config: CameraConfig
    hub: StreamHub
    rates: Rates
    """Pictures and bytes a second, over the last few seconds."""
    views: JPEGViews
    """Its pictures as JPEG."""
    audio: AudioForms
    """Its sound in codecs that it does not send."""
    forms: VideoForms
    """Its video in other sizes, rates and codecs."""
    source: Source | None = None
    """None where the camera is disabled or its driver could not be built."""
    driver: ICameraSource | None = None
    failure: Failure | None = None
    """Why the camera is offline; None while it is online or was never tried."""
    ptz: PTZHead | None = None
    """None where it is not moved."""
    ptz_failure: Failure | None = None
    """Why it could not be moved the last time."""
    motion_at: float | None = None
    """Monotonic seconds of the last motion."""

    def configure(self, config: CameraConfig) -> None:
        """Be as `config` says from now on, but for its source, which others connect."""
        self.config = config
        self.hub.buffer.pre_roll = pre_roll(config)
        self.views.transform = config.transform
        self.views.levels = config.picture
        self.views.forget()

    @property
    def ptz_capabilities(self) -> PTZCapability:
        """How it can be moved; none as long as it has not said."""
        return PTZCapability(0) if self.ptz is None else self.ptz.capabilities

    @property
    def is_movable(self) -> bool:
        """Whether something can move it, or may: it has not said that it can do nothing."""
        return self.ptz is not None and (not self.ptz.is_known or bool(self.ptz.capabilities))

    def move(self, command: PTZCommand, speed: int) -> "Deferred[None]":
        """Have it carry out `command` at `speed` (1-100); fires when it has accepted it, or fails with PTZError."""
        if self.ptz is None or not self.is_movable:
            return fail(UnableError("this camera cannot be moved"))
        return self.ptz.move(command, speed)

    @property
    def identity(self) -> CameraIdentity:
        """Its id, number and name."""
        return self.config.identity

    @property
    def number(self) -> int:
        """Its number on the wire."""
        return self.config.identity.number

    @property
    def video(self) -> Track | None:
        """Its video track, or while it is offline the one that it had last; None if it was never online."""
        return self.hub.last_video

    @property
    def frame_at(self) -> float | None:
        """Monotonic seconds of the last access unit of video; None before the first ever."""
        return self.hub.video_at

    @property
    def online(self) -> bool:
        """Whether it is connected."""
        return self.hub.online
