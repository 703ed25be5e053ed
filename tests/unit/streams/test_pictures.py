"""Decoded pictures for several viewers."""

import threading

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from ssplug.streams.hub import StreamHub
from ssplug.streams.pictures import Pictures, undecoded
from ssplug.testing import InlineWorkers, an_access_unit, in_reactor, the_reactor
from ssplug.testing.encoded import encoded_audio, encoded_video
from ssplug.workers import Workers

GOP = tuple(an_access_unit(number / 25, key=number == 0) for number in range(4))


class Viewer:
    """Wants the result of a function of every picture."""

    def __init__(self, use=lambda frame: frame.pts, wants=lambda newest: True):
        self.shown = []
        self.reasons = []
        self._use = use
        self._wants = wants
        self._asked = None

    def wish(self, newest):
        if newest is self._asked or not self._wants(newest):
            return None
        self._asked = newest
        return self._use

    def show(self, result):
        self.shown.append(result)

    def went_offline(self, reason):
        self.reasons.append(reason)


@pytest.fixture(scope="module")
def video():
    return encoded_video(count=10, gop=5)


class Setting:
    """A camera that is online."""

    def __init__(self, track, workers=None):
        self.hub = StreamHub()
        self.hub.came_online((track,))
        self.pictures = Pictures(self.hub, workers or InlineWorkers(), "camera 1", Clock())

    def publish(self, units):
        for unit in units:
            self.hub.publish(unit)


@pytest.mark.parametrize(("last", "rest"), [(None, GOP), (GOP[0], GOP[1:]), (GOP[2], GOP[3:]), (GOP[3], ())])
def test_what_was_not_decoded_yet_is_what_comes_after_the_last(last, rest):
    assert undecoded(GOP, last) == rest


def test_after_another_key_frame_all_of_the_gop_is_undecoded():
    """The unit that was the last is no longer in it; one that only looks like it does not count."""
    alike = an_access_unit(GOP[1].seconds, key=False)
    assert alike == GOP[1]
    assert undecoded(GOP, alike) == GOP


def test_each_viewer_gets_what_its_own_function_made_of_the_picture(video):
    track, units = video
    camera = Setting(track)
    times, sizes = Viewer(), Viewer(lambda frame: (frame.width, frame.height))
    camera.pictures.attach(times)
    camera.pictures.attach(sizes)
    camera.publish(units)
    assert times.shown == [unit.pts for unit in units]
    assert sizes.shown == [(320, 180)] * 10
    assert camera.pictures.counters.decoded == 10


def test_a_viewer_that_wants_key_frames_only_has_only_those_decoded(video):
    """Such as a detector at rest."""
    track, units = video
    camera = Setting(track)
    viewer = Viewer(wants=lambda newest: newest.key)
    camera.pictures.attach(viewer)
    camera.publish(units)
    assert viewer.shown == [units[0].pts, units[5].pts]
    assert camera.pictures.counters.decoded == 2


def test_a_function_that_fails_costs_only_its_own_viewer(video):
    track, units = video
    camera = Setting(track)
    broken, healthy = Viewer(lambda frame: 1 // 0), Viewer()
    camera.pictures.attach(broken)
    camera.pictures.attach(healthy)
    camera.publish(units[:2])
    assert all(isinstance(result, Failure) and result.check(ZeroDivisionError) for result in broken.shown)
    assert healthy.shown == [units[0].pts, units[1].pts]


def test_sound_is_not_looked_at(video):
    track, units = video
    camera = Setting(track)
    viewer = Viewer()
    camera.pictures.attach(viewer)
    camera.publish(units[:1] + encoded_audio()[1])
    assert viewer.shown == [units[0].pts]


def test_viewers_hear_that_the_camera_is_gone(video):
    camera = Setting(video[0])
    viewer = Viewer()
    leave = camera.pictures.attach(viewer)
    camera.hub.went_offline("unplugged")
    leave()
    camera.hub.went_offline("again")
    assert viewer.reasons == ["unplugged"]


def test_a_picture_that_comes_back_to_nobody_is_forgotten(video, held_workers):
    track, units = video
    camera = Setting(track, held_workers)
    viewer = Viewer()
    leave = camera.pictures.attach(viewer)
    camera.publish(units[:1])
    leave()
    held_workers.run()
    assert viewer.shown == []


def test_a_worker_that_was_stopped_ends_the_pictures_and_nothing_else(video):
    """The server is stopping, and the camera still delivers."""
    track, units = video

    class Stopped(InlineWorkers):
        def worker(self, name, limit=64):
            worker = Workers(None).worker(name)
            worker.stop()
            return worker

    camera = Setting(track, Stopped())
    viewer = Viewer()
    camera.pictures.attach(viewer)
    camera.publish(units)
    assert viewer.shown == []
    assert camera.hub.subscribers == 1


@in_reactor
async def test_pictures_are_decoded_in_a_thread_of_their_own(video):
    """With real threads, the newest picture is the last to be shown."""
    track, units = video
    hub, workers = StreamHub(), Workers(the_reactor())
    hub.came_online((track,))
    pictures = Pictures(hub, workers, "camera 1", the_reactor())
    names, last = set(), Deferred()

    class Last(Viewer):
        def show(self, result):
            super().show(result)
            if result == units[-1].pts:
                last.callback(None)

    viewer = Last(lambda frame: names.add(threading.current_thread().name) or frame.pts)
    pictures.attach(viewer)
    for unit in units:
        hub.publish(unit)
    await last
    assert viewer.shown == sorted(viewer.shown)
    assert names == {"camera 1 pictures"}
    await pictures.stop()
    await workers.stop()
