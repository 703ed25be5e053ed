"""What a device tells of its streams. Reactor thread."""

from onveef import envelopes

from ssplug.model.url import CameraURL
from ssplug_onvif import addresses, answers
from ssplug_onvif.answers import Profile
from ssplug_onvif.choice import NoProfileError, video_profile
from ssplug_onvif.device import Device, DeviceError


async def stream_of(device: Device, stream: str, wanted: str, port: int) -> tuple[Profile, CameraURL]:
    """The profile that is meant (see `video_profile`) and where its stream is; DeviceError.

    `port` instead of the one that the device tells, unless 0.
    """
    profiles = await device.call("media", envelopes.media_get_profiles(use_media2=False), answers.profiles)
    try:
        profile = video_profile(profiles, stream, wanted)
        body = envelopes.media_get_stream_uri(profile_token=profile.token, use_media2=False)
        return profile, addresses.stream(device.url, await device.call("media", body, answers.uri), port)
    except (NoProfileError, ValueError) as error:
        raise DeviceError(f"{device.url.place}: {error}") from None


async def stills_of(device: Device, profile: Profile) -> str:
    """Where the device has stills of a profile, for people; not every device has them."""
    body = envelopes.media_get_snapshot_uri(profile_token=profile.token, use_media2=False)
    try:
        return str(device.address(await device.call("media", body, answers.uri)))
    except DeviceError:
        return "none"
