"""Time goes on when a file begins again."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media.access_unit import AccessUnit
from ssplug.testing import a_video_track, an_access_unit, an_audio_track
from ssplug_file.loop import Loop

VIDEO, AUDIO = a_video_track(), an_audio_track()


def played(loop, *units):
    """The presentation times of one pass of (seconds, duration, track), in seconds."""
    placed = [loop.place(an_access_unit(at, track=track), Fraction(length)) for at, length, track in units]
    loop.next_pass()
    return [unit.seconds for unit in placed]


def test_the_first_pass_is_as_it_is():
    """Whatever time the file begins at."""
    assert played(Loop(), (5.0, 0.5, VIDEO), (5.5, 0.5, VIDEO)) == [5.0, 5.5]


def test_the_last_picture_is_shown_as_long_as_any():
    """The second pass begins when the last picture of the first has been seen."""
    loop = Loop()
    film = [(0.0, 0.5, VIDEO), (0.5, 0.25, VIDEO)]
    assert played(loop, *film) + played(loop, *film) + played(loop, *film) == [0, 0.5, 0.75, 1.25, 1.5, 2.0]


def test_picture_and_sound_begin_again_together():
    """A pass lasts until the longer of both has ended."""
    loop = Loop()
    film = [(0.0, 1, VIDEO), (0.25, 1, AUDIO), (1.0, 1, VIDEO), (1.25, 1, AUDIO)]
    assert played(loop, *film) == [0, 0.25, 1, 1.25]
    assert played(loop, *film) == [2.25, 2.5, 3.25, 3.5]


def test_a_duration_that_the_file_does_not_say_is_that_of_the_frame_rate():
    """The builder's track promises 25 pictures a second."""
    loop = Loop()
    film = [(0.0, 0, VIDEO), (0.5, 0, VIDEO)]
    played(loop, *film)
    assert played(loop, *film) == [0.54, 1.04]


def test_a_duration_that_nobody_says_is_that_of_the_unit_before():
    """Sound has no frame rate."""
    loop = Loop()
    film = [(0.0, 0, AUDIO), (0.5, 0, AUDIO)]
    played(loop, *film)
    assert played(loop, *film) == [1.0, 1.5]


def test_pictures_out_of_order_count_by_when_they_are_shown():
    """With B pictures the last to be decoded is not the last to be seen."""
    loop = Loop()
    film = [(0.0, 0.5, VIDEO), (1.0, 0.5, VIDEO), (0.5, 0.5, VIDEO)]
    played(loop, *film)
    assert played(loop, *film) == [1.5, 2.5, 2.0]


def test_a_file_of_one_picture_lasts_a_second():
    """A JPEG is no film of 25 pictures a second."""
    loop = Loop()
    played(loop, (0.0, 0.04, VIDEO))
    assert played(loop, (0.0, 0.04, VIDEO)) == [1.0]


def test_a_file_without_times_does_not_stand_still():
    """Every pass lasts some time."""
    loop = Loop()
    played(loop, (0.0, 0, AUDIO), (0.0, 0, AUDIO))
    assert played(loop, (0.0, 0, AUDIO), (0.0, 0, AUDIO)) == [1.0, 1.0]


@settings(max_examples=50)
@given(
    start=st.integers(-(10**6), 10**6),
    lengths=st.lists(st.integers(1, 9000), min_size=2, max_size=10),
    passes=st.integers(2, 50),
)
def test_no_pass_drifts(start, lengths, passes):
    """However many passes, each picture begins exactly when the one before it ends, in ticks."""
    loop, expected = Loop(), start
    for _ in range(passes):
        at = start
        for length in lengths:
            unit = AccessUnit(VIDEO, b"picture", at, at, key=True)
            assert loop.place(unit, Fraction(length, 90_000)).pts == expected
            at, expected = at + length, expected + length
        loop.next_pass()
