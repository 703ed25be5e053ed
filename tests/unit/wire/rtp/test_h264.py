"""H.264 over RTP (RFC 6184)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssplug.media.nal import annex_b
from ssplug.testing import a_video_track, an_access_unit
from ssplug.testing.rtp import h264_nal_units
from ssplug.wire.rtp.h264 import packets, payload_format

SPS = bytes.fromhex("6742c01eda0280bfe5c044000003000400000300ca3c58ba80")
PPS = bytes.fromhex("68ce3c80")
IDR = b"\x65" + b"a" * 50
SLICE = b"\x41" + b"b" * 50

_nal_units = st.builds(
    lambda header, body: bytes((header,)) + body,
    st.sampled_from([0x67, 0x68, 0x65, 0x41, 0x01, 0x06, 0x09]),
    st.binary(min_size=1, max_size=200),
)


@given(st.lists(_nal_units, min_size=1, max_size=8), st.integers(8, 120))
def test_what_is_packetised_is_what_is_depacketised(nals, limit):
    found = packets(nals, limit)

    assert h264_nal_units(found) == nals
    assert all(len(packet) <= limit for packet in found)


def test_parameter_sets_travel_in_one_packet_and_a_large_slice_in_fragments():
    large = b"\x65" + b"a" * 3000

    kinds = [packet[0] & 0x1F for packet in packets([SPS, PPS, large])]

    assert kinds == [24, 28, 28, 28]


def test_an_aggregation_packet_is_as_important_as_its_most_important_nal_unit():
    """RFC 6184, 5.7.1: NRI is the highest of those within."""
    [packet] = packets([b"\x06sei", b"\x65idr"])

    assert packet[0] == 0x60 | 24


def test_fragments_say_where_the_nal_unit_begins_and_ends():
    """RFC 6184, 5.8: S, then neither, then E; the type is that of the NAL unit."""
    found = packets([b"\x65" + b"a" * 25], limit=12)

    assert [packet[:2] for packet in found] == [b"\x7c\x85", b"\x7c\x05", b"\x7c\x45"]


def _payloads(format_, *nals, key=True):
    return format_.payloads(an_access_unit(data=annex_b(nals), key=key, track=a_video_track()))


def test_the_marker_is_on_the_last_packet_only():
    large = b"\x65" + b"a" * 3000

    assert [payload.marker for payload in _payloads(payload_format([]), SPS, PPS, large)] == [False] * 3 + [True]


def test_a_key_frame_without_parameter_sets_gets_those_of_the_track():
    found = _payloads(payload_format([SPS, PPS]), IDR)

    assert h264_nal_units([payload.data for payload in found]) == [SPS, PPS, IDR]


def test_a_key_frame_that_brings_parameter_sets_is_left_alone():
    newer = SPS[:-1] + b"\x81"

    found = _payloads(payload_format([SPS, PPS]), newer, PPS, IDR)

    assert h264_nal_units([payload.data for payload in found]) == [newer, PPS, IDR]


def test_an_access_unit_delimiter_stays_first():
    found = _payloads(payload_format([SPS, PPS]), b"\x09\xf0", IDR)

    assert h264_nal_units([payload.data for payload in found]) == [b"\x09\xf0", SPS, PPS, IDR]


def test_other_pictures_get_no_parameter_sets():
    found = _payloads(payload_format([SPS, PPS]), SLICE, key=False)

    assert [payload.data for payload in found] == [SLICE]


def test_an_access_unit_without_nal_units_makes_no_packets():
    assert payload_format([SPS, PPS]).payloads(an_access_unit(data=b"", key=False)) == []


def test_sdp_is_told_profile_and_parameter_sets():
    assert payload_format([SPS, PPS]).fmtp == (
        "packetization-mode=1;profile-level-id=42C01E;"
        "sprop-parameter-sets=Z0LAHtoCgL/lwEQAAAMABAAAAwDKPFi6gA==,aM48gA=="
    )


@pytest.mark.parametrize("sets", [[], [PPS]], ids=["none", "no SPS"])
def test_without_sps_sdp_says_what_is_known(sets):
    assert payload_format(sets).fmtp == "packetization-mode=1"
