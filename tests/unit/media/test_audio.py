"""Sound in another codec: the same tone, at the same time."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media.access_unit import AAC, PCMA, PCMU
from ssplug.media.audio import L16, AudioConverter, converted_track
from ssplug.testing import an_audio_track
from ssplug.testing.encoded import encoded_audio

HERTZ = 440.0
SOURCES = [(AAC, 16000, 1), (AAC, 44100, 1), (AAC, 48000, 2), (PCMU, 8000, 1), (PCMA, 8000, 1), ("pcm_s16le", 32000, 1)]


def a_tone(codec=PCMU, rate=8000, channels=1, seconds=2.0, begins=5.0):
    track, units = encoded_audio(codec, rate, seconds, channels, HERTZ)
    return track, [moved(unit, begins) for unit in units]


def moved(unit, seconds):
    ticks = round(seconds * unit.track.clock_rate)
    return dataclasses.replace(unit, pts=unit.pts + ticks, dts=unit.dts + ticks)


def converted(track, units, codec):
    converter = AudioConverter(track, codec)
    made = converter.convert(units)
    assert converter.errors == 0
    assert all(unit.track == converter.track for unit in made)
    return made


def samples(units):
    """The left channel as numbers of -1 to 1, its rate, and the time at which it begins."""
    if units[0].track.codec != L16:
        units = converted(units[0].track, units, L16)
    track = units[0].track
    numbers = np.frombuffer(b"".join(unit.data for unit in units), ">i2").reshape(-1, track.channels)[:, 0]
    return numbers / 32768, track.clock_rate, units[0].seconds


def tone_at(units, at, seconds=0.5):
    """Amplitude of the tone around time `at`, and by how many seconds it is late there."""
    numbers, rate, begins = samples(units)
    first, count = round((at - begins) * rate), round(seconds * rate)
    times = begins + (first + np.arange(count)) / rate
    component = (numbers[first : first + count] * np.exp(-2j * np.pi * HERTZ * times)).sum() * 2 / count
    return abs(component), -np.angle(component * 1j) / (2 * np.pi * HERTZ)


@pytest.mark.parametrize("codec", [AAC, PCMU, L16])
@pytest.mark.parametrize("source", SOURCES)
def test_the_tone_is_the_same_at_the_same_time(source, codec):
    """Sound and picture stay in step: not half a millisecond is lost to codecs and resampling."""
    made = converted(*a_tone(*source), codec)
    amplitude, lag = tone_at(made, 6.0)
    assert amplitude == pytest.approx(0.5, abs=0.02)
    assert lag == pytest.approx(0.0, abs=0.0005)
    assert abs(made[0].seconds - 5.0) < 0.3


@pytest.mark.parametrize("codec", [AAC, PCMU, L16])
@pytest.mark.parametrize("source", SOURCES)
def test_units_follow_each_other_without_gap(source, codec):
    made = converted(*a_tone(*source), codec)
    size = {AAC: lambda unit: 1024, PCMU: lambda unit: len(unit.data), L16: lambda unit: len(unit.data) // 2}[codec]
    per_unit = [size(unit) // (unit.track.channels if codec == L16 else 1) for unit in made]
    assert [after.pts - before.pts for before, after in itertools.pairwise(made)] == per_unit[:-1]
    assert all(unit.key and unit.dts == unit.pts for unit in made)


def test_sound_may_come_in_any_portions():
    track, units = a_tone(AAC, 16000)
    one_by_one = AudioConverter(track, PCMU)
    made = [unit for each in units for unit in one_by_one.convert([each])]
    assert made == converted(track, units, PCMU)


def test_missing_sound_leaves_a_gap():
    """What comes after it keeps its time."""
    track, units = a_tone(PCMU)
    made = converted(track, units[:40] + units[60:], L16)
    steps = [after.pts - before.pts for before, after in itertools.pairwise(made)]
    assert steps == [160] * 39 + [21 * 160] + [160] * 39


def test_sound_that_cannot_be_decoded_leaves_a_gap_and_is_counted():
    track, units = a_tone(AAC, 16000)
    broken = [dataclasses.replace(unit, data=b"\xff" * 40) if 10 <= n < 15 else unit for n, unit in enumerate(units)]
    converter = AudioConverter(track, L16)
    made = converter.convert(broken)
    assert converter.errors == 5
    assert made[-1].seconds == pytest.approx(units[-1].seconds, abs=0.001)


def test_jitter_of_the_input_is_not_passed_on():
    """RTP receivers give times that are off by some ticks."""
    track, units = a_tone(PCMU)
    jittery = [dataclasses.replace(unit, pts=unit.pts + n * 37 % 60) for n, unit in enumerate(units)]
    made = converted(track, jittery, L16)
    assert {after.pts - before.pts for before, after in itertools.pairwise(made)} == {160}


def test_a_clock_that_drifts_is_followed_in_small_steps():
    """A tenth of a per cent, for a minute: 60 ms, and never more than the slack away."""
    track, units = a_tone(PCMU, seconds=60.0)
    fast = [dataclasses.replace(unit, pts=round(unit.pts * 1.001)) for unit in units]
    made = converted(track, fast, L16)
    assert max(abs(one.pts - other.pts) for one, other in zip(fast, made, strict=True)) <= 0.012 * 8000
    assert {after.pts - before.pts for before, after in itertools.pairwise(made)} == {160, 168}


def test_the_track_is_known_before_any_sound():
    track, units = a_tone(AAC, 48000, channels=2)
    for codec in (PCMU, L16):
        assert converted(track, units, codec)[0].track == converted_track(track, codec)


@pytest.mark.parametrize(
    ("track", "codec", "wanted"),
    [
        (an_audio_track(AAC, 16000), PCMU, an_audio_track(PCMU, 8000, b"")),
        (an_audio_track(AAC, 16000), L16, an_audio_track(L16, 16000, b"")),
        (an_audio_track(PCMU, 8000, b""), AAC, an_audio_track(AAC, 8000, b"\x15\x88")),
        (an_audio_track(PCMU, 16000, b""), PCMU, an_audio_track(PCMU, 8000, b"")),
        (an_audio_track("pcm_s16le", 15000, b""), AAC, an_audio_track(AAC, 16000, b"\x14\x08")),
    ],
)
def test_what_a_conversion_gives(track, codec, wanted):
    assert converted_track(track, codec) == wanted


@pytest.mark.parametrize("track", [an_audio_track(AAC), an_audio_track(PCMU, 8000, b""), an_audio_track(L16, 44100)])
def test_what_is_so_already_stays_as_it_is(track):
    assert converted_track(track, track.codec) is track


def test_surround_sound_becomes_stereo():
    track = dataclasses.replace(an_audio_track(AAC, 48000), channels=6)
    made = converted_track(track, L16)
    assert made is not None
    assert made.channels == 2


def test_a_conversion_that_there_is_not_is_refused():
    assert converted_track(an_audio_track(), "opus") is None
    with pytest.raises(ValueError, match="opus"):
        AudioConverter(an_audio_track(), "opus")
    with pytest.raises(ValueError):
        AudioConverter(an_audio_track("no such codec"), PCMU)


@given(st.lists(st.binary(max_size=100), max_size=8))
@settings(max_examples=30)
def test_noise_costs_only_itself(noises):
    track, units = a_tone(AAC, 16000, seconds=0.5)
    converter = AudioConverter(track, PCMU)
    noisy = [dataclasses.replace(units[0], data=noise) for noise in [b"", *noises]]  # nothing means the end to FFmpeg
    assert len(converter.convert([*noisy, *units])) >= len(units) - 1
