"""What clients are told about one camera, gathered from where it is known.

What nobody knows yet (footage) keeps the value that says so.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from ssplug.cameras.camera import Camera
from ssplug.interfaces import IDeviceInformation
from ssplug.media.access_unit import AAC, H264, H265, MJPEG, PCMA, PCMU
from ssplug.model.access import Avatar, permission_mask
from ssplug.model.camera import CaptureMode, Transform
from ssplug.scheduling.arming import Arming
from ssplug.site.types import CameraConfig, Slot
from ssplug.wire.documents import (
    CameraInformation,
    CameraSettings,
    DeviceInformation,
    ModeInformation,
    ptz_number,
)

_VIDEO_FORMATS = {H264: "H.264", H265: "H.265", MJPEG: "JPEG"}
_AUDIO_FORMATS = {AAC: "AAC", PCMU: "u-Law", PCMA: "A-Law"}
_QUARTER_TURNS = frozenset({Transform.ROTATE_LEFT, Transform.ROTATE_RIGHT})

# What clients show where a camera's own rate is recorded and it has not said one yet.
_USUAL_RATE = 30


def camera_information(camera: Camera, avatar: Avatar, arming: Arming, now: float, dialect: int) -> CameraInformation:
    """What `avatar` is told; `now` is monotonic."""
    identity, video, audio = camera.identity, camera.hub.video, camera.hub.audio
    width, height = picture_size(camera)
    return CameraInformation(
        number=identity.number,
        name=identity.name,
        connected=camera.online,
        width=width,
        height=height,
        continuous=_mode(arming, identity.number, CaptureMode.CONTINUOUS),
        motion=_mode(arming, identity.number, CaptureMode.MOTION),
        actions=_mode(arming, identity.number, CaptureMode.ACTIONS),
        device=_device(camera),
        settings=_settings(camera.config, camera.rates.pictures_per_second),
        permissions=permission_mask(avatar.permissions(identity), camera.online),
        has_audio=audio is not None,
        video_format=_VIDEO_FORMATS.get(video.codec, video.codec.upper()) if video else "",
        audio_format=_AUDIO_FORMATS.get(audio.codec, audio.codec.upper()) if audio else "",
        fps=camera.rates.pictures_per_second,
        data_rate=camera.rates.bytes_per_second,
        ptz=ptz_number(camera.ptz_capabilities, dialect),
        ptz_presets=() if camera.ptz is None else camera.ptz.preset_names,
        failure=camera.failure or camera.ptz_failure,
        since_frame=_age(camera.frame_at, now),
        since_motion=_age(camera.motion_at, now),
    )


def picture_size(camera: Camera) -> tuple[int, int]:
    """Width and height as clients see them, after the camera's transform; zeros where they are not known."""
    video = camera.video
    if video is None:
        return 0, 0
    if camera.config.transform in _QUARTER_TURNS:
        return video.height, video.width
    return video.width, video.height


def _age(at: float | None, now: float) -> int | None:
    return None if at is None else max(0, int(now - at))


def _mode(arming: Arming, number: int, mode: CaptureMode) -> ModeInformation:
    state = arming.state(number, mode)
    return ModeInformation(state.armed, state.schedule_id, state.override_id)


def _device(camera: Camera) -> DeviceInformation:
    source = camera.config.source
    device: Any = None if camera.driver is None else IDeviceInformation(camera.driver, None)
    if device is None:
        return DeviceInformation(source.driver)
    is_rtsp = str(source.settings.get("url", "")).startswith("rtsp")
    return DeviceInformation(
        name=device.device_name or source.driver,
        address=device.address,
        port=0 if is_rtsp else device.port,
        port_rtsp=device.port if is_rtsp else 0,
        path=device.path,
    )


def _settings(config: CameraConfig, fps: float) -> CameraSettings:
    motion, actions, overlay = config.motion, config.actions, config.overlay
    movie, images = config.motion_capture.movie, config.motion_capture.images
    reasons = _reasons_for_actions(config)
    return CameraSettings(
        overlay=overlay.enabled,
        overlay_text=overlay.text if overlay.enabled else "",
        transformation=config.transform.value,
        brightness=config.picture.brightness,
        contrast=config.picture.contrast,
        motion_enabled=motion.enabled,
        motion_sensitivity=motion.sensitivity,
        trigger_time=motion.trigger_time,
        motion_trigger_video=motion.enabled,
        motion_trigger_audio=motion.sound_enabled,
        audio_threshold=motion.sound_level,
        motion_movie=movie.enabled,
        motion_movie_fps=movie.fps or round(fps) or _USUAL_RATE,
        pre_capture=round(movie.pre_capture),
        post_capture=round(movie.post_capture),
        motion_images=images.enabled,
        upload_images=any("motion-images" in what for what in config.uploaded),
        continuous_movie=config.continuous.movie.enabled,
        continuous_images=config.continuous.images.enabled,
        action_trigger_audio="sound" in reasons,
        action_trigger_video=bool(reasons - {"sound"}),
        action_delay=round(actions.delay),
        action_reset=round(actions.reset),
        action_script=_file_of(actions.run, "script", "path"),
        action_sound=_file_of(actions.run, "sound", "file"),
    )


def _file_of(run: Sequence[Slot], driver: str, setting: str) -> str:
    """The name of the file that the first action of a kind is about; clients have room for one."""
    return next((PurePath(str(slot.settings.get(setting, ""))).name for slot in run if slot.driver == driver), "")


def _reasons_for_actions(config: CameraConfig) -> set[str]:
    """Where actions name none, they have those of motion capture."""
    motion = config.motion
    return {*config.actions.trigger_on} or {*motion.trigger_on, *(["sound"] if motion.sound_enabled else [])}
