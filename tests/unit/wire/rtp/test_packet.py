"""RTP packets as interleaved frames."""

from hypothesis import given
from hypothesis import strategies as st

from ssplug.testing.rtp import Packet, interleaved_frames
from ssplug.wire.rtp.packet import Header, Payload, interleaved, interleaved_packets, on_channel, pieces


def test_every_field_of_the_header_is_in_its_place():
    header = Header(payload_type=97, sequence=0xABCD, timestamp=0x12345678, ssrc=0xCAFEBABE)

    frame = interleaved_packets(header, [Payload(b"picture", marker=True)], channel=4)

    assert frame == bytes.fromhex("24 04 0013 80 e1 abcd 12345678 cafebabe") + b"picture"


def test_a_payload_that_begins_later_has_a_later_timestamp_which_wraps():
    """Timestamps are of 32 bits (RFC 3550, 5.1)."""
    frame = interleaved_packets(Header(0, 1, 0xFFFFFFFF, 7), [Payload(b"x", ticks=2)], channel=0)

    [(_, packet)] = interleaved_frames(frame)
    assert Packet.parse(packet).timestamp == 1


def test_rtcp_is_framed_as_it_is():
    assert interleaved(b"report", 3) == b"$\x03\x00\x06report"


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(0, 255), st.integers(0, 255))
def test_frames_on_another_channel_are_those_that_would_have_been_made_for_it(packets, first, other):
    frames = b"".join(interleaved(packet, first) for packet in packets)

    assert on_channel(frames, other) == b"".join(interleaved(packet, other) for packet in packets)


@given(st.binary(max_size=50), st.integers(1, 20))
def test_pieces_are_the_whole_in_order_and_none_is_too_long(data, limit):
    cut = pieces(data, limit)

    assert b"".join(cut) == data
    assert all(0 < len(piece) <= limit for piece in cut)
