"""The settings of the drivers: see camera.schema.json, ptz.schema.json and talkback.schema.json."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from ssplug.model.url import CameraURL
from ssplug_onvif.addresses import device_service
from ssplug_onvif.topics import MOTION


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """Where a device is, and who we are."""

    host: str | None = None
    port: int = 80
    url: str | None = field(default=None, repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    profile: str = ""
    verify_certificate: bool = True

    def device_url(self) -> CameraURL:
        """The device service; ValueError where host and url make no sense."""
        return device_service(self.host, self.port, self.url, self.username, self.password)


@dataclass(frozen=True, slots=True)
class TalkbackSettings(DeviceSettings):
    """Of the talkback driver."""

    rtsp_port: int = 0


@dataclass(frozen=True, slots=True)
class CameraSettings(DeviceSettings):
    """Of the camera driver."""

    stream: str = "main"
    transport: str = "tcp"
    rtsp_port: int = 0
    audio: bool = True
    timeout: float = 8
    events: Sequence[str] = (MOTION,)

    def for_talkback(self) -> TalkbackSettings:
        """Of the same device's loudspeaker."""
        common = {each.name: getattr(self, each.name) for each in fields(TalkbackSettings)}
        return TalkbackSettings(**common)
