"""H.264: parameter sets, and where decoding can start."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssplug.media import h264
from ssplug.testing.encoded import encoded_video

# A 1920x1080 High profile SPS (x264, cropped from 1088 lines, 25 pictures a second) and its PPS.
SPS_1080 = bytes.fromhex("67640028acd940780227e5c044000003000400000300c83c60c658")
PPS = bytes.fromhex("68ebe3cb22c0")
AVCC = b"\1\x64\0\x28\xff\xe1" + len(SPS_1080).to_bytes(2, "big") + SPS_1080 + b"\1\0\6" + PPS

SEI_RECOVERY_POINT = b"\x06\x06\x01\x84\x80"
SEI_USER_DATA = b"\x06\x05\x02ab\x80"
I_SLICE = b"\x41\x88\x80"  # first_mb_in_slice 0, slice_type 7
P_SLICE = b"\x41\x9a\x80"  # first_mb_in_slice 0, slice_type 5
IDR_SLICE = b"\x65\x88\x80"


def test_an_sps_says_size_profile_and_frame_rate():
    sps = h264.SPS.parse(SPS_1080)
    assert (sps.width, sps.height) == (1920, 1080)
    assert sps.profile_level_id == "640028"
    assert sps.frame_rate == 25.0


@pytest.mark.parametrize(("width", "height"), [(320, 180), (322, 182), (16, 16), (1280, 720)])
@pytest.mark.parametrize("profile", ["baseline", "high", "high444"])
def test_the_size_is_that_of_the_encoder(width, height, profile):
    """Cropping is counted in units that depend on the chroma format."""
    _, units = encoded_video(width=width, height=height, count=1, options={"profile": profile})
    sps = h264.SPS.parse(h264.parameter_sets(units[0].data)[0])
    assert (sps.width, sps.height, sps.frame_rate) == (width, height, 10.0)


def test_an_interlaced_stream_has_its_full_height():
    _, units = encoded_video(
        width=320, height=184, count=1, options={"preset": "medium", "x264-params": "interlaced=1", "tune": "film"}
    )
    sps = h264.SPS.parse(h264.parameter_sets(units[0].data)[0])
    assert (sps.width, sps.height) == (320, 184)


def test_scaling_matrices_are_passed_over():
    _, units = encoded_video(count=1, options={"preset": "medium", "x264-params": "cqm=jvt"})
    sps = h264.SPS.parse(h264.parameter_sets(units[0].data)[0])
    assert (sps.width, sps.height) == (320, 180)


def test_an_sps_whose_vui_is_cut_short_still_has_a_size():
    """Seen with cheap cameras: the NAL unit ends within the VUI."""
    sps = h264.SPS.parse(SPS_1080[:14])
    assert (sps.width, sps.height, sps.frame_rate) == (1920, 1080, None)


@pytest.mark.parametrize("length", range(11))
def test_an_sps_that_ends_before_its_size_is_refused(length):
    with pytest.raises(ValueError):
        h264.SPS.parse(SPS_1080[:length])


def test_another_nal_unit_is_no_sps():
    with pytest.raises(ValueError, match="not a sequence parameter set"):
        h264.SPS.parse(PPS)


@given(st.binary(max_size=60))
@settings(max_examples=200)
def test_any_bytes_are_an_sps_or_refused(noise):
    """Within bounds: a damaged parameter set must not ask for an enormous picture."""
    try:
        sps = h264.SPS.parse(b"\x67" + noise)
    except ValueError:
        return
    assert 0 < sps.width <= 16384
    assert 0 < sps.height <= 16384


def test_parameter_sets_come_sps_first():
    data = h264.annex_b([PPS, SPS_1080, SEI_USER_DATA, IDR_SLICE])
    assert h264.parameter_sets(data) == (SPS_1080, PPS)


def test_a_picture_without_parameter_sets_has_none():
    assert h264.parameter_sets(h264.annex_b([IDR_SLICE])) == ()


def test_extradata_of_mp4_becomes_annex_b():
    assert h264.extradata_from_avcc(AVCC) == h264.annex_b([SPS_1080, PPS])
    assert h264.length_size(AVCC) == 4


def test_extradata_with_a_tail_is_understood():
    """The High profiles append chroma format and bit depths (ISO/IEC 14496-15, 5.3.3.1.2)."""
    assert h264.extradata_from_avcc(AVCC + b"\xfd\xf8\xf8\0") == h264.annex_b([SPS_1080, PPS])


@pytest.mark.parametrize("length", range(len(AVCC)))
def test_extradata_that_is_cut_short_is_refused_or_lacks_the_pps(length):
    try:
        assert h264.extradata_from_avcc(AVCC[:length]) == h264.annex_b([SPS_1080])
    except ValueError:
        return
    assert length == len(AVCC) - len(PPS) - 3


def test_nal_type_is_the_low_five_bits():
    assert h264.nal_type(SPS_1080) == h264.SPS_NAL
    assert h264.nal_type(IDR_SLICE) == h264.IDR


@pytest.mark.parametrize(
    ("nals", "key"),
    [
        pytest.param([SPS_1080, PPS, IDR_SLICE], True, id="IDR"),
        pytest.param([IDR_SLICE], True, id="IDR without parameter sets"),
        pytest.param([P_SLICE], False, id="P"),
        pytest.param([I_SLICE], False, id="I within a GOP"),
        pytest.param([SPS_1080, PPS, I_SLICE], True, id="I with its parameter sets"),
        pytest.param([SPS_1080, PPS, P_SLICE], False, id="P with parameter sets"),
        pytest.param([SEI_RECOVERY_POINT, P_SLICE], True, id="recovery point"),
        pytest.param([SEI_USER_DATA, P_SLICE], False, id="other SEI"),
        pytest.param([SEI_USER_DATA[:-1] + SEI_RECOVERY_POINT[1:], I_SLICE], True, id="second message of an SEI"),
        pytest.param([b"\x06\xff", P_SLICE], False, id="SEI cut short"),
        pytest.param([SPS_1080, PPS], False, id="no picture"),
    ],
)
def test_where_decoding_can_start(nals, key):
    assert h264.is_key(h264.annex_b(nals)) is key


def test_the_key_frames_of_an_encoder_are_found():
    _, units = encoded_video(count=12, gop=4)
    assert [h264.is_key(unit.data) for unit in units] == [unit.key for unit in units]
    assert [unit.key for unit in units].count(True) == 3


def test_a_stream_with_intra_refresh_has_entries():
    """It has one IDR picture in all; without recovery points a viewer who comes later would see nothing."""
    _, units = encoded_video(count=30, gop=10, options={"x264-params": "intra-refresh=1:keyint=10"})
    assert sum(h264.is_key(unit.data) for unit in units) >= 2


@given(st.binary(max_size=80))
@settings(max_examples=100)
def test_any_bytes_are_a_key_frame_or_not(noise):
    assert h264.is_key(b"\0\0\1" + noise) in (True, False)
    assert isinstance(h264.parameter_sets(b"\0\0\1" + noise), tuple)
