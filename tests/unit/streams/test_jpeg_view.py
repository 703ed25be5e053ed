"""Stills and moving pictures of a camera."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image
from twisted.internet.defer import CancelledError
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from ssplug.media.caption import Caption
from ssplug.media.no_signal import no_signal_jpeg
from ssplug.model.camera import Levels, Transform
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import STILL_SECONDS, JPEGForm, JPEGViews, NoPictureError
from ssplug.streams.no_signal import REPEAT_SECONDS
from ssplug.streams.pictures import LINGER
from ssplug.testing import InlineWorkers, an_access_unit
from ssplug.testing.encoded import encoded_video

NATIVE = JPEGForm()
SMALL = JPEGForm(width=80)


@pytest.fixture(scope="module")
def video():
    """30 pictures, ten a second, a key frame each second."""
    return encoded_video(count=30, gop=10)


@pytest.fixture(scope="module")
def motion_jpeg():
    return encoded_video("mjpeg", count=10)


class Setting:
    """A hub with JPEG views of it, and a clock that follows the pictures."""

    def __init__(self, track, workers=None):
        self.track = track
        self.hub = StreamHub()
        self.clock = Clock()
        self.workers = workers or InlineWorkers()
        self.views = JPEGViews(self.hub, self.workers, "camera 1", self.clock, self.clock.seconds)

    def online(self):
        self.hub.came_online((self.track,))
        return self

    def publish(self, units):
        for unit in units:
            self.clock.advance(max(0.0, unit.seconds - self.clock.seconds()))
            self.hub.publish(unit)
        return self

    def watch(self, form=NATIVE, fps=None):
        """What a viewer is shown from now on."""
        shown = []
        self.views.watch(form, fps, shown.append)
        self.clock.advance(0)
        return shown


def a_camera(track, workers=None):
    return Setting(track, workers).online()


def got(deferred):
    """What a Deferred has fired with, or [] while it has not; an exception is raised."""
    results = []
    deferred.addBoth(lambda result: results.append(result) or result)
    if results and isinstance(results[0], Failure):
        deferred.addErrback(lambda failure: None)
        results[0].raiseException()
    return results[0] if results else []


def size_of(jpeg):
    return Image.open(io.BytesIO(jpeg)).size


def brightness_of(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("L")).mean()


def number_of(jpeg, count=30, width=320):
    """Which of the moving pictures this is, told by the place of its white square."""
    rows = np.asarray(Image.open(io.BytesIO(jpeg)).convert("L"))[4:12]
    return round((np.flatnonzero(rows.mean(axis=0) > 225).mean() - 7.5) * (count - 1) / (width - 16))


def test_a_still_of_an_idle_camera_is_its_newest_picture(video):
    track, units = video
    jpeg = got(a_camera(track).publish(units[:15]).views.still(NATIVE))
    assert size_of(jpeg) == (320, 180)
    assert number_of(jpeg) == 14


def test_a_still_decodes_the_last_gop_and_nothing_before(video):
    track, units = video
    camera = a_camera(track).publish(units[:15])
    got(camera.views.still(NATIVE))
    assert (camera.views.decoded, camera.views.encoded) == (5, 1)


def test_an_idle_camera_decodes_nothing(video):
    track, units = video
    assert a_camera(track).publish(units).views.decoded == 0


def test_stills_of_one_picture_are_encoded_once_in_each_form(video, held_workers):
    """Ten browsers that open one page."""
    track, units = video
    camera = a_camera(track, held_workers).publish(units[:10])
    stills = [camera.views.still(form) for form in (NATIVE, SMALL) for _ in range(10)]
    held_workers.run()  # the first form was asked for before the others
    held_workers.run()
    jpegs = {got(still) for still in stills}
    assert {size_of(jpeg) for jpeg in jpegs} == {(320, 180), (80, 45)}
    assert (len(jpegs), camera.views.encoded, camera.views.decoded) == (2, 2, 10)


def test_a_still_of_the_same_picture_again_is_there_at_once(video, held_workers):
    track, units = video
    camera = a_camera(track, held_workers).publish(units[:10])
    first = camera.views.still(NATIVE)
    held_workers.run()
    assert got(camera.views.still(NATIVE)) == got(first)
    assert camera.views.encoded == 1


def test_the_next_still_decodes_only_what_has_come_since(video):
    track, units = video
    camera = a_camera(track).publish(units[:13])
    got(camera.views.still(NATIVE))
    camera.publish(units[13:16])
    assert number_of(got(camera.views.still(NATIVE))) == 15
    assert camera.views.decoded == 6


def test_a_still_of_a_camera_that_is_offline_fails_with_the_reason():
    with pytest.raises(NoPictureError, match="offline"):
        got(Setting(None).views.still(NATIVE))


def test_a_still_waits_for_the_first_key_frame(video):
    """The camera has just connected."""
    track, units = video
    camera = a_camera(track)
    still = camera.views.still(NATIVE)
    assert not got(still)
    camera.publish(units[:1])
    assert number_of(got(still)) == 0


def test_a_still_fails_when_nothing_can_be_decoded(video):
    track, _ = video
    camera = a_camera(track).publish([an_access_unit(track=track)])
    still = camera.views.still(NATIVE)
    camera.clock.advance(STILL_SECONDS - 0.1)
    assert not got(still)
    camera.clock.advance(0.1)
    with pytest.raises(NoPictureError, match="no picture could be decoded"):
        got(still)


def test_a_still_fails_when_the_camera_goes_offline_before_it_is_made(video):
    camera = a_camera(video[0])
    still = camera.views.still(NATIVE)
    camera.hub.went_offline("unplugged")
    with pytest.raises(NoPictureError, match="unplugged"):
        got(still)


def test_a_still_that_nobody_waits_for_any_longer_is_forgotten(video, held_workers):
    """The client has gone."""
    track, units = video
    camera = a_camera(track, held_workers)
    still = camera.views.still(NATIVE)
    still.cancel()
    with pytest.raises(CancelledError):
        got(still)
    camera.publish(units[:1])
    assert held_workers.made == []
    assert camera.clock.getDelayedCalls()[1:] == []


def test_a_picture_from_before_the_camera_went_offline_is_never_shown(video):
    track, units = video
    camera = a_camera(track).publish(units[:10])
    got(camera.views.still(NATIVE))
    camera.hub.went_offline("unplugged")
    camera.online()
    assert not got(camera.views.still(NATIVE))


def test_who_watches_sees_every_picture(video):
    track, units = video
    camera = a_camera(track)
    shown = camera.watch()
    camera.publish(units)
    assert [number_of(jpeg) for jpeg in shown] == list(range(30))


def test_who_joins_sees_the_newest_picture_at_once(video):
    """Not at the next key frame."""
    track, units = video
    camera = a_camera(track).publish(units[:17])
    assert [number_of(jpeg) for jpeg in camera.watch()] == [16]


def test_the_first_picture_never_comes_before_watch_returns(video):
    """The viewer may not be ready before it knows how to end it."""
    track, units = video
    camera = a_camera(track).publish(units[:3])
    got(camera.views.still(NATIVE))
    shown = []
    camera.views.watch(NATIVE, None, shown.append)
    assert shown == []
    camera.clock.advance(0)
    assert len(shown) == 1


@pytest.mark.parametrize(("fps", "count"), [(10, 30), (5, 15), (4, 12), (1, 3), (25, 30), (0.5, 2)])
def test_each_viewer_has_its_own_rate(video, fps, count):
    track, units = video
    camera = a_camera(track)
    slow, fast = camera.watch(fps=fps), camera.watch()
    camera.publish(units)
    assert (len(slow), len(fast)) == (count, 30)


def test_a_slow_viewer_costs_only_the_decoding_it_needs(video):
    """One picture a second, a key frame each second: what comes before a key frame need not be decoded."""
    track, units = video
    camera = a_camera(track)
    camera.watch(fps=1)
    camera.publish(units)
    assert camera.views.decoded == 3
    assert camera.views.dropped == 2 * 9


def test_a_picture_is_encoded_once_however_many_watch(video):
    track, units = video
    camera = a_camera(track)
    viewers = [camera.watch() for _ in range(100)]
    camera.publish(units)
    assert camera.views.encoded == 30
    assert all(shown == viewers[0] for shown in viewers)


def test_viewers_may_want_different_forms(video):
    track, units = video
    camera = a_camera(track)
    large, small = camera.watch(), camera.watch(SMALL)
    camera.publish(units[:2])
    assert ([size_of(jpeg) for jpeg in large], [size_of(jpeg) for jpeg in small]) == ([(320, 180)] * 2, [(80, 45)] * 2)
    assert (camera.views.encoded, camera.views.decoded) == (4, 2)


def test_pictures_that_come_while_one_is_made_are_passed_over(video, held_workers):
    """A machine that does not keep up shows the newest, not all of them late."""
    track, units = video
    camera = a_camera(track, held_workers)
    shown = camera.watch()
    camera.publish(units[:8])
    held_workers.run()
    held_workers.run()
    assert [number_of(jpeg) for jpeg in shown] == [0, 7]
    assert camera.views.decoded == 8


def test_a_decoder_that_falls_behind_goes_on_at_the_key_frame(video, held_workers):
    track, units = video
    camera = a_camera(track, held_workers)
    shown = camera.watch()
    camera.publish(units[:23])
    held_workers.run()
    held_workers.run()
    assert [number_of(jpeg) for jpeg in shown] == [0, 22]
    assert camera.views.decoded == 1 + 3
    assert camera.views.dropped == 19


def test_while_the_camera_is_offline_viewers_see_that_there_is_no_signal(video):
    """In their own form, again and again, encoded once; then the camera again."""
    track, units = video
    camera = a_camera(track)
    shown, small = camera.watch(), camera.watch(SMALL)
    camera.publish(units[:2])
    camera.hub.went_offline("unplugged")
    for _ in range(3):
        camera.clock.advance(REPEAT_SECONDS)
    camera.online().publish(units[10:12])
    camera.clock.advance(10)
    assert [number_of(jpeg) for jpeg in shown[:2] + shown[6:]] == [0, 1, 10, 11]
    assert set(shown[2:6]) == {no_signal_jpeg("camera 1", track.width, track.height)}
    assert set(small[2:6]) == {no_signal_jpeg("camera 1", 80, 45)}
    assert len(small) == 8


def test_whoever_begins_to_watch_a_camera_that_is_away_sees_so(video):
    """Whatever it was before, and also if it never was."""
    camera = Setting(video[0])
    shown = camera.watch()
    camera.clock.advance(0)
    assert shown == [no_signal_jpeg("camera 1", 640, 360)]


def test_nothing_is_repeated_for_nobody(video):
    camera = a_camera(video[0])
    stop = camera.views.watch(NATIVE, None, lambda jpeg: None)
    camera.hub.went_offline("unplugged")
    stop()
    camera.clock.advance(LINGER)
    assert not camera.clock.getDelayedCalls()


def test_a_still_of_a_camera_that_is_away_is_none(video):
    """A picture that is none would be taken for one: by people, and by what keeps images."""
    camera = a_camera(video[0])
    camera.publish(video[1][:2])
    camera.watch()
    camera.hub.went_offline("unplugged")
    failures = []
    camera.views.still(NATIVE).addErrback(failures.append)
    assert failures[0].check(NoPictureError)
    camera.views.stop()


def test_damaged_units_do_not_end_the_view(video):
    track, units = video
    camera = a_camera(track)
    shown = camera.watch()
    camera.publish(units[:2])
    camera.publish([dataclasses.replace(units[2], data=b"\0\0\0\1\x65" + bytes(range(100)))])
    camera.publish(units[10:12])
    assert [number_of(jpeg) for jpeg in shown][-2:] == [10, 11]


def test_a_change_of_resolution_goes_on_in_the_new_size(video):
    track, units = video
    camera = a_camera(track)
    shown = camera.watch()
    camera.publish(units[:2])
    other, large = encoded_video(width=640, height=360, count=2)
    camera.hub.came_online((other,))
    camera.publish(large)
    assert [size_of(jpeg) for jpeg in shown] == [(320, 180)] * 2 + [(640, 360)] * 2


def test_a_stream_with_b_pictures_has_a_picture_from_its_first_unit_on():
    """Its decoder holds pictures back for reordering."""
    track, units = encoded_video(count=12, gop=12, options={"tune": "film", "preset": "medium", "bframes": "2"})
    camera = a_camera(track).publish(units[:1])
    assert number_of(got(camera.views.still(NATIVE)), 12) == 0
    camera.publish(units[1:8])
    assert number_of(got(camera.views.still(NATIVE)), 12) >= 4


def test_a_codec_that_nobody_knows_has_no_pictures(video):
    track = dataclasses.replace(video[0], codec="no such codec")
    camera = a_camera(track).publish([an_access_unit(track=track)])
    still = camera.views.still(NATIVE)
    camera.clock.advance(STILL_SECONDS)
    with pytest.raises(NoPictureError):
        got(still)


def test_jpeg_of_the_camera_is_passed_through_byte_for_byte(motion_jpeg, held_workers):
    """No thread, no decoding."""
    track, units = motion_jpeg
    camera = a_camera(track, held_workers)
    shown = camera.watch()
    camera.publish(units)
    assert shown == [unit.data for unit in units]
    assert got(camera.views.still(NATIVE)) == units[-1].data
    assert held_workers.made == []


def test_jpeg_of_the_camera_is_made_anew_with_a_caption(motion_jpeg):
    """Text is in every picture from the moment that there is one, and gone again."""
    track, units = motion_jpeg
    camera = a_camera(track).publish(units[:5])
    camera.views.caption = lambda: Caption("Porch", 20, "bottom-right")
    captioned = got(camera.views.still(NATIVE))
    assert (captioned != units[4].data, camera.views.encoded) == (True, 1)
    camera.views.caption = lambda: None
    camera.publish(units[5:6])
    assert got(camera.views.still(NATIVE)) == units[5].data


def test_jpeg_of_the_camera_is_made_anew_when_it_is_to_be_lighter(motion_jpeg):
    """And passed through again as soon as it is not."""
    track, units = motion_jpeg
    camera = a_camera(track).publish(units[:5])
    camera.views.levels = Levels(brightness=50)
    lighter = brightness_of(got(camera.views.still(NATIVE)))
    camera.views.levels = Levels()
    camera.publish(units[5:6])
    assert got(camera.views.still(NATIVE)) == units[5].data
    assert lighter > brightness_of(units[5].data) + 30


def test_jpeg_of_the_camera_is_made_anew_in_another_form(motion_jpeg):
    track, units = motion_jpeg
    camera = a_camera(track).publish(units)
    assert size_of(got(camera.views.still(SMALL))) == (80, 45)
    assert camera.views.decoded == 1


def test_pictures_are_turned_as_the_camera_hangs(video):
    """From the next picture on."""
    track, units = video
    camera = a_camera(track)
    shown = camera.watch()
    camera.publish(units[:1])
    camera.views.transform = Transform.ROTATE_LEFT
    camera.publish(units[1:2])
    assert [size_of(jpeg) for jpeg in shown] == [(320, 180), (180, 320)]


def test_a_still_after_a_change_is_as_the_settings_now_say(video):
    """Also of a picture of which a still had been made before."""
    track, units = video
    camera = a_camera(track).publish(units[:2])
    assert size_of(got(camera.views.still(NATIVE))) == (320, 180)
    camera.views.transform = Transform.ROTATE_LEFT
    camera.views.forget()
    assert size_of(got(camera.views.still(NATIVE))) == (180, 320)


def test_a_viewer_that_fails_costs_only_itself(video):
    track, units = video
    camera = a_camera(track)

    def fail(jpeg):
        raise RuntimeError("this viewer is broken")

    camera.views.watch(NATIVE, None, fail)
    shown = camera.watch()
    camera.publish(units[:3])
    assert len(shown) == 3
    assert camera.views.watchers == 1


def test_a_viewer_may_leave_while_it_is_shown_a_picture(video):
    track, units = video
    camera = a_camera(track)
    shown = []

    def once(jpeg):
        shown.append(jpeg)
        stop()

    stop = camera.views.watch(NATIVE, None, once)
    others = camera.watch()
    camera.publish(units[:3])
    assert (len(shown), len(others)) == (1, 3)


def test_a_viewer_that_left_is_shown_nothing_more(video, held_workers):
    """Not even the picture that was being made."""
    track, units = video
    camera = a_camera(track, held_workers)
    shown = []
    stop = camera.views.watch(NATIVE, None, shown.append)
    camera.publish(units[:1])
    stop()
    stop()
    held_workers.run()
    assert shown == []


def test_the_decoder_is_let_go_a_while_after_the_last_viewer(video, held_workers):
    track, units = video
    camera = a_camera(track, held_workers).publish(units[:1])
    camera.views.watch(NATIVE, None, print)()
    camera.views.still(NATIVE)
    held_workers.run()
    (worker,) = held_workers.made
    camera.clock.advance(LINGER - 0.1)
    assert not worker.stopped
    camera.clock.advance(0.1)
    assert worker.stopped
    assert camera.hub.subscribers == 0


def test_who_comes_back_in_time_finds_the_decoder_still_there(video, held_workers):
    track, units = video
    camera = a_camera(track, held_workers).publish(units[:1])
    for unit in units[1:4]:
        camera.publish([unit]).views.still(NATIVE)
        held_workers.run()
        camera.clock.advance(LINGER - 0.2)
    assert len(held_workers.made) == 1
    assert camera.views.decoded == 4


def test_who_comes_back_later_gets_another_decoder(video, held_workers):
    track, units = video
    camera = a_camera(track, held_workers).publish(units[:4])
    for unit in units[4:6]:
        camera.publish([unit]).views.still(NATIVE)
        held_workers.run()
        camera.clock.advance(LINGER)
    assert [worker.stopped for worker in held_workers.made] == [True, True]
    assert camera.views.decoded == 5 + 6


def test_stopping_ends_everything(video, held_workers):
    track, units = video
    camera = a_camera(track, held_workers).publish(units[:1])
    shown = camera.watch()
    still = camera.views.still(SMALL)
    stopped = camera.views.stop()
    with pytest.raises(NoPictureError, match="stopping"):
        got(still)
    held_workers.run()
    assert stopped.called
    assert shown == []
    assert held_workers.made[0].stopped
    assert camera.hub.subscribers == 0
    assert camera.clock.getDelayedCalls() == []


def test_stopping_what_never_began_is_done_at_once():
    assert Setting(None).views.stop().called
