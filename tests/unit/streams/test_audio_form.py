"""A camera's sound in other codecs."""

import dataclasses

import pytest

from ssplug.media.access_unit import AAC, PCMU
from ssplug.media.audio import L16, converted_track
from ssplug.streams.audio_form import UNITS_LIMIT, AudioForms
from ssplug.streams.hub import StreamHub
from ssplug.testing import InlineWorkers, a_video_track, an_access_unit
from ssplug.testing.encoded import encoded_audio


class Listener:
    """A subscriber that remembers."""

    def __init__(self):
        self.tracks = []
        self.units = []
        self.reasons = []

    def tracks_changed(self, tracks):
        self.tracks.append(tracks)

    def offer(self, unit):
        self.units.append(unit)

    def went_offline(self, reason):
        self.reasons.append(reason)


class Setting:
    """A hub, its sound by codec, and listeners."""

    def __init__(self, workers=None):
        self.hub = StreamHub()
        self.forms = AudioForms(self.hub, workers or InlineWorkers(), "camera 1")

    def listen(self, codec):
        listener = Listener()
        listener.leave = self.forms.attach(codec, listener)
        return listener

    def publish(self, units):
        for unit in units:
            self.hub.publish(unit)


@pytest.fixture(scope="module")
def sound():
    return encoded_audio(AAC, 16000)


def a_camera(track, workers=None):
    setting = Setting(workers)
    setting.hub.came_online((a_video_track(), track))
    return setting


@pytest.mark.parametrize("codec", [PCMU, L16])
def test_sound_comes_in_the_codec_asked_for(sound, codec):
    track, units = sound
    camera = a_camera(track)
    listener = camera.listen(codec)
    camera.publish(units)
    assert listener.tracks == [(converted_track(track, codec),)]
    assert {unit.track for unit in listener.units} == {converted_track(track, codec)}
    assert listener.units[-1].seconds == pytest.approx(units[-1].seconds, abs=0.1)


def test_sound_that_is_so_already_is_passed_on_untouched(sound, held_workers):
    """No thread for it."""
    track, units = sound
    camera = a_camera(track, held_workers)
    listener = camera.listen(AAC)
    camera.publish(units)
    assert listener.tracks == [(track,)]
    assert listener.units == units
    assert held_workers.made == []


def test_pictures_are_not_its_business(sound):
    track, units = sound
    camera = a_camera(track)
    listeners = [camera.listen(AAC), camera.listen(PCMU)]
    camera.publish([an_access_unit(), *units])
    assert not any(unit.track.is_video for listener in listeners for unit in listener.units)


def test_what_there_would_be_is_known_without_a_listener(sound):
    """For the description of a session."""
    track, _ = sound
    assert a_camera(track).forms.track(PCMU) == converted_track(track, PCMU)
    assert a_camera(track).forms.track(AAC) is track
    assert a_camera(track).forms.track("opus") is None
    assert Setting().forms.track(PCMU) is None


def test_each_codec_is_made_once_however_many_listen(sound, held_workers):
    track, units = sound
    camera = a_camera(track, held_workers)
    listeners = [camera.listen(PCMU) for _ in range(10)]
    camera.publish(units[:1])
    assert [len(worker.calls) for worker in held_workers.made] == [1]
    held_workers.run()
    assert all(listener.units == listeners[0].units for listener in listeners)
    assert len(listeners[0].units) == 1


def test_who_joins_later_hears_from_now_on(sound):
    track, units = sound
    camera = a_camera(track)
    first = camera.listen(PCMU)
    camera.publish(units[:5])
    second = camera.listen(PCMU)
    camera.publish(units[5:])
    assert second.tracks == first.tracks
    assert second.units == first.units[5:]


def test_sound_that_comes_while_some_is_converted_follows(sound, held_workers):
    track, units = sound
    camera = a_camera(track, held_workers)
    listener = camera.listen(L16)
    camera.publish(units)
    held_workers.run()
    assert len(listener.units) == 1
    held_workers.run()
    assert len(listener.units) == len(units)


def test_a_thread_that_does_not_keep_up_loses_the_oldest(sound, held_workers):
    track, units = sound
    camera = a_camera(track, held_workers)
    listener = camera.listen(L16)
    many = [dataclasses.replace(units[5], pts=1024 * n, dts=1024 * n) for n in range(UNITS_LIMIT + 20)]
    camera.publish(many)
    held_workers.run()
    held_workers.run()
    assert camera.forms.dropped == 19
    assert len(listener.units) == 1 + UNITS_LIMIT
    assert listener.units[-1].pts == pytest.approx(many[-1].pts, abs=16)


def test_sound_that_cannot_be_decoded_is_counted(sound):
    track, units = sound
    camera = a_camera(track)
    listener = camera.listen(L16)
    camera.publish([dataclasses.replace(units[0], data=b"\xff" * 50), *units])
    assert camera.forms.errors == 1
    assert len(listener.units) == len(units)


def test_a_codec_that_nobody_knows_gives_silence(sound):
    track = dataclasses.replace(sound[0], codec="no such codec")
    camera = a_camera(track)
    listener = camera.listen(PCMU)
    camera.publish([dataclasses.replace(unit, track=track) for unit in sound[1]])
    assert listener.units == []
    assert camera.forms.errors == len(sound[1])


def test_a_camera_that_goes_and_comes_back_is_heard_again(sound):
    track, units = sound
    camera = a_camera(track)
    listener = camera.listen(PCMU)
    camera.publish(units[:5])
    camera.hub.went_offline("unplugged")
    camera.hub.came_online((a_video_track(), track))
    camera.publish(units[5:])
    assert listener.reasons == ["unplugged"]
    assert listener.tracks == [(converted_track(track, PCMU),)] * 2
    assert len(listener.units) == len(units)


def test_a_change_of_the_picture_does_not_interrupt_the_sound(sound):
    track, units = sound
    camera = a_camera(track)
    listener = camera.listen(PCMU)
    camera.publish(units[:5])
    camera.hub.came_online((a_video_track(width=1920, height=1080), track))
    camera.publish(units[5:])
    assert len(listener.tracks) == 1
    assert len(listener.units) == len(units)


def test_a_change_of_the_sound_is_a_change_of_track(sound):
    track, units = sound
    camera = a_camera(track)
    listener = camera.listen(L16)
    camera.publish(units)
    other, more = encoded_audio(PCMU, 8000)
    camera.hub.came_online((a_video_track(), other))
    camera.publish(more)
    assert listener.tracks == [(converted_track(track, L16),), (converted_track(other, L16),)]
    assert listener.units[-1].track == converted_track(other, L16)


def test_sound_of_before_a_change_is_not_taken_for_sound_of_after(sound, held_workers):
    """It was still in the thread."""
    track, units = sound
    camera = a_camera(track, held_workers)
    listener = camera.listen(L16)
    camera.publish(units[:1])
    camera.hub.came_online((a_video_track(), encoded_audio(PCMU, 8000)[0]))
    held_workers.run()
    assert listener.units == []


def test_a_camera_without_sound_is_silent(sound):
    camera = Setting()
    camera.hub.came_online((a_video_track(),))
    listener = camera.listen(PCMU)
    camera.publish([an_access_unit()])
    assert (listener.tracks, listener.units) == ([], [])


def test_a_camera_that_loses_its_sound_says_so(sound):
    camera = a_camera(sound[0])
    listener = camera.listen(PCMU)
    camera.hub.came_online((a_video_track(),))
    assert len(listener.reasons) == 1


def test_a_listener_that_fails_costs_only_itself(sound):
    track, units = sound
    camera = a_camera(track)
    broken, listener = camera.listen(PCMU), camera.listen(PCMU)
    broken.offer = None
    camera.publish(units)
    assert len(listener.units) == len(units)


def test_the_thread_ends_with_the_last_listener(sound, held_workers):
    track, units = sound
    camera = a_camera(track, held_workers)
    listeners = [camera.listen(PCMU), camera.listen(PCMU), camera.listen(L16)]
    camera.publish(units[:3])
    for listener in listeners[:2]:
        listener.leave()
        listener.leave()
    assert not held_workers.made[0].stopped
    listeners[2].leave()
    assert held_workers.made[0].stopped
    assert camera.hub.subscribers == 0


def test_who_comes_after_the_last_begins_anew(sound):
    track, units = sound
    camera = a_camera(track)
    camera.listen(PCMU).leave()
    listener = camera.listen(PCMU)
    camera.publish(units)
    assert len(listener.units) == len(units)


def test_stopping_ends_everything(sound, held_workers):
    track, units = sound
    camera = a_camera(track, held_workers)
    listener = camera.listen(PCMU)
    camera.publish(units[:1])
    assert camera.forms.stop().called
    held_workers.run()
    assert listener.units == []
    assert held_workers.made[0].stopped
    assert camera.hub.subscribers == 0
