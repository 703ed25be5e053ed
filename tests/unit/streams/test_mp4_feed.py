"""What goes into MP4: pictures that players know, and sound as AAC."""

from collections.abc import Callable

import pytest

from ssplug.media.access_unit import AAC, H265, MJPEG, PCMU, AccessUnit, Track
from ssplug.streams.hub import StreamHub
from ssplug.streams.mp4_feed import MP4Feed, NotPlayableError, playable_tracks
from ssplug.testing import a_video_track, an_access_unit, an_audio_track
from ssplug.testing.clips import a_clip

VIDEO, [KEY] = a_clip(pictures=1)
OWN = an_audio_track(AAC)
ULAW, CONVERTED = an_audio_track(PCMU, 8000, b""), an_audio_track(AAC, 8000)


class FakeAudioForms:
    """Sound that a test makes as AAC."""

    def __init__(self, track) -> None:
        self.of_camera = track
        self.subscribers: list = []

    def track(self, codec):
        return self.of_camera

    def attach(self, codec, subscriber):
        self.subscribers.append(subscriber)
        return lambda: self.subscribers.remove(subscriber)


class Follower:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list = []

    def began(self, tracks):
        self.told.append(("began", tracks))

    def take(self, unit):
        self.told.append(unit)

    def ended(self, reason):
        self.told.append(("ended", reason))


def a_feed(*tracks, forms=None) -> tuple[StreamHub, MP4Feed, Follower]:
    hub, follower = StreamHub(), Follower()
    hub.came_online(tracks)
    feed = MP4Feed(hub, forms, follower)
    feed.start()
    return hub, feed, follower


def test_pictures_and_aac_go_as_they_are() -> None:
    """Nothing is converted."""
    forms = FakeAudioForms(OWN)
    hub, _, follower = a_feed(VIDEO, OWN, forms=forms)
    sound = an_access_unit(1.0, track=OWN)
    hub.publish(KEY)
    hub.publish(sound)
    assert follower.told == [("began", (VIDEO, OWN)), KEY, sound]
    assert forms.subscribers == []


def test_other_sound_comes_converted() -> None:
    """The camera's own is left out."""
    forms = FakeAudioForms(CONVERTED)
    hub, feed, follower = a_feed(VIDEO, ULAW, forms=forms)
    hub.publish(an_access_unit(1.0, track=ULAW))
    sound = an_access_unit(1.0, track=CONVERTED)
    forms.subscribers[0].offer(sound)
    assert follower.told == [("began", (VIDEO, CONVERTED)), sound]
    feed.stop()
    assert (forms.subscribers, hub.subscribers) == ([], 0)


def test_without_forms_there_is_no_sound() -> None:
    hub, _, follower = a_feed(VIDEO, OWN)
    hub.publish(an_access_unit(1.0, track=OWN))
    assert follower.told == [("began", (VIDEO,))]


def test_what_was_before_the_feed_comes_first() -> None:
    """Units that the hub has buffered."""
    hub, follower = StreamHub(), Follower()
    hub.came_online((VIDEO,))
    MP4Feed(hub, None, follower).start([KEY])
    assert follower.told == [("began", (VIDEO,)), KEY]


def test_an_end_and_a_new_beginning_are_told() -> None:
    """The conversion of before ends; units of tracks of before are not passed on."""
    forms = FakeAudioForms(CONVERTED)
    hub, _, follower = a_feed(VIDEO, ULAW, forms=forms)
    hub.went_offline("gone")
    assert forms.subscribers == []
    hub.publish(KEY)
    other = a_clip(H265, pictures=1)[0]
    hub.came_online((other, ULAW))
    assert follower.told[1:] == [("ended", "gone"), ("began", (other, CONVERTED))]
    assert len(forms.subscribers) == 1


def test_pictures_that_are_not_played_are_an_end() -> None:
    """A camera may be set to something else while somebody watches."""
    hub, _, follower = a_feed(VIDEO)
    hub.came_online((a_video_track(MJPEG),))
    kind, reason = follower.told[-1]
    assert kind == "ended"
    assert "mjpeg" in reason


@pytest.mark.parametrize(
    ("tracks", "reason"),
    [
        ((OWN,), "sends no pictures"),
        ((a_video_track(MJPEG),), "sends mjpeg"),
        ((a_video_track(),), "without its parameter sets"),
    ],
)
def test_what_cannot_be_played_is_said(tracks, reason: str) -> None:
    hub = StreamHub()
    hub.came_online(tracks)
    with pytest.raises(NotPlayableError, match=reason):
        playable_tracks(hub, None)


class FakeStandby:
    """Shows what a test gives it."""

    def __init__(self) -> None:
        self.track: Track | None = None
        self.deliver: Callable[[AccessUnit], None] | None = None

    def begin(self, track, deliver):
        self.track, self.deliver = track, deliver

    def end(self):
        self.deliver = None


def test_while_the_camera_is_away_something_else_is_shown() -> None:
    """In a track of its own, between an end and a beginning; then the camera again, with its sound."""
    hub, follower, standby = StreamHub(), Follower(), FakeStandby()
    hub.came_online((VIDEO, OWN))
    feed = MP4Feed(hub, FakeAudioForms(OWN), follower, standby)
    feed.start()
    hub.went_offline("lost")
    assert standby.track == VIDEO
    assert standby.deliver is not None
    picture = an_access_unit(5.0, track=a_video_track(extradata=b"another"))
    standby.deliver(picture)
    standby.deliver(picture)
    hub.came_online((VIDEO, OWN))
    assert standby.deliver is None
    assert follower.told == [
        ("began", (VIDEO, OWN)),
        ("ended", "lost"),
        ("began", (picture.track,)),
        picture,
        picture,
        ("began", (VIDEO, OWN)),
    ]
    hub.went_offline("lost")
    feed.stop()
    assert standby.deliver is None
