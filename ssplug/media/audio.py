"""Sound in another codec: decoded, resampled and encoded by FFmpeg, its times kept.

A converter belongs to one thread.  What it makes of a track is known beforehand (`converted_track`),
so that a session can be described before there is any sound.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame

from ssplug.media import g711
from ssplug.media.aac import SAMPLE_RATES, AudioSpecificConfig
from ssplug.media.access_unit import AAC, PCMU, AccessUnit, Track

L16: Final = "pcm_s16be"
"""FFmpeg's name for samples of 16 bits in network order (RFC 3551, 4.5.11)."""

_AAC_BITS_PER_SAMPLE: Final = 4
_LAYOUTS: Final = {1: "mono", 2: "stereo"}
_SAMPLE_FORMATS: Final = {AAC: "fltp", PCMU: "s16", L16: "s16"}

# How far the counted samples may be from the times of the input: within the first nothing is done,
# within the second the distance shrinks by a thousandth of a second a unit, beyond it sound is
# missing, or was cut, and the count begins anew there.
_EVEN: Final = 0.010
_GAP: Final = 0.040
_CORRECTION: Final = 0.001

_ERRORS = (av.FFmpegError, ValueError)


def converted_track(track: Track, codec: str) -> Track | None:
    """What a conversion of `track` to `codec` gives: `track` itself if it is that already, None if it cannot be.

    Mu-law is always 8 kHz mono, as everybody expects it; other sound keeps its rate, and has at
    most two channels.
    """
    channels = min(track.channels, 2)
    if codec == PCMU:
        converted = Track(PCMU, g711.SAMPLE_RATE, channels=1)
    elif codec == L16:
        converted = Track(L16, track.clock_rate, channels=channels)
    elif codec == AAC:
        rate = min(SAMPLE_RATES, key=lambda each: abs(each - track.clock_rate))
        converted = Track(AAC, rate, AudioSpecificConfig(rate, channels).serialize(), channels=channels)
    else:
        return None
    return track if _is_already(track, converted) else converted


def _is_already(track: Track, wanted: Track) -> bool:
    if track.codec != wanted.codec:
        return False
    return wanted.codec != PCMU or (track.clock_rate, track.channels) == (wanted.clock_rate, wanted.channels)


class AudioConverter:
    """Converts the units of one track, in decoding order."""

    def __init__(self, track: Track, codec: str) -> None:
        """ValueError where FFmpeg cannot decode `track`, or we cannot make `codec`."""
        converted = converted_track(track, codec)
        if converted is None:
            raise ValueError(f"no conversion to {codec!r}")
        self.track = converted
        self.errors = 0
        """Units that could not be decoded: their sound is missing."""
        self._decoder = _decoder(track)
        self._encoder = _encoder(converted)
        self._times = _SampleTimes(track.clock_rate, converted.clock_rate)

    def convert(self, units: Iterable[AccessUnit]) -> list[AccessUnit]:
        """The converted units that are ready; some of the sound may wait for the next call."""
        return [converted for unit in units if unit.data for converted in self._convert(unit)]

    def _convert(self, unit: AccessUnit) -> Iterator[AccessUnit]:
        try:
            frames = self._decoder.decode(av.Packet(unit.data))
            packets = [packet for frame in self._times.counted(unit, frames) for packet in self._encoder.encode(frame)]
        except _ERRORS:
            self.errors += 1
            return
        for packet in packets:
            pts = self._times.placed(packet.pts or 0)
            yield AccessUnit(self.track, bytes(packet), pts, pts, True, unit.received_at)


class _SampleTimes:
    """Keeps times and counted samples together.

    Encoders want to count samples; the input's times jitter, drift and leave gaps.  So the frames
    are numbered by their samples, and the numbers of what comes out are moved to where the input's
    times have them.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._rate_in = rate_in
        self._rate_out = rate_out
        self._counted = Fraction(0)
        self._offset: int | None = None
        self._last: int | None = None

    def counted(self, unit: AccessUnit, frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
        """The frames decoded from `unit`, numbered on from those before."""
        self._follow(unit.pts)
        for frame in frames:
            frame.time_base = Fraction(1, frame.sample_rate)
            frame.pts = int(self._counted * frame.sample_rate)
            self._counted += Fraction(frame.samples, frame.sample_rate)
            yield frame

    def placed(self, number: int) -> int:
        """The time of the unit that begins with sample `number`, in ticks of the output."""
        at = number + (self._offset or 0)
        if self._last is not None:
            at = max(at, self._last + 1)
        self._last = at
        return at

    def _follow(self, pts: int) -> None:
        wanted = round(Fraction(pts, self._rate_in) * self._rate_out - self._counted * self._rate_out)
        if self._offset is None or abs(wanted - self._offset) > _GAP * self._rate_out:
            self._offset = wanted
        elif abs(wanted - self._offset) > _EVEN * self._rate_out:
            step = max(1, round(_CORRECTION * self._rate_out))
            self._offset += step if wanted > self._offset else -step


def _decoder(track: Track) -> AudioCodecContext:
    context = cast("AudioCodecContext", av.CodecContext.create(track.codec, "r"))
    context.sample_rate = track.clock_rate
    context.layout = _LAYOUTS[min(track.channels, 2)]
    if track.extradata:
        context.extradata = track.extradata
    return context


def _encoder(track: Track) -> AudioCodecContext:
    """PyAV's encoder resamples what it is given, and cuts it into frames."""
    context = cast("AudioCodecContext", av.CodecContext.create(track.codec, "w"))
    context.sample_rate = track.clock_rate
    context.layout = _LAYOUTS[track.channels]
    context.format = _SAMPLE_FORMATS[track.codec]
    context.time_base = Fraction(1, track.clock_rate)
    if track.codec == AAC:
        context.bit_rate = _AAC_BITS_PER_SAMPLE * track.clock_rate * track.channels
    return context
