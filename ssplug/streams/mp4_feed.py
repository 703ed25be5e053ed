"""A camera's pictures, and its sound as AAC: what goes into MP4 for players and browsers."""

from collections.abc import Callable, Iterable
from typing import Protocol

from ssplug.media.access_unit import AAC, H264, H265, AccessUnit, Track
from ssplug.media.sample_entry import sample_entry
from ssplug.streams.hub import StreamHub, Subscriber
from ssplug.streams.no_signal import Standby

_PLAYED = frozenset({H264, H265})


class NotPlayableError(Exception):
    """The camera has no pictures that players take as they are; the text is for whoever asked."""


class Follower(Protocol):
    """Whoever makes MP4 of a feed. Reactor thread."""

    def began(self, tracks: tuple[Track, ...]) -> None:
        """Hear what comes from here on: pictures, and sound if there is any; nothing goes on from before."""

    def take(self, unit: AccessUnit) -> None:
        """Take a unit of one of these tracks; must return at once."""

    def ended(self, reason: str) -> None:
        """Hear that nothing comes until `began`: the camera is offline, or sends what is not played."""


class AudioForms(Protocol):
    """The camera's sound, in codecs that it does not send."""

    def track(self, codec: str) -> Track | None:
        """What a conversion to `codec` gives; None where there is none."""

    def attach(self, codec: str, subscriber: Subscriber) -> Callable[[], None]:
        """Offer sound in `codec` to `subscriber` until the returned function is called."""


class MP4Feed:
    """A `Subscriber` of a hub. Reactor thread."""

    def __init__(
        self, hub: StreamHub, audio_forms: AudioForms | None, follower: Follower, standby: Standby | None = None
    ) -> None:
        """Without `audio_forms` there is no sound, without `standby` nothing while the camera is away."""
        self._hub = hub
        self._audio_forms = audio_forms
        self._follower = follower
        self._standby = standby
        self._tracks: tuple[Track, ...] = ()
        self._detach: Callable[[], None] | None = None
        self._end_conversion: Callable[[], None] | None = None

    def start(self, before: Iterable[AccessUnit] = ()) -> None:
        """Feed the follower, first with the units `before`, which the hub has had already."""
        self._detach = self._hub.attach(self)
        if not self._hub.online:
            self._begin_to_stand_in()
        for unit in before:
            self.offer(unit)

    def stop(self) -> None:
        """Feed nothing more."""
        if self._detach is not None:
            self._detach()
            self._detach = None
        self._end_standing_in()
        self._convert(None)

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """The hub's news."""
        self._end_standing_in()
        try:
            self._tracks = playable_tracks(self._hub, self._audio_forms)
        except NotPlayableError as error:
            self._end(str(error))
            return
        self._follower.began(self._tracks)
        self._convert(next((track for track in self._tracks if track not in tracks), None))

    def offer(self, unit: AccessUnit) -> None:
        """The hub's next unit, or the converter's."""
        if unit.track in self._tracks:
            self._follower.take(unit)

    def went_offline(self, reason: str) -> None:
        """The hub's news."""
        self._end(reason)
        self._begin_to_stand_in()

    def _end(self, reason: str) -> None:
        self._tracks = ()
        self._convert(None)
        self._follower.ended(reason)

    def _begin_to_stand_in(self) -> None:
        if self._standby is not None:
            self._standby.begin(self._hub.last_video, self._stand_in)

    def _end_standing_in(self) -> None:
        if self._standby is not None:
            self._standby.end()

    def _stand_in(self, unit: AccessUnit) -> None:
        """A picture that says that there is none, in a track of its own."""
        if unit.track not in self._tracks:
            self._tracks = (unit.track,)
            self._follower.began(self._tracks)
        self._follower.take(unit)

    def _convert(self, sound: Track | None) -> None:
        """Have sound converted, or no longer."""
        if self._end_conversion is not None:
            self._end_conversion()
            self._end_conversion = None
        if sound is not None and self._audio_forms is not None:
            self._end_conversion = self._audio_forms.attach(sound.codec, _Converted(self.offer))


def playable_tracks(hub: StreamHub, audio_forms: AudioForms | None) -> tuple[Track, ...]:
    """What of a camera that is online goes into MP4; NotPlayableError where its pictures do not."""
    video = hub.video
    if video is None:
        raise NotPlayableError("The camera sends no pictures.")
    if video.codec not in _PLAYED:
        raise NotPlayableError(f"The camera sends {video.codec}, which is not played so: ask for video?cameraNum=N.")
    try:
        sample_entry(video)
    except ValueError as error:
        raise NotPlayableError(f"The camera's pictures cannot be played: {error}.") from error
    sound = audio_forms.track(AAC) if audio_forms is not None else None
    return (video,) if sound is None else (video, sound)


class _Converted:
    """A subscriber that takes converted sound and no news: the hub tells its own."""

    def __init__(self, offer: Callable[[AccessUnit], None]) -> None:
        self.offer = offer

    def tracks_changed(self, tracks: tuple[Track, ...]) -> None:
        """See `MP4Feed.tracks_changed`."""

    def went_offline(self, reason: str) -> None:
        """See `MP4Feed.went_offline`."""
