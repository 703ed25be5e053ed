"""Addresses that a device gives of itself, as we can reach them. No I/O.

A device knows its own address, not the one by which it is reached: behind a router, a tunnel or a
container they differ.  All that a device names is therefore asked of the host that the site file
names: what it says of paths is believed, of ports where it speaks of that very host, of other hosts
never.  So credentials stay where they belong, too.
"""

import dataclasses
from urllib.parse import urlsplit

from ssplug.model.url import CameraURL

DEVICE_SERVICE = "/onvif/device_service"


def device_service(host: str | None, port: int, url: str | None, username: str, password: str) -> CameraURL:
    """Where the device service is, from the settings; ValueError where they make no sense."""
    if bool(host) == bool(url):
        raise ValueError("give either host or url")
    if host:
        bracketed = f"[{host}]" if ":" in host else host
        url = f"http://{bracketed}:{port}{DEVICE_SERVICE}"
    parsed = CameraURL.parse(url or "", username, password)
    if parsed.scheme not in ("http", "https"):
        raise ValueError("the url must begin with http:// or https://")
    return parsed if parsed.target != "/" else dataclasses.replace(parsed, target=DEVICE_SERVICE)


def service(device: CameraURL, told: str) -> CameraURL:
    """Another service of the device, whose address it told; ValueError for no HTTP address."""
    there = _parsed(device, told)
    if there.scheme not in ("http", "https"):
        raise ValueError("the device tells an address that is not HTTP")
    if there.host == device.host and there.scheme == device.scheme:
        return there
    return dataclasses.replace(there, scheme=device.scheme, host=device.host, port=device.port)


def stream(device: CameraURL, told: str, port: int = 0) -> CameraURL:
    """An RTSP stream of the device; `port` instead of what it told, unless 0. ValueError for no RTSP address."""
    there = _parsed(device, told)
    if there.scheme not in ("rtsp", "rtsps"):
        raise ValueError("the device tells an address that is not RTSP")
    return dataclasses.replace(there, host=device.host, port=port or there.port)


def _parsed(device: CameraURL, told: str) -> CameraURL:
    """`told` with our credentials; some cameras tell no more than a path."""
    if not urlsplit(told).scheme:
        told = f"{device.scheme}://{device.place}/{told.lstrip('/')}"
    parsed = CameraURL.parse(told)
    return dataclasses.replace(parsed, username=device.username, password=device.password)
