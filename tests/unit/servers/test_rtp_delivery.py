"""One client's way out."""

import itertools

import pytest

from ssplug.media.access_unit import AAC, H264
from ssplug.media.nal import annex_b
from ssplug.servers import rtp_delivery
from ssplug.servers.rtp_delivery import Delivery, DeliveryCounters
from ssplug.streams.rtp_streams import Joined, PackedUnit
from ssplug.testing import a_video_track, an_access_unit, an_audio_track
from ssplug.testing.rtp import Packet, interleaved_frames
from ssplug.wire.rtp.formats import payload_format
from ssplug.wire.rtp.packetizer import Origin, Packetizer
from ssplug.wire.rtsp.transport import Channels

VIDEO, SOUND = a_video_track(), an_audio_track()
ORIGIN = Origin(1, 0, 0)


class FakeWriter:
    """A connection that asks for a pause when it has taken `room` bytes."""

    def __init__(self):
        self.data = b""
        self.room = None
        self.delivery = None
        self.queued = 0

    def write(self, data):
        self.data += data
        if self.room is not None and len(self.data) > self.room:
            self.delivery.pause()


class Scene:
    """A delivery of pictures on channels 0 and 1, sound on 2 and 3."""

    def __init__(self, *codecs):
        self.writer = FakeWriter()
        self.counters = DeliveryCounters()
        self.ends = []
        channels = {H264: Channels(0, 1), AAC: Channels(2, 3)}
        codecs = codecs or (H264,)
        self.delivery = self.writer.delivery = Delivery(
            self.writer, {codec: channels[codec] for codec in codecs}, self.counters, lambda: self.ends.append("ended")
        )
        self._packetizers = {
            track.codec: Packetizer(payload_format(track), ORIGIN, channel, "c")
            for track, channel in ((VIDEO, 0), (SOUND, 2))
        }

    def a_picture(self, seconds, key=False, size=100):
        data = annex_b([(b"\x65" if key else b"\x41") + b"x" * size])
        return self._packed(an_access_unit(seconds, key, data, VIDEO))

    def a_sound(self, seconds):
        return self._packed(an_access_unit(seconds, data=b"sound", track=SOUND))

    def _packed(self, unit):
        return PackedUnit(unit, self._packetizers[unit.track.codec].packets_of(unit))

    def begin(self, *backlog, reports=()):
        self.delivery.begin(Joined({}, backlog, dict(reports)))

    def deliver(self, *units):
        for unit in units:
            self.delivery.deliver(unit)

    def sent(self, *channels):
        """The times of the units that have been sent, with their channel where several are asked for."""
        rates = {0: 90_000, 2: 16_000}
        frames = [
            (channel, Packet.parse(data)) for channel, data in interleaved_frames(self.writer.data) if channel in rates
        ]
        times = [(channel, packet.timestamp / rates[channel]) for channel, packet in frames]
        return [time for time, _ in itertools.groupby(times if channels else [time for _, time in times])]


def test_reports_come_first_then_the_backlog_then_what_is_live():
    scene = Scene()

    scene.begin(scene.a_picture(0, key=True), scene.a_picture(1), reports={H264: b"report"}.items())
    scene.deliver(scene.a_picture(2))

    assert scene.writer.data.startswith(b"$\x01\x00\x06report$\x00")
    assert scene.sent() == [0, 1, 2]


def test_what_is_sent_is_counted():
    scene = Scene()

    scene.begin(scene.a_picture(0, key=True, size=2000))

    assert (scene.counters.packets, scene.counters.bytes) == (2, len(scene.writer.data))


def test_tracks_that_were_not_set_up_are_not_sent():
    scene = Scene(H264)

    scene.begin(scene.a_picture(0, key=True), scene.a_sound(0))

    assert [channel for channel, _ in interleaved_frames(scene.writer.data)] == [0]


def test_who_begins_with_nothing_waits_for_a_key_frame():
    scene = Scene()

    scene.begin()
    scene.deliver(scene.a_picture(1), scene.a_picture(2, key=True))

    assert scene.sent() == [2]


def test_sound_waits_until_the_second_picture_has_gone():
    scene = Scene(H264, AAC)

    scene.begin(scene.a_picture(0, key=True), scene.a_sound(0), scene.a_sound(0.5))
    assert scene.sent(0, 2) == [(0, 0)]
    scene.deliver(scene.a_picture(1), scene.a_sound(1), scene.a_picture(2))

    assert scene.sent(0, 2) == [(0, 0), (0, 1), (2, 0), (2, 0.5), (2, 1), (0, 2)]


def test_sound_does_not_wait_for_pictures_that_do_not_come():
    scene = Scene(H264, AAC)

    scene.begin(scene.a_picture(0, key=True))
    scene.deliver(*[scene.a_sound(number) for number in range(rtp_delivery.SOUND_HELD_LIMIT + 1)])

    assert len(scene.sent(0, 2)) == rtp_delivery.SOUND_HELD_LIMIT + 2


def test_sound_alone_waits_for_nothing():
    scene = Scene(AAC)

    scene.begin()
    scene.deliver(scene.a_sound(1))

    assert scene.sent() == [1]


def test_while_the_client_does_not_read_nothing_is_written():
    scene = Scene()
    scene.begin(scene.a_picture(0, key=True))
    scene.delivery.pause()
    before = scene.writer.data

    scene.deliver(scene.a_picture(1), scene.a_picture(2))
    scene.delivery.report(H264, b"report")

    assert scene.writer.data == before
    assert scene.delivery.queued > 200


def test_what_waited_goes_first_when_the_client_reads_again():
    scene = Scene()
    scene.begin(scene.a_picture(0, key=True))
    scene.delivery.pause()
    scene.deliver(scene.a_picture(1), scene.a_picture(2))

    scene.delivery.resume()
    scene.deliver(scene.a_picture(3))

    assert scene.sent() == [0, 1, 2, 3]
    assert scene.delivery.queued == 0


def test_a_client_that_reads_a_little_gets_a_little():
    """A pause in the middle of what waits is heeded."""
    scene = Scene()
    scene.begin(scene.a_picture(0, key=True))
    scene.delivery.pause()
    scene.deliver(*[scene.a_picture(number) for number in range(1, 5)])
    scene.writer.room = len(scene.writer.data) + 150

    scene.delivery.resume()

    assert scene.sent() == [0, 1, 2]
    scene.writer.room = None
    scene.delivery.resume()
    assert scene.sent() == [0, 1, 2, 3, 4]


@pytest.fixture
def small_queue(monkeypatch):
    monkeypatch.setattr(rtp_delivery, "QUEUE_LIMIT", 1000)


def test_a_client_that_is_too_far_behind_is_skipped_to_the_next_key_frame(small_queue):
    scene = Scene()
    scene.begin(scene.a_picture(0, key=True))
    scene.delivery.pause()
    scene.deliver(*[scene.a_picture(number) for number in range(1, 20)])

    assert scene.delivery.queued == 0
    scene.deliver(scene.a_picture(20, key=True), scene.a_picture(21))
    scene.delivery.resume()

    assert scene.sent() == [0, 20, 21]
    assert (scene.counters.skips, scene.counters.units_skipped) == (1, 19)


def test_a_key_frame_that_finds_the_queue_full_is_where_it_begins_again(small_queue):
    scene = Scene()
    scene.begin(scene.a_picture(0, key=True))
    scene.delivery.pause()
    scene.deliver(*[scene.a_picture(number) for number in range(1, 8)], scene.a_picture(8, key=True, size=500))
    scene.delivery.resume()

    assert scene.sent() == [0, 8]


def test_a_client_of_sound_alone_goes_on_with_the_next_piece(small_queue):
    scene = Scene(AAC)
    scene.begin()
    scene.delivery.pause()
    scene.deliver(*[scene.a_sound(number) for number in range(100)])
    scene.delivery.resume()

    assert scene.sent()[-1] == 99
    assert scene.counters.skips >= 1


def test_a_unit_larger_than_the_limit_still_goes(small_queue):
    scene = Scene()
    scene.begin(scene.a_picture(0, key=True))
    scene.delivery.pause()
    scene.deliver(scene.a_picture(1, size=5000))
    scene.delivery.resume()

    assert scene.sent() == [0, 1]


def test_a_long_gop_at_the_beginning_is_not_skipped(small_queue):
    """It waits beyond the limit, for that is what the client came for."""
    scene = Scene()
    scene.delivery.pause()
    scene.begin(scene.a_picture(0, key=True, size=5000), *[scene.a_picture(number) for number in range(1, 20)])
    scene.deliver(scene.a_picture(20))
    scene.delivery.resume()

    assert scene.sent() == list(range(21))
    assert scene.counters.skips == 0


def test_when_the_streams_end_the_last_word_is_written_instead_of_what_waits():
    scene = Scene()
    scene.begin(scene.a_picture(0, key=True))

    scene.delivery.ended({H264: b"bye"})

    assert scene.writer.data.endswith(b"$\x01\x00\x03bye")
    assert scene.ends == ["ended"]
