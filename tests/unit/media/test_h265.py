"""H.265: parameter sets, and where decoding can start."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media import h265
from ssplug.testing.encoded import encoded_video


@pytest.fixture(scope="module")
def units():
    return encoded_video("hevc", count=6, gop=3)[1]


def hvcc(*nals, length_size=4):
    """An HEVCDecoderConfigurationRecord with one array for each NAL unit."""
    arrays = b"".join(bytes([nal[0] >> 1]) + b"\0\1" + len(nal).to_bytes(2, "big") + nal for nal in nals)
    return b"\1" + bytes(20) + bytes([length_size - 1, len(nals)]) + arrays


def test_an_sps_says_size_profile_and_frame_rate(units):
    sps = h265.SPS.parse(h265.parameter_sets(units[0].data)[1])
    assert (sps.width, sps.height) == (320, 180)
    assert (sps.profile_id, sps.tier_flag) == (1, 0)
    assert sps.frame_rate == 10.0


@pytest.mark.parametrize("parameters", ["bframes=4:b-pyramid=1:ref=4", "scaling-list=default", "temporal-layers=3"])
def test_the_frame_rate_is_found_behind_everything_else(parameters):
    """Reference picture sets, scaling lists and sub-layers all stand before the VUI."""
    _, units = encoded_video("hevc", count=2, options={"x265-params": f"log-level=none:repeat-headers=1:{parameters}"})
    sps = h265.SPS.parse(h265.parameter_sets(units[0].data)[1])
    assert (sps.width, sps.height, sps.frame_rate) == (320, 180, 10.0)


def test_parameter_sets_come_in_the_order_of_their_types(units):
    sets = h265.parameter_sets(units[0].data)
    assert [h265.nal_type(nal) for nal in sets] == [h265.VPS_NAL, h265.SPS_NAL, h265.PPS_NAL]
    assert h265.parameter_sets(h265.annex_b(reversed(sets))) == sets


def test_irap_pictures_are_where_decoding_can_start(units):
    assert [h265.is_key(unit.data) for unit in units] == [True, False, False, True, False, False]


@pytest.mark.parametrize(("kind", "key"), [(0, False), (1, False), (9, False), (16, True), (19, True), (21, True)])
def test_the_type_of_the_slice_decides(kind, key):
    """CRA (21) and BLA (16) are entries as IDR (19) is; leading and trailing pictures are not."""
    assert h265.is_key(h265.annex_b([bytes([35 << 1, 1, 80]), bytes([kind << 1, 1, 0xAF])])) is key


def test_parameter_sets_alone_are_no_picture(units):
    assert not h265.is_key(h265.annex_b(h265.parameter_sets(units[0].data)))


def test_extradata_of_mp4_becomes_annex_b(units):
    sets = h265.parameter_sets(units[0].data)
    assert h265.extradata_from_hvcc(hvcc(*sets)) == h265.annex_b(sets)
    assert h265.length_size(hvcc(*sets, length_size=2)) == 2


def test_an_sei_within_the_extradata_is_left_out(units):
    """x265 puts its version there."""
    sets = h265.parameter_sets(units[0].data)
    assert h265.extradata_from_hvcc(hvcc(*sets, b"\x4e\1x265")) == h265.annex_b(sets)


def test_extradata_that_is_cut_short_is_refused(units):
    whole = hvcc(*h265.parameter_sets(units[0].data))
    for length in range(len(whole)):
        with pytest.raises(ValueError):
            h265.extradata_from_hvcc(whole[:length])


def test_an_sps_that_ends_before_its_size_is_refused(units):
    nal = h265.parameter_sets(units[0].data)[1]
    for length in range(15):
        with pytest.raises(ValueError):
            h265.SPS.parse(nal[:length])


@given(st.binary(max_size=80))
@settings(max_examples=200)
def test_any_bytes_are_an_sps_or_refused(noise):
    """Within bounds: a damaged parameter set must not ask for an enormous picture."""
    try:
        sps = h265.SPS.parse(b"\x42\x01" + noise)
    except ValueError:
        return
    assert 0 < sps.width <= 16384
    assert 0 < sps.height <= 16384
