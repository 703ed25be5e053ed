"""A camera's video in other forms: made once for all, begun at once, within bounds, in step with its sound."""

import itertools

import av
import pytest
from twisted.internet.task import Clock

from ssplug.media.access_unit import H264, H265, MJPEG
from ssplug.media.video_encoder import Look, VideoForm
from ssplug.model.camera import Transform
from ssplug.streams.encoder_budget import PIXELS_PER_CORE, EncoderBudget, EncodersBusyError
from ssplug.streams.hub import StreamHub
from ssplug.streams.jpeg_view import NoPictureError
from ssplug.streams.pictures import Pictures
from ssplug.streams.video_form import KEY_SECONDS, LINGER, READY_SECONDS, WAITING_LIMIT, VideoForms, form_of_quality
from ssplug.testing import InlineWorkers, a_video_track, an_access_unit
from ssplug.testing.clips import a_clip, a_sound

SMALL = VideoForm(width=32)
TRACK, UNITS = a_clip(pictures=75, gop=25)
SOUND_TRACK, SOUND = a_sound(3.0)


class Listener:
    """Remembers what a hub says."""

    def __init__(self, hub):
        self.tracks = []
        self.units = []
        self.reasons = []
        self.leave = hub.attach(self, last_gop=True)

    def tracks_changed(self, tracks):
        self.tracks.append(tracks)

    def offer(self, unit):
        self.units.append(unit)

    def went_offline(self, reason):
        self.reasons.append(reason)

    @property
    def pictures(self):
        return [unit for unit in self.units if unit.track.is_video]


class Scene:
    """A camera, and a budget of a hundred million pixels a second."""

    def __init__(self, *tracks, workers=None):
        self.clock = Clock()
        self.hub = StreamHub()
        self.budget = EncoderBudget(100)
        self.look = Look()
        workers = workers or InlineWorkers()
        self.decoder = Pictures(self.hub, workers, "camera 1", self.clock)
        self.forms = VideoForms(self.hub, self.decoder, workers, self.budget, "camera 1", self.clock, lambda: self.look)
        self.hub.came_online(tracks or (TRACK,))

    def publish(self, units):
        for unit in units:
            self.hub.publish(unit)


def outcome(deferred):
    """What it has fired with; None as yet."""
    results = []
    deferred.addBoth(results.append)
    return results


def test_it_comes_out_of_a_hub_of_its_own():
    scene = Scene()
    lease = scene.forms.open(VideoForm(32, 32))
    listener = Listener(lease.hub)
    scene.publish(UNITS[:10])
    [[video]] = listener.tracks
    assert (video.codec, video.width, video.height) == (H264, 32, 32)
    assert video.extradata, "the parameter sets must be known before anything is played"
    assert [unit.pts for unit in listener.pictures] == [unit.pts for unit in UNITS[:10]]
    assert listener.pictures[0].key
    decoder = av.CodecContext.create("h264", "r")
    assert sum(len(decoder.decode(av.Packet(unit.data))) for unit in listener.pictures) == 10


def test_it_begins_with_the_newest_picture_and_not_with_the_past():
    """Of the GOP that there is; what came before is decoded to get there, and not encoded."""
    scene = Scene()
    scene.publish(UNITS[:20])
    lease = scene.forms.open(SMALL)
    assert lease.hub.online
    assert [unit.pts for unit in lease.hub.buffer.last_gop()] == [UNITS[19].pts]


def test_all_who_want_the_same_share_one_encoder():
    scene = Scene()
    leases = [scene.forms.open(VideoForm(width=32)) for _ in range(3)]
    scene.publish(UNITS[:10])
    assert len({lease.hub for lease in leases}) == 1
    assert (scene.budget.running, scene.forms.running) == (1, 1)
    assert scene.forms.counters.encoded == 10


def test_the_camera_is_decoded_once_for_all_forms():
    scene = Scene()
    for form in (SMALL, VideoForm(width=16), VideoForm(fps=5.0)):
        scene.forms.open(form)
    scene.publish(UNITS[:25])
    assert scene.decoder.counters.decoded == 25
    assert scene.forms.counters.encoded == 25 + 25 + 5


@pytest.mark.parametrize("codec", [H264, MJPEG])
def test_fewer_pictures_are_spaced_evenly_and_unwanted_jpegs_not_even_decoded(codec):
    track, units = a_clip(codec, pictures=50)
    scene = Scene(track)
    listener = Listener(scene.forms.open(VideoForm(fps=5.0)).hub)
    scene.publish(units)
    steps = {after.pts - before.pts for before, after in itertools.pairwise(listener.pictures)}
    assert steps == {18_000}
    assert len(listener.pictures) == 10
    assert scene.decoder.counters.decoded == (10 if codec == MJPEG else 50)


def test_no_picture_is_lost_when_several_come_while_one_is_decoded(held_workers):
    """A camera on a bad line sends in bursts."""
    scene = Scene(workers=held_workers)
    listener = Listener(scene.forms.open(SMALL).hub)
    scene.publish(UNITS[:1])
    scene.publish(UNITS[1:6])
    for _ in range(4):
        held_workers.run()
    assert [unit.pts for unit in listener.pictures] == [unit.pts for unit in UNITS[:6]]
    assert scene.forms.counters.dropped == 0


def test_sound_goes_straight_through():
    scene = Scene(TRACK, SOUND_TRACK)
    listener = Listener(scene.forms.open(SMALL).hub)
    scene.publish(sorted(UNITS[:10] + SOUND[:10], key=lambda unit: unit.seconds))
    [(video, sound)] = listener.tracks
    assert (video.codec, sound) == (H264, SOUND_TRACK)
    assert [unit for unit in listener.units if unit.track == SOUND_TRACK]


def test_a_viewer_that_comes_later_finds_a_key_frame_but_not_many_in_a_second():
    scene = Scene()
    listener = Listener(scene.forms.open(SMALL).hub)
    scene.publish(UNITS[:10])
    scene.clock.advance(KEY_SECONDS)
    for unit in UNITS[10:20]:
        scene.forms.open(SMALL)
        scene.hub.publish(unit)
    assert [number for number, unit in enumerate(listener.pictures) if unit.key] == [0, 10]


def test_it_ends_a_while_after_the_last_has_left():
    scene = Scene()
    first, second = scene.forms.open(SMALL), scene.forms.open(SMALL)
    first.close()
    first.close()
    scene.clock.advance(2 * LINGER)
    assert scene.forms.running == 1
    second.close()
    scene.clock.advance(LINGER - 1)
    assert scene.forms.running == 1
    scene.clock.advance(1)
    assert (scene.forms.running, scene.budget.running, scene.budget.used) == (0, 0, 0)
    assert scene.hub.subscribers == 0
    assert scene.forms.open(SMALL).hub is not first.hub


def test_whoever_comes_back_at_once_finds_it_going():
    scene = Scene()
    hub = scene.forms.open(SMALL).hub
    scene.forms.open(SMALL).close()
    lease = scene.forms.open(SMALL)
    lease.close()
    scene.clock.advance(LINGER - 1)
    assert scene.forms.open(SMALL).hub is hub
    scene.clock.advance(2 * LINGER)
    assert scene.forms.running == 1


def test_over_the_budget_it_is_refused_with_a_sentence():
    """And what there is goes on."""
    track = a_video_track(width=1920, height=1080)
    scene = Scene(track)
    scene.forms.open(VideoForm(1280, 720), rate=50.0)
    scene.forms.open(VideoForm(1920, 1080), rate=25.0)
    with pytest.raises(EncodersBusyError, match=r"needs 11\.5 million pixels a second, 2\.1 of 100\.0 are free"):
        scene.forms.open(VideoForm(1280, 720, 12.5), rate=25.0)
    scene.forms.open(VideoForm(1280, 720), rate=50.0)
    scene.forms.open(VideoForm(320, 180), rate=25.0)
    assert (scene.budget.running, scene.budget.refused) == (3, 1)


def test_the_budget_goes_by_the_cores_unless_it_is_said():
    assert EncoderBudget().limit % PIXELS_PER_CORE == 0
    assert EncoderBudget().limit >= PIXELS_PER_CORE
    assert EncoderBudget(0).limit == 0


def test_ready_is_when_the_parameter_sets_are_known():
    scene = Scene()
    ready = outcome(scene.forms.open(SMALL).ready())
    assert ready == []
    scene.publish(UNITS[:1])
    assert ready == [None]
    assert outcome(scene.forms.open(SMALL).ready()) == [None]
    assert not scene.clock.getDelayedCalls()


def test_nobody_waits_for_a_camera_that_is_away():
    scene = Scene()
    lease = scene.forms.open(SMALL)
    waiting = outcome(lease.ready())
    scene.hub.went_offline("unplugged")
    assert waiting[0].check(NoPictureError)
    assert outcome(lease.ready())[0].check(NoPictureError)


def test_nobody_waits_for_ever_for_a_picture():
    """What cannot be decoded gives none."""
    track = a_video_track("no_such_codec")
    scene = Scene(track)
    waiting = outcome(scene.forms.open(SMALL).ready())
    scene.publish([an_access_unit(key=True, track=track)])
    scene.clock.advance(READY_SECONDS)
    assert waiting[0].check(NoPictureError)


def test_it_is_offline_while_the_camera_is_and_goes_on_with_a_key_frame():
    scene = Scene()
    listener = Listener(scene.forms.open(SMALL).hub)
    scene.publish(UNITS[:10])
    scene.hub.went_offline("unplugged")
    assert listener.reasons == ["unplugged"]
    scene.hub.came_online((TRACK,))
    scene.publish(UNITS[50:60])
    assert len(listener.tracks) == 2
    assert [unit.pts for unit in listener.pictures[10:]] == [unit.pts for unit in UNITS[50:60]]
    assert listener.pictures[10].key


@pytest.mark.parametrize("steps", [0, 1])
def test_pictures_that_come_out_late_of_a_camera_that_went_away_are_not_shown(held_workers, steps):
    """Neither those that were being decoded nor those that were being encoded."""
    scene = Scene(workers=held_workers)
    listener = Listener(scene.forms.open(SMALL).hub)
    scene.publish(UNITS[:1])
    for _ in range(steps):
        held_workers.run()
    scene.hub.went_offline("unplugged")
    for _ in range(3):
        held_workers.run()
    assert listener.units == []


def test_an_encoder_that_does_not_keep_up_passes_over_pictures(held_workers):
    """They are counted; what is encoded does not refer to them."""
    scene = Scene(workers=held_workers)
    listener = Listener(scene.forms.open(SMALL).hub)
    encoder, *decoders = held_workers.made
    for unit in UNITS[:10]:
        scene.hub.publish(unit)
        for decoder in (*decoders, *held_workers.made[1:]):
            decoder.run()
    assert scene.forms.counters.dropped == 10 - len(encoder.calls) > 0
    encoder.run()
    assert len(listener.pictures) <= WAITING_LIMIT + 1


@pytest.mark.parametrize(
    ("codec", "height", "forms"),
    [
        (H264, 1080, [None, VideoForm(height=720), VideoForm(height=360)]),
        (H265, 720, [None, None, VideoForm(height=360)]),
        (H264, 240, [None, None, None]),
        (MJPEG, 480, [VideoForm(), VideoForm(), VideoForm(height=360)]),
        (H264, 0, [None, VideoForm(height=720), VideoForm(height=360)]),
    ],
)
def test_a_lower_quality_is_never_larger_than_the_camera(codec, height, forms):
    track = a_video_track(codec, height * 16 // 9, height)
    assert [form_of_quality(quality, track) for quality in range(3)] == forms


def test_settings_show_in_the_next_picture():
    """A quarter turn is another size, and so another track."""
    scene = Scene()
    listener = Listener(scene.forms.open(VideoForm(width=48)).hub)
    scene.publish(UNITS[:5])
    scene.look = Look(Transform.ROTATE_RIGHT)
    scene.publish(UNITS[5:10])
    assert [(track.width, track.height) for [track] in listener.tracks] == [(48, 36), (48, 64)]
    assert listener.pictures[5].key


def test_stop_ends_all():
    """Those who find out later that it is over may still close their leases."""
    scene = Scene()
    lease = scene.forms.open(SMALL)
    scene.forms.open(VideoForm()).close()
    assert outcome(scene.forms.stop())
    lease.close()
    scene.clock.advance(LINGER)
    assert (scene.budget.running, scene.budget.used) == (0, 0)
    assert not [call for call in scene.clock.getDelayedCalls() if call.func != scene.decoder._let_go]
