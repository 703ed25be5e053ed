"""What a device tells of its streams. Reactor thread.

Asked is the Media service; of a device that has no other, Media2 (ver20), whose answers are alike.
"""

from onveef import envelopes

from ssplug.model.url import CameraURL
from ssplug_onvif import addresses, answers
from ssplug_onvif.answers import Profile
from ssplug_onvif.choice import NoProfileError, video_profile
from ssplug_onvif.device import Device, DeviceError


async def profiles_of(device: Device) -> tuple[Profile, ...]:
    """All of them, in the device's order; DeviceError."""
    service, is_second = _service(device)
    body = envelopes.media_get_profiles(use_media2=is_second)
    return await device.call(service, body, answers.profiles)


async def stream_of(device: Device, stream: str, wanted: str, port: int) -> tuple[Profile, CameraURL]:
    """The profile that is meant (see `video_profile`) and where its stream is; DeviceError.

    `port` instead of the one that the device tells, unless 0.
    """
    service, is_second = _service(device)
    try:
        profile = video_profile(await profiles_of(device), stream, wanted)
        body = envelopes.media_get_stream_uri(profile_token=profile.token, use_media2=is_second)
        return profile, addresses.stream(device.url, await device.call(service, body, answers.uri), port)
    except (NoProfileError, ValueError) as error:
        raise DeviceError(f"{device.url.place}: {error}") from None


async def stills_of(device: Device, profile: Profile) -> str:
    """Where the device has stills of a profile, for people; not every device has them."""
    service, is_second = _service(device)
    body = envelopes.media_get_snapshot_uri(profile_token=profile.token, use_media2=is_second)
    try:
        return str(device.address(await device.call(service, body, answers.uri)))
    except DeviceError:
        return "none"


def _service(device: Device) -> tuple[str, bool]:
    return ("media2", True) if device.has("media2") and not device.has("media") else ("media", False)
