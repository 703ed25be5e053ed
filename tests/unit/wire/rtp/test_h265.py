"""H.265 over RTP (RFC 7798)."""

from hypothesis import given
from hypothesis import strategies as st

from ssplug.media.access_unit import H265
from ssplug.media.nal import annex_b
from ssplug.testing import a_video_track, an_access_unit
from ssplug.testing.rtp import h265_nal_units
from ssplug.wire.rtp.h265 import packets, payload_format

VPS = b"\x40\x01vps"
SPS = b"\x42\x01sps"
PPS = b"\x44\x01pps"
IDR = b"\x26\x01" + b"a" * 50
AUD = b"\x46\x01\x50"

_nal_units = st.builds(
    lambda kind, layer, temporal, body: bytes((kind << 1 | layer >> 5, (layer & 0x1F) << 3 | temporal)) + body,
    st.sampled_from([0, 1, 19, 20, 32, 33, 34, 35, 39]),
    st.integers(0, 63),
    st.integers(1, 7),
    st.binary(min_size=1, max_size=200),
)


@given(st.lists(_nal_units, min_size=1, max_size=8), st.integers(10, 120))
def test_what_is_packetised_is_what_is_depacketised(nals, limit):
    found = packets(nals, limit)

    assert h265_nal_units(found) == nals
    assert all(len(packet) <= limit for packet in found)


def test_an_aggregation_packet_has_the_lowest_layer_and_temporal_id():
    """RFC 7798, 4.4.2."""
    [packet] = packets([b"\x27\x0aone", b"\x26\x13two"])

    assert packet[:2] == bytes((48 << 1, 2 << 3 | 2))


def test_what_is_too_short_to_have_a_header_is_left_out():
    assert packets([b"\x26", IDR]) == [IDR]


def _nals(format_, *nals):
    unit = an_access_unit(data=annex_b(nals), track=a_video_track(H265))
    return h265_nal_units([payload.data for payload in format_.payloads(unit)])


def test_a_key_frame_without_parameter_sets_gets_those_of_the_track():
    assert _nals(payload_format([VPS, SPS, PPS]), AUD, IDR) == [AUD, VPS, SPS, PPS, IDR]


def test_a_key_frame_that_brings_parameter_sets_is_left_alone():
    assert _nals(payload_format([VPS, SPS, PPS]), VPS, SPS, PPS, IDR) == [VPS, SPS, PPS, IDR]


def test_the_marker_is_on_the_last_packet_only():
    large = b"\x26\x01" + b"a" * 3000
    unit = an_access_unit(data=annex_b([VPS, SPS, PPS, large]), track=a_video_track(H265))

    markers = [payload.marker for payload in payload_format([]).payloads(unit)]

    assert markers == [False] * 3 + [True]


def test_sdp_is_told_the_parameter_sets_by_kind():
    assert payload_format([VPS, SPS, PPS, b"\x44\x01two"]).fmtp == (
        "sprop-vps=QAF2cHM=;sprop-sps=QgFzcHM=;sprop-pps=RAFwcHM=,RAF0d28="
    )
