"""One camera's packets, shared by all who watch."""

import dataclasses

import pytest

from ssplug.media.access_unit import AAC, H265, PCMU
from ssplug.media.nal import annex_b
from ssplug.streams import rtp_streams
from ssplug.streams.hub import StreamHub
from ssplug.streams.rtp_streams import RTPStreams, StreamChangedError
from ssplug.testing import a_video_track, an_access_unit, an_audio_track
from ssplug.testing.rtp import Packet, interleaved_frames
from ssplug.wire.rtp.packetizer import Origin

SPS, PPS = bytes.fromhex("6742c01e"), bytes.fromhex("68ce3c80")
VIDEO = a_video_track(extradata=annex_b([SPS, PPS]))
SOUND = an_audio_track(AAC, 16000)
NOW, WALL = 100.0, 1_800_000_000.0


def a_picture(seconds, key=False, track=VIDEO):
    return an_access_unit(seconds, key, annex_b([b"\x65idr" if key else b"\x41slice"]), track)


def a_sound(seconds, track=SOUND):
    return an_access_unit(seconds, data=b"sound", track=track)


class Viewer:
    """A client that remembers."""

    def __init__(self):
        self.packed = []
        self.reports = []
        self.farewells = None

    def deliver(self, packed):
        self.packed.append(packed)

    def report(self, codec, packet):
        self.reports.append((codec, packet))

    def ended(self, farewells):
        self.farewells = farewells


class FakeAudioForms:
    """Sound that a test makes in another codec."""

    def __init__(self, *tracks):
        self.tracks = {track.codec: track for track in tracks}
        self.subscribers = {}

    def track(self, codec):
        return self.tracks.get(codec)

    def attach(self, codec, subscriber):
        self.subscribers[codec] = subscriber
        return lambda: self.subscribers.pop(codec)


class FakeStandby:
    """What is shown instead of the camera, when a test says so."""

    def __init__(self):
        self.deliver = None
        self.track = None

    def begin(self, track, deliver):
        self.track, self.deliver = track, deliver

    def end(self):
        self.deliver = None


class Scene:
    """A camera and its packets, at NOW."""

    def __init__(self, *tracks, audio_forms=None, standby=None):
        self.hub = StreamHub()
        self.origins = iter(Origin(ssrc=number, sequence=1000 * number, timestamp=0) for number in range(1, 10))
        self.forms = audio_forms
        self.streams = RTPStreams(
            self.hub, audio_forms, lambda: next(self.origins), lambda: NOW, lambda: WALL - NOW, "camera-3", standby
        )
        self.hub.came_online(tracks or (VIDEO, SOUND))

    def offers(self):
        return {track.codec: self.streams.offer_of(track).ssrc for track in self.hub.tracks}

    def join(self, ssrcs=None):
        viewer = Viewer()
        viewer.joined = self.streams.join(viewer, self.offers() if ssrcs is None else ssrcs)
        return viewer

    def publish(self, *units):
        for unit in units:
            self.hub.publish(unit)


def _packets(packed, channel=0):
    return [Packet.parse(data) for _, data in interleaved_frames(packed.on(channel))]


def _sequences(packed_units, codec):
    return [packet.sequence for packed in packed_units if packed.codec == codec for packet in _packets(packed)]


def test_who_joins_gets_the_last_gop_and_goes_on_without_a_gap():
    scene = Scene()
    scene.publish(a_picture(0, key=True), a_picture(1), a_picture(2, key=True), a_sound(2), a_picture(3))

    viewer = scene.join()
    scene.publish(a_sound(3), a_picture(4))

    assert [packed.seconds for packed in viewer.joined.backlog] == [2, 2, 3]
    assert [packed.seconds for packed in viewer.packed] == [3, 4]
    everything = [*viewer.joined.backlog, *viewer.packed]
    for codec in (VIDEO.codec, SOUND.codec):
        first = viewer.joined.points[codec].sequence
        sequences = _sequences(everything, codec)
        assert sequences == list(range(first, first + len(sequences)))


def test_the_timestamps_of_all_join_points_are_of_one_moment():
    """RTP-Info is how players keep sound and pictures together until the first report."""
    scene = Scene()
    scene.publish(a_picture(2, key=True), a_sound(2.5))

    points = scene.join().joined.points

    assert points[VIDEO.codec].timestamp == 2 * 90_000
    assert points[SOUND.codec].timestamp == 2 * 16_000


def test_everybody_shares_the_same_bytes():
    scene = Scene()
    scene.publish(a_picture(0, key=True))
    first, second = scene.join(), scene.join()

    scene.publish(a_picture(1))

    assert first.joined.backlog[0] is second.joined.backlog[0]
    assert first.packed[0].on(0) is second.packed[0].on(0)
    assert first.packed[0].on(6) is second.packed[0].on(6)


def test_packets_are_the_same_on_every_channel():
    scene = Scene()
    viewer = scene.join()
    scene.publish(a_picture(0, key=True))

    [packed] = viewer.packed

    assert {channel for channel, _ in interleaved_frames(packed.on(6))} == {6}
    assert _packets(packed, 6) == _packets(packed, 0)
    assert len(packed.on(6)) == packed.size


def test_a_later_viewer_joins_where_the_packets_of_the_first_began():
    scene = Scene()
    first = scene.join()
    scene.publish(a_picture(0, key=True), a_picture(1))

    second = scene.join()

    assert list(second.joined.backlog) == first.packed


def test_a_viewer_of_sound_alone_begins_now():
    scene = Scene()
    scene.publish(a_picture(0, key=True), a_sound(0))

    viewer = scene.join({SOUND.codec: scene.offers()[SOUND.codec]})

    assert [packed.codec for packed in viewer.joined.backlog] == [SOUND.codec]


def test_where_nothing_is_buffered_the_join_point_is_now():
    points = Scene().join().joined.points

    assert points[VIDEO.codec].timestamp == round(NOW * 90_000)


def test_a_key_frame_without_parameter_sets_gets_them_once():
    scene = Scene()
    viewer = scene.join()

    scene.publish(a_picture(0, key=True))

    [packet] = _packets(viewer.packed[0])
    assert packet.payload[0] & 0x1F == 24
    assert SPS in packet.payload
    assert PPS in packet.payload


def test_before_the_first_key_frame_no_picture_is_sent():
    scene = Scene()
    viewer = scene.join()

    scene.publish(a_picture(0), a_sound(0), a_picture(1, key=True))

    assert [(packed.codec, packed.seconds) for packed in viewer.packed] == [(SOUND.codec, 0), (VIDEO.codec, 1)]


def test_reports_map_now_to_the_wall():
    scene = Scene()
    viewer = scene.join()

    scene.streams.send_reports()

    assert [codec for codec, _ in viewer.reports] == list(scene.offers())
    report = viewer.reports[0][1]
    assert int.from_bytes(report[8:12], "big") == int(WALL) + 2_208_988_800
    assert int.from_bytes(report[16:20], "big") == round(NOW * 90_000)
    assert viewer.joined.reports[VIDEO.codec][:20] == report[:20]


def test_a_camera_that_comes_back_goes_on_in_sequence_with_a_key_frame():
    scene = Scene()
    viewer = scene.join()
    scene.publish(a_picture(0, key=True), a_picture(1))

    scene.hub.went_offline("unplugged")
    scene.hub.came_online((VIDEO, SOUND))
    scene.publish(a_picture(30), a_picture(31, key=True), a_picture(32))

    assert [packed.seconds for packed in viewer.packed] == [0, 1, 31, 32]
    sequences = _sequences(viewer.packed, VIDEO.codec)
    assert sequences == list(range(sequences[0], sequences[0] + 4))
    assert viewer.farewells is None


def test_who_joins_while_the_camera_is_away_gets_what_comes():
    scene = Scene()
    ssrcs = scene.offers()
    scene.hub.went_offline("unplugged")

    viewer = scene.join(ssrcs)
    scene.hub.came_online((VIDEO, SOUND))
    scene.publish(a_picture(5, key=True))

    assert [packed.seconds for packed in viewer.packed] == [5]


def test_new_parameter_sets_do_not_end_a_session():
    """They come in band."""
    scene = Scene()
    viewer = scene.join()

    scene.hub.came_online((dataclasses.replace(VIDEO, width=1920, extradata=annex_b([SPS + b"\x01", PPS])), SOUND))

    assert viewer.farewells is None


@pytest.mark.parametrize(
    "tracks",
    [
        (a_video_track(H265), SOUND),
        (VIDEO, an_audio_track(AAC, 48000, b"\x11\x88")),
        (VIDEO, an_audio_track(PCMU, 8000)),
    ],
    ids=["video codec", "sample rate", "audio codec"],
)
def test_tracks_that_the_description_no_longer_fits_end_a_session(tracks):
    scene = Scene()
    before = scene.offers()
    viewer = scene.join()

    scene.hub.came_online(tracks)

    assert set(viewer.farewells) == set(before)
    for codec, ssrc in before.items():
        assert viewer.farewells[codec].endswith(bytes.fromhex("81cb0001") + ssrc.to_bytes(4, "big"))


def test_a_viewer_without_sound_does_not_mind_other_sound():
    scene = Scene()
    viewer = scene.join({VIDEO.codec: scene.offers()[VIDEO.codec]})

    scene.hub.came_online((VIDEO, an_audio_track(PCMU, 8000)))

    assert viewer.farewells is None


def test_sound_that_is_missing_may_come_back():
    scene = Scene()
    viewer = scene.join()

    scene.hub.came_online((VIDEO,))

    assert viewer.farewells is None


def test_what_was_offered_before_a_change_cannot_be_joined_after_it():
    scene = Scene()
    stale = scene.offers()
    scene.hub.came_online((a_video_track(H265),))

    with pytest.raises(StreamChangedError):
        scene.join(stale)
    assert scene.hub.subscribers == 0


def test_when_the_camera_is_no_longer_there_everybody_is_told_and_nobody_joins():
    scene = Scene()
    ssrcs = scene.offers()
    viewer = scene.join(ssrcs)

    scene.streams.end()

    assert set(viewer.farewells) == set(ssrcs)
    with pytest.raises(StreamChangedError):
        scene.join(ssrcs)


def test_the_hub_is_only_listened_to_while_somebody_watches():
    scene = Scene()
    assert scene.hub.subscribers == 0

    first, second = scene.join(), scene.join()
    assert (scene.hub.subscribers, scene.streams.viewers) == (1, 2)

    scene.streams.leave(first)
    assert scene.hub.subscribers == 1
    scene.streams.leave(second)
    scene.streams.leave(second)
    assert scene.hub.subscribers == 0


def test_sequence_numbers_go_on_after_nobody_watched():
    scene = Scene()
    scene.publish(a_picture(0, key=True))
    first = scene.join()
    scene.streams.leave(first)

    second = scene.join()

    assert _sequences(second.joined.backlog, VIDEO.codec) == [
        _sequences(first.joined.backlog, VIDEO.codec)[-1] + 1,
    ]


def test_a_gop_too_long_to_keep_is_given_up(monkeypatch):
    monkeypatch.setattr(rtp_streams, "GOP_LIMIT", 100)
    scene = Scene()
    first = scene.join()
    scene.publish(a_picture(0, key=True), *[a_picture(number) for number in range(1, 10)])

    second = scene.join()
    scene.publish(a_picture(20), a_picture(21, key=True))

    assert len(first.packed) == 12
    assert second.joined.backlog == ()
    assert [packed.seconds for packed in scene.join().joined.backlog] == [21]


def test_what_rtp_cannot_carry_is_counted():
    scene = Scene()
    viewer = scene.join()

    scene.publish(an_access_unit(data=bytes(9000), track=SOUND))

    assert (viewer.packed, scene.streams.not_carried) == ([], 1)


MU_LAW = an_audio_track(PCMU, 8000, b"")


def a_scene_with_mu_law():
    return Scene(audio_forms=FakeAudioForms(MU_LAW))


def _join_in_mu_law(scene):
    offer = scene.streams.offer_of_audio(PCMU)
    return scene.join({VIDEO.codec: scene.offers()[VIDEO.codec], PCMU: offer.ssrc})


def test_sound_in_another_codec_is_converted_while_somebody_hears_it():
    scene = a_scene_with_mu_law()
    first, second = _join_in_mu_law(scene), _join_in_mu_law(scene)

    scene.forms.subscribers[PCMU].offer(a_sound(1, MU_LAW))

    assert [packed.codec for packed in first.packed] == [PCMU]
    assert first.packed == second.packed
    scene.streams.leave(first)
    assert PCMU in scene.forms.subscribers
    scene.streams.leave(second)
    assert scene.forms.subscribers == {}


def test_converted_sound_is_in_the_backlog_of_the_next_viewer():
    scene = a_scene_with_mu_law()
    _join_in_mu_law(scene)
    scene.publish(a_picture(0, key=True))
    scene.forms.subscribers[PCMU].offer(a_sound(0.5, MU_LAW))

    second = _join_in_mu_law(scene)

    assert [packed.codec for packed in second.joined.backlog] == [VIDEO.codec, PCMU]


def test_the_cameras_own_sound_is_not_converted():
    scene = Scene(audio_forms=FakeAudioForms(SOUND, MU_LAW))

    assert scene.streams.offer_of_audio(AAC).ssrc == scene.offers()[AAC]
    scene.join()
    assert scene.forms.subscribers == {}


def test_sound_that_can_be_had_in_no_way_is_not_offered():
    assert Scene().streams.offer_of_audio(PCMU) is None
    assert a_scene_with_mu_law().streams.offer_of_audio("opus") is None


def test_a_conversion_that_gives_something_else_ends_the_session():
    """The camera has other sound now, and so what is made of it has another rate."""
    slow, fast = an_audio_track("pcm_s16be", 8000, b""), an_audio_track("pcm_s16be", 48000, b"")
    scene = Scene(audio_forms=FakeAudioForms(slow))
    viewer = scene.join({"pcm_s16be": scene.streams.offer_of_audio("pcm_s16be").ssrc})
    scene.forms.tracks = {fast.codec: fast}

    scene.hub.came_online((VIDEO, an_audio_track(AAC, 48000, b"\x11\x88")))

    assert viewer.farewells is not None


def test_while_the_camera_is_away_clients_are_shown_something_else_in_sequence():
    """Nothing of it comes through the hub, where recorders listen."""
    standby = FakeStandby()
    scene = Scene(standby=standby)
    scene.publish(a_picture(0, key=True))
    viewer = scene.join()
    recorded = scene.hub.counters.units
    scene.hub.went_offline("unplugged")
    standby.deliver(a_picture(1, key=True))
    standby.deliver(a_picture(2, key=True))
    scene.hub.came_online((VIDEO, SOUND))
    assert standby.deliver is None
    scene.publish(a_picture(3), a_picture(4, key=True))

    assert (standby.track, scene.hub.counters.units - recorded) == (VIDEO, 2)
    assert [packed.seconds for packed in viewer.packed] == [1, 2, 4]
    sequences = _sequences([*viewer.joined.backlog, *viewer.packed], VIDEO.codec)
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    assert len({packet.ssrc for packed in viewer.packed for packet in _packets(packed)}) == 1


def test_whoever_joins_while_the_camera_is_away_is_shown_that():
    """A session that was set up before."""
    standby = FakeStandby()
    scene = Scene(standby=standby)
    offers = scene.offers()
    scene.hub.went_offline("unplugged")
    viewer = scene.join(offers)
    standby.deliver(a_picture(1, key=True))

    assert [packed.seconds for packed in viewer.packed] == [1]
    assert [packed.seconds for packed in scene.join(offers).joined.backlog] == [1]


def test_nothing_is_shown_to_nobody():
    standby = FakeStandby()
    scene = Scene(standby=standby)
    viewer = scene.join()
    scene.hub.went_offline("unplugged")
    scene.streams.leave(viewer)

    assert standby.deliver is None
