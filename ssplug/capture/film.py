"""What a movie is recorded on: the tracks of a camera as MP4 can hold them.

Pictures are kept as they come. Sound that MP4 cannot hold, or that not everybody plays (G.711),
becomes AAC. What cannot be kept at all is left out, with the reason.
"""

from collections.abc import Sequence

from ssplug.media.access_unit import AAC, AccessUnit, Track
from ssplug.media.audio import AudioConverter, converted_track
from ssplug.media.sample_entry import sample_entry


class Film:
    """The tracks of one movie, and what turns a camera's units into units of them."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        """`tracks` are the camera's."""
        self.left_out: list[str] = []
        """Why a track is not in the movie, for people."""
        self._kept: dict[Track, Track] = {}
        self._converters: dict[Track, AudioConverter] = {}
        for track in tracks:
            self._keep(track)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Of the movie."""
        return tuple(self._kept.values())

    @property
    def has_pictures(self) -> bool:
        """Whether there is anything to see: without it there is no movie."""
        return any(track.is_video for track in self._kept)

    def develop(self, units: Sequence[AccessUnit]) -> list[AccessUnit]:
        """The units of the movie that the camera's units make, in their order. Always the same thread."""
        return [developed for unit in units if unit.track in self._kept for developed in self._developed(unit)]

    def _keep(self, track: Track) -> None:
        kept = track if track.is_video else converted_track(track, AAC)
        try:
            sample_entry(kept or track)
            if kept is not None and kept != track:
                AudioConverter(track, AAC)  # made anew by the thread that uses it: here to know that it can be
        except ValueError as error:
            self.left_out.append(str(error))
        else:
            self._kept[track] = kept or track

    def _developed(self, unit: AccessUnit) -> Sequence[AccessUnit]:
        if self._kept[unit.track] is unit.track or self._kept[unit.track] == unit.track:
            return (unit,)
        if unit.track not in self._converters:
            self._converters[unit.track] = AudioConverter(unit.track, AAC)
        return self._converters[unit.track].convert((unit,))
