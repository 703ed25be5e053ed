"""How loud it is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.detection.listening import Listening
from ssplug.detection.loudness import QUIET_SECONDS, REPEAT_SECONDS, LoudnessMeter, LoudnessTrigger, level_of
from ssplug.media.access_unit import AccessUnit
from ssplug.streams.audio_form import AudioForms
from ssplug.streams.hub import StreamHub
from ssplug.testing import InlineWorkers
from ssplug.testing.encoded import encoded_audio


def a_tone(amplitude: float, seconds: float = 1.0, rate: int = 8000) -> bytes:
    wave = amplitude * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)
    return (wave * 32767).astype(">i2").tobytes()


@pytest.mark.parametrize(("decibels", "level"), [(0, 100), (-30, 50), (-60, 0), (-90, 0), (-6, 90)])
def test_a_level_is_six_tenths_of_a_decibel(decibels, level):
    assert level_of(10 ** (decibels / 10)) == pytest.approx(level)


def test_silence_has_a_level():
    assert level_of(0.0) == 0


def test_a_tone_is_measured_ten_times_a_second():
    levels = LoudnessMeter(8000).levels(a_tone(0.5))
    assert levels == pytest.approx([level_of(0.125)] * 10, abs=0.1)


@given(st.lists(st.integers(1, 4000), max_size=20))
def test_it_does_not_matter_in_which_pieces_sound_comes(sizes):
    whole, meter, levels = a_tone(0.3), LoudnessMeter(8000), []
    rest = whole
    for size in sizes:
        levels += meter.levels(rest[: 2 * size])
        rest = rest[2 * size :]
    assert levels + meter.levels(rest) == pytest.approx(LoudnessMeter(8000).levels(whole))


def test_loudness_is_said_when_it_begins_and_again_while_it_lasts():
    trigger = LoudnessTrigger(50)
    said = [at / 10 for at in range(250) if trigger.hear(at / 10, 60.0)]
    assert said == [0.0, REPEAT_SECONDS, 2 * REPEAT_SECONDS]


def test_after_it_was_quiet_loudness_is_news():
    trigger = LoudnessTrigger(50)
    assert trigger.hear(0.0, 60.0)
    assert not trigger.hear(QUIET_SECONDS - 0.1, 60.0)
    assert trigger.hear(2 * QUIET_SECONDS, 60.0)


def test_what_is_below_the_level_is_nothing():
    trigger = LoudnessTrigger(50)
    assert not any(trigger.hear(at / 10, 49.9) for at in range(100))


@pytest.mark.parametrize("codec", ["aac", "pcm_mulaw", "pcm_alaw"])
def test_a_tone_in_any_codec_is_heard(codec):
    """At half of full scale: level 85."""
    rate = 16000 if codec == "aac" else 8000
    track, units = encoded_audio(codec, rate, seconds=2.0)
    assert loud(track, units, level=80) == 1
    assert loud(track, units, level=90) == 0


def loud(track, units, level: float) -> int:
    """How often it was said that it is loud."""
    hub, said = StreamHub(), []
    hub.came_online((track,))
    listening = Listening(AudioForms(hub, InlineWorkers(), "camera 1"), level, lambda: said.append(True))
    listening.start()
    for unit in units:
        hub.publish(AccessUnit(track, unit.data, unit.pts, unit.dts, unit.key, unit.seconds))
    hub.went_offline("enough")
    listening.stop()
    return len(said)


def test_full_scale_is_the_greatest_level():
    assert level_of(math.inf) == 100
