"""One camera's access units, fanned out."""

import pytest

from ssplug.media.gop import GOPBuffer
from ssplug.streams.hub import StreamHub
from ssplug.testing import a_video_track, an_access_unit, an_audio_track


class Recorder:
    """A subscriber that remembers what it hears, in order."""

    def __init__(self, on_unit=lambda unit: None):
        self.heard = []
        self._on_unit = on_unit

    def tracks_changed(self, tracks):
        self.heard.append(tracks)

    def offer(self, unit):
        self.heard.append(unit)
        self._on_unit(unit)

    def went_offline(self, reason):
        self.heard.append(reason)


VIDEO, SOUND = a_video_track(), an_audio_track()
KEY, NEXT = an_access_unit(0.0), an_access_unit(0.04, key=False)
TONE = an_access_unit(0.01, track=SOUND, data=b"tone")


@pytest.fixture
def hub():
    hub = StreamHub()
    hub.came_online((VIDEO, SOUND))
    return hub


def test_every_subscriber_gets_every_unit_in_order(hub):
    subscribers = [Recorder(), Recorder()]
    for subscriber in subscribers:
        hub.attach(subscriber)
    for unit in (KEY, TONE, NEXT):
        hub.publish(unit)
    assert all(subscriber.heard[1:] == [KEY, TONE, NEXT] for subscriber in subscribers)


def test_who_attaches_to_a_camera_that_is_online_hears_its_tracks_at_once(hub):
    subscriber = Recorder()
    hub.attach(subscriber)
    assert subscriber.heard == [(VIDEO, SOUND)]


def test_who_attaches_to_a_camera_that_is_offline_hears_when_it_comes():
    hub, subscriber = StreamHub(), Recorder()
    hub.attach(subscriber)
    assert subscriber.heard == []
    hub.came_online((VIDEO,))
    hub.went_offline("unplugged")
    assert subscriber.heard == [(VIDEO,), "unplugged"]


def test_the_last_gop_comes_before_live_units_for_who_wants_it(hub):
    hub.publish(KEY)
    hub.publish(NEXT)
    eager, patient = Recorder(), Recorder()
    hub.attach(eager, last_gop=True)
    hub.attach(patient)
    hub.publish(TONE)
    assert eager.heard[1:] == [KEY, NEXT, TONE]
    assert patient.heard[1:] == [TONE]


def test_who_is_detached_hears_nothing_more(hub):
    subscriber = Recorder()
    detach = hub.attach(subscriber)
    detach()
    detach()
    hub.publish(KEY)
    hub.went_offline("unplugged")
    assert subscriber.heard == [(VIDEO, SOUND)]
    assert hub.subscribers == 0


def test_who_is_detached_by_another_s_reaction_does_not_get_that_unit(hub):
    """The recorder that closes because its neighbour stopped it."""
    detachers = []
    first = Recorder(lambda unit: detachers[0]())
    second = Recorder()
    hub.attach(first)
    detachers.append(hub.attach(second))
    hub.publish(KEY)
    assert (first.heard[1:], second.heard[1:]) == ([KEY], [])


def test_who_attaches_while_a_unit_is_told_gets_the_next(hub):
    late = Recorder()
    hub.attach(Recorder(lambda unit: unit is KEY and hub.attach(late)))
    hub.publish(KEY)
    hub.publish(NEXT)
    assert late.heard[1:] == [NEXT]


def test_one_subscriber_may_be_attached_twice(hub):
    """Each attachment is ended by its own function."""
    subscriber = Recorder()
    detach = hub.attach(subscriber)
    hub.attach(subscriber)
    detach()
    hub.publish(KEY)
    assert subscriber.heard.count(KEY) == 1


def test_a_subscriber_that_fails_is_detached_and_the_others_are_served(hub):
    def fail(unit):
        raise RuntimeError("broken")

    broken, healthy = Recorder(fail), Recorder()
    hub.attach(broken)
    hub.attach(healthy)
    hub.publish(KEY)
    hub.publish(NEXT)
    assert healthy.heard[1:] == [KEY, NEXT]
    assert broken.heard[1:] == [KEY]
    assert hub.subscribers == 1


def test_a_subscriber_that_fails_when_it_attaches_is_not_attached(hub):
    broken = Recorder()
    broken.tracks_changed = None
    with pytest.raises(TypeError):
        hub.attach(broken)
    assert hub.subscribers == 0


def test_the_tracks_tell_whether_the_camera_is_online(hub):
    assert (hub.online, hub.video, hub.audio) == (True, VIDEO, SOUND)
    hub.went_offline("unplugged")
    assert (hub.online, hub.video, hub.audio) == (False, None, None)
    hub.came_online((SOUND,))
    assert (hub.online, hub.video, hub.audio) == (True, None, SOUND)


@pytest.mark.parametrize("end", [lambda hub: hub.came_online((VIDEO,)), lambda hub: hub.went_offline("unplugged")])
def test_what_was_buffered_belongs_to_the_past(hub, end):
    hub.publish(KEY)
    end(hub)
    assert hub.buffer.last_gop() == ()


def test_everything_that_goes_through_is_counted(hub):
    for unit in (KEY, TONE, NEXT):
        hub.publish(unit)
    counters = hub.counters
    assert (counters.units, counters.pictures, counters.key_frames) == (3, 2, 1)
    assert counters.bytes == len(KEY.data) + len(TONE.data) + len(NEXT.data)


def test_a_hub_may_have_a_buffer_with_pre_roll():
    hub = StreamHub(GOPBuffer(pre_roll=5.0))
    hub.came_online((VIDEO,))
    for second in range(8):
        hub.publish(an_access_unit(float(second)))
    assert [unit.seconds for unit in hub.buffer.since(0.0)] == [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
