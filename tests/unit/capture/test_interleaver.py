"""Sound and pictures of one moment come together, and pictures never wait."""

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.capture.interleaver import Interleaver
from ssplug.media.access_unit import AccessUnit
from ssplug.testing import a_video_track, an_access_unit, an_audio_track

VIDEO, SOUND = a_video_track(), an_audio_track()


def picture(seconds: float, decoded: float | None = None) -> AccessUnit:
    """A picture that is shown at `seconds`."""
    unit = an_access_unit(seconds, track=VIDEO)
    return dataclasses.replace(unit, dts=round((decoded if decoded is not None else seconds) * 90_000))


def sound(seconds: float) -> AccessUnit:
    """Sound of that moment."""
    return an_access_unit(seconds, track=SOUND, data=b"sound")


def test_sound_that_is_ahead_waits_for_its_picture() -> None:
    """And comes before the next."""
    interleaver = Interleaver()
    assert interleaver.put([picture(1.0), sound(1.05), sound(1.15)]) == [picture(1.0)]
    assert interleaver.put([picture(1.1)]) == [sound(1.05), picture(1.1)]
    assert interleaver.put([picture(1.2)]) == [sound(1.15), picture(1.2)]


def test_sound_that_is_late_comes_as_late_as_it_comes() -> None:
    """No picture waits for it."""
    interleaver = Interleaver()
    assert interleaver.put([picture(1.0), picture(1.1)]) == [picture(1.0), picture(1.1)]
    assert interleaver.put([sound(0.9)]) == [sound(0.9)]


def test_a_picture_comes_before_the_sound_of_the_same_moment() -> None:
    """So a movie that begins with the picture has that sound."""
    interleaver = Interleaver()
    assert interleaver.put([sound(1.0), picture(1.0)]) == [picture(1.0), sound(1.0)]


def test_no_sound_waits_for_pictures_that_do_not_come() -> None:
    """Longer than was allowed."""
    interleaver = Interleaver(hold=0.5)
    sounds = [sound(number / 8) for number in range(10)]
    assert interleaver.put(sounds) == sounds[:6]
    assert interleaver.flush() == sounds[6:]


def test_pictures_stay_in_decoding_order() -> None:
    """Also those that are shown earlier than one before them."""
    interleaver = Interleaver()
    pictures = [picture(0.0, 0.0), picture(0.3, 0.1), picture(0.1, 0.2), picture(0.2, 0.3), picture(0.6, 0.4)]
    out = interleaver.put([pictures[0], sound(0.05), *pictures[1:]])
    assert out == [pictures[0], sound(0.05), *pictures[1:]]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=60), st.integers(1, 10))
@settings(max_examples=100)
def test_every_unit_comes_out_once_and_its_track_in_order(arrivals: list[tuple[bool, int]], at_once: int) -> None:
    """However they arrive."""
    units = [picture(t / 10) if is_video else sound(t / 10) for is_video, t in arrivals]
    interleaver = Interleaver()
    out: list[AccessUnit] = []
    for begin in range(0, len(units), at_once):
        out += interleaver.put(units[begin : begin + at_once])
    out += interleaver.flush()
    for track in (VIDEO, SOUND):
        assert [unit for unit in out if unit.track is track] == [unit for unit in units if unit.track is track]
