"""A track as a source of RTP."""

from hypothesis import given
from hypothesis import strategies as st

from ssplug.media.access_unit import PCMU
from ssplug.media.nal import annex_b
from ssplug.testing import an_access_unit, an_audio_track
from ssplug.testing.rtp import Packet, access_units, h264_nal_units, interleaved_frames
from ssplug.wire.rtp import h264, samples
from ssplug.wire.rtp.packetizer import Origin, Packetizer

ORIGIN = Origin(ssrc=0xCAFEBABE, sequence=0xFFFE, timestamp=1000)


def a_packetizer(payload_format=None) -> Packetizer:
    return Packetizer(payload_format or h264.payload_format([]), ORIGIN, channel=0, cname="camera-3")


def _packets(frames: bytes) -> list[Packet]:
    return [Packet.parse(packet) for _, packet in interleaved_frames(frames)]


def test_sequence_numbers_go_on_over_access_units_and_wrap():
    packetizer = a_packetizer()
    units = [an_access_unit(data=annex_b([b"\x65" + b"a" * 2000])) for _ in range(2)]

    made = [packetizer.packets_of(unit) for unit in units]

    sequences = [packet.sequence for packets in made for packet in _packets(packets.frames)]
    assert sequences == [0xFFFE, 0xFFFF, 0, 1]
    assert [(packets.sequence, packets.count) for packets in made] == [(0xFFFE, 2), (0, 2)]
    assert packetizer.next_sequence == 2


def test_all_packets_of_a_unit_have_its_time_and_the_source():
    made = a_packetizer().packets_of(an_access_unit(seconds=2.0, data=annex_b([b"\x65" + b"a" * 2000])))

    assert {(packet.timestamp, packet.ssrc) for packet in _packets(made.frames)} == {(181_000, 0xCAFEBABE)}


def test_long_sound_is_cut_into_packets_with_times_of_their_own():
    track = an_audio_track(PCMU, 8000, b"")
    made = a_packetizer(samples.payload_format(track)).packets_of(an_access_unit(data=bytes(1600), track=track))

    assert [packet.timestamp for packet in _packets(made.frames)] == [1000, 2400]


# No zeros: three of them would be a start code, which no NAL unit can hold.
_slices = st.lists(st.integers(1, 255), min_size=1, max_size=3000).map(lambda body: b"\x41" + bytes(body))


@given(st.lists(_slices, min_size=1, max_size=6))
def test_what_comes_out_is_what_went_in(nals):
    packetizer = a_packetizer()
    frames = b"".join(
        packetizer.packets_of(an_access_unit(number / 25, key=False, data=annex_b([nal]))).frames
        for number, nal in enumerate(nals)
    )

    assert access_units(_packets(frames), h264_nal_units) == [[nal] for nal in nals]


def test_a_report_says_what_has_been_sent_and_what_time_it_is():
    packetizer = a_packetizer()
    packetizer.packets_of(an_access_unit(data=annex_b([b"\x65" + b"a" * 99])))

    report = packetizer.report(seconds=2.0, wall=0.0)

    assert report[16:20] == (181_000).to_bytes(4, "big")
    assert report[20:28] == bytes.fromhex("00000001 00000064")
    assert b"camera-3" in report


def test_a_farewell_is_a_report_with_bye():
    """RFC 3550, 6.1: BYE is the last of a compound packet."""
    packetizer = a_packetizer()

    assert packetizer.farewell(1.0, 2.0) == packetizer.report(1.0, 2.0) + bytes.fromhex("81cb0001 cafebabe")
