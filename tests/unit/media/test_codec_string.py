"""What browsers call a codec."""

import pytest

from ssplug.media.access_unit import AAC, H264, H265, MJPEG, Track
from ssplug.media.codec_string import codec_string, mime_type
from ssplug.media.nal import annex_b
from ssplug.testing import a_video_track, an_audio_track
from ssplug.testing.clips import a_clip, a_sound


def escaped(payload: bytes) -> bytes:
    """A NAL unit in which no start code can be found (ITU-T H.265, 7.4.2)."""
    out = bytearray()
    for byte in payload:
        if out[-2:] == b"\0\0" and byte <= 3:
            out.append(3)
        out.append(byte)
    return bytes(out)


def h265_track(profile_tier_level: str) -> Track:
    """A track whose SPS says this of its profile (7.3.3); the other sets are of no matter."""
    sps = escaped(bytes.fromhex("420101" + profile_tier_level + "a001"))
    return a_video_track(H265, extradata=annex_b([b"\x40\x01\x0c", sps, b"\x44\x01\xc1"]))


@pytest.mark.parametrize(
    ("sps", "name"), [("67640028ac", "avc1.640028"), ("6742c01e95", "avc1.42c01e"), ("674d401f00", "avc1.4d401f")]
)
def test_h264_is_named_by_profile_constraints_and_level(sps: str, name: str) -> None:
    track = a_video_track(H264, extradata=annex_b([bytes.fromhex(sps), b"\x68\xce"]))
    assert codec_string(track) == name


@pytest.mark.parametrize(
    ("profile_tier_level", "name"),
    [
        ("01 60000000 900000000000 5d", "hvc1.1.6.L93.90"),
        ("02 20000000 b00000000000 78", "hvc1.2.4.L120.B0"),
        ("21 40000000 000000000000 96", "hvc1.1.2.H150"),
    ],
)
def test_h265_is_named_by_profile_compatibility_tier_level_and_constraints(profile_tier_level: str, name: str) -> None:
    """Emulation prevention is taken out, flags are read from the other end, constraints of zeros are left out."""
    assert codec_string(h265_track(profile_tier_level)) == name


@pytest.mark.parametrize(
    ("configuration", "name"), [("1408", "mp4a.40.2"), ("2b118800", "mp4a.40.5"), ("f94840", "mp4a.40.42")]
)
def test_aac_is_named_by_its_object_type(configuration: str, name: str) -> None:
    """Also one that is said in an escape."""
    assert codec_string(an_audio_track(AAC, extradata=bytes.fromhex(configuration))) == name


def test_a_file_is_named_by_all_that_is_in_it() -> None:
    video, _ = a_clip(H265, pictures=1)
    sound, _ = a_sound(0.1)
    assert mime_type((video, sound)) == f'video/mp4; codecs="{codec_string(video)}, mp4a.40.2"'


@pytest.mark.parametrize("codec", [H264, H265, MJPEG])
def test_video_that_does_not_say_what_it_is_has_no_name(codec: str) -> None:
    with pytest.raises(ValueError):
        codec_string(a_video_track(codec))
