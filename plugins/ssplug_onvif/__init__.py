"""Camera, PTZ and talkback drivers `onvif`, and finding cameras by WS-Discovery. Needs the extra `onvif`."""

from collections.abc import Mapping
from typing import Any

from ssplug import hookimpl
from ssplug.drivers import Driver, DriverContext, packaged_schema
from ssplug.model.discovery import Found, Search


def _camera(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_onvif.settings import CameraSettings
    from ssplug_onvif.source import ONVIFSource

    return ONVIFSource(context, CameraSettings(**settings))


def _ptz(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_onvif.ptz import ONVIFPTZ
    from ssplug_onvif.settings import DeviceSettings

    return ONVIFPTZ(context, DeviceSettings(**settings))


def _talkback(context: DriverContext, settings: Mapping[str, Any]) -> object:
    from ssplug_onvif.settings import TalkbackSettings
    from ssplug_onvif.talkback import ONVIFTalkback

    return ONVIFTalkback(context, TalkbackSettings(**settings))


@hookimpl
def ssplug_camera_drivers() -> list[Driver]:
    """One driver."""
    summary = "ONVIF cameras: address and password are enough; needs ssplug[onvif]"
    return [Driver("onvif", packaged_schema(__name__), _camera, summary)]


@hookimpl
def ssplug_ptz_drivers() -> list[Driver]:
    """One driver."""
    return [Driver("onvif", packaged_schema(__name__, "ptz.schema.json"), _ptz, "Moves ONVIF cameras")]


@hookimpl
def ssplug_talkback_drivers() -> list[Driver]:
    """One driver."""
    summary = "Talks through ONVIF cameras, by the back channel of their RTSP stream"
    return [Driver("onvif", packaged_schema(__name__, "talkback.schema.json"), _talkback, summary)]


@hookimpl
async def ssplug_discover(reactor: Any, search: Search) -> list[Found]:
    """By WS-Discovery."""
    from ssplug_onvif.discovery import search_devices

    return await search_devices(reactor, search)
