"""The last group of pictures, and pre-roll."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media.gop import GOPBuffer
from ssplug.testing import an_access_unit, an_audio_track

SOUND = an_audio_track()


def a_unit(letter, seconds, size=10):
    """K a key frame, P another picture, a sound."""
    track = SOUND if letter == "a" else None
    return an_access_unit(seconds, key=letter != "P", data=bytes(size), track=track)


def filled(pattern, pace=1.0, **limits):
    """A buffer that was given one unit each `pace` seconds."""
    buffer = GOPBuffer(**limits)
    for number, letter in enumerate(pattern):
        buffer.append(a_unit(letter, number * pace))
    return buffer


def told(units):
    """Units as letters with their seconds."""
    letters = ("a" if not unit.track.is_video else "K" if unit.key else "P" for unit in units)
    return " ".join(f"{letter}{unit.seconds:g}" for letter, unit in zip(letters, units, strict=True))


def test_without_pre_roll_only_the_last_gop_is_kept():
    buffer = filled("KPPKPP")
    assert told(buffer.last_gop()) == "K3 P4 P5"
    assert len(buffer) == 3


def test_what_comes_before_the_first_key_frame_is_not_kept():
    """Nobody could decode it."""
    assert told(filled("PaPKP").last_gop()) == "K3 P4"
    assert len(filled("PaP")) == 0


def test_sound_is_kept_with_the_pictures_but_begins_nothing():
    assert told(filled("KaPaKaa").last_gop()) == "K4 a5 a6"


def test_pre_roll_is_rounded_up_to_a_key_frame():
    """Five seconds of recording before the event want the key frame before them."""
    buffer = filled("KPPKPPKPPK", pre_roll=5.0)
    assert told(buffer.since(4.0)) == "K3 P4 P5 K6 P7 P8 K9"
    assert told(buffer.last_gop()) == "K9"
    assert len(buffer) == 7


def test_since_gives_the_oldest_when_less_is_kept():
    assert told(filled("KPKP", pre_roll=60.0).since(-5.0)) == "K0 P1 K2 P3"


def test_since_an_instant_to_come_is_the_last_gop():
    buffer = filled("KPKP", pre_roll=60.0)
    assert buffer.since(99.0) == buffer.last_gop()


def test_an_empty_buffer_has_nothing():
    assert (GOPBuffer().last_gop(), GOPBuffer().since(0.0)) == ((), ())


def test_pre_roll_may_be_changed_while_it_runs():
    """The next unit trims to what is wanted now."""
    buffer = filled("KKKKK", pre_roll=10.0)
    buffer.pre_roll = 1.0
    buffer.append(a_unit("K", 5.0))
    assert told(buffer.since(0.0)) == "K4 K5"


def test_a_gop_without_end_is_given_up():
    """A camera that sends key frames only when it is asked must not fill the memory."""
    buffer = filled("K" + "P" * 12, seconds_limit=10.0)
    assert len(buffer) == 0
    assert buffer.overflows == 1


def test_a_gop_that_is_too_large_is_given_up():
    buffer = filled("KPPPP", bytes_limit=45)
    assert (len(buffer), buffer.bytes, buffer.overflows) == (0, 0, 1)


def test_a_buffer_that_gave_up_begins_again_at_the_next_key_frame():
    assert told(filled("KPPPPPKP", bytes_limit=45).last_gop()) == "K6 P7"


def test_old_gops_make_way_before_the_last_is_given_up():
    """Pre-roll is shortened when the pictures are larger than anybody thought."""
    buffer = filled("KPKPKP", pre_roll=60.0, bytes_limit=45)
    assert told(buffer.since(0.0)) == "K2 P3 K4 P5"
    assert buffer.overflows == 0


def test_clear_forgets_everything():
    buffer = filled("KPKP", pre_roll=60.0)
    buffer.clear()
    assert (len(buffer), buffer.bytes, buffer.last_gop()) == (0, 0, ())
    buffer.append(a_unit("P", 4.0))
    buffer.append(a_unit("K", 5.0))
    assert told(buffer.last_gop()) == "K5"


stories = st.lists(
    st.tuples(st.sampled_from("KPPPaa!"), st.floats(0.0, 2.0), st.integers(1, 30)), min_size=1, max_size=80
)


@given(stories, st.floats(0.0, 10.0), st.integers(20, 400), st.floats(1.0, 10.0))
@settings(max_examples=200)
def test_it_never_exceeds_its_bounds_and_always_begins_at_a_key_frame(story, pre_roll, bytes_limit, seconds_limit):
    """`!` is a camera that went away."""
    buffer, now = GOPBuffer(pre_roll, bytes_limit, seconds_limit), 0.0
    for letter, elapsed, size in story:
        now += elapsed
        if letter == "!":
            buffer.clear()
        else:
            buffer.append(a_unit(letter, now, size))
        kept = buffer.since(-1.0)
        assert buffer.bytes == sum(len(unit.data) for unit in kept) <= bytes_limit
        assert len(buffer) == len(kept)
        if kept:
            assert kept[0].key
            assert kept[0].track.is_video
            assert now - kept[0].seconds <= pre_roll + seconds_limit + 1e-4
            last = buffer.last_gop()
            assert last == kept[-len(last) :]
            assert [unit.key for unit in last if unit.track.is_video] == [True] + [False] * (
                sum(unit.track.is_video for unit in last) - 1
            )


@given(st.lists(st.sampled_from("KPa"), min_size=1, max_size=60), st.integers(0, 10))
@settings(max_examples=100)
def test_pre_roll_is_always_covered(pattern, pre_roll):
    """Within its bounds it keeps all that was asked for, and no GOP more."""
    buffer, now = filled(pattern, pre_roll=float(pre_roll)), len(pattern) - 1
    keys = [number for number, letter in enumerate(pattern) if letter == "K"]
    wanted = [key for key in keys if key <= now - pre_roll][-1:] or keys[:1]
    kept = buffer.since(-1.0)
    assert [unit.seconds for unit in kept] == list(range(wanted[0], now + 1)) if wanted else kept == ()


@pytest.mark.parametrize("size", [10, 100_000])
def test_units_are_shared_not_copied(size):
    unit = a_unit("K", 0.0, size)
    buffer = GOPBuffer()
    buffer.append(unit)
    assert buffer.last_gop()[0] is unit
