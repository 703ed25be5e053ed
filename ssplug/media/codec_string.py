"""What browsers and playlists call a codec: the `codecs` parameter (RFC 6381), for what MP4 holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ssplug.media import h264, h265
from ssplug.media.access_unit import AAC, H264, H265, Track
from ssplug.media.bits import BitReader
from ssplug.media.nal import rbsp

_ESCAPE: Final = 31  # audioObjectType that is followed by six more bits (ISO/IEC 14496-3, 1.6.2.1)


def codec_string(track: Track) -> str:
    """For example avc1.640028; ValueError where the track does not say enough of itself, or has no such name."""
    if track.codec not in _NAMES:
        raise ValueError(f"{track.codec} is not played by browsers")
    return _NAMES[track.codec](track)


def mime_type(tracks: Sequence[Track]) -> str:
    """What a browser is asked for whether it plays an MP4 file of `tracks`."""
    return f'video/mp4; codecs="{", ".join(map(codec_string, tracks))}"'


def _avc1(track: Track) -> str:
    """profile_idc, constraint flags and level_idc (RFC 6381, 3.3)."""
    return f"avc1.{_sps(h264.parameter_sets(track.extradata), h264.nal_type, h264.SPS_NAL, 4)[1:4].hex()}"


def _hvc1(track: Track) -> str:
    """Profile, compatibility flags, tier and level, constraint flags (ISO/IEC 14496-15, E.3)."""
    level = rbsp(_sps(h265.parameter_sets(track.extradata), h265.nal_type, h265.SPS_NAL, 15)[2:])[1:13]
    if len(level) < 12:
        raise ValueError("H.265 with a sequence parameter set that is cut short")
    space, tier, profile = level[0] >> 6, level[0] >> 5 & 1, level[0] & 0x1F
    compatible = int(f"{int.from_bytes(level[1:5], 'big'):032b}"[::-1], 2)
    constraints = "".join(f".{byte:X}" for byte in level[5:11].rstrip(b"\0"))
    return f"hvc1.{' ABC'[space].strip()}{profile}.{compatible:X}.{'LH'[tier]}{level[11]}{constraints}"


def _sps(sets: Sequence[bytes], kind: Callable[[bytes], int], wanted: int, size: int) -> bytes:
    sps = next((nal for nal in sets if kind(nal) == wanted and len(nal) >= size), None)
    if sps is None:
        raise ValueError("video without its parameter sets")
    return sps


def _mp4a(track: Track) -> str:
    """The objectTypeIndication and audioObjectType (RFC 6381, 3.3)."""
    reader = BitReader(track.extradata)
    kind = reader.u(5)
    return f"mp4a.40.{kind if kind != _ESCAPE else 32 + reader.u(6)}"


_NAMES: Final[Mapping[str, Callable[[Track], str]]] = {H264: _avc1, H265: _hvc1, AAC: _mp4a}
