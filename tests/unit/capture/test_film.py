"""What a camera sends is kept as it is, turned into what MP4 holds, or left out with the reason."""

import numpy as np
import pytest

from ssplug.capture.film import Film
from ssplug.media.access_unit import AAC, H264, PCMA, PCMU, AccessUnit, Track
from ssplug.testing.clips import a_clip, a_sound


def test_pictures_and_aac_are_kept_as_they_are() -> None:
    """The very same units."""
    track, pictures = a_clip(pictures=3)
    sound_track, sound = a_sound(0.2)
    film = Film([track, sound_track])
    assert film.tracks == (track, sound_track)
    assert film.develop([*pictures, *sound]) == [*pictures, *sound]
    assert film.left_out == []


@pytest.mark.parametrize("codec", [PCMU, PCMA])
def test_telephone_sound_becomes_aac_of_the_same_moments(codec: str) -> None:
    """The encoder keeps a little back."""
    track = Track(codec, 8000, channels=1)
    tone = bytes(np.arange(8000, dtype=np.uint8))
    units = [AccessUnit(track, tone[at : at + 160], 80_000 + at, 80_000 + at, True) for at in range(0, 8000, 160)]
    film = Film([a_clip(pictures=1)[0], track])
    made = [unit for each in units for unit in film.develop([each])]
    assert {unit.track for unit in made} == {film.tracks[1]}
    assert (film.tracks[1].codec, film.tracks[1].clock_rate) == (AAC, 8000)
    assert made[0].seconds == pytest.approx(10.0, abs=0.13)
    assert made[-1].seconds == pytest.approx(10.75, abs=0.25)


def test_sound_that_nobody_can_decode_is_left_out_and_the_pictures_kept() -> None:
    """With the reason."""
    track, pictures = a_clip(pictures=2)
    strange = Track("no_such_codec", 8000, channels=1)
    film = Film([track, strange])
    assert film.tracks == (track,)
    assert film.has_pictures
    (reason,) = film.left_out
    assert "no_such_codec" in reason
    assert film.develop([AccessUnit(strange, b"x", 0, 0, True), *pictures]) == pictures


def test_without_pictures_there_is_no_movie() -> None:
    """As with a codec that MP4 has no place for, or before its parameter sets are known."""
    for track in (Track("vp8", 90_000), Track(H264, 90_000)):
        film = Film([track, a_sound(0.1)[0]])
        assert not film.has_pictures
        assert len(film.left_out) == 1
