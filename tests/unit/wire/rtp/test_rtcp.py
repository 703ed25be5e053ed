"""RTCP packets, by the bytes of RFC 3550, section 6."""

from hypothesis import given
from hypothesis import strategies as st

from ssplug.wire.rtp.rtcp import SenderReport, bye, source_description


def test_a_sender_report_maps_a_timestamp_to_the_time_on_the_wall():
    """NTP counts from 1900, with the fraction in 32 bits."""
    report = SenderReport(ssrc=0xCAFEBABE, wall=1.5, timestamp=90_000, packets=3, octets=4000)

    assert report.serialize() == bytes.fromhex("80c80006 cafebabe 83aa7e81 80000000 00015f90 00000003 00000fa0")


def test_counts_wrap_at_32_bits():
    report = SenderReport(ssrc=1, wall=0.0, timestamp=0, packets=1 << 32, octets=(1 << 32) + 5)

    assert report.serialize()[-8:] == bytes.fromhex("00000000 00000005")


def test_a_source_description_carries_the_name():
    assert source_description(0xCAFEBABE, "porch") == bytes.fromhex("81ca0003 cafebabe 01 05") + b"porch\0"


@given(st.text(max_size=40).filter(lambda name: len(name.encode()) < 200))
def test_a_source_description_ends_with_at_least_one_zero_on_a_word(name):
    """RFC 3550, 6.5: the list of items is ended by a null octet."""
    packet = source_description(1, name)

    assert len(packet) % 4 == 0
    assert int.from_bytes(packet[2:4], "big") == len(packet) // 4 - 1
    assert packet[10 + len(name.encode())] == 0


def test_bye_names_its_source():
    assert bye(0xCAFEBABE) == bytes.fromhex("81cb0001 cafebabe")
